"""TaintToleration: taints that a pod does not bear.

Rule: plugins/tainttoleration. NoSchedule and NoExecute taints turn a pod down, and no preemption
helps. Each PreferNoSchedule taint that is not borne costs; the counts are normalised downwards.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board, Mask, Numbers
from kubectl_smart.simulate.scheduling.profile import Profile, borne

NAME = "TaintToleration"
REASON = "node(s) had untolerated taint(s)"
WEIGHT = 3
_HARD = frozenset({"NoSchedule", "NoExecute"})
_SOFT = frozenset({"", "PreferNoSchedule"})


def fails(board: Board, profile: Profile) -> Mask | None:
    """The nodes it turns down; None if there are none."""
    bad = [
        any(one.effect in _HARD and not borne(profile.tolerations, one) for one in taints)
        for taints in board.taint_sets
    ]
    return np.array(bad, np.bool_)[board.taints] if any(bad) else None


def score(board: Board, profile: Profile, slots: Numbers) -> Numbers | None:
    """0..100 for each of the nodes; None if they are all the same to it."""
    soft = tuple(one for one in profile.tolerations if one.effect in _SOFT)
    costs = [
        sum(one.effect == "PreferNoSchedule" and not borne(soft, one) for one in taints)
        for taints in board.taint_sets
    ]
    if not any(costs):
        return None
    found = np.array(costs, np.int64)[board.taints[slots]]
    most = int(found.max())
    return None if most == 0 else 100 - 100 * found // most
