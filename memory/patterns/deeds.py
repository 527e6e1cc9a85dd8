"""What people did, parted into sessions, and what a habit in them is.

What one person does without a break of half an hour is a session; trouble that begins in the midst
of one begins another. A session has the labels of the trouble that was there when it began, where
the person had to do with its namespace. There may be a million deeds: they are columns of numbers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubectl_smart.memory.patterns.chances import drawn_at_least
from kubectl_smart.memory.patterns.occasions import BROKEN, Occasions, occasions

Whole: TypeAlias = NDArray[np.int64]
Yes: TypeAlias = NDArray[np.bool_]

LEAST = 5
"""So often at least a habit must have shown."""
LEAST_SHARE = 0.6
"""Of all the times that it could."""
UNUSUAL = 0.001
"""What somebody does in trouble must by chance be rarer than this among all that they do."""
BREAK = 1_800_000_000
"""A pause that ends a session, microseconds."""
EVERYBODY = -1
WORTH = 0.02
"""What is less improbable before it is corrected is not looked at further."""
_LONGEST = 7_200_000_000  # trouble that lasts for longer says nothing of why somebody looks
_BEFORE = 50  # troubles that began before one, looked at


class Deed(NamedTuple):
    """One thing that a person did.

    whats  what it is called, the most exact name first
    look   whether it was done to find out, and changed nothing
    """

    at: int
    who: int
    whats: tuple[int, ...]
    namespace: int
    ref: int
    look: bool


@dataclass(frozen=True, slots=True)
class Deeds:
    """Many, as columns; `coarse` is -1 where a deed has one name only."""

    at: Whole
    who: Whole
    exact: Whole
    coarse: Whole
    namespace: Whole
    ref: Whole
    look: Yes

    @classmethod
    def of(cls, every: Iterable[Deed]) -> Deeds:
        """These."""
        rows = [
            (at, who, whats[0], whats[1] if len(whats) > 1 else -1, namespace, ref, look)
            for at, who, whats, namespace, ref, look in every
        ]
        return cls.of_columns([*np.array(rows, np.int64).reshape(len(rows), 7).T])

    @classmethod
    def of_columns(cls, columns: Sequence[Whole]) -> Deeds:
        """The columns in the order above, the last as 0 and 1."""
        at, who, exact, coarse, namespace, ref, look = columns
        return cls(at, who, exact, coarse, namespace, ref, look.astype(np.bool_))

    def __len__(self) -> int:
        return len(self.at)

    def taken(self, places: Whole) -> Deeds:
        """Those at these places, in their order."""
        return Deeds(
            self.at[places],
            self.who[places],
            self.exact[places],
            self.coarse[places],
            self.namespace[places],
            self.ref[places],
            self.look[places],
        )

    def by_time(self) -> Deeds:
        """The same in an order that depends on what they are only."""
        return self.taken(np.lexsort((self.coarse, self.exact, self.who, self.at)))

    def told(self, places: Whole) -> list[Deed]:
        """Those at these places."""
        one = self.taken(places)
        names = zip(one.exact.tolist(), one.coarse.tolist(), strict=True)
        whats = [(exact,) if coarse < 0 else (exact, coarse) for exact, coarse in names]
        rest = one.namespace.tolist(), one.ref.tolist(), one.look.tolist()
        return list(map(Deed, one.at.tolist(), one.who.tolist(), whats, *rest))

    @property
    def width(self) -> int:
        """More than any name."""
        return int(max(self.exact.max(initial=-1), self.coarse.max(initial=-1))) + 1


class Trouble(NamedTuple):
    """Trouble, and what kinds of trouble it was; namespace -1: anywhere."""

    since: int
    until: int
    labels: tuple[int, ...]
    namespace: int


@dataclass(frozen=True, slots=True)
class Sessions:
    """What single people did without a break, by time.

    deeds   those of the first session first
    starts  the place of the first deed of each; sizes: how many it has
    who     whose it is
    labels  what trouble there was
    """

    deeds: Deeds
    starts: Whole
    sizes: Whole
    who: Whole
    labels: list[frozenset[int]]

    def __len__(self) -> int:
        return len(self.labels)

    def told(self, number: int) -> list[Deed]:
        """The deeds of one."""
        first = self.starts[number]
        return self.deeds.told(np.arange(first, first + self.sizes[number]))

    def only(self, kept: Yes) -> Sessions:
        """Those that are kept."""
        starts, sizes = self.starts[kept], self.sizes[kept]
        labels = [one for one, keep in zip(self.labels, kept.tolist(), strict=True) if keep]
        return Sessions(
            self.deeds.taken(ranges(starts, sizes)),
            np.cumsum(sizes) - sizes,
            sizes,
            self.who[kept],
            labels,
        )


def ranges(starts: Whole, sizes: Whole) -> Whole:
    """The numbers from each start on, so many of each."""
    shift: Whole = np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    found: Whole = np.arange(len(shift)) + shift
    return found


class Habit(NamedTuple):
    """A candidate. `before` are the acts that come before `what` for "then", else none.

    hits, against  deeds, by time
    people, most   how many different people the hits are of, and how many are of one of them
    days           on how many it held, of how many
    """

    kind: str
    who: int
    label: int
    before: tuple[int, ...]
    what: int
    followed: int
    times: int
    expected: float
    p: float
    people: int
    most: int
    hits: tuple[Deed, ...]
    against: tuple[Deed, ...]
    silent: int
    days: Occasions

    @property
    def broken(self) -> bool:
        """Whether it has stopped."""
        return self.days.quiet <= BROKEN


def sessions(deeds: Deeds, troubles: Sequence[Trouble]) -> Sessions:
    """All sessions, by their beginning. Deeds and troubles by time."""
    mine = deeds.taken(np.argsort(deeds.who, kind="stable"))
    fresh = np.ones(len(mine), np.bool_)
    fresh[1:] = np.diff(mine.who) != 0
    fresh[1:] |= np.diff(mine.at) > BREAK
    fresh[1:] |= _troubled(mine.at[:-1], mine.at[1:], troubles)
    starts = np.flatnonzero(fresh)
    sizes = np.diff(starts, append=len(mine))
    order = np.lexsort((mine.who[starts], mine.at[starts]))
    found = mine.taken(ranges(starts[order], sizes[order]))
    sizes = sizes[order]
    starts = np.cumsum(sizes) - sizes
    begins = [one.since for one in troubles]
    places, bounds = found.namespace, zip(starts.tolist(), sizes.tolist(), strict=True)
    labels = [
        _labels(int(found.at[start]), places[start : start + size], troubles, begins)
        for start, size in bounds
    ]
    return Sessions(found, starts, sizes, found.who[starts], labels)


def _troubled(last: Whole, at: Whole, troubles: Sequence[Trouble]) -> Yes:
    """Whether trouble began between two deeds, after a time without any."""
    if not troubles:
        return np.zeros(len(at), np.bool_)
    begins = np.array([one.since for one in troubles], np.int64)
    ends = np.array([one.until for one in troubles], np.int64)
    alone = np.ones(len(troubles), np.bool_)
    for back in range(1, min(_BEFORE + 1, len(troubles))):
        alone[back:] &= ends[:-back] < begins[back:] - BREAK
    first = np.searchsorted(begins, last, side="right")
    there = first < len(begins)
    first[~there] = 0
    found: Yes = there & (begins[first] <= at) & alone[first]
    return found


def _labels(
    at: int, places: Whole, troubles: Sequence[Trouble], begins: Sequence[int]
) -> frozenset[int]:
    first, last = bisect_right(begins, at - _LONGEST), bisect_right(begins, at)
    if first == last:
        return frozenset()
    been = {-1, *places.tolist()}
    return frozenset(
        label
        for one in troubles[first:last]
        if max(one.until, one.since + BREAK) >= at and one.namespace in been
        for label in one.labels
    )


def testable(often: Sequence[int], times: int) -> int:
    """So many acts are frequent enough at all for a habit of so many times (see `chances`).

    often  how often each act was done, rising
    """
    return len(often) - bisect_left(often, max(LEAST, LEAST_SHARE * times))


def habit_of(
    kind: str,
    who: int,
    label: int,
    before: tuple[int, ...],
    what: int,
    table: tuple[int, int, int, int],
    hits: Sequence[Deed],
    against: Sequence[Deed],
) -> Habit:
    """A candidate with its chance, by trials and by days, the larger one.

    table  so many of so many, so many marked, of all slots
    """
    count, times, marked, slots = table
    silent = sum(one.at > hits[-1].at for one in against)
    whose = Counter(one.who for one in hits)
    days = occasions([one.at for one in hits], [one.at for one in against])
    return Habit(
        kind=kind,
        who=who,
        label=label,
        before=before,
        what=what,
        followed=count,
        times=times,
        expected=times * marked / slots,
        p=max(drawn_at_least(count, times, marked, slots), days.chance(marked, slots, LEAST)),
        people=len(whose),
        most=max(whose.values()),
        hits=tuple(hits),
        against=tuple(against),
        silent=silent,
        days=days,
    )


def among_own(habit: Habit, marked: int, slots: int) -> Habit:
    """The same with its chance among all that its person does, if that is larger."""
    p = _own_chance(habit, marked, slots)
    expected = habit.times * marked / slots
    return habit._replace(p=max(habit.p, p), expected=max(habit.expected, expected))


def none_if_usual(habit: Habit, marked: int, slots: int) -> Habit:
    """The same, or one of chance 1 if its person does it as well at other times.

    Of habits that nothing explains but who it is there are tens in a history at most; so many are
    corrected for by how sure this second look must be, and not once more all that was tested.
    """
    usual = _own_chance(habit, marked, slots) > UNUSUAL
    return habit._replace(p=1.0) if usual else habit


def _own_chance(habit: Habit, marked: int, slots: int) -> float:
    p = drawn_at_least(habit.followed, habit.times, marked, slots)
    return max(p, habit.days.chance(marked, slots, LEAST))
