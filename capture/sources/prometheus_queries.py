"""What Prometheus is asked: the default set for each service, and the queries of the service graph.

In a query `$range` stands for the stretch that rates are taken over. Counters are only ever read
through rate() or increase(), which know a reset for what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_SECOND = 1_000_000
LEAD = 40
"""Samples before those that are asked back to: running medians begin there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One metric; what it gives is one series for each service (workload, pod ...).

    promql    an expression that gives a vector; labels name the object (see decoding/naming)
    unit      "s", "bytes", "ratio", "/s"; "" for a count
    averaged  whether values are taken over `$range`: then a shift shows as a slope of that length
    reach     `$range` for this query alone, in seconds; 0: as the source has it
    quantile  0.99 for a 99th percentile: it shows a shift as soon as 1 % of the range is new
    worse     "up", "down", "both" or "": which direction a person on call wants to see
    least     the smallest shift worth telling, as a part of the level before
    floor     the same, in its unit
    """

    promql: str
    unit: str = ""
    averaged: bool = True
    reach: float = 0
    quantile: float = 0.0
    worse: str = "up"
    least: float = 0.2
    floor: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphQuery:
    """Calls between services; one series for each pair.

    promql            an expression; a series that is there is a call seen
    caller, callee    labels that name them, the first that is there
    caller_namespace, callee_namespace  the same for their namespaces
    """

    promql: str
    caller: tuple[str, ...]
    callee: tuple[str, ...]
    caller_namespace: tuple[str, ...] = ()
    callee_namespace: tuple[str, ...] = ()


_SERVICE = "namespace, service, k8s_namespace_name, service_namespace, service_name"
_MESH = "destination_workload_namespace, destination_workload"
_HASH = "[bcdfghjklmnpqrstvwxz2456789]"
_SECONDS = ("http_server_request_duration_seconds", "http_request_duration_seconds")
_FAILED = '{http_response_status_code=~"5.."}', '{code=~"5.."}', '{status=~"5.."}'
_ISTIO = 'istio_requests_total{reporter="destination"}'
_ISTIO_FAILED = 'istio_requests_total{reporter="destination",response_code=~"5.."}'
_ISTIO_TIMES = 'istio_request_duration_milliseconds_bucket{reporter="destination"}'


def _workloads(promql: str) -> str:
    """The same with Pods of a Deployment under its name: a rollout changes their names."""
    name = f"(.+)-{_HASH}{{1,10}}-{_HASH}{{5}}"
    told = f'label_replace({promql}, "deployment", "$1", "pod", "{name}")'
    return f'label_replace({told}, "pod", "", "deployment", ".+")'


def _quantile(part: float) -> str:
    each = (f"sum by (le, {_SERVICE}) (rate({one}_bucket[$range]))" for one in _SECONDS)
    return f"histogram_quantile({part}, {' or '.join(each)})"


def _summed(selector: str, by: str) -> str:
    return f"sum by ({by}) (rate({selector}[$range]))"


def _failing() -> str:
    """Of each service its failed requests by all of them: 0 where none ever failed."""
    total = " or ".join(_summed(f"{one}_count", _SERVICE) for one in _SECONDS)
    failed = " or ".join(
        _summed(f"{one}_count{which}", _SERVICE) for one in _SECONDS for which in _FAILED
    )
    return f"({failed} or 0 * ({total})) / ({total})"


_PODS = "namespace, deployment, pod"
_THROTTLED = _workloads('rate(container_cpu_cfs_throttled_periods_total{container!=""}[$range])')
_PERIODS = _workloads('rate(container_cpu_cfs_periods_total{container!=""}[$range])')
_MEMORY = _workloads(
    'sum by (namespace, pod) (container_memory_working_set_bytes{container!="",container!="POD"})'
)
_RESTARTS = _workloads("increase(kube_pod_container_status_restarts_total[$range])")

QUERIES: Mapping[str, Query] = {
    "latency p99": Query(promql=_quantile(0.99), unit="s", quantile=0.99, floor=0.005),
    "latency p50": Query(promql=_quantile(0.5), unit="s", quantile=0.5, floor=0.005),
    "error ratio": Query(promql=_failing(), unit="ratio", floor=0.005),
    "request rate": Query(
        promql=" or ".join(_summed(f"{one}_count", _SERVICE) for one in _SECONDS),
        unit="/s",
        worse="both",
        least=0.3,
        floor=0.1,
    ),
    "CPU throttling": Query(
        promql=f"sum by ({_PODS}) ({_THROTTLED}) / sum by ({_PODS}) ({_PERIODS})",
        unit="ratio",
        floor=0.02,
    ),
    "memory": Query(
        promql=f"max by ({_PODS}) ({_MEMORY})", unit="bytes", averaged=False, floor=float(16 << 20)
    ),
    "restarts": Query(promql=f"sum by ({_PODS}) ({_RESTARTS})", reach=300, floor=0.5),
    "mesh latency p99": Query(
        promql=f"histogram_quantile(0.99, {_summed(_ISTIO_TIMES, f'le, {_MESH}')}) / 1000",
        unit="s",
        quantile=0.99,
        floor=0.005,
    ),
    "mesh error ratio": Query(
        promql=(
            f"({_summed(_ISTIO_FAILED, _MESH)} or 0 * {_summed(_ISTIO, _MESH)})"
            f" / {_summed(_ISTIO, _MESH)}"
        ),
        unit="ratio",
        floor=0.005,
    ),
    "mesh request rate": Query(
        promql=_summed(_ISTIO, _MESH), unit="/s", worse="both", least=0.3, floor=0.1
    ),
}
"""The default set. Latency, errors and requests are those of OpenTelemetry's and of Prometheus'
usual names for HTTP servers, and of Istio; the rest is cAdvisor's and kube-state-metrics'."""

_TRACED = (
    "client_k8s_namespace_name, client_service_namespace, client_namespace, "
    "server_k8s_namespace_name, server_service_namespace, server_namespace"
)
_SIDES = (
    "source_workload, source_workload_namespace, "
    "destination_workload, destination_workload_namespace"
)

GRAPH: Mapping[str, GraphQuery] = {
    "traces": GraphQuery(
        promql=(
            f"sum by (client, server, {_TRACED}) "
            "(increase(traces_service_graph_request_total[$range])) > 0"
        ),
        caller=("client",),
        callee=("server",),
        caller_namespace=(
            "client_k8s_namespace_name", "client_service_namespace", "client_namespace",
        ),
        callee_namespace=(
            "server_k8s_namespace_name", "server_service_namespace", "server_namespace",
        ),
    ),
    "mesh": GraphQuery(
        promql=f"sum by ({_SIDES}) (increase(istio_requests_total[$range])) > 0",
        caller=("source_workload",),
        callee=("destination_workload",),
        caller_namespace=("source_workload_namespace",),
        callee_namespace=("destination_workload_namespace",),
    ),
}  # fmt: skip
"""Of OpenTelemetry's service graph connector (and Tempo's), and of Istio."""

ALIVE = "count(count_over_time(up[$range]))"
"""Whether Prometheus scraped anything: what it was not there to see was not heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one Prometheus is asked; times in seconds unless said otherwise.

    url            its address, with its path if it has one, without `/api/v1`
    authorization  the header: "Bearer …", "Basic …"; "" for none
    ca             file of the authorities its certificate is checked by; "" for the system's
    queries        by name: what is measured, in words
    graph          by name
    alive          an expression that gives something for as long as metrics come in
    every          between two rounds of questions
    scrape         between two samples: Prometheus' scrape interval, or coarser
    reach          `$range`; at least two samples must lie in it
    graph_every    between two looks at the service graph
    window         how far the past is known when a sample is judged
    backlog        how far what was missed is asked for again
    timeout        for one answer
    most_series    of one query
    most_bytes     of one answer
    told_again     after which a call that is still seen is told again
    """

    url: str
    authorization: str = field(default="", repr=False)
    ca: str = ""
    queries: Mapping[str, Query] = field(default_factory=lambda: QUERIES)
    graph: Mapping[str, GraphQuery] = field(default_factory=lambda: GRAPH)
    alive: str = ALIVE
    every: float = 60.0
    scrape: float = 30
    reach: float = 120
    graph_every: float = 300
    window: float = 21_600
    backlog: float = 21_600
    timeout: float = 30.0
    most_series: int = 500
    most_bytes: int = 32 << 20
    told_again: float = 3_600

    @property
    def step(self) -> int:
        """Between two samples, in microseconds."""
        return round(self.scrape * _SECOND)

    @property
    def past(self) -> int:
        """How far back a sample is judged by, in microseconds: not more samples than it takes."""
        return min(round(self.window * _SECOND), 720 * self.step)

    def range_of(self, query: Query) -> int:
        """`$range` of a query, in microseconds."""
        return round((query.reach or self.reach) * _SECOND)

    def oldest(self, end: int) -> int:
        """How far back what was missed is asked for, on the grid of samples; microseconds."""
        return end - round(self.backlog * _SECOND) // self.step * self.step

    def farthest(self, end: int) -> int:
        """How far back any sample is looked at, on the grid; microseconds."""
        return self.oldest(end) - (self.past // self.step + LEAD + 1) * self.step


def written(promql: str, reach: int) -> str:
    """The query as Prometheus takes it; `$range` in microseconds."""
    return promql.replace("$range", f"{reach // 1_000}ms")
