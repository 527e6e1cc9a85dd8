"""Metrics for a question: Prometheus is asked at once, and what it shows is tied to objects.

For one answer only: nothing is recorded, and a Prometheus that does not answer costs that answer
some seconds and a sentence.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.memory.answers.causes import MetricsAsked
from kubectl_smart.memory.records.coverage import joined
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.store.git_store import OURS

if TYPE_CHECKING:
    from kubectl_smart.capture.decoding.metrics import MetricShift
    from kubectl_smart.capture.sources.prometheus_queries import Settings
    from kubectl_smart.memory.index.lookups import Index
    from kubectl_smart.memory.opening import Memory
    from kubectl_smart.memory.records.objects import ObjectRef
    from kubectl_smart.memory.records.observations import Observation

WITHIN = 10.0
"""Seconds that whoever asks waits for Prometheus."""
_KEY = "capture.prometheus"


class Asked(NamedTuple):
    """How metrics were asked, and the shifts found, of objects that the asker's index knows."""

    how: MetricsAsked
    shifts: list[Observation]


class Metrics(NamedTuple):
    """Whom to ask.

    unless_heard  not where the memory has heard metrics all the time that is asked about
    within        seconds, for all of it
    """

    settings: Settings
    unless_heard: bool = False
    within: float = WITHIN

    def around(self, memory: Memory, since: int, until: int, now: int) -> Asked | None:
        """What there is between two instants; None if nothing had to be asked. BadInput."""
        from kubectl_smart.capture.sources.prometheus_asked import shifts_between
        from kubectl_smart.memory.formats.redaction import Redactor

        end = min(until, now)
        if end <= since or (self.unless_heard and _heard(memory.index, since, end)):
            return None
        redact = Redactor(_key(memory.path)).redact_text
        found = asyncio.run(shifts_between(self.settings, redact, since, end, self.within))
        how = MetricsAsked(
            place=self.settings.url,
            since=since,
            until=end,
            answered=found.answered,
            series=found.series,
            shifts=0,
            troubles=found.troubles,
        )
        return Asked(how, list(_of_known_objects(memory.index, found.shifts)))


def at_address(url: str) -> Settings:
    """The Prometheus at an address, with the default queries. BadInput if it is none."""
    from pydantic import ValidationError

    from kubectl_smart.bot.serve.prometheus_settings import PrometheusModel

    try:
        return PrometheusModel(url=url).settings(_KEY, {})
    except ValidationError as problems:
        said = problems.errors()[0]["msg"].removeprefix("Value error, ")
        raise BadInput(
            f"--prometheus: {said}",
            "write http://HOST:PORT; what it asks for beyond that stands in the file of --config",
        ) from None


def configured(file: Path, environment: Mapping[str, str]) -> Settings:
    """The Prometheus that `serve` is configured to ask. BadInput if the file names none."""
    from kubectl_smart.bot.configuring import read
    from kubectl_smart.bot.serve.settings import ServeModel

    model = read(file, ServeModel)
    if model.capture is None or model.capture.prometheus is None:
        raise BadInput(f"{file} names no Prometheus", f"add {_KEY}, or give --prometheus URL")
    return model.capture.prometheus.settings(_KEY, environment)


def _heard(index: Index, since: int, until: int) -> bool:
    """Whether the memory itself has heard metrics all the time."""
    from kubectl_smart.capture.decoding.metrics import SOURCE

    told = joined((one.from_at, one.to_at) for one in index.coverage() if one.source == SOURCE)
    return any(low <= since and until <= high for low, high in told)


def _key(memory: Path) -> bytes:
    """The memory's; without one (a clone has none) one for now: nothing of it is kept."""
    from kubectl_smart.memory.store.keys import load_or_create_key

    path = memory / OURS / "key"
    return load_or_create_key(path) if path.exists() else secrets.token_bytes(32)


def _of_known_objects(index: Index, shifts: Iterable[MetricShift]) -> Iterable[Observation]:
    from kubectl_smart.capture.decoding.metrics import observed
    from kubectl_smart.capture.decoding.naming import about_of

    for shift in shifts:
        about = about_of(shift.labels, shift.metric, _At(index, shift.onset))
        rows = [one for one in index.find_objects(None, about.name, None) if one.ref == about]
        if rows:
            owner = rows[0].owner if rows[0].derived else about
            yield observed(shift, about, owner)


class _At:
    """The objects that an index knows to have been alive at an instant; see `naming.Living`."""

    def __init__(self, index: Index, at: int) -> None:
        self._index = index
        self._at = at

    def has(self, ref: ObjectRef) -> bool:
        """See Living."""
        return any(low <= self._at <= high for low, high in self._index.lives_of(ref))

    def called(self, name: str) -> list[ObjectRef]:
        """See Living."""
        found = self._index.find_objects(None, name, None)
        return [one.ref for one in found if self.has(one.ref)]
