"""Shifts of level in one evenly sampled series: when, which way, how far. Pure and deterministic.

A sample is judged when it is there, by what came before it alone, so that a series gives the same
shifts whether it is looked at once a minute or once a day. At the end of every sample the mean of
the last m samples (m on several scales) is compared with what a straight line through the L samples
before them foretells: a daily rhythm of any height goes along with the line. How far such forecasts
are off anyway in this series is measured on its own recent past, so that noise that hangs together
(an average over a sliding range, a queue) asks for more than noise that does not. Samples that
stand out alone are clipped before.

A forecast that is off by more than chance allows (see `Tuning.alarms`), all through the m samples,
is a shift. Its instant is the one at which a step (a ramp, where the values are averages over a
range) fits best by least absolute deviations; how much worse the neighbouring instants fit gives
the interval. Behind a shift everything begins anew: what was before it only says how large the
noise is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kubectl_smart.memory.patterns.forecasts import Flagged, first_flagged
from kubectl_smart.memory.patterns.series import Floats, Ints, Series, Tuning, series_of

__all__ = ["Shift", "Tuning", "shifts", "shifts_of_many"]

_QUIET = 8  # samples that are exactly the same: no noise


class Shift(NamedTuple):
    """One shift of level.

    onset          microseconds since 1970-01-01 UTC: the best guess
    onset_from     the same: it began after this
    onset_to       the same: and at the latest here
    settled_at     the same: from here on the values show the new level alone
    found_at       the same: the sample that gave it away
    before, after  the levels, as medians
    score          how far the forecast was off, in multiples of what chance allows
    """

    onset: int
    onset_from: int
    onset_to: int
    settled_at: int
    found_at: int
    before: float
    after: float
    score: float

    @property
    def direction(self) -> str:
        """Up or down."""
        return "up" if self.after > self.before else "down"

    @property
    def size(self) -> float:
        """Of the shift, in the unit of the series."""
        return self.after - self.before

    @property
    def relative(self) -> float:
        """After as a multiple of before; infinite where before was 0."""
        return self.after / self.before if self.before else math.inf


def shifts(
    times: Sequence[int] | Ints,
    values: Sequence[float] | Floats,
    tuning: Tuning,
    *,
    examined_to: int = 0,
    known: Sequence[Shift] = (),
) -> list[Shift]:
    """The shifts that samples after `examined_to` give away, by time.

    times        microseconds since 1970-01-01 UTC, rising; at least `tuning.window` before
                 `examined_to` should be there
    values       NaN (or infinite) where there is none
    examined_to  samples up to here were judged before
    known        shifts that were found then, by time; those that began before the first sample
                 may be left out
    """
    return shifts_of_many(
        times, np.asarray(values, np.float64)[None, :], tuning, examined_to, [known]
    )[0]


def shifts_of_many(
    times: Sequence[int] | Ints,
    table: Floats,
    tuning: Tuning,
    examined_to: int,
    known: Sequence[Sequence[Shift]],
) -> list[list[Shift]]:
    """The same of many series sampled at the same times, faster than one by one.

    table  series x samples; NaN where there is none
    known  of each series
    """
    instants = np.asarray(times, np.int64)
    found: list[list[Shift]] = [[] for _ in table]
    since = examined_to
    open_ones = [(row, since) for row in range(len(table))]
    while open_ones:
        again: list[tuple[int, int]] = []
        for examined in sorted({to for _, to in open_ones}):
            rows = [row for row, to in open_ones if to == examined]
            many = [
                _segmented(instants, table[row], tuning, [*known[row], *found[row]]) for row in rows
            ]
            for row, series, flagged in zip(
                rows, many, first_flagged(many, tuning, examined), strict=True
            ):
                if flagged is not None:
                    found[row].append(_described(series, flagged, tuning))
                    again.append((row, found[row][-1].found_at))
        open_ones = again
    return found


def _segmented(times: Ints, values: Floats, tuning: Tuning, known: Sequence[Shift]) -> Series:
    """Cut at long silences and at shifts; without what lies between two levels."""
    there = np.isfinite(values)
    times, values = times[there], values[there]
    silences = np.diff(times, prepend=times[:1]) > tuning.longest_gap
    segments = np.cumsum(silences).astype(np.int64)
    between = np.zeros(times.size, np.bool_)
    for shift in known:
        between |= (times > shift.onset_from) & (times < shift.settled_at)
        segments += times >= shift.settled_at
    return series_of(times[~between], values[~between], segments[~between])


def _described(series: Series, flagged: Flagged, tuning: Tuning) -> Shift:
    """The step that fits best around the samples that gave it away."""
    at, scale, score = flagged
    reach = math.ceil(tuning.smear / tuning.step)
    own = int(np.searchsorted(series.segments, series.segments[at]))
    start = max(own, at - scale.after - max(scale.before, 4 * scale.after) + 1)
    values = series.values[start : at + 1]
    times = series.times[start : at + 1]
    low = max(3, values.size - 3 * scale.after)
    high = values.size - max(3, scale.after // 4)
    costs = np.full(values.size, np.inf)
    levels: dict[int, tuple[float, float]] = {}
    for split in range(low, high + 1):
        before = float(np.median(values[:split]))
        after = float(np.median(values[min(split + reach, values.size - 3) :]))
        rising = np.clip((times[split:] - times[split - 1]) / max(tuning.smear, 1), 0.0, 1.0)
        fit = before + (after - before) * rising if reach else after
        costs[split] = np.abs(values[:split] - before).sum() + np.abs(values[split:] - fit).sum()
        levels[split] = (before, after)
    split = int(np.argmin(costs))
    before, after = levels[split]
    quiet = _last_quiet(values, before, split + reach)
    if quiet is None:
        tolerance = 3 * float(costs[split]) / values.size
        near = np.flatnonzero(costs <= costs[split] + tolerance)
        onset_from, onset_to = int(times[near[0] - 1]), int(times[near[-1]])
    else:
        split = quiet + 1
        onset_from, onset_to = int(times[quiet]), int(times[split])
    onset = (int(times[split - 1]) + int(times[split])) // 2
    settled = min(split + reach, values.size - 1)
    return Shift(
        onset, onset_from, onset_to, int(times[settled]), int(times[-1]), before, after, score
    )


def _last_quiet(values: Floats, level: float, end: int) -> int | None:
    """The last sample up to `end` that is exactly at a level, if several before it are.

    Where there is no noise (no errors, no restarts), the first sample that differs is the onset:
    of single events an average over a range shows the first one at once, and no slope.
    """
    quiet = values == level
    last = np.flatnonzero(quiet[: min(end, values.size - 2) + 1])
    if last.size < _QUIET or not quiet[last[-1] - _QUIET + 1 : last[-1] + 1].all():
        return None
    return int(last[-1])
