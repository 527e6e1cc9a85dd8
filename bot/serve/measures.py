"""What the process tells Prometheus of itself: how far behind, how much waits, what it missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.serve.committing import Came
from kubectl_smart.bot.serve.live import LiveMemory
from kubectl_smart.bot.serve.scheduling import Figures

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PREFIX = "kubectl_smart_"
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Seconds a commit takes."""


class Measures:
    """The figures of one process.

    doors     requests by status, for each door
    rejected  what was handed over and is no usable event, for each source
    admissions  see Admission.counts
    jobs      what came of what is done by the clock, by its name
    """

    def __init__(self) -> None:
        # heavy, and only a process that serves needs it
        from prometheus_client import CollectorRegistry, Histogram

        self._live: LiveMemory | None = None
        self.doors: dict[str, Counter[int]] = {}
        self.rejected: dict[str, Any] = {}
        self.admissions: Counter[str] = Counter()
        self.jobs: Mapping[str, Figures] = {}
        self._committed = 0
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            f"{PREFIX}commit_seconds",
            "Seconds a commit into git and the index took",
            registry=self.registry,
            buckets=BUCKETS,
        )
        self.registry.register(self)

    def watch(self, live: LiveMemory) -> None:
        """Tell of this memory, too."""
        self._live = live

    def came(self, came: Came) -> None:
        """The committer has come further."""
        if came.committed > self._committed and came.seconds:
            self._committed = came.committed
            self._seconds.observe(came.seconds)

    def text(self) -> bytes:
        """All of it in Prometheus' text format."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        from prometheus_client.core import CounterMetricFamily as Counted

        requests = Counted(f"{PREFIX}requests", "Requests by door", labels=["door", "status"])
        for door, statuses in self.doors.items():
            for status, count in statuses.items():
                requests.add_metric([door, str(status)], count)
        yield requests
        rejected = Counted(f"{PREFIX}rejected", "Unusable things handed over", labels=["source"])
        for source, holder in self.rejected.items():
            rejected.add_metric([source], holder.rejected)
        yield rejected
        admissions = Counted(f"{PREFIX}admissions", "Reviews by outcome", labels=["outcome"])
        for outcome, count in sorted(self.admissions.items()):
            admissions.add_metric([outcome], count)
        yield admissions
        yield from self._of_jobs()
        if self._live is not None:
            yield from _of_memory(self._live)

    def _of_jobs(self) -> Iterator[Metric]:
        from prometheus_client.core import CounterMetricFamily as Counted
        from prometheus_client.core import GaugeMetricFamily as Gauge

        runs = Counted(f"{PREFIX}job_runs", "Runs of what is done by the clock", labels=["job"])
        failures = Counted(f"{PREFIX}job_failures", "Runs that failed", labels=["job"])
        at = Gauge(
            f"{PREFIX}job_last_run_seconds", "The end of the last, unix time", labels=["job"]
        )
        took = Gauge(f"{PREFIX}job_seconds", "How long the last took", labels=["job"])
        for name, figures in self.jobs.items():
            runs.add_metric([name], figures.runs)
            failures.add_metric([name], figures.failures)
            at.add_metric([name], figures.last_at)
            took.add_metric([name], figures.seconds)
        yield from (runs, failures, at, took)


def _of_memory(live: LiveMemory) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily as Counted
    from prometheus_client.core import GaugeMetricFamily as Gauge

    names = {"new": "accepted", "repeated": "duplicate", "irrelevant": "irrelevant"}
    words = {
        "new": "Accepted: durable, and on their way into git",
        "repeated": "Known already",
        "irrelevant": "Nothing to remember",
    }
    for outcome, name in names.items():
        counted = Counted(f"{PREFIX}{name}", words[outcome], labels=["source"])
        for (source, which), count in sorted(live.spooling.counts.items()):
            if which == outcome:
                counted.add_metric([source], count)
        yield counted
    # nothing accepted is ever dropped; the figure is here so that an alert can say so
    yield Counted(f"{PREFIX}dropped", "Accepted and lost", value=0)
    backlog, came = live.spooling.backlog, live.committer.came
    figures: Mapping[str, tuple[str, float]] = {
        "spool_entries": ("Accepted and not yet committed", backlog.entries),
        "spool_bytes": ("Bytes of the spool on disk", backlog.bytes),
        "waiting_bytes": ("Bytes handed over and not yet on disk", live.spooling.waiting_bytes),
        "commit_lag_seconds": ("Age of the oldest entry not yet committed", live.lag),
        "ready": ("Whether it can accept durably", float(not live.trouble())),
    }
    for name, (word, value) in figures.items():
        yield Gauge(PREFIX + name, word, value=value)
    yield Counted(f"{PREFIX}records", "Records committed", value=came.records)
    yield Counted(f"{PREFIX}changes", "Changes committed", value=came.changes)
    yield Counted(f"{PREFIX}unresolved_actors", "Changes by nobody known", value=came.unknown)
    yield Counted(
        f"{PREFIX}committer_restarts", "Committers that died", value=live.committer.restarts
    )
    listening = Gauge(f"{PREFIX}listening", "Whether a source is heard", labels=["source"])
    heard = Gauge(f"{PREFIX}heard_seconds", "Until when, unix time", labels=["source"])
    gaps = Counted(f"{PREFIX}gaps", "How often it was not heard", labels=["source"])
    for state in live.hearing.states():
        listening.add_metric([state.source], float(state.listening))
        heard.add_metric([state.source], state.heard_at / 1_000_000)
        gaps.add_metric([state.source], state.gaps)
    yield from (listening, heard, gaps)
