"""What one query gave of late, series by series, and the shifts in it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kubectl_smart.capture.decoding.metrics import MetricShift, item
from kubectl_smart.capture.sources.prometheus_answers import Floats, Matrix, Span
from kubectl_smart.capture.sources.prometheus_queries import LEAD, Query, Settings, written
from kubectl_smart.capture.sources.prometheus_state import Told
from kubectl_smart.memory.patterns.change_points import Shift, Tuning, shifts_of_many
from kubectl_smart.memory.records.coverage import joined
from kubectl_smart.memory.store.protocols import SpoolItem

_log = logging.getLogger(__name__)
_PIECE = 720  # samples asked for at once

Labels = tuple[tuple[str, str], ...]


class _Line(NamedTuple):
    values: Floats
    known: list[Shift]


class WatchedQuery:
    """One query. `span`, then `take` of what was answered, then `settle` once that is durable.

    examined_to  microseconds since 1970-01-01 UTC: shifts up to here were found
    reach        microseconds that values are taken over; 0 if none
    missed       an interval that will not be examined any more; None
    absent       intervals of what was taken last in which there was no series at all any more
    lost         whether that is so still, for longer than rates are over
    """

    def __init__(
        self, name: str, query: Query, settings: Settings, redact: Callable[[str], str], told: Told
    ) -> None:
        self.name = name
        self.promql = written(query.promql, settings.range_of(query))
        self.reach = settings.range_of(query) if query.averaged else 0
        self.examined_to = told.examined_to
        self.missed: tuple[int, int] | None = None
        self.absent: list[tuple[int, int]] = []
        self.lost = False
        self._query = query
        self._settings = settings
        self._redact = redact
        self._step = settings.step
        self._tuning = tuning_of(query, settings)
        self._asked = told.asked
        self._filled = 0
        self._first = 0
        self._seen_at = 0
        self._lines: dict[Labels, _Line] = {}
        self._left_out = 0
        self._found: list[tuple[Labels, Shift]] = []
        self._resumed = {
            tuple((name, value) for name, value in labels): [Shift(*one) for one in shifts]
            for labels, shifts in told.known
        }

    def span(self, end: int) -> Span | None:
        """What is to be asked next, up to `end`; None if nothing."""
        step = self._step
        oldest = self._settings.oldest(end)
        if self.examined_to < oldest:
            self.missed = (self.examined_to, oldest) if self.examined_to else None
            self.examined_to, self._filled = oldest, 0
        if not self._filled:
            self._resumed |= {one: line.known for one, line in self._lines.items()}
            self._lines = {}
            self._filled = (
                self.examined_to // step * step - (self._tuning.window // step + LEAD) * step
            )
            self._first = self._filled + step
        first = self._filled + step
        last = min(first + (_PIECE - 1) * step, end)
        if first <= self.examined_to < last:
            last = self.examined_to // step * step  # the past by itself: nothing is told of it
        return Span(first, last, step) if first <= last else None

    def take(self, matrix: Matrix, span: Span, now: int) -> list[SpoolItem]:
        """What the answer gives away, to be recorded. Takes a processor for a while."""
        return [item(one, now) for one in self.shifts(matrix, span)]

    def shifts(self, matrix: Matrix, span: Span) -> list[MetricShift]:
        """The same, to be looked at."""
        self.absent = self._without_any(matrix, span)
        self._append(matrix, span)
        self._filled = span.last
        if span.last <= self.examined_to:
            return []
        times = np.arange(self._first, self._filled + 1, self._step, dtype=np.int64)
        labels = list(self._lines)
        table = np.array([self._lines[one].values for one in labels]).reshape(-1, times.size)
        known = [self._lines[one].known for one in labels]
        found = shifts_of_many(times, table, self._tuning, self.examined_to, known)
        self._found = [
            (one, shift) for one, shifts in zip(labels, found, strict=True) for shift in shifts
        ]
        return [self._told(*each) for each in self._found]

    def settle(self, span: Span) -> None:
        """What was taken is durable."""
        for labels, shift in self._found:
            self._lines[labels].known.append(shift)
        self._found = []
        self.examined_to = max(self.examined_to, span.last)
        self._trim()

    def told(self) -> Told:
        """To be remembered."""
        known: list[Any] = [
            [labels, line.known] for labels, line in self._lines.items() if line.known
        ]
        return Told(self._asked, self.examined_to, known)

    def _without_any(self, matrix: Matrix, span: Span) -> list[tuple[int, int]]:
        """When there was nothing, though there had been something within the window."""
        before = np.maximum.accumulate(matrix.there) | bool(self._lines)
        seen = span.times[matrix.there]
        self._seen_at = int(seen[-1]) if seen.size else self._seen_at
        unseen = span.last - self._seen_at
        self.lost = bool(before[-1]) and unseen > self._settings.range_of(self._query)
        gone = span.times[before & ~matrix.there & (span.times > self.examined_to)]
        return joined((int(at) - span.step, int(at)) for at in gone)

    # --- the table -----------------------------------------------------------------------------

    def _append(self, matrix: Matrix, span: Span) -> None:
        count = (span.last - span.first) // span.step + 1
        empty = np.full(count, np.nan)
        before = (span.first - self._first) // self._step
        room = self._settings.most_series - len(self._lines)
        fresh = sorted(matrix.series.keys() - self._lines.keys())
        self._warn(len(fresh) - max(room, 0))
        for labels in fresh[: max(room, 0)]:
            known = self._resumed.get(labels, [])
            self._lines[labels] = _Line(np.full(before, np.nan), known)
        for labels, line in self._lines.items():
            new = matrix.series.get(labels, empty)
            self._lines[labels] = line._replace(values=np.concatenate([line.values, new]))

    def _warn(self, left_out: int) -> None:
        if max(left_out, 0) > self._left_out:
            _log.warning(
                "%s: the query gives %d series more than the %d of most_series; they are left out",
                self.name, left_out, self._settings.most_series,
            )  # fmt: skip
        self._left_out = max(left_out, 0)

    def _trim(self) -> None:
        keep = self._tuning.window // self._step + LEAD
        drop = (self._filled - self._first) // self._step + 1 - keep
        if drop > 0:
            self._first += drop * self._step
            for labels, line in list(self._lines.items()):
                values = line.values[drop:]
                if np.isnan(values).all():
                    del self._lines[labels]
                    continue
                known = [one for one in line.known if one.settled_at >= self._first]
                self._lines[labels] = _Line(values, known)

    # --- what is told ---------------------------------------------------------------------------

    def _told(self, labels: Labels, shift: Shift) -> MetricShift:
        """With the instant at which it happened, not at which the samples show it."""
        query, step = self._query, self._step
        reach = self._settings.range_of(query)
        behind, at_most = step // 2, 2 * step  # a sample is up to a scrape old; two, if one failed
        if query.quantile:
            part = 1 - query.quantile if shift.direction == "up" else query.quantile
            behind, at_most = behind + round(part * reach), at_most + reach
        return MetricShift(
            metric=self.name,
            query=self._redact(self.promql),
            unit=query.unit,
            worse=query.worse,
            labels={name: self._redact(value) for name, value in labels},
            onset=shift.onset - behind,
            onset_from=shift.onset_from - at_most,
            onset_to=shift.onset_to,
            found_at=shift.found_at,
            before=shift.before,
            after=shift.after,
        )


def tuning_of(query: Query, settings: Settings) -> Tuning:
    """How the series of a query are looked at."""
    reach = settings.range_of(query) if query.averaged else 0
    return Tuning(
        step=settings.step,
        smear=0 if query.quantile else reach,
        lasting=reach,
        window=settings.past,
        least=query.least,
        floor=query.floor,
    )
