"""Prometheus: whether it answers, by what clock, how often it scrapes, and what it knows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from kubectl_smart.bot.doctor.case import Case
from kubectl_smart.bot.doctor.clocks import compared
from kubectl_smart.bot.doctor.examining import Area, Check
from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning

if TYPE_CHECKING:
    from kubectl_smart.bot.serve.prometheus_settings import PrometheusModel
    from kubectl_smart.capture.sources.prometheus_http import Client
    from kubectl_smart.capture.sources.prometheus_queries import Settings

EXPORTERS = (
    ("istio_", "Istio's proxies", True),
    ("traces_service_graph_", "OpenTelemetry's service graph connector, or Tempo's", True),
    ("container_", "cAdvisor: scrape the kubelets' /metrics/cadvisor", False),
    ("kube_", "kube-state-metrics", False),
    ("http_", "HTTP servers that are instrumented (OpenTelemetry, or a client library)", False),
)
"""Beginning of a metric's name -> who tells it, and whether many clusters do well without it."""
_SAMPLES = "up[10m]"
_MOST_TARGETS = 200


def area(case: Case, stack: AsyncExitStack) -> Area:
    """Of `capture.prometheus`; with a client that lives as long as the stack."""
    capture = None if case.model is None else case.model.capture
    model = None if capture is None else capture.prometheus
    if model is None:
        return Area("Prometheus", [])
    looked = _Prometheus(case, model, stack)
    late = f"see whether {model.url} is up, and whether a network policy keeps us from it"
    slow = "the queries are heavy for it: give --within more seconds, or raise its own limits"
    return Area(
        "Prometheus",
        [
            Check("reached", looked.reached, late, needed=True),
            Check("scrape interval", looked.scraped, late),
            Check("queries", looked.queries, slow),
            Check("service graph", looked.graph, slow),
        ],
    )


class _Prometheus:
    def __init__(self, case: Case, model: PrometheusModel, stack: AsyncExitStack) -> None:
        self._case = case
        self._model = model
        self._stack = stack
        self._client: Client | None = None
        self._settings: Settings | None = None

    async def reached(self) -> Sequence[Outcome]:
        """Whether it answers and lets us in, and its clock."""
        # numpy is heavy, and only who asks a Prometheus needs it
        from kubectl_smart.capture.sources.prometheus_http import Client, NoAnswer

        self._settings = self._model.settings("capture.prometheus", self._case.environment)
        self._client = await self._stack.enter_async_context(Client(self._settings))
        sent = _now()
        try:
            theirs = await self._client.now()
        except NoAnswer as problem:
            return [failed(f"{self._model.url}: {problem}", _remedy(str(problem)))]
        clock = compared("Prometheus' clock", theirs, sent, _now())
        return [ok(f"{self._model.url} answers"), clock]

    async def scraped(self) -> Sequence[Outcome]:
        """How often it really scrapes, from the instants of its own samples."""
        from kubectl_smart.capture.sources.prometheus_http import NoAnswer

        assert self._client is not None  # noqa: S101 - `reached` is needed
        try:
            found = await self._client.instant(_SAMPLES)
        except NoAnswer as problem:
            return [failed(str(problem), "see whether it holds `up`, which every scrape makes")]
        gaps = [
            median(b - a for a, b in pairwise(one.times))
            for one in found[:_MOST_TARGETS]
            if len(one.times) > 1
        ]
        if not gaps:
            said = "it scraped nothing twice within ten minutes"
            return [warning(said, "see its page Status, Targets: it has none, or none is up")]
        real, set_to = median(gaps), self._model.scrape
        said = f"it scrapes every {real:.3g} s (median of {len(gaps)} targets)"
        if real > 1.5 * set_to:
            remedy = f"set capture.prometheus.scrape to {real:.3g}, or a step has no sample in it"
            return [warning(f"{said}, capture.prometheus.scrape is {set_to:g}", remedy)]
        if 3 * real < set_to:
            remedy = f"set it to {real:.3g} to know onsets more exactly"
            return [ok(f"{said}, capture.prometheus.scrape is {set_to:g}: {remedy}")]
        return [ok(f"{said}, as capture.prometheus.scrape says")]

    async def queries(self) -> Sequence[Outcome]:
        """Which metrics there are."""
        from kubectl_smart.capture.sources.prometheus_queries import written

        assert self._settings is not None  # noqa: S101 - `reached` is needed
        settings = self._settings
        asked = [
            (name, written(query.promql, settings.range_of(query)))
            for name, query in settings.queries.items()
        ]
        return await self._asked(asked)

    async def graph(self) -> Sequence[Outcome]:
        """Whether calls between services are known."""
        from kubectl_smart.capture.sources.prometheus_queries import written

        assert self._settings is not None  # noqa: S101 - `reached` is needed
        reach = round(self._settings.graph_every * 1_000_000)
        asked = [(name, written(one.promql, reach)) for name, one in self._settings.graph.items()]
        return await self._asked(asked)

    async def _asked(self, asked: Sequence[tuple[str, str]]) -> Sequence[Outcome]:
        return await asyncio.gather(*(self._counted(*one) for one in asked))

    async def _counted(self, name: str, promql: str) -> Outcome:
        from kubectl_smart.capture.sources.prometheus_http import NoAnswer

        assert self._client is not None  # noqa: S101 - `reached` is needed
        try:
            found = await self._client.instant(f"count({promql})")
        except NoAnswer as problem:
            remedy = "mend the query in capture.prometheus, or set it to null"
            return failed(f"{name}: {problem}", remedy)
        count = round(float(found[0].values[0])) if found else 0
        return counted(name, promql, count, self._model.most_series)


def counted(name: str, promql: str, count: int, most: int) -> Outcome:
    """What it means that a query gives so many series."""
    if count > most:
        remedy = "raise capture.prometheus.most_series, or sum by fewer labels"
        return warning(f"{name}: {count:,} series, of which {most:,} are held", remedy)
    if count:
        return ok(f"{name}: {count:,} series")
    for prefix, who, optional in EXPORTERS:
        if prefix in promql:
            said = f"{name}: no series; they are told by {who}"
            if optional:
                return not_configured(said, "needed only if you have it; else set it to null")
            return warning(said, "let Prometheus scrape it, or set this query to null")
    return warning(f"{name}: no series", "try the query in Prometheus' own page, and mend it")


def _remedy(said: str) -> str:
    if "let us in" in said:
        return "give capture.prometheus a token, or a username and password, that it takes"
    if "certificate" in said.lower():
        return "name its authority as capture.prometheus.ca"
    return "see whether it is up, and whether a network policy keeps us from it"


def _now() -> int:
    return time.time_ns() // 1_000
