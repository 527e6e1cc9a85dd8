"""NodeResourcesFit: what is free on a node, and the least allocated node first.

Rule: plugins/noderesources fit.go and least_allocated.go. Requests of all pods on a node that have
not ended, those being deleted too, against allocatable. Each resource that is short is a reason of
its own; preemption may help, except where the node is too small even when empty. The score counts
pods that ask for nothing as 100m and 200Mi for each container.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board, Mask, Numbers
from kubectl_smart.simulate.scheduling.profile import Profile

NAME = "NodeResourcesFit"
TOO_MANY = "Too many pods"
WEIGHT = 1


class Short(NamedTuple):
    """reasons: (text, nodes); small: nodes that are too small for the pod even when empty."""

    reasons: list[tuple[str, Mask]]
    small: Mask


def fails(board: Board, profile: Profile, slots: Numbers) -> Mask:
    """Which of these it turns down; those that are gone are among them, for they have no room."""
    bad: Mask = board.count[slots] >= board.room[slots]
    for name, amount in profile.amounts.items():
        row = board.resources[name]
        bad |= board.allocatable[row].take(slots) - board.used[row].take(slots) < amount
    return bad


def reasons(board: Board, profile: Profile) -> Short:
    """Why it turns nodes down."""
    found = [(TOO_MANY, board.count >= board.room)]
    small = np.zeros(board.size, np.bool_)
    for name, amount in profile.amounts.items():
        row = board.resources[name]
        found.append((f"Insufficient {name}", board.allocatable[row] - board.used[row] < amount))
        small |= board.allocatable[row] < amount
    return Short(found, small)


def score(board: Board, profile: Profile, slots: Numbers) -> Numbers:
    """0..100: the more is free, the more."""
    sizes = board.allocatable[:2, slots]
    free = sizes - board.scored[:, slots]
    free -= np.array(profile.scored)[:, None]
    np.maximum(free, 0, out=free)
    free *= 100
    free //= np.maximum(sizes, 1)
    counted = (sizes > 0).sum(axis=0)  # a node without the resource is not scored by it
    found: Numbers = free.sum(axis=0) // np.maximum(counted, 1)
    return found
