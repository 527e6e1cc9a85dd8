"""Prometheus, asked in rounds: shifts of metrics, and who calls whom.

What is asked for is a stretch of time up to just now by Prometheus' own clock, after what was
examined before; so what was missed, while it or we were away, is asked for again, as far back as
the settings say. Nothing that Prometheus says or does not say ends the source.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding import metrics, service_graph
from kubectl_smart.capture.sources.prometheus_alive import Alive
from kubectl_smart.capture.sources.prometheus_calls import WatchedCalls
from kubectl_smart.capture.sources.prometheus_hearing import Account
from kubectl_smart.capture.sources.prometheus_http import Client, NoAnswer
from kubectl_smart.capture.sources.prometheus_queries import Settings
from kubectl_smart.capture.sources.prometheus_series import WatchedQuery
from kubectl_smart.capture.sources.prometheus_state import Notebook, Told
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import StorageFull
from kubectl_smart.memory.store.protocols import SpoolItem

_log = logging.getLogger(__name__)
_SECOND = 1_000_000
_SKEW = 30 * _SECOND
_SCRAPED = 10 * _SECOND
_STORED = 2 * _SECOND
"""A sample of an instant is there so much later: as long as a scrape may take, unless told
otherwise, and then as long as a busy Prometheus needs to store it."""
_ALIVE = "is Prometheus there"

_LONGEST = 1_000

_Watched = WatchedQuery | WatchedCalls


class _Trouble(NamedTuple):
    """Why a source does not hear all: one sentence."""

    source: str
    sentence: str


class Prometheus:
    """Asks one Prometheus. `run` until cancelled.

    notebook  file in which is remembered how far it was asked
    rejected  series that could not be read
    BadInput if its authorities cannot be read.
    """

    def __init__(
        self,
        settings: Settings,
        notebook: Path,
        acceptor: Acceptor,
        redactor: Redactor,
        hearing: Hearing,
        clock: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._client = Client(settings)
        self._acceptor = acceptor
        self._hearing = hearing
        self._clock = clock
        self._notebook = Notebook(notebook)
        self._session = urlsplit(settings.url)._replace(netloc=_host(settings.url)).geturl()
        redact, begun = redactor.redact_text, self._notebook.begun
        how = [settings.scrape, settings.reach]
        self._queries: list[WatchedQuery] = [
            WatchedQuery(name, one, settings, redact, begun(name, [one.promql, one.reach, *how]))
            for name, one in settings.queries.items()
        ]
        self._graph: list[WatchedCalls] = [
            WatchedCalls(
                name, one, settings, redact,
                begun(f"graph {name}", [one.promql, settings.graph_every]),
            )
            for name, one in settings.graph.items()
        ]  # fmt: skip
        self._order: list[_Watched] = [*self._queries, *self._graph]
        told = self._notebook.told.get(_ALIVE)
        self._alive = Alive(settings, told.examined_to if told is not None else 0)
        self._accounts = {metrics.SOURCE: Account(), service_graph.SOURCE: Account()}
        self._skewed = False
        self._said: list[str] = []
        self.rejected = 0

    async def run(self) -> None:
        """Until cancelled."""
        async with self._client as client:
            while True:
                await self.round(client)
                await asyncio.sleep(self._settings.every)

    async def round(self, client: Client) -> None:
        """Ask once for everything up to now."""
        troubles: list[_Trouble] = []
        try:
            end = await self._end(client)
            troubles += await self._lives(client, end)
            # one sample less: whether there is a scrape after it says whether to believe it
            troubles += await self._all(client, end - self._settings.step)
        except NoAnswer as problem:
            troubles += self._everywhere(str(problem))
        await self._remember()
        self._claim()
        self._tell(troubles)

    async def _end(self, client: Client) -> int:
        """The last instant to ask for. NoAnswer."""
        now, step = await client.now(), self._settings.step
        skewed = abs(now - self._clock()) > _SKEW
        if skewed and not self._skewed:
            _log.warning(
                "Prometheus' clock and ours are %d s apart: shifts are dated by its clock",
                (now - self._clock()) // _SECOND,
            )
        self._skewed = skewed
        return (now - min(step, _SCRAPED) - _STORED) // step * step

    # --- asking --------------------------------------------------------------------------------

    async def _lives(self, client: Client, end: int) -> list[_Trouble]:
        """Ask when Prometheus scraped at all; what is wrong, if it did not. NoAnswer."""
        news = await self._alive.ask(client, end)
        for account in self._accounts.values():
            account.lived(news.lived)
        if not news.away:
            return []
        return self._everywhere(f"Prometheus scraped nothing for {metrics.duration(news.away)}")

    async def _all(self, client: Client, end: int) -> list[_Trouble]:
        """Ask every query; what was wrong. One that is not answered comes last next time."""
        troubles: list[_Trouble] = []
        for watched in list(self._order):
            try:
                troubles += await self._follow(client, watched, end)
            except NoAnswer as problem:
                troubles.append(_Trouble(_source(watched), f"{watched.name}: {problem}"))
                self._order.remove(watched)
                self._order.append(watched)
                if not problem.alone:
                    return [*troubles, *self._everywhere(str(problem))]
        return troubles

    async def _follow(self, client: Client, watched: _Watched, end: int) -> list[_Trouble]:
        """Ask one query up to now, piece by piece; what was wrong with the answers. NoAnswer."""
        account = self._accounts[_source(watched)]
        said: dict[str, None] = {}
        while (span := watched.span(end)) is not None:
            if watched.missed is not None:
                account.doubt(watched.missed)
                watched.missed = None
            matrix = await client.matrix(watched.promql, span)
            if isinstance(watched, WatchedQuery):
                matrix = self._alive.only(matrix, span, watched.reach)
            self.rejected += matrix.odd
            if matrix.warnings or matrix.odd:
                account.doubt((span.first - span.step, span.last))
                odd = [f"{matrix.odd} series could not be read"] if matrix.odd else []
                said |= dict.fromkeys(
                    f"parts may be missing: {one}" for one in (*matrix.warnings, *odd)
                )
            await self._hand_over(
                await asyncio.to_thread(watched.take, matrix, span, self._clock())
            )
            watched.settle(span)
            for hole in watched.absent:
                account.doubt(hole)
        if watched.lost and self._alive.steady(end):
            said["there are no series any more"] = None
        return [_Trouble(_source(watched), f"{watched.name}: {one}") for one in said]

    async def _hand_over(self, items: Sequence[SpoolItem]) -> None:
        """Until it is durable."""
        while items:
            try:
                await self._acceptor.accept(items)
                items = ()
            except Overloaded as problem:
                await asyncio.sleep(problem.retry_after)
            except StorageFull as problem:
                for source in self._accounts:
                    self._hearing.silent(source, problem.message)
                await asyncio.sleep(5)

    # --- the account ----------------------------------------------------------------------------

    async def _remember(self) -> None:
        told = {one.name: one.told() for one in self._queries}
        told |= {f"graph {one.name}": one.told() for one in self._graph}
        told[_ALIVE] = Told([], self._alive.told_to, [])
        try:
            await asyncio.to_thread(self._notebook.write, told)
        except OSError as problem:  # it is asked again, and known again
            _log.warning("how far Prometheus was asked is not remembered: %s", problem)

    def _claim(self) -> None:
        """Say what was heard since the last round."""
        for source, account in self._accounts.items():
            ends = [one.examined_to for one in self._order if _source(one) == source]
            for low, high in account.claim(min(ends, default=0)):
                self._hearing.heard(source, self._session, low, high)

    def _everywhere(self, sentence: str) -> list[_Trouble]:
        return [_Trouble(source, sentence) for source in self._accounts]

    def _tell(self, troubles: Sequence[_Trouble]) -> None:
        """Say what is wrong: in full to `status`, and to the log when it begins."""
        for source in self._accounts:
            said = dict.fromkeys(one.sentence for one in troubles if one.source == source)
            if said:
                self._hearing.silent(source, "; ".join(said)[:_LONGEST])
        sentences = list(dict.fromkeys(one.sentence for one in troubles))
        for sentence in sentences:
            if sentence not in self._said:
                _log.warning("%s", sentence)
        if self._said and not sentences:
            _log.info("Prometheus answers again")
        self._said = sentences


def _source(watched: _Watched) -> str:
    return metrics.SOURCE if isinstance(watched, WatchedQuery) else service_graph.SOURCE


def _host(url: str) -> str:
    """Without a name and a password."""
    return urlsplit(url).netloc.rpartition("@")[2]
