"""VolumeZone: volumes with zone or region labels are used in that zone only.

Rule: plugins/volumezone. Old volumes carry labels instead of node affinity; a value may list
several zones, joined by `__`. No preemption helps.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.cluster.node_terms import Requirement
from kubectl_smart.simulate.cluster.reading import labels_of
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.board import Board, Mask
from kubectl_smart.simulate.scheduling.node_tree import REGION, ZONE

NAME = "VolumeZone"
REASON = "node(s) had no available volume zone"
_KEYS = (
    ZONE,
    REGION,
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
)


def fails(board: Board, cluster: Cluster, bound: tuple[str, ...]) -> Mask | None:
    """The nodes it turns down; None if there are none."""
    bad: Mask | None = None
    for name in bound:
        volume = cluster.get("PersistentVolume", "", name)
        labels = {} if volume is None else labels_of(volume)
        for key in _KEYS:
            if key in labels:
                asked = Requirement(key, "In", tuple(labels[key].split("__")))
                found = board.alive & ~board.meets(asked)
                bad = found if bad is None else bad | found
    if bad is not None and not np.any([board.column(key).values for key in _KEYS]):
        return None
    return bad
