"""How the bot writes while the same process captures: through the spool, as everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kubectl_smart.bot.reporting import new_version, report_template
from kubectl_smart.bot.serve.live import LiveMemory
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.telling import Sayable, Teller, Told
from kubectl_smart.capture.statements import incident_item
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.store.protocols import SpoolItem

_LONGEST = 120.0
"""Seconds to wait for a commit: a committer that has much to catch up on comes to it in time."""


class LiveRecording:
    """Implements `bot.recording.Recording` on a live memory, in a thread that is not its loop's."""

    def __init__(self, live: LiveMemory, loop: asyncio.AbstractEventLoop, source: Source) -> None:
        self._live = live
        self._loop = loop
        self._source = source
        self._memory: Memory | None = None

    @property
    def memory(self) -> Memory:
        """The memory as of the last recording."""
        if self._memory is None:
            self._memory = open_memory(self._source.memory, index=self._source.index)
        return self._memory

    def settle(self) -> None:
        """Nothing: the committer does."""

    def record(self, items: Sequence[SpoolItem]) -> None:
        """On return they stand in git. StorageFull, Overloaded; TimeoutError after long."""
        made = asyncio.run_coroutine_threadsafe(self._live.record(items), self._loop)
        made.result(_LONGEST)
        self.close()

    def close(self) -> None:
        """Let go of the memory; it is opened again when it is asked for."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None


class LivePen:
    """Implements `bot.slack.writing.Pen`."""

    def __init__(self, live: LiveMemory, loop: asyncio.AbstractEventLoop, source: Source) -> None:
        self._live = live
        self._loop = loop
        self._source = source

    def tell(self, things: Sequence[Sayable], now: int) -> tuple[Told, ...]:
        """See `Pen`; what is told stands in git on return."""
        with self._live.writing:
            return self._told(things, now)

    def _told(self, things: Sequence[Sayable], now: int) -> tuple[Told, ...]:
        recording = LiveRecording(self._live, self._loop, self._source)
        with Teller(recording, self._live.redactor) as teller:
            told = tuple(teller.tell(one, now=now) for one in things)
            for incident in sorted({one.incident.id for one in told if one.incident is not None}):
                memory = recording.memory
                template = report_template(memory.store)
                version = new_version(memory, incident, now=now, template=template)
                if version is not None:
                    recording.record([incident_item(version, now)])
            return told
