"""Prometheus, asked for one stretch of the past by somebody who has a question.

The same queries, the same look at the same samples as `prometheus` has, so the same shifts come of
it; but nothing is recorded and nothing remembered. Whoever asks is waiting: what is not answered in
time is left out and said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from kubectl_smart.capture.decoding.metrics import MetricShift
from kubectl_smart.capture.sources.prometheus_alive import Alive
from kubectl_smart.capture.sources.prometheus_http import Client, NoAnswer
from kubectl_smart.capture.sources.prometheus_queries import Settings
from kubectl_smart.capture.sources.prometheus_series import WatchedQuery
from kubectl_smart.capture.sources.prometheus_state import Told

_SECOND = 1_000_000
_AT_ONCE = 4


class Found(NamedTuple):
    """What came of it.

    shifts    in the order of the queries, each query's by series
    answered  how many queries were answered, of how many
    series    how many series were looked at
    troubles  why it is not all there is: a sentence each
    """

    shifts: tuple[MetricShift, ...]
    answered: tuple[int, int]
    series: int
    troubles: tuple[str, ...]


async def shifts_between(
    settings: Settings, redact: Callable[[str], str], since: int, until: int, within: float
) -> Found:
    """The shifts that samples of this stretch give away.

    since, until  microseconds since 1970-01-01 UTC; of the future nothing is asked
    within        seconds, for all of it
    BadInput if its authorities cannot be read; whatever else goes wrong is a trouble.
    """
    asking = _Asking(
        replace(
            settings,
            timeout=min(settings.timeout, within),
            backlog=max((until - since) / _SECOND, settings.scrape),
        ),
        redact,
    )
    try:
        async with asyncio.timeout(within), Client(asking.settings) as client:
            await asking.all(client, until)
    except TimeoutError:
        asking.troubles.append(f"Prometheus did not answer everything within {within:g} s")
    except NoAnswer as problem:
        asking.troubles.append(str(problem))
    return asking.found()


class _Asking:
    """What was answered so far: it stays when the rest is not."""

    def __init__(self, settings: Settings, redact: Callable[[str], str]) -> None:
        self.settings = settings
        self.troubles: list[str] = []
        self._redact = redact
        self._alive = Alive(settings, 0)
        self._shifts: dict[str, list[MetricShift]] = {}
        self._series: dict[str, int] = {}
        self._done: set[str] = set()
        self._said: dict[str, list[str]] = {}

    def found(self) -> Found:
        """In the order of the queries, whichever was answered first."""
        names = list(self.settings.queries)
        troubles = [one for name in names for one in self._said.get(name, ())]
        if not self.troubles and not troubles and not sum(self._series.values()):
            troubles.append("none of its queries gives a series at that time")
        return Found(
            tuple(one for name in names for one in self._shifts.get(name, ())),
            (len(self._done), len(names)),
            sum(self._series.values()),
            tuple(dict.fromkeys([*self.troubles, *troubles])),
        )

    async def all(self, client: Client, until: int) -> None:
        """Every query. NoAnswer where it is not one query's fault."""
        step = self.settings.step
        end = min(until, await client.now()) // step * step
        news = await self._alive.ask(client, end)
        if not news.lived:
            self.troubles.append("Prometheus scraped nothing at that time")
            return
        if news.away:
            self.troubles.append(
                f"Prometheus scraped nothing for {news.away // _SECOND} s of that time"
            )
        room = asyncio.Semaphore(_AT_ONCE)
        results = await asyncio.gather(
            *(self._ask(client, name, end, room) for name in self.settings.queries),
            return_exceptions=True,
        )
        for one in results:
            if isinstance(one, BaseException):
                raise one

    async def _ask(self, client: Client, name: str, end: int, room: asyncio.Semaphore) -> None:
        query = self.settings.queries[name]
        watched = WatchedQuery(name, query, self.settings, self._redact, Told([], 0, []))
        said: dict[str, None] = {}
        labels: set[object] = set()
        async with room:
            try:
                while (span := watched.span(end)) is not None:
                    matrix = await client.matrix(watched.promql, span)
                    matrix = self._alive.only(matrix, span, watched.reach)
                    odd = [f"{matrix.odd} series could not be read"] if matrix.odd else []
                    said |= dict.fromkeys(
                        f"{name}: parts may be missing: {one}" for one in (*matrix.warnings, *odd)
                    )
                    labels |= matrix.series.keys()
                    found = await asyncio.to_thread(watched.shifts, matrix, span)
                    self._shifts.setdefault(name, []).extend(found)
                    self._series[name] = len(labels)
                    watched.settle(span)
                self._done.add(name)
            except NoAnswer as problem:
                if not problem.alone:
                    raise
                said[f"{name}: {problem}"] = None
            finally:
                left_out = len(labels) - self.settings.most_series
                if left_out > 0:
                    said[f"{name}: {left_out} series too many are left out"] = None
                self._said[name] = list(said)
