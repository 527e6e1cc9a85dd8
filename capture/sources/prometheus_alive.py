"""When Prometheus was there at all: scraped anything.

What it did not scrape it does not know, but it does not say so: for five minutes after its last
scrape it goes on giving the last value of every series, as if nothing had changed. So values of
instants at which it was not there are no values. One scrape may fail; two in a row are silence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kubectl_smart.capture.sources.prometheus_answers import Bools, Matrix, Span
from kubectl_smart.capture.sources.prometheus_hearing import Interval
from kubectl_smart.capture.sources.prometheus_http import Client
from kubectl_smart.capture.sources.prometheus_queries import Settings, written

_PIECE = 720


class News(NamedTuple):
    """Since it was asked last: when it scraped, and for how many microseconds it did not."""

    lived: list[Interval]
    away: int


class Alive:
    """Keeps the instants at which nothing was scraped, as far back as samples are looked at.

    told_to  microseconds since 1970-01-01 UTC: up to there it was told before
    """

    def __init__(self, settings: Settings, told_to: int) -> None:
        self.told_to = told_to
        self._settings = settings
        self._step = settings.step
        self._promql = written(settings.alive, 2 * self._step)
        self._asked_to = 0
        self._dead = np.empty(0, np.int64)

    async def ask(self, client: Client, end: int) -> News:
        """Up to `end`. NoAnswer; what was answered before that is kept, and told next time."""
        step = self._step
        farthest = self._settings.farthest(end)
        self._dead = self._dead[self._dead > farthest]
        first = max(self._asked_to, farthest) + step
        for start in range(first, end + 1, _PIECE * step):
            span = Span(start, min(end, start + (_PIECE - 1) * step), step)
            matrix = await client.matrix(self._promql, span)
            there = np.zeros(span.size, np.bool_)
            for values in matrix.series.values():
                there |= np.nan_to_num(values) > 0
            self._dead = np.append(self._dead, span.times[~there])
            self._asked_to = span.last
        return self._news(end)

    def _news(self, end: int) -> News:
        since = max(self.told_to, self._settings.oldest(end)) // self._step * self._step
        times = np.arange(since + self._step, end + 1, self._step, dtype=np.int64)
        there = ~np.isin(times, self._dead)
        self.told_to = max(self.told_to, end)
        return News(
            [(int(at) - self._step, int(at)) for at in times[there]],
            int((~there).sum()) * self._step,
        )

    def steady(self, end: int) -> bool:
        """Whether it was there of late, for so long that rates can be taken again."""
        lately = end - 2 * round(self._settings.reach * 1_000_000)
        return self._asked_to >= end and not bool((self._dead > lately).any())

    def only(self, matrix: Matrix, span: Span, reach: int) -> Matrix:
        """An answer without what Prometheus was not there to see.

        reach  microseconds that values are taken over, 0 if none: where scrapes are missing within
               them, and at their end, a rate is too low
        """
        first = np.searchsorted(self._dead, span.times - max(reach, 1), "right")
        ahead = self._step if reach else 0
        unsure: Bools = np.searchsorted(self._dead, span.times + ahead, "right") > first
        if unsure.any():
            for values in matrix.series.values():
                values[unsure] = np.nan
        return matrix._replace(there=matrix.there & ~np.isin(span.times, self._dead))
