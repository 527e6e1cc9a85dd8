"""Opens incidents for alerts while the process captures: beside everything else, through the spool.

What an alert is becomes an observation first, durable and committed like any other. Only then is
looked what became of it, in the memory alone; how far was looked is noted, and what was told
already is known, so a process that is killed in between goes on where it was.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from kubectl_smart.bot.alarming import Known, Rules, group_of, is_line, line_id, tell_of
from kubectl_smart.bot.serve.live import LiveMemory
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.writing import Pen
from kubectl_smart.bot.telling import Sayable
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.git_store import OURS

_log = logging.getLogger(__name__)
_SECOND = 1_000_000
_AGAIN_AFTER = 5.0
"""Seconds until the next attempt when it could not be told."""
_OVERLAP = 24 * 3_600 * _SECOND
"""Alerts are looked for from so long before the last look: they may be told late."""


class _Mark(NamedTuple):
    """Up to which sequence alerts were looked at, and when that was."""

    sequence: int
    at: int


class Alarms:
    """Keeps incidents for alerts. `taken` says that there are new ones; `run` goes on for ever.

    clock  microseconds since 1970-01-01 UTC

    What was heard before it ran for the first time opens nothing.
    """

    def __init__(
        self, live: LiveMemory, source: Source, pen: Pen, rules: Rules, clock: Callable[[], int]
    ) -> None:
        self._live = live
        self._source = source
        self._pen = pen
        self._rules = rules
        self._clock = clock
        self._new = asyncio.Event()
        self._new.set()  # what an earlier process had accepted
        self._file = source.memory / OURS / "imports" / "alert-incidents.json"
        self._ending = False
        self._mark = _read(self._file) or self._noted(live.spooling.last_sequence)

    def taken(self) -> None:
        """Alerts have become durable."""
        self._new.set()

    async def run(self) -> None:
        """Until cancelled; what was begun is ended first. What fails is tried again."""
        await self._live.committer.begun.wait()
        while True:
            await self._new.wait()
            self._new.clear()
            try:
                await self._live.committer.committed(self._live.spooling.last_sequence)
                through = self._live.committer.came.committed
                await self._to_its_end(asyncio.to_thread(self._look, through))
            except (SmartError, OSError) as problem:
                _log.warning("incidents for alerts wait: %s", problem)
                self._new.set()
                await asyncio.sleep(_AGAIN_AFTER)

    async def _to_its_end(self, work: Awaitable[None]) -> None:
        """Wait for it, even when cancelled: the memory it writes into must not close before."""
        going = asyncio.ensure_future(work)
        try:
            await asyncio.shield(going)
        except asyncio.CancelledError:
            self._ending = True
            await asyncio.wait([going])
            raise

    def _look(self, through: int) -> None:
        """Tell what became of the alerts up to a sequence."""
        with open_memory(self._source.memory, index=self._source.index) as memory:
            since = self._mark.at - _OVERLAP
            due = [
                each.record
                for each in memory.index.observations(since, None)
                if isinstance(each.record, Observation)
                and self._mark.sequence < each.sequence <= through
                and self._rules.concern(each.record)
            ]
        groups: dict[str, list[Observation]] = {}
        for seen in sorted(due, key=lambda one: (one.first_at, one.id)):
            groups.setdefault(group_of(seen), []).append(seen)
        for name, group in groups.items():
            if self._ending:
                return  # the next process goes on from the mark
            with open_memory(self._source.memory, index=self._source.index) as memory:
                known = self._known(memory.index, name, group)
            tell_of(group, known, self._rules, self._tell)
        self._mark = self._noted(through)

    def _known(self, index: Index, name: str, group: Sequence[Observation]) -> Known:
        incidents = {
            each.record.id: each.record
            for each in index.incidents()
            if isinstance(each.record, Incident)
        }
        lately = self._clock() - round(self._rules.again * _SECOND)
        begins = [
            one.opened_at
            for one in incidents.values()
            if one.status is IncidentStatus.OPEN or one.closed_at >= lately
        ]
        since = min([group[0].first_at, *begins])
        found = sorted(index.notes(since, None), key=lambda each: each.sequence)
        lines = [one for each in found if isinstance(one := each.record, Note) and is_line(one)]
        own = {
            seen.id: each.record
            for seen in group
            for each in index.note(line_id(seen))
            if isinstance(each.record, Note)
        }
        seen_since = (each.record for each in index.observations(since, None))
        return Known(
            incidents=incidents,
            own=own,
            lines=[one for one in lines if one.channel == name],
            apart=frozenset(one.incident for one in lines),
            alerts=[
                one
                for one in seen_since
                if isinstance(one, Observation)
                and self._rules.concern(one)
                and group_of(one) == name
            ],
        )

    def _tell(self, things: Sequence[Sayable]) -> Incident:
        told = self._pen.tell(things, self._clock())
        for one in told:
            if one.recorded and one.note is None and one.incident is not None:
                _log.warning("alerts: incident %s is %s", one.incident.id, one.incident.status)
        return next(one.incident for one in reversed(told) if one.incident is not None)

    def _noted(self, sequence: int) -> _Mark:
        mark = _Mark(sequence, self._clock())
        self._file.parent.mkdir(parents=True, exist_ok=True)
        draft = self._file.with_name(self._file.name + ".new")
        draft.write_bytes(orjson.dumps(mark._asdict()))
        draft.replace(self._file)
        return mark


def _read(file: Path) -> _Mark | None:
    """What an earlier process noted; None if nothing that can be read."""
    try:
        return _Mark(**orjson.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
