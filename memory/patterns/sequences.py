"""Habits of three steps and more: one act after the other, at once, in trouble of any kind.

A longer habit must tell more than its parts. That B follows A, and C follows B, may each be a habit
and makes A, B, C come often; so C after A and B is held against C after B, whatever came before it
(Fisher's exact test among all B with an act on either side), and for a single person against what
follows B where that person did it, too: the larger chance counts. From a habit of three steps those
of four are grown, held against their last three in the same way, and so on: what is looked at grows
with the history, and not with all the orders there might be.

Each deed has one name here, and the acts are looked at twice: by their coarse names, and by the
exact name where it is what is mostly meant by the coarse one: `checks data/redis`, but `scales up
deployments`. By exact names only, all that is done about one service in one session would follow
itself. What is done again at once by the same name is one step, and no step comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from kubectl_smart.memory.patterns.deeds import (
    EVERYBODY,
    LEAST,
    LEAST_SHARE,
    WORTH,
    Deeds,
    Habit,
    Sessions,
    Whole,
    Yes,
    among_own,
    habit_of,
)

MOST_STEPS = 5


def in_sequence(every: Sessions) -> tuple[list[Habit], int]:
    """(habits of three steps and more, how many were tested)."""
    found: dict[tuple[int, tuple[int, ...], int], Habit] = {}
    tested = 0
    for names in _namings(every.deeds):
        walk = _walk(every, names)
        for who in (walk.who, None):
            going, count = _of_three(walk, who)
            tested += count
            while going:
                for one in going:
                    found.setdefault((one.habit.who, one.acts[:-1], one.acts[-1]), one.habit)
                longer = [one for one in going if len(one.acts) < MOST_STEPS]
                going = []
                for one in longer:
                    if one.habit.p <= WORTH:
                        more, count = _grown(walk, one)
                        going += more
                        tested += count
    return list(found.values()), tested


def _namings(deeds: Deeds) -> Iterator[Whole]:
    """One name for each deed, in two ways."""
    coarse = np.where(deeds.coarse < 0, deeds.exact, deeds.coarse)
    often = np.bincount(deeds.exact, minlength=deeds.width)
    all_of_it = np.bincount(coarse, minlength=deeds.width)
    yield np.where(4 * often[deeds.exact] >= 3 * all_of_it[coarse], deeds.exact, coarse)
    yield coarse


class _Walk(NamedTuple):
    """What was done step by step, one session after the other.

    places  of the steps among the deeds; names, who: what each is called, and whose it is
    first, last  whether it is that of its session
    looks   by name: whether anything so called was a look
    """

    deeds: Deeds
    places: Whole
    names: Whole
    who: Whole
    first: Yes
    last: Yes
    looks: Yes


def _walk(every: Sessions, names: Whole) -> _Walk:
    deeds = every.deeds
    begins = np.zeros(len(deeds), np.bool_)
    begins[every.starts] = True
    fresh = begins.copy()
    fresh[1:] |= names[1:] != names[:-1]
    places = np.flatnonzero(fresh)
    first = begins[places]
    looks = np.zeros(deeds.width, np.bool_)
    looks[names[deeds.look]] = True
    last = np.append(first[1:], True)
    return _Walk(deeds, places, names[places], deeds.who[places], first, last, looks)


class _Order(NamedTuple):
    """A candidate: its acts, and where the last of them is in the walk each time."""

    acts: tuple[int, ...]
    ends: Whole
    habit: Habit


def _of_three(walk: _Walk, who: Whole | None) -> tuple[list[_Order], int]:
    """(candidates of single people, or of everybody if `who` is None; how many were tested)."""
    middle = np.flatnonzero(~walk.first & ~walk.last)
    if not len(middle):
        return [], 0
    width = len(walk.looks)
    one, two, three = (walk.names[middle + step] for step in (-1, 0, 1))
    whose = np.zeros(len(middle), np.int64) if who is None else who[middle] + 1
    pairs, pair, times = np.unique(
        (whose * width + one) * width + two, return_inverse=True, return_counts=True
    )
    follows, marked = np.unique(two * width + three, return_counts=True)
    least = np.ceil(np.maximum(LEAST, LEAST_SHARE * times)).astype(np.int64)
    tested = _testable(follows // width, marked, pairs % width, least)[times >= LEAST].sum()
    triples, count = np.unique(pair * width + three, return_counts=True)
    enough = (count >= LEAST) & (count >= LEAST_SHARE * times[triples // width])
    order = np.argsort(pair, kind="stable")
    starts = np.cumsum(times) - times
    found = []
    for of, last in (divmod(each, width) for each in triples[enough].tolist()):
        mine = middle[order[starts[of] : starts[of] + times[of]]]
        acts = int(walk.names[mine[0] - 1]), int(walk.names[mine[0]]), last
        person = EVERYBODY if who is None else int(walk.who[mine[0]])
        if candidate := _candidate(walk, person, acts, mine, middle[two == acts[1]]):
            found.append(candidate)
    return found, int(tested)


def _testable(before: Whole, marked: Whole, of: Whole, least: Whole) -> Whole:
    """Of each act how many follow it often enough at all (see `chances`).

    before, marked  what is followed by another, rising, and how often
    """
    many = int(max(marked.max(), least.max())) + 1
    ranked = np.sort(before * many + marked)
    ends = np.searchsorted(ranked, (of + 1) * many)
    found: Whole = ends - np.searchsorted(ranked, of * many + least)
    return found


def _grown(walk: _Walk, order: _Order) -> tuple[list[_Order], int]:
    """Orders of one step more, and how many were tested."""
    mine = order.ends[~walk.last[order.ends]]
    if len(mine) < LEAST:
        return [], 0
    middle = _ends_of(walk, order.acts[1:])
    nexts = np.bincount(walk.names[mine + 1], minlength=len(walk.looks))
    marked = np.bincount(walk.names[middle + 1], minlength=len(walk.looks))
    least = max(LEAST, LEAST_SHARE * len(mine))
    found = [
        _candidate(walk, order.habit.who, (*order.acts, last), mine, middle)
        for last in np.flatnonzero(nexts >= least).tolist()
    ]
    return [one for one in found if one is not None], int((marked >= least).sum())


def _ends_of(walk: _Walk, acts: tuple[int, ...]) -> Whole:
    """Where these acts are done one after the other, with a step before them and one after."""
    ends = np.flatnonzero((walk.names == acts[-1]) & ~walk.last)
    for back, act in enumerate(reversed(acts)):
        ends = ends[ends > back]
        ends = ends[(walk.names[ends - back] == act) & ~walk.first[ends - back]]
    return ends


def _candidate(
    walk: _Walk, who: int, acts: tuple[int, ...], mine: Whole, middle: Whole
) -> _Order | None:
    """That the last follows the others; None if none of them is a look, or one comes twice.

    mine    where all but the last are done, and another follows
    middle  where all but the first and the last are done by anybody, between two others
    """
    if len(set(acts)) < len(acts) or not walk.looks[list(acts)].any():
        return None
    last = acts[-1]
    hit = walk.names[mine + 1] == last
    marked = walk.names[middle + 1] == last
    table = int(hit.sum()), len(mine), int(marked.sum()), len(middle)
    hits = walk.deeds.told(walk.places[mine[hit] + 1])
    against = walk.deeds.told(walk.places[mine[~hit]])
    habit = habit_of("then", who, -1, acts[:-1], last, table, hits, against)
    if who != EVERYBODY:
        own = walk.who[middle] == who
        habit = among_own(habit, int(marked[own].sum()), int(own.sum()))
    return _Order(acts, mine[hit] + 1, habit)
