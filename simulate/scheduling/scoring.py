"""Which of the nodes that could run a pod is best.

Rule: runtime RunScorePlugins: each plugin's 0..100 times its weight, added up. A plugin that has
nothing to say of a pod leaves all nodes alike.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board, Numbers
from kubectl_smart.simulate.scheduling.headroom import room_for
from kubectl_smart.simulate.scheduling.plugins import (
    image_locality,
    inter_pod_affinity,
    node_affinity,
    taint_toleration,
    topology_spread,
)
from kubectl_smart.simulate.scheduling.profile import Profile, Spread


class Scores(NamedTuple):
    """total: of each node; best: the places of the nodes that share the highest total."""

    total: Numbers
    best: Numbers


def rate(board: Board, profile: Profile, default: tuple[Spread, ...], slots: Numbers) -> Scores:
    """Score nodes. default: the constraints of a pod that has none of its own."""
    own = profile.own_spread
    soft = profile.spread_soft if own else default
    total = room_for(board, profile).scores.take(slots).astype(np.int64)
    for weight, found in (
        (taint_toleration.WEIGHT, taint_toleration.score(board, profile, slots)),
        (node_affinity.WEIGHT, node_affinity.score(board, profile, slots)),
        (
            topology_spread.WEIGHT,
            topology_spread.score(board, profile, soft, slots, own=own),
        ),
        (inter_pod_affinity.WEIGHT, inter_pod_affinity.score(board, profile, slots)),
        (image_locality.WEIGHT, image_locality.score(board, profile, slots)),
    ):
        if found is not None:
            total += weight * found
    return Scores(total, (total == total.max()).nonzero()[0])


def enough(nodes: int) -> int:
    """How many nodes that fit are looked for before they are scored.

    Rule: schedule_one.go numFeasibleNodesToFind with percentageOfNodesToScore 0.
    """
    if nodes < 100:
        return nodes
    share = max(5, 50 - nodes // 125)
    return max(100, nodes * share // 100)
