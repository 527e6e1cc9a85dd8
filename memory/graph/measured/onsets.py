"""When a deviation began, by the series itself, and how surely: not by when somebody noticed.

The step that fits best, by least squares on values clipped to where nineteen in twenty lie; the
neighbouring instants that fit about as well are the interval. Between two samples nothing is known,
so an interval is never shorter than from one to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kubectl_smart.memory.answers.bundle_trace import Onset
from kubectl_smart.memory.graph.measured.ranks import median_of, numbers, quantiles
from kubectl_smart.memory.records.evidence import Evidence, SeriesOf

_BEFORE = 8
"""At least so many ordinary samples before the incident are looked at."""
_FEWEST = 4
_SHARP = 0.5
"""So much of the variance may be left by the best step, at most."""


def onset(series: SeriesOf, evidence: Evidence, work: Sequence[SeriesOf] = ()) -> Onset | None:
    """Where the level steps, around the beginning of the incident.

    work  requests of the same entity at the same times, to divide by; the first counts

    None with too few samples, or if no step accounts for half of what varies.
    """
    times = np.frombuffer(series.times, np.int64)
    values = numbers(series.values)
    for requests in work[:1]:
        asked = numbers(requests.values)
        with np.errstate(all="ignore"):
            values = values / np.where(asked > 0, asked, np.nan)
    start, end = evidence.incident
    there = np.isfinite(values)
    low, high = np.searchsorted(times[there], (start, end))
    low = max(0, low - max(_BEFORE, 2 * int(high - low)))
    times, values = times[there][low:high], values[there][low:high]
    if values.size < _FEWEST:
        return None
    low_clip, high_clip = quantiles(values, (0.05, 0.95))
    values = np.clip(values, low_clip, high_clip)
    count = np.arange(1, values.size)
    sums, squares = np.cumsum(values), np.cumsum(values * values)
    left = squares[:-1] - sums[:-1] ** 2 / count
    right = (squares[-1] - squares[:-1]) - (sums[-1] - sums[:-1]) ** 2 / (values.size - count)
    cost = left + right
    best = int(np.argmin(cost))
    whole = float(squares[-1] - sums[-1] ** 2 / values.size)
    if whole <= 0.0 or float(cost[best]) > _SHARP * whole:
        return None
    near = np.flatnonzero(cost <= cost[best] + 3.0 * max(float(cost[best]), 0.0) / values.size)
    return Onset(
        entity=series.entity,
        metric=series.metric,
        stat=series.stat,
        at=(int(times[best]) + int(times[best + 1])) // 2,
        from_at=int(times[near[0]]),
        to_at=int(times[near[-1] + 1]),
        step=int(median_of(np.diff(times).astype(np.float64))),
    )
