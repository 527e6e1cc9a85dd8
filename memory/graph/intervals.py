"""Intervals [from, to) of instants, as ordered lists that do not touch one another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """All of it; what touches becomes one."""
    found: list[Interval] = []
    for from_at, to_at in sorted(intervals):
        if found and from_at <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], to_at)
        elif from_at < to_at:
            found.append((from_at, to_at))
    return found


def both(some: Sequence[Interval], others: Sequence[Interval]) -> list[Interval]:
    """Where both hold."""
    found: list[Interval] = []
    one = other = 0
    while one < len(some) and other < len(others):
        from_at = max(some[one][0], others[other][0])
        to_at = min(some[one][1], others[other][1])
        if from_at < to_at:
            found.append((from_at, to_at))
        if some[one][1] < others[other][1]:
            one += 1
        else:
            other += 1
    return found
