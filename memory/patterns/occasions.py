"""What came in one day is one occasion: so one bad day, a loop or a flapping pod is no pattern.

The tests of habits and links take their trials as independent of each other. Those of one day are
not: what failed every fifty minutes was seen beside whatever was done that day, ten times; who
watches a screen does the same two things over and over. So each candidate is tested once more with
the first trial of each day alone, and the larger chance is the one that counts. A day is twenty
hours from the trial that counts, in no zone, so that what comes daily comes on each day. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kubectl_smart.memory.patterns.chances import drawn_at_least, silent_for

APART = 72_000_000_000
"""So long after a trial that counts the next one counts, microseconds."""
_SILENT = 3  # days in a row on which a habit or link did not hold and that tell it has stopped
BROKEN = 0.05
"""It has if they are rarer than this by its own misses."""


class Occasions(NamedTuple):
    """Days: `held` of `times`; the last `silent` of them not."""

    held: int
    times: int
    silent: int

    def chance(self, marked: int, slots: int, least: int) -> float:
        """Of so many or more by Fisher's exact test; 1 if they are fewer than `least`."""
        if self.held < least:
            return 1.0
        return drawn_at_least(min(self.held, marked), min(self.times, slots), marked, slots)

    @property
    def words(self) -> str:
        """`on 12 of 15 days`."""
        return f"on {self.held:,} of {self.times:,} days"

    @property
    def quiet(self) -> float:
        """How improbable the silence is; 1 if it is too short to tell."""
        if self.silent < _SILENT:
            return 1.0
        return silent_for(self.held, self.times - self.silent, self.silent)


def occasions(hits: Sequence[int], against: Sequence[int]) -> Occasions:
    """Of instants at which it held, and at which it did not."""
    held = times = silent = 0
    last: int | None = None
    for at, missed in sorted([*((at, 0) for at in hits), *((at, 1) for at in against)]):
        if last is not None and at - last < APART:
            if not missed:
                silent = 0
            continue
        last = at
        times += 1
        held += 1 - missed
        silent = silent + 1 if missed else 0
    return Occasions(held, times, silent)
