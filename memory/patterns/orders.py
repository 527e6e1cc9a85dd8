"""What people do after what, in trouble: one act followed at once by another.

A history may hold a million deeds, and each pair of them is counted for the person and for
everybody, under each of its names. So deeds become columns of numbers, and pairs are counted by
sorting them; only what was counted often enough is looked at as deeds again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from kubectl_smart.memory.patterns.chances import drawn_at_least
from kubectl_smart.memory.patterns.deeds import (
    EVERYBODY,
    LEAST,
    LEAST_SHARE,
    WORTH,
    Deeds,
    Habit,
    Sessions,
    Whole,
    habit_of,
    none_if_usual,
    ranges,
)


def in_order(every: Sessions) -> tuple[list[Habit], int]:
    """(habits that one act is followed by another, how many were tested).

    That something is repeated counts, and is no habit.
    """
    deeds, width = every.deeds, every.deeds.width
    goes_on = np.ones(len(deeds), np.bool_)
    goes_on[every.starts + every.sizes - 1] = False
    slots = np.flatnonzero(goes_on)
    if not len(slots):
        return [], 0
    names = deeds.exact, deeds.coarse
    marked = _often([each[slots + 1] for each in names], width)
    looked = np.concatenate([slots[deeds.look[slots]], (slots + 1)[deeds.look[slots + 1]]])
    looks = _often([each[looked] for each in names], width)
    often = np.sort(marked[marked > 0])
    found: list[Habit] = []
    tested = 0
    for named in (False, True):
        before = _named(deeds, slots, width, named=named)
        least = np.maximum(LEAST, LEAST_SHARE * before.counts)
        tested += int((len(often) - np.searchsorted(often, least)).sum())
        tested -= int((marked[before.keys % width] >= least).sum())
        for place, what, count in _followed(deeds, before, width):
            who, one = divmod(int(before.keys[place]), width)
            if what == one or not (looks[what] or looks[one]):
                continue
            table = count, int(before.counts[place]), int(marked[what]), len(slots)
            if drawn_at_least(*table) > WORTH:
                continue
            mine = before.of(place)
            hit = (deeds.exact[mine + 1] == what) | (deeds.coarse[mine + 1] == what)
            whose = who if named else EVERYBODY
            hits, against = deeds.told(mine[hit] + 1), deeds.told(mine[~hit])
            habit = habit_of("then", whose, -1, (one,), what, table, hits, against)
            if named:
                own = slots[deeds.who[slots] == who]
                nexts = (deeds.exact[own + 1] == what) | (deeds.coarse[own + 1] == what)
                if len(own) - len(mine) >= LEAST:
                    habit = none_if_usual(habit, int(nexts.sum()), len(own))
            found.append(habit)
    return found, tested


class _Before(NamedTuple):
    """Deeds that another follows, by who did them and what it is called.

    keys    person and name as one number, rising; the person 0 where it is anybody
    counts  how often there is each, `LEAST` times at least
    places  the deeds, those of the first key first, by time; starts: where those of a key begin
    """

    keys: Whole
    counts: Whole
    places: Whole
    starts: Whole

    def of(self, key: int) -> Whole:
        """The deeds of one key, by time."""
        return self.places[self.starts[key] : self.starts[key] + self.counts[key]]


def _named(deeds: Deeds, slots: Whole, width: int, *, named: bool) -> _Before:
    keys, places = [], []
    for names in (deeds.exact, deeds.coarse):
        mine = slots[names[slots] >= 0]
        keys.append(names[mine] + (deeds.who[mine] * width if named else 0))
        places.append(mine)
    joined, place = np.concatenate(keys), np.concatenate(places)
    order = np.lexsort((place, joined))
    every, starts, counts = np.unique(joined[order], return_index=True, return_counts=True)
    often = counts >= LEAST
    return _Before(every[often], counts[often], place[order], starts[often])


def _followed(deeds: Deeds, before: _Before, width: int) -> Iterator[tuple[int, int, int]]:
    """(place of a key, name of what follows it, how often) where that is often enough."""
    sizes = before.counts
    key = np.repeat(np.arange(len(sizes)), sizes)
    nexts = before.places[ranges(before.starts, sizes)] + 1
    pairs = []
    for names in (deeds.exact, deeds.coarse):
        has = names[nexts] >= 0
        pairs.append(key[has] * width + names[nexts[has]])
    both, counts = np.unique(np.concatenate(pairs), return_counts=True)
    place = both // width
    enough = (counts >= LEAST) & (counts >= LEAST_SHARE * sizes[place])
    for one, count in zip(both[enough].tolist(), counts[enough].tolist(), strict=True):
        yield *divmod(one, width), count


def _often(names: Sequence[Whole], width: int) -> Whole:
    """How often there is each name."""
    joined = np.concatenate(names)
    return np.bincount(joined[joined >= 0], minlength=width)
