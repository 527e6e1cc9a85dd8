"""What people did, parted into sessions, and what a habit in them is.

What one person does without a break of half an hour is a session; trouble that begins in the midst
of one begins another. A session has the labels of the trouble that was there when it began, where
the person had to do with its namespace.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.patterns.chances import drawn_at_least, silent_for

LEAST = 5
"""So often at least a habit must have shown."""
LEAST_SHARE = 0.6
"""Of all the times that it could."""
BREAK = 1_800_000_000
"""A pause that ends a session, microseconds."""
EVERYBODY = -1
_LONGEST = 7_200_000_000  # trouble that lasts for longer says nothing of why somebody looks


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


class Trouble(NamedTuple):
    """Trouble, and what kinds of trouble it was; namespace -1: anywhere."""

    since: int
    until: int
    labels: tuple[int, ...]
    namespace: int


class Session(NamedTuple):
    """What one person did without a break."""

    who: int
    labels: frozenset[int]
    deeds: tuple[Deed, ...]


class Habit(NamedTuple):
    """A candidate. `before` is the act that comes before `what` for "then", else -1.

    hits, against  deeds, by time
    people, most   how many different people the hits are of, and how many are of one of them
    """

    kind: str
    who: int
    label: int
    before: int
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
    quiet: float

    @property
    def broken(self) -> bool:
        """Whether it has stopped."""
        return self.silent >= 3 and self.quiet <= 0.05


def sessions(deeds: Iterable[Deed], troubles: Sequence[Trouble]) -> list[Session]:
    """All sessions, by their beginning. Deeds and troubles by time."""
    begins = [one.since for one in troubles]
    going: dict[int, list[Deed]] = {}
    found: list[list[Deed]] = []
    for deed in deeds:
        held = going.get(deed.who)
        if held is not None and (
            deed.at - held[-1].at > BREAK or _fresh(troubles, begins, held[-1].at, deed.at)
        ):
            found.append(held)
            held = None
        if held is None:
            held = going[deed.who] = []
        held.append(deed)
    found += going.values()
    found.sort(key=lambda one: (one[0].at, one[0].who))
    return [Session(one[0].who, _labels(one, troubles, begins), tuple(one)) for one in found]


def _fresh(troubles: Sequence[Trouble], begins: Sequence[int], last: int, at: int) -> bool:
    """Whether trouble began between two deeds, after a time without any."""
    first = bisect_right(begins, last)
    if first >= len(begins) or begins[first] > at:
        return False
    before = begins[first] - BREAK
    return not any(one.until >= before for one in troubles[max(0, first - 50) : first])


def _labels(
    deeds: Sequence[Deed], troubles: Sequence[Trouble], begins: Sequence[int]
) -> frozenset[int]:
    at = deeds[0].at
    places = {deed.namespace for deed in deeds}
    first, last = bisect_right(begins, at - _LONGEST), bisect_right(begins, at)
    return frozenset(
        label
        for one in troubles[first:last]
        if max(one.until, one.since + BREAK) >= at
        and (one.namespace == -1 or one.namespace in places)
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
    before: int,
    what: int,
    table: tuple[int, int, int, int],
    hits: Sequence[Deed],
    against: Sequence[Deed],
) -> Habit:
    """A candidate with its chance. `table`: so many of so many, so many marked, of all slots."""
    count, times, marked, slots = table
    silent = sum(one.at > hits[-1].at for one in against)
    whose = Counter(one.who for one in hits)
    return Habit(
        kind=kind,
        who=who,
        label=label,
        before=before,
        what=what,
        followed=count,
        times=times,
        expected=times * marked / slots,
        p=drawn_at_least(count, times, marked, slots),
        people=len(whose),
        most=max(whose.values()),
        hits=tuple(hits),
        against=tuple(against),
        silent=silent,
        quiet=silent_for(count, times - silent, silent),
    )
