"""What people said goes into the memory, one thing after the other, off the event loop.

A memory has one writer at a time. While somebody else writes (an import), what was said waits: it
is written down in the bot's own state already, and is told again until it is taken.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.grammar.statements import StatementRequest
from kubectl_smart.bot.reporting import keep_report
from kubectl_smart.bot.saying import Speaker, said
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.telling import Sayable, Teller, Told
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.opening import Memory, open_for_writing, open_memory
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import Busy

AGAIN_AFTER = 1.0
"""Seconds between two attempts while somebody else is writing."""
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Recorded:
    """What stands in the memory now.

    changed  the change that was explained, in one line; "" if none was
    """

    told: tuple[Told, ...]
    changed: str


class Pen(Protocol):
    """What brings things into the memory, in a thread."""

    def tell(self, things: Sequence[Sayable], now: int) -> tuple[Told, ...]:
        """Record them, and keep the reports of the incidents they are about. Busy, StorageFull."""


class OwnPen:
    """Opens the memory for writing each time."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def tell(self, things: Sequence[Sayable], now: int) -> tuple[Told, ...]:
        """See `Pen`."""
        with open_for_writing(self._source.memory, index=self._source.index) as memory:
            with Teller.into(memory) as teller:
                told = tuple(teller.tell(one, now=now) for one in things)
            for incident in {one.incident.id for one in told if one.incident is not None}:
                keep_report(memory, incident, now=now)
            return told


class Writing:
    """The bot's one pen. Close it.

    pen  None: the memory is opened for each writing
    """

    def __init__(
        self, source: Source, pen: Pen | None = None, *, again_after: float = AGAIN_AFTER
    ) -> None:
        self._source = source
        self._pen = pen or OwnPen(source)
        self._again_after = again_after
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="writing")

    async def record(
        self,
        request: StatementRequest,
        speaker: Speaker,
        sight: Sight,
        on_wait: Callable[[], Awaitable[None]],
    ) -> Recorded:
        """Record what was said, as somebody with this sight means it; the errors of `saying.said`.

        on_wait  is called once if somebody else is writing
        """
        return await self._until_free(lambda: self._record(request, speaker, sight), on_wait)

    async def tell(
        self, things: Sequence[Sayable], on_wait: Callable[[], Awaitable[None]]
    ) -> Recorded:
        """Record what is already understood."""
        return await self._until_free(lambda: self._tell(things), on_wait)

    def close(self) -> None:
        """Wait for what is being written; the rest is told again by the next bot."""
        self._pool.shutdown(cancel_futures=True)

    async def _until_free(
        self, work: Callable[[], _Made], on_wait: Callable[[], Awaitable[None]]
    ) -> _Made:
        waited = False
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._pool, work)
            except Busy:
                if not waited:
                    waited = True
                    await on_wait()
                await asyncio.sleep(self._again_after)

    def _record(self, request: StatementRequest, speaker: Speaker, sight: Sight) -> Recorded:
        with open_memory(self._source.memory, index=self._source.index) as memory:
            things = said(sight.of(memory), request, speaker)
        return self._tell(things)

    def _tell(self, things: Sequence[Sayable]) -> Recorded:
        told = self._pen.tell(things, self._source.now())
        with open_memory(self._source.memory, index=self._source.index) as memory:
            return Recorded(told, _changed(memory, told))


def _changed(memory: Memory, told: Sequence[Told]) -> str:
    for one in told:
        explains = one.note.explains if one.note is not None else ""
        for each in memory.index.change(explains) if explains else ():
            if isinstance(each.record, Change):
                return in_words(each.record)
    return ""
