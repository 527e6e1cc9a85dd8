"""Which of many acts was followed by one kind of outcome oftener than chance would have it.

Time is cut into slots as long as the lag. Of the N slots in which anything was done at all, K may
have been followed by an outcome within the lag (every slot that touches the time before one, so
rather too many), and the act in question fell into n, of which k were followed. If the act had
nothing to do with the outcome, k would be distributed hypergeometrically; the chance of k or more
is Fisher's exact test, one-sided. So an act is held against everything else that was done, at the
hours at which things are done: that both people and trouble come by day associates nothing.

The chances of all acts that were tested are corrected together by the procedure of Benjamini and
Hochberg. Pure, exact in whole numbers until the last division, and so the same everywhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Hashable, Mapping, Sequence
from math import comb
from typing import NamedTuple, TypeVar

Act = TypeVar("Act", bound=Hashable)


class Association(NamedTuple):
    """What became of one act.

    followed, times  so many of so many slots in which it was done were followed by an outcome
    expected         so many would be by chance, or fewer
    p                chance of so many or more, if the act had nothing to do with it
    q                the same, corrected for all that were tested
    tested           how many were
    """

    followed: int
    times: int
    expected: float
    p: float
    q: float
    tested: int


def chance_of(followed: int, times: int, hot: int, slots: int) -> float:
    """Of `times` slots out of `slots`, of which `hot` are followed: chance of `followed` or more.

    Fisher's exact test, one-sided. ValueError if the numbers cannot be.
    """
    if not (0 <= times <= slots and 0 <= hot <= slots and followed >= 0):
        raise ValueError(f"no such table: {followed} of {times}, {hot} of {slots}")
    ways = sum(
        comb(hot, count) * comb(slots - hot, times - count)
        for count in range(followed, min(times, hot) + 1)
    )
    return ways / comb(slots, times)


def corrected(chances: Sequence[float]) -> list[float]:
    """The chances corrected for how many there are: Benjamini and Hochberg, in the given order."""
    ranked = sorted(range(len(chances)), key=lambda at: chances[at], reverse=True)
    found = [1.0] * len(chances)
    least = 1.0
    for rank, at in zip(range(len(chances), 0, -1), ranked, strict=True):
        least = min(least, chances[at] * (len(chances) / rank))
        found[at] = least
    return found


def associations(
    acts: Mapping[Act, Sequence[int]],
    outcomes: Sequence[int],
    active: Collection[int],
    *,
    lag: int,
    least: int,
) -> dict[Act, Association]:
    """What became of each act that was done in at least `least` slots; all of these are tested.

    acts      act -> when it was done
    outcomes  when the outcome began
    active    the slots (instant // lag) in which anything was done, these acts included
    lag       how soon an outcome follows; a length in the unit of the instants
    """
    tables = counted(acts, outcomes, active, lag=lag, least=least)
    chances = [
        chance_of(min(one.followed, one.hot), one.times, one.hot, one.slots)
        for one in tables.values()
    ]
    return {
        act: Association(one.followed, one.times, one.expected, p, q, len(tables))
        for (act, one), p, q in zip(tables.items(), chances, corrected(chances), strict=True)
    }


class Table(NamedTuple):
    """An act done in `times` of `slots`, `followed` in so many; `hot` of all may have been."""

    followed: int
    times: int
    hot: int
    slots: int

    @property
    def expected(self) -> float:
        """So many of its slots would be followed by chance, or fewer."""
        return self.times * self.hot / self.slots


def counted(
    acts: Mapping[Act, Sequence[int]],
    outcomes: Sequence[int],
    active: Collection[int],
    *,
    lag: int,
    least: int,
) -> dict[Act, Table]:
    """The tables behind `associations`, of each act that was done in at least `least` slots."""
    ends = sorted(outcomes)
    before = {slot for end in ends for slot in range((end - lag) // lag, end // lag + 1)}
    found: dict[Act, tuple[int, int]] = {}
    everything = set(active)
    for act, instants in acts.items():
        slots = {at // lag for at in instants}
        everything |= slots
        followed = {at // lag for at in instants if follows(ends, at, lag)}
        if len(slots) >= least:
            found[act] = len(followed), len(slots)
    hot = min(len(before), len(everything))
    return {
        act: Table(followed, times, hot, len(everything))
        for act, (followed, times) in found.items()
    }


def follows(ends: Sequence[int], at: int, lag: int) -> bool:
    """Whether an outcome began after an instant, and no later than the lag."""
    first = bisect_right(ends, at)
    return first < len(ends) and ends[first] <= at + lag
