"""PodTopologySpread: pods spread over zones, nodes, or any other label.

Rule: plugins/podtopologyspread. Hard constraints: in each domain of the eligible nodes the matching
pods of the namespace that are not being deleted are counted; the domain's count, with the pod
itself, may exceed the smallest by maxSkew. Soft ones score, weighted by ln(domains + 2). Pods
without constraints of their own get the system's: hostname (3) and zone (5), soft, for the pods of
the same services and controller.
"""

from __future__ import annotations

import math

import numpy as np

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.scheduling.board import (
    HOSTNAME,
    Board,
    Mask,
    Numbers,
)
from kubectl_smart.simulate.scheduling.node_tree import ZONE
from kubectl_smart.simulate.scheduling.plugins import node_affinity, taint_toleration
from kubectl_smart.simulate.scheduling.profile import Profile, Spread
from kubectl_smart.simulate.scheduling.tallies import Counts, Tally

NAME = "PodTopologySpread"
REASON = "node(s) didn't match pod topology spread constraints"
NO_LABEL = f"{REASON} (missing required label)"
WEIGHT = 2


def defaults(selector: Selector | None) -> tuple[Spread, ...]:
    """The system's constraints for pods that share a selector."""
    if selector is None:
        return ()
    return (
        Spread(HOSTNAME, 3, selector, 1, True, False),
        Spread(ZONE, 5, selector, 1, True, False),
    )


def _tally(board: Board, profile: Profile, one: Spread) -> Tally:
    spaces = frozenset((profile.shape.namespace,))
    return board.book.matching(spaces, (one.selector,), live=True)


def _places(board: Board, profile: Profile, one: Spread, keyed: Mask, what: str) -> Numbers:
    """The domain of each node that counts, 0 for the others; remembered until a node changes."""
    key = (NAME, what, one.key, one.honours_affinity, one.honours_taints, profile.shape.id)
    found: Numbers | None = board.domains.get(key)
    if found is None:
        eligible = _eligible(board, profile, one, keyed)
        found = board.domains[key] = np.where(eligible, board.column(one.key).places, 0)
    return found


def _eligible(board: Board, profile: Profile, one: Spread, keyed: Mask) -> Mask:
    mask = keyed
    if one.honours_affinity:
        allowed = node_affinity.allowed(board, profile)
        if allowed is not None:
            mask = mask & allowed
    if one.honours_taints:
        tainted = taint_toleration.fails(board, profile)
        if tainted is not None:
            mask = mask & ~tainted
    return mask


def _keyed(board: Board, constraints: tuple[Spread, ...]) -> Mask:
    """The nodes that have the label of every constraint; remembered until a node changes."""
    key = (NAME, "keyed", *(one.key for one in constraints))
    mask: Mask | None = board.domains.get(key)
    if mask is None:
        mask = board.alive.copy()
        for one in constraints:
            mask &= board.column(one.key).ids >= 0
        board.domains[key] = mask
    return mask


def fails(board: Board, profile: Profile) -> tuple[Mask, Mask] | None:
    """(nodes without a label, nodes too full); None if the pod has no hard constraint."""
    constraints = profile.spread_hard
    if not constraints:
        return None
    keyed = _keyed(board, constraints)
    unlabelled = board.alive & ~keyed
    full = np.zeros(board.size, np.bool_)
    for one in constraints:
        column = board.column(one.key)
        places = _places(board, profile, one, keyed, "hard")
        size = len(column.values)
        there = np.bincount(places, minlength=size + 1)[1:] > 0
        per_domain = _tally(board, profile, one).summed(places, size)[1:]
        least = int(per_domain[there].min()) if there.any() else 0
        if int(there.sum()) < one.min_domains:
            least = 0
        itself = int(one.selector is not None and matches(one.selector, profile.shape.labels))
        skewed = np.append(per_domain + itself - least > one.max_skew, False)
        full |= skewed[column.ids] & keyed
    return unlabelled, full


def score(
    board: Board, profile: Profile, soft: tuple[Spread, ...], slots: Numbers, *, own: bool
) -> Numbers | None:
    """0..100 for each of the nodes; None if there is nothing to spread by.

    own  whether the constraints are the pod's, so that a node without a label is left out
    """
    if not soft:
        return None
    keyed = _keyed(board, soft) if own else board.alive
    counted_in = keyed.take(slots) if own else None
    total: Counts = np.zeros(len(slots), np.float64)
    for one in soft:
        column = board.column(one.key)
        tally = _tally(board, profile, one)
        if one.key == HOSTNAME:
            size = len(slots) if counted_in is None else int(np.count_nonzero(counted_in))
            found = tally.counts.take(slots)
        else:
            places = column.places.take(slots)
            inside = places if counted_in is None else places[counted_in]
            size = int(np.count_nonzero(np.bincount(inside)))
            counted = _places(board, profile, one, keyed, "soft")
            found = tally.summed(counted, len(column.values)).take(places)
        found *= math.log(size + 2)
        found += one.max_skew - 1
        if column.lacking:
            found[column.ids.take(slots) < 0] = 0.0
        total += found
    total += 0.5
    scores = np.floor(total).astype(np.int64)
    judged = scores if counted_in is None else scores[counted_in]
    if not len(judged):
        return None
    most, least = int(judged.max()), int(judged.min())
    if most == 0:
        scores[:] = 100
    else:
        scores = 100 * (most + least - scores) // most
    return scores if counted_in is None else np.where(counted_in, scores, 0)
