"""What people do after what, in trouble: one act followed at once by another.

A history may hold a million deeds, and each pair of them is counted for the person and for
everybody, under each of its names. So deeds become columns of numbers, and pairs are counted by
sorting them; only what was counted often enough is looked at as deeds again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubectl_smart.memory.patterns.deeds import (
    EVERYBODY,
    LEAST,
    LEAST_SHARE,
    Deed,
    Habit,
    Session,
    habit_of,
)

_Whole: TypeAlias = NDArray[np.int64]
_Yes: TypeAlias = NDArray[np.bool_]


class _Deeds(NamedTuple):
    """The deeds of all sessions, one session after the other.

    names    of each deed the exact one and the coarse one, -1 where it has one only
    goes_on  whether the next deed is of the same session
    width    more than any name
    """

    every: Sequence[Deed]
    who: _Whole
    names: tuple[_Whole, _Whole]
    looks: _Yes
    goes_on: _Yes
    width: int


def _columns(every: Sequence[Session]) -> _Deeds:
    deeds = [deed for session in every for deed in session.deeds]
    count = len(deeds)
    exact = np.fromiter((deed.whats[0] for deed in deeds), np.int64, count)
    coarse = np.fromiter((deed.whats[-1] for deed in deeds), np.int64, count)
    goes_on = np.ones(count, np.bool_)
    goes_on[np.cumsum(np.fromiter((len(one.deeds) for one in every), np.int64, len(every))) - 1] = (
        False
    )
    return _Deeds(
        deeds,
        np.fromiter((deed.who for deed in deeds), np.int64, count),
        (exact, np.where(coarse == exact, -1, coarse)),
        np.fromiter((deed.look for deed in deeds), np.bool_, count),
        goes_on,
        int(max(exact.max(initial=0), coarse.max(initial=0))) + 1,
    )


def in_order(every: Sequence[Session]) -> tuple[list[Habit], int]:
    """(habits that one act is followed by another, how many were tested).

    That something is repeated counts, and is no habit.
    """
    deeds = _columns(every)
    slots = np.flatnonzero(deeds.goes_on)
    if not len(slots):
        return [], 0
    marked = _often([names[slots + 1] for names in deeds.names], deeds.width)
    told = deeds.looks[slots], deeds.looks[slots + 1]
    looks = _often(
        [names[slots[look] + far] for far, look in enumerate(told) for names in deeds.names],
        deeds.width,
    )
    often = np.sort(marked[marked > 0])
    found: list[Habit] = []
    tested = 0
    for named in (False, True):
        before = _named(deeds, slots, named=named)
        least = np.maximum(LEAST, LEAST_SHARE * before.counts)
        tested += int((len(often) - np.searchsorted(often, least)).sum())
        tested -= int((marked[before.keys % deeds.width] >= least).sum())
        for place, what, count in _followed(deeds, before):
            who, one = divmod(int(before.keys[place]), deeds.width)
            if what == one or not (looks[what] or looks[one]):
                continue
            mine = before.of(place)
            hit = (deeds.names[0][mine + 1] == what) | (deeds.names[1][mine + 1] == what)
            hits = [deeds.every[number] for number in mine[hit] + 1]
            against = [deeds.every[number] for number in mine[~hit]]
            table = count, int(before.counts[place]), int(marked[what]), len(slots)
            whose = who if named else EVERYBODY
            found.append(habit_of("then", whose, -1, one, what, table, hits, against))
    return found, tested


class _Before(NamedTuple):
    """Deeds that another follows, by who did them and what it is called.

    keys    person and name as one number, rising; the person 0 where it is anybody
    counts  how often there is each, `LEAST` times at least
    places  the deeds, those of the first key first, by time; starts: where those of a key begin
    """

    keys: _Whole
    counts: _Whole
    places: _Whole
    starts: _Whole

    def of(self, key: int) -> _Whole:
        """The deeds of one key, by time."""
        return self.places[self.starts[key] : self.starts[key] + self.counts[key]]


def _named(deeds: _Deeds, slots: _Whole, *, named: bool) -> _Before:
    keys, places = [], []
    for names in deeds.names:
        mine = slots[names[slots] >= 0]
        keys.append(names[mine] + (deeds.who[mine] * deeds.width if named else 0))
        places.append(mine)
    joined, place = np.concatenate(keys), np.concatenate(places)
    order = np.lexsort((place, joined))
    every, starts, counts = np.unique(joined[order], return_index=True, return_counts=True)
    often = counts >= LEAST
    return _Before(every[often], counts[often], place[order], starts[often])


def _followed(deeds: _Deeds, before: _Before) -> Iterator[tuple[int, int, int]]:
    """(place of a key, name of what follows it, how often) where that is often enough."""
    sizes = before.counts
    key = np.repeat(np.arange(len(sizes)), sizes)
    shift = np.repeat(before.starts - (np.cumsum(sizes) - sizes), sizes)
    nexts = before.places[np.arange(len(key)) + shift] + 1
    pairs = []
    for names in deeds.names:
        has = names[nexts] >= 0
        pairs.append(key[has] * deeds.width + names[nexts[has]])
    both, counts = np.unique(np.concatenate(pairs), return_counts=True)
    place = both // deeds.width
    enough = (counts >= LEAST) & (counts >= LEAST_SHARE * sizes[place])
    for one, count in zip(both[enough].tolist(), counts[enough].tolist(), strict=True):
        yield *divmod(one, deeds.width), count


def _often(names: Sequence[_Whole], width: int) -> _Whole:
    """How often there is each name."""
    joined = np.concatenate(names)
    return np.bincount(joined[joined >= 0], minlength=width)
