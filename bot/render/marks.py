"""Marks on a time axis: which fall together, and which few are named. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Mark(NamedTuple):
    """One thing that happened.

    at      microseconds since 1970-01-01 UTC
    weight  the heavier, the sooner it is named
    shape   what it is drawn as: a key of canvas.SHAPES
    label   what is said of it if it is named, one line
    """

    at: int
    weight: int
    shape: str
    label: str


class Cluster(NamedTuple):
    """Marks too close to be told apart; the heaviest comes first."""

    x: float
    marks: tuple[Mark, ...]

    @property
    def first_at(self) -> int:
        """When the earliest of them was."""
        return min(mark.at for mark in self.marks)

    @property
    def weight(self) -> int:
        """That of the heaviest."""
        return self.marks[0].weight


def clusters(placed: Sequence[tuple[float, Mark]], apart: float) -> list[Cluster]:
    """Marks of one lane, (x in pixels, mark) in order of x, joined within `apart` pixels.

    A cluster begins at its first mark and is never wider than `apart`.
    """
    found: list[tuple[float, list[Mark]]] = []
    for x, mark in placed:
        if found and x - found[-1][0] < apart:
            found[-1][1].append(mark)
        else:
            found.append((x, [mark]))
    return [Cluster(x, tuple(sorted(marks, key=lambda one: -one.weight))) for x, marks in found]


def named(found: Sequence[Cluster], most: int) -> list[int]:
    """Positions of the heaviest clusters, at most so many, in the order of time."""
    heaviest = sorted(range(len(found)), key=lambda at: (-found[at].weight, found[at].first_at, at))
    return sorted(heaviest[:most], key=lambda at: (found[at].first_at, at))
