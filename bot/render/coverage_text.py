"""Coverage for people: what was heard and what was not, no longer than is of use.

Nothing is left out of the JSON; here, what a person would not act on is counted.
"""

from __future__ import annotations

from datetime import tzinfo
from itertools import groupby
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import words
from kubectl_smart.memory.records.coverage import Heard

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Basis

_SHORT = 1_000_000
"""Microseconds: shorter gaps are counted and not listed."""
_MOST = 12
"""Gaps, and intervals heard, that are listed: the longest of more."""


def coverage_lines(basis: Basis, zone: tzinfo) -> list[str]:
    """What was heard by which source, and when nobody listened."""
    heard = _without_short_gaps(basis.heard)
    lines = [
        f"heard {source} from {words.instant(low, zone)} to {words.instant(high, zone)}"
        for source, low, high in sorted(_longest(heard), key=lambda one: (one[1], one[2], one[0]))
    ]
    if len(heard) > _MOST:
        lines.append(f"and {len(heard) - _MOST:,} shorter intervals")
    if not heard:
        lines.append("heard nothing of this time")
    gaps = [("", low, high) for low, high in basis.gaps if low != high]
    long = [gap for gap in gaps if gap[2] - gap[1] >= _SHORT]
    lines += [
        f"not heard: {words.instant(low, zone)} to {words.instant(high, zone)}"
        for _, low, high in sorted(_longest(long))
    ]
    if len(long) > _MOST:
        lines.append(f"not heard: {len(long) - _MOST:,} shorter gaps of a second or more")
    if len(gaps) > len(long):
        short = len(gaps) - len(long)
        lines.append(f"not heard: {short:,} gap{'s' * (short > 1)} of less than a second")
    return lines


def _without_short_gaps(intervals: tuple[Heard, ...]) -> list[tuple[str, int, int]]:
    """(source, from, to), joined over short gaps of the same source."""
    found: list[tuple[str, int, int]] = []
    order = sorted(intervals, key=lambda one: (one.source, one.from_at, one.to_at))
    for source, group in groupby(order, key=lambda one: one.source):
        low, high = 0, -_SHORT
        mine: list[tuple[str, int, int]] = []
        for one in group:
            if mine and one.from_at - high < _SHORT:
                high = max(high, one.to_at)
                mine[-1] = (source, low, high)
            else:
                low, high = one.from_at, one.to_at
                mine.append((source, low, high))
        found += mine
    return found


def _longest(spans: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return sorted(spans, key=lambda one: (one[1] - one[2], one))[:_MOST]
