"""One series of a metric, made ready to be looked at, and how it is looked at."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

NEAR = 17
"""Samples that tell whether one stands out alone: those that do are fewer than half of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How a series is looked at; all times in microseconds.

    step     between two samples
    smear    how far back in time the values reach: the range of the rate or average that they are,
             0 for what is read off a gauge
    lasting  for how long a single event shows, if longer: what is told lasts twice as long
    window   how far back the past is asked; the longer, the better noise is known, and the more of
             a daily rhythm is in it
    line     the longest stretch that a straight line is drawn through: short against a day
    longest_gap   silence longer than this is not looked across
    alarms   false shifts that are allowed for each series and day
    least    the smallest shift worth telling, as a part of the level before
    floor    the same, in the unit of the series
    """

    step: int
    smear: int = 0
    lasting: int = 0
    window: int = 6 * 3_600_000_000
    line: int = 2 * 3_600_000_000
    longest_gap: int = 1_800_000_000
    alarms: float = 0.001
    least: float = 0.1
    floor: float = 0.0


class Series(NamedTuple):
    """The samples there are.

    near      for each the median of the last few of its segment, itself included
    segments  the number of the stretch it belongs to: nothing is looked at across two
    """

    times: Ints
    values: Floats
    near: Floats
    segments: Ints


def series_of(times: Ints, values: Floats, segments: Ints) -> Series:
    """All of one length, by time; values finite."""
    near = np.empty(values.size)
    starts = np.flatnonzero(np.diff(segments, prepend=segments[:1] - 1))
    for start, end in pairwise([*starts.tolist(), values.size]):
        near[start:end] = _running_median(values[start:end])
    return Series(times, values, near, segments)


def _running_median(values: Floats) -> Floats:
    found = np.empty(values.size)
    rising: list[float] = []
    for place, value in enumerate(values[: NEAR - 1].tolist()):
        insort(rising, value)
        half = len(rising) // 2
        found[place] = (rising[half] + rising[-half - 1]) / 2
    if values.size >= NEAR:
        middle = NEAR // 2
        found[NEAR - 1 :] = np.partition(sliding_window_view(values, NEAR), middle)[:, middle]
    return found
