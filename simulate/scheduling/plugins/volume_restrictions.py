"""VolumeRestrictions: a claim with ReadWriteOncePod is used by one pod in the whole cluster.

Rule: plugins/volumerestrictions. Preemption of the pod that has it may help. Conflicts of in-tree
disks (GCE, AWS, RBD, ISCSI) are not modelled: those plugins are gone.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.reading import items, mapping
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.board import Board, Mask
from kubectl_smart.simulate.scheduling.profile import Profile

NAME = "VolumeRestrictions"
REASON = (
    "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already "
    "in-use by another pod"
)


def fails(board: Board, cluster: Cluster, namespace: str, profile: Profile) -> Mask | None:
    """The nodes it turns down; None if there are none."""
    for name in profile.claims:
        if board.claims.get((namespace, name), 0) > 0:
            claim = cluster.get("PersistentVolumeClaim", namespace, name)
            if "ReadWriteOncePod" in items(mapping(claim, "spec"), "accessModes"):
                return board.alive
    return None
