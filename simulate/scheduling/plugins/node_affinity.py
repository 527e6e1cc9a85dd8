"""NodeAffinity: nodeSelector and node affinity.

Rule: plugins/nodeaffinity. All labels of nodeSelector and one of the required terms must match; no
preemption helps. The weights of matching preferences add up and are normalised by the largest.
Terms that name nodes restrict the pod to those; the others are absent for it.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.cluster.node_terms import Requirement
from kubectl_smart.simulate.scheduling.board import Board, Mask, Numbers
from kubectl_smart.simulate.scheduling.profile import Profile

NAME = "NodeAffinity"
REASON = "node(s) didn't match Pod's node affinity/selector"
CONFLICT = "pod affinity terms conflict"
ABSENT = "node(s) didn't satisfy plugin(s) [NodeAffinity]"
WEIGHT = 2


def allowed(board: Board, profile: Profile) -> Mask | None:
    """The nodes that match; None if it asks for nothing."""
    if not profile.selector and profile.node_terms is None:
        return None
    found: Mask | None = board.memo.get((NAME, profile.shape.id))
    if found is None:
        found = board.memo[NAME, profile.shape.id] = _allowed(board, profile)
    return found


def _allowed(board: Board, profile: Profile) -> Mask:
    mask = board.alive.copy()
    for key, value in profile.selector:
        mask &= board.meets(Requirement(key, "In", (str(value),)))
    if profile.node_terms is not None:
        any_term = np.zeros(board.size, np.bool_)
        for term in profile.node_terms:
            any_term |= board.fits_term(term)
        mask &= any_term
    return mask


def score(board: Board, profile: Profile, slots: Numbers) -> Numbers | None:
    """0..100 for each of the nodes; None if it prefers nothing."""
    if not profile.node_wishes:
        return None
    total = np.zeros(len(slots), np.int64)
    for weight, term in profile.node_wishes:
        if weight and (term.labels or term.fields):
            total += weight * board.fits_term(term)[slots]
    most = int(total.max())
    return None if most == 0 else 100 * total // most
