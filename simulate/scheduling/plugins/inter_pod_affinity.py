"""InterPodAffinity: pods near to, or apart from, other pods.

Rule: plugins/interpodaffinity. Required affinity: one existing pod must match all the terms; in
the absence of any the pod may be the first if it matches itself. Then the pod's own anti-affinity,
then that of the pods already there. Pods being deleted still count. Soft terms score both ways,
and the required affinity of pods already there counts 1.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.scheduling.board import Board, Mask, Numbers
from kubectl_smart.simulate.scheduling.profile import AffinityTerm, Profile
from kubectl_smart.simulate.scheduling.tallies import Carrying, Counts, Tally

NAME = "InterPodAffinity"
FAR = "node(s) didn't match pod affinity rules"
NEAR = "node(s) didn't match pod anti-affinity rules"
UNWANTED = "node(s) didn't satisfy existing pods anti-affinity rules"
WEIGHT = 2


def _held(board: Board, key: str, tally: Tally) -> Mask:
    """The nodes whose domain holds a counted pod; none without the label."""
    column = board.column(key)
    return tally.held(column.places, len(column.values))


def _counts(board: Board, key: str, tally: Tally, slots: Numbers) -> Counts:
    """How many there are in the domain of each of the nodes; 0 for nodes without the label."""
    column = board.column(key)
    return tally.summed(column.places, len(column.values)).take(column.places.take(slots))


def too_far(board: Board, profile: Profile) -> Mask | None:
    """The nodes without the pods it must be near to; no preemption helps."""
    terms = profile.near
    if not terms:
        return None
    selectors = tuple(one.selector for one in terms)
    spaces = _common(terms)
    tally = board.book.matching(spaces, selectors, live=False)
    keyed = board.alive
    for one in terms:
        keyed = keyed & (board.column(one.key).ids >= 0)
    found = any(bool(_held(board, one.key, tally).any()) for one in terms)
    if not found and all(one.chooses(profile.shape) for one in terms):
        return board.alive & ~keyed
    near = keyed
    for one in terms:
        near = near & _held(board, one.key, tally)
    return board.alive & ~near


def _common(terms: tuple[AffinityTerm, ...]) -> frozenset[str] | None:
    spaces: frozenset[str] | None = None
    for one in terms:
        if one.namespaces is not None:
            spaces = one.namespaces if spaces is None else spaces & one.namespaces
    return spaces


def too_near(board: Board, profile: Profile) -> Mask | None:
    """The nodes with the pods it must be apart from."""
    if not profile.apart:
        return None
    bad = np.zeros(board.size, np.bool_)
    for one in profile.apart:
        tally = board.book.matching(one.namespaces, (one.selector,), live=False)
        if tally.total:
            bad |= _held(board, one.key, tally)
    return bad


def unwanted(board: Board, profile: Profile) -> Mask | None:
    """The nodes with pods that must be apart from it."""
    bad: Mask | None = None
    for tally in profile.carriers:
        if tally.carrying is Carrying.APART and tally.term is not None and tally.total:
            found = _held(board, tally.term.key, tally)
            bad = found if bad is None else bad | found
    return bad


def score(board: Board, profile: Profile, slots: Numbers) -> Numbers | None:
    """0..100 for each of the nodes; None if nothing draws or repels."""
    total: Counts | None = None
    for sign, wishes in ((1, profile.near_wishes), (-1, profile.apart_wishes)):
        for weight, term in wishes:
            tally = board.book.matching(term.namespaces, (term.selector,), live=False)
            if tally.total:
                more = sign * weight * _counts(board, term.key, tally, slots)
                total = more if total is None else total + more
    for tally in profile.carriers:
        if tally.carrying is not Carrying.APART and tally.term is not None and tally.total:
            more = tally.weight * _counts(board, tally.term.key, tally, slots)
            total = more if total is None else total + more
    if total is None:
        return None
    least, most = float(total.min()), float(total.max())
    if most == least:
        return None
    return (100 * ((total - least) / (most - least))).astype(np.int64)
