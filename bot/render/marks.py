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
    brief   the same where it shares a line with others; "" if there is nothing shorter
    """

    at: int
    weight: int
    shape: str
    label: str
    brief: str = ""


class Cluster(NamedTuple):
    """Marks too close to be told apart; the heaviest comes first.

    x       pixel of the earliest
    weight  that of the heaviest, less where others of its lane are named already
    """

    x: float
    weight: float
    marks: tuple[Mark, ...]

    @property
    def first_at(self) -> int:
        """When the earliest of them was."""
        return min(mark.at for mark in self.marks)


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
    return [
        Cluster(x, max(one.weight for one in marks), tuple(sorted(marks, key=_lightness)))
        for x, marks in found
    ]


def spread(found: Sequence[Cluster], x: float, step: float) -> list[Cluster]:
    """Each further from the pixel x than others of its lane is lighter by one more `step`.

    So that no lane takes all the names, and what is near the moment asked about comes first.
    """
    order = sorted(range(len(found)), key=lambda at: (-found[at].weight, abs(found[at].x - x)))
    lighter = {at: step * place for place, at in enumerate(order)}
    return [one._replace(weight=one.weight - lighter[at]) for at, one in enumerate(found)]


def _lightness(mark: Mark) -> int:
    return -mark.weight


def named(found: Sequence[Cluster], most: int) -> list[int]:
    """Positions of the heaviest clusters, at most so many, in the order of time.

    Of the equally heavy the latest come first.
    """
    heaviest = sorted(
        range(len(found)), key=lambda at: (-found[at].weight, -found[at].first_at, at)
    )
    return sorted(heaviest[:most], key=lambda at: (found[at].first_at, at))
