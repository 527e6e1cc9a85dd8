"""What of the time that was asked for was really heard: for coverage.

An interval was heard if every query was answered in full for it, and if Prometheus itself was
there: if it scraped anything. All instants are microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_smart.memory.records.coverage import joined

Interval = tuple[int, int]


def without(intervals: Iterable[Interval], holes: Sequence[Interval]) -> list[Interval]:
    """What is left of the intervals where the holes are not; nothing empty."""
    left = list(intervals)
    for low, high in holes:
        left = [
            part
            for begin, end in left
            for part in ((begin, min(end, low)), (max(begin, high), end))
            if part[0] < part[1]
        ]
    return left


class Account:
    """What is heard and not claimed yet.

    alive  when Prometheus scraped
    holes  what was not answered in full, or will not be asked any more
    """

    def __init__(self) -> None:
        self._alive: list[Interval] = []
        self._holes: list[Interval] = []

    def lived(self, intervals: Iterable[Interval]) -> None:
        """Prometheus was there."""
        self._alive = joined([*self._alive, *intervals])

    def doubt(self, hole: Interval) -> None:
        """Something was not answered there."""
        self._holes.append(hole)

    def claim(self, through: int) -> list[Interval]:
        """What was heard up to an instant that all was answered to; each is claimed once."""
        found = [(low, min(high, through)) for low, high in self._alive if low < through]
        self._alive = [(max(low, through), high) for low, high in self._alive if high > through]
        claimed = without(found, self._holes)
        self._holes = [hole for hole in self._holes if hole[1] > through]
        return claimed
