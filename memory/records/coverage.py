"""What was really heard, and when: the ground every answer stands on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One interval in which one source was heard without a gap.

    source   "audit-log", "audit-webhook", "watch" ...
    session  the run of the source the interval belongs to (an import, a connection);
             intervals of one session join when the end of one is the start of the next
    from_at  microseconds since 1970-01-01 UTC
    to_at    the same; from_at <= to_at
    """

    source: str
    session: str
    from_at: int
    to_at: int


def joined(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The union of closed intervals: those that overlap or touch become one; in order."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def without(span: tuple[int, int], gaps: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of a span that lie in no gap, in order."""
    low, high = span
    found = []
    for from_at, to_at in sorted(gaps):
        if low < min(from_at, high):
            found.append((low, min(from_at, high)))
        low = max(low, to_at)
    if low < high:
        found.append((low, high))
    return found
