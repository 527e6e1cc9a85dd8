"""Coverage by source: what `status` says of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from kubectl_smart.memory.answers.heard_sources import HeardSource, Share
from kubectl_smart.memory.records.coverage import Heard, joined

_SECOND = 1_000_000
DAY, WEEK = 86_400 * _SECOND, 7 * 86_400 * _SECOND


def heard_sources(coverage: Iterable[Heard], now: int) -> list[HeardSource]:
    """Every source that was ever heard, by name.

    now  microseconds since 1970-01-01 UTC; what was heard later (by another clock) counts as now
    """
    known = sorted(coverage, key=lambda one: one.source)
    born = min((one.from_at for one in known), default=now)
    return [
        _source(name, joined((one.from_at, one.to_at) for one in group), born, now)
        for name, group in groupby(known, key=lambda one: one.source)
    ]


def _source(name: str, heard: Sequence[tuple[int, int]], born: int, now: int) -> HeardSource:
    between = [
        (max(low, now - WEEK), high)
        for (_, low), (high, _) in pairwise(heard)
        if high > now - WEEK and low < now
    ]
    long = tuple(gap for gap in between if gap[1] - gap[0] >= _SECOND)
    return HeardSource(
        source=name,
        since=heard[0][0],
        last=heard[-1][1],
        day=_share(heard, max(now - DAY, min(born, now)), now),
        week=_share(heard, max(now - WEEK, min(born, now)), now),
        gaps=long,
        short_gaps=len(between) - len(long),
    )


def _share(heard: Iterable[tuple[int, int]], low: int, high: int) -> Share:
    inside = (min(end, high) - max(begin, low) for begin, end in heard)
    return Share(low, high, sum(part for part in inside if part > 0))
