"""The past of a few services as OpenMetrics, with shifts at known times; always the same.

Samples are half a minute apart and end at `end`. Requests follow a daily rhythm that runs back from
there, so that the hour at which it is made changes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SCRAPE = 30
DAY = 86_400
BUCKETS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, math.inf)


class Shift(NamedTuple):
    """From so many seconds before the end on, something is so many times what it was."""

    before_end: int
    factor: float


class Service(NamedTuple):
    """One service of the namespace `shop`; None: no shift.

    rate      requests a second
    latency   median in seconds
    failing   part of the requests
    """

    name: str
    rate: float = 20.0
    latency: float = 0.05
    failing: float = 0.01
    rate_shift: Shift | None = None
    latency_shift: Shift | None = None
    failing_shift: Shift | None = None
    reset: int = 0
    """Seconds before the end: its counters begin again."""


class Calls(NamedTuple):
    """One service of the namespace calls another: from and to so many seconds before the end."""

    client: str
    server: str
    since: int
    until: int = 0


class Pod(NamedTuple):
    """One Pod of the namespace `shop`."""

    name: str
    memory: float = 300e6
    throttled: float = 0.02
    memory_shift: Shift | None = None
    throttled_shift: Shift | None = None
    restarting: int = 0
    """Seconds before the end, a multiple of 120: from then on it restarts every two minutes."""


def exposition(
    services: list[Service],
    pods: list[Pod],
    calls: Sequence[Calls] = (),
    *,
    end: int,
    hours: float,
    silent: tuple[int, int] = (0, 0),
    seed: int = 1,
    phase: float = 0.0,
) -> str:
    """OpenMetrics text.

    end     unix seconds
    silent  seconds before the end, from and to: nothing was scraped then
    phase   part of a day that the rhythm has come at the end
    """
    rng = np.random.default_rng(seed)
    times = np.arange(end - int(hours * 3_600), end + 1, SCRAPE)
    heard = (times < end - silent[0]) | (times >= end - silent[1])
    lines = ["# TYPE up gauge"]
    lines += _series("up", "", times, np.ones(times.size), heard)
    name = "http_server_request_duration_seconds"
    lines.append(f"# TYPE {name} histogram")
    for service in services:
        lines += _requests(name, service, times, heard, end, phase, rng)
    gauges: dict[str, list[str]] = {
        "container_memory_working_set_bytes gauge": [],
        "container_cpu_cfs_periods counter": [],
        "container_cpu_cfs_throttled_periods counter": [],
        "kube_pod_container_status_restarts counter": [],
    }
    for pod in pods:
        for family, found in zip(gauges.values(), _pod(pod, times, heard, end, rng), strict=True):
            family += found
    for family, found in gauges.items():
        lines += [f"# TYPE {family}", *found]
    lines.append("# TYPE traces_service_graph_request counter")
    for call in calls:
        going = (times >= end - call.since) & (times <= end - call.until)
        total = np.cumsum(np.where(going, 60, 0)) + 1
        labels = (
            f'client="{call.client}",client_k8s_namespace_name="shop",'
            f'server="{call.server}",server_k8s_namespace_name="shop"'
        )
        lines += _series("traces_service_graph_request_total", labels, times, total, heard)
    return "\n".join([*lines, "# EOF\n"])


def _factor(shift: Shift | None, times: NDArray[np.int64], end: int) -> NDArray[np.float64]:
    if shift is None:
        return np.ones(times.size)
    return np.where(times > end - shift.before_end, shift.factor, 1.0)


def _requests(
    name: str,
    service: Service,
    times: NDArray[np.int64],
    heard: NDArray[np.bool_],
    end: int,
    phase: float,
    rng: np.random.Generator,
) -> Iterator[str]:
    rhythm = 1 + 0.4 * np.sin(2 * math.pi * ((times - end) / DAY + phase))
    rate = service.rate * rhythm * _factor(service.rate_shift, times, end)
    failing = service.failing * _factor(service.failing_shift, times, end)
    median = service.latency * _factor(service.latency_shift, times, end)
    counts = rng.poisson(rate * SCRAPE)
    failed = rng.binomial(counts, failing)
    for status, of_status in (("200", counts - failed), ("503", failed)):
        below = np.zeros((times.size, len(BUCKETS)))
        for at, (count, middle) in enumerate(zip(of_status, median, strict=True)):
            taken = middle * np.exp(0.5 * rng.standard_normal(count))
            below[at] = np.searchsorted(np.sort(taken), BUCKETS, side="right")
        total = np.cumsum(below, axis=0)
        if service.reset:
            again = int(np.searchsorted(times, end - service.reset))
            total[again:] -= total[again]
        labels = f'namespace="shop",service="{service.name}",http_response_status_code="{status}"'
        for place, edge in enumerate(BUCKETS):
            le = "+Inf" if math.isinf(edge) else f"{edge}"
            yield from _series(
                f"{name}_bucket", f'{labels},le="{le}"', times, total[:, place], heard
            )
        yield from _series(f"{name}_count", labels, times, total[:, -1], heard)


def _pod(
    pod: Pod,
    times: NDArray[np.int64],
    heard: NDArray[np.bool_],
    end: int,
    rng: np.random.Generator,
) -> tuple[list[str], list[str], list[str], list[str]]:
    labels = f'namespace="shop",pod="{pod.name}",container="main"'
    memory = pod.memory * _factor(pod.memory_shift, times, end)
    memory = np.round(memory * (1 + 0.02 * rng.standard_normal(times.size)))
    periods = np.full(times.size, SCRAPE * 10)
    part = np.clip(pod.throttled * _factor(pod.throttled_shift, times, end), 0, 1)
    throttled = rng.binomial(periods, part)
    restarts = np.where(
        (times >= end - pod.restarting) & ((end - times) % 120 == 0) & bool(pod.restarting), 1, 0
    )
    return (
        list(_series("container_memory_working_set_bytes", labels, times, memory, heard)),
        list(_series("container_cpu_cfs_periods_total", labels, times, np.cumsum(periods), heard)),
        list(
            _series(
                "container_cpu_cfs_throttled_periods_total",
                labels,
                times,
                np.cumsum(throttled),
                heard,
            )
        ),
        list(
            _series(
                "kube_pod_container_status_restarts_total",
                labels,
                times,
                np.cumsum(restarts),
                heard,
            )
        ),
    )


def _series(
    name: str,
    labels: str,
    times: NDArray[np.int64],
    values: NDArray[np.float64] | NDArray[np.int64],
    heard: NDArray[np.bool_],
) -> Iterator[str]:
    for at, value, there in zip(times.tolist(), values.tolist(), heard.tolist(), strict=True):
        if there:
            yield f"{name}{{{labels}}} {value} {at}"
