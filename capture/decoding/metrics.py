"""Shifts of metrics, as the Prometheus source finds them, and the observations they make.

A shift is told once, when it is found: its level before and after, and since when. That the level
came back is another shift.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.decoding.naming import about_of
from kubectl_smart.capture.decoding.observing import owner_now
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem

SOURCE = "prometheus"
KIND = "MetricShift"
_VERSION = 1
_LONGEST = 1_024
_SECOND = 1_000_000


class MetricShift(NamedTuple):
    """One shift of one series; texts redacted.

    metric         what is measured, in words: "latency p99"
    query          the PromQL that gives it
    unit           "s", "bytes", "ratio", "/s"; "" for a count
    worse          "up", "down", "both" or "": which direction a person on call wants to see
    labels         of the series
    onset          microseconds since 1970-01-01 UTC; it lies between onset_from and onset_to
    found_at       the sample that gave it away, the same unit
    before, after  levels, finite
    """

    metric: str
    query: str
    unit: str
    worse: str
    labels: dict[str, str]
    onset: int
    onset_from: int
    onset_to: int
    found_at: int
    before: float
    after: float

    @property
    def direction(self) -> str:
        """Up or down."""
        return "up" if self.after > self.before else "down"

    @property
    def id(self) -> str:
        """32 hex digits, the same for ever for one shift of one series."""
        series = orjson.dumps(self.labels, option=orjson.OPT_SORT_KEYS).decode()
        return observation_id(SOURCE, self.metric, series, str(self.onset))


def item(shift: MetricShift, now: int) -> SpoolItem:
    """The entry; the same shift has the same key."""
    body = orjson.dumps({"v": _VERSION, "shift": shift._asdict()})
    return SpoolItem(f"{SOURCE}/{shift.id}", SOURCE, now, body)


def observation_of(entry: SpoolEntry, objects: Objects) -> Observation:
    """The observation. MemoryDamaged for an entry that a newer program made."""
    found = orjson.loads(entry.body)
    if found["v"] != _VERSION:
        raise MemoryDamaged(
            "the spool holds metrics that a newer program took in", "install a newer kubectl-smart"
        )
    shift = MetricShift(**found["shift"])
    about = about_of(shift.labels, shift.metric, objects)
    return observed(shift, about, owner_now(objects, about))


def observed(shift: MetricShift, about: ObjectRef, owner: ObjectRef | None) -> Observation:
    """The same of a shift whose object is found."""
    return Observation(
        id=shift.id,
        kind=KIND,
        about=about,
        owner=owner,
        first_at=shift.onset,
        last_at=max(shift.onset, shift.found_at),
        count=1,
        message=sentence(shift)[:_LONGEST],
        warning=shift.worse in (shift.direction, "both"),
        source=SOURCE,
        detail=_detail(shift),
    )


def _detail(shift: MetricShift) -> dict[str, Any]:
    return {
        "metric": shift.metric,
        "query": shift.query,
        "unit": shift.unit,
        "labels": shift.labels,
        "direction": shift.direction,
        "before": shift.before,
        "after": shift.after,
        "size": shift.after - shift.before,
        "onset_from": shift.onset_from,
        "onset_to": shift.onset_to,
    }


# --- words ---------------------------------------------------------------------------------------


def sentence(shift: MetricShift) -> str:
    """`latency p99 120 ms → 410 ms since 14:02:10 UTC (±15 s)`."""
    since = f"{datetime.fromtimestamp(shift.onset // _SECOND, UTC):%H:%M:%S} UTC"
    below, above = shift.onset - shift.onset_from, shift.onset_to - shift.onset
    if max(below, above) <= 2 * min(below, above):
        sure = f"±{duration(max(below, above))}"
    else:
        sure = f"-{duration(below)} +{duration(above)}"
    before, after = amount(shift.before, shift.unit), amount(shift.after, shift.unit)
    return f"{shift.metric} {before} → {after} since {since} ({sure})"


def duration(microseconds: int) -> str:
    """A length of time as people write it."""
    seconds = microseconds / _SECOND
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.3g} s"


_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def amount(value: float, unit: str) -> str:
    """A value as people write it: three digits, and a unit of its size."""
    match unit:
        case "s":
            small = 0 < abs(value) < 1
            return f"{_digits(value * 1_000)} ms" if small else f"{_digits(value)} s"
        case "bytes":
            step = 0
            while abs(value) >= 1_024 and step < len(_SIZES) - 1:
                value, step = value / 1_024, step + 1
            return f"{_digits(value)} {_SIZES[step]}"
        case "ratio":
            return f"{_digits(value * 100)} %"
        case _:
            return f"{_digits(value)}{unit if unit.startswith('/') else unit and f' {unit}'}"


def _digits(value: float) -> str:
    return f"{value:.0f}" if 1_000 <= abs(value) < 1e9 else f"{value:.3g}"
