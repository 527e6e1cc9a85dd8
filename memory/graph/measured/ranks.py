"""Medians and quantiles along the last axis: by sorting, which is all that small tables need.

numpy's own look for NaN and masked arrays on every call, and load what knows of them; there are
thousands of calls here, none with either.
"""

from __future__ import annotations

from array import array
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


MOST = 1e100
"""What is measured larger than this is taken for this, so that sums and squares stay numbers."""


def numbers(values: array[float]) -> Floats:
    """The values of a series; NaN where there is none."""
    return np.clip(np.frombuffer(values, np.float64), -MOST, MOST)


def median(table: Floats) -> Floats:
    """The middle one, or the mean of the two in the middle."""
    return _middle(np.sort(table, axis=-1))


def median_of(values: Floats) -> float:
    """The same of one row."""
    return float(median(values))


def quantiles(table: Floats, parts: tuple[float, ...]) -> list[Floats]:
    """Each part between 0 and 1, interpolated linearly between neighbours."""
    ordered = np.sort(table, axis=-1)
    last = ordered.shape[-1] - 1
    found = []
    for part in parts:
        low = int(part * last)
        weight = part * last - low
        high = min(low + 1, last)
        found.append(ordered[..., low] * (1.0 - weight) + ordered[..., high] * weight)
    return found


def _middle(ordered: Floats) -> Floats:
    count = ordered.shape[-1]
    return np.asarray((ordered[..., (count - 1) // 2] + ordered[..., count // 2]) / 2.0)
