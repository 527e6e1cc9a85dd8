"""Questions answered off the event loop.

Each question opens the memory for itself in a thread of a small pool: a question never waits for
another's, and a memory that is being written to is read as of the instant it was opened.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import tzinfo
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.grammar.requests import Request
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.records.privacy import Privacy
from kubectl_smart.memory.records.stopping import stoppable

if TYPE_CHECKING:
    from kubectl_smart.bot.asking import Answer
    from kubectl_smart.bot.measuring import Metrics

_Made = TypeVar("_Made")
_LOOK = 0.5
"""Seconds between two looks whether the bot still lives."""


@dataclass(frozen=True, slots=True)
class Source:
    """Which memory is asked, and how instants are written.

    index     URL of the index; None for the file beside the memory
    now       microseconds since 1970-01-01 UTC
    metrics   whom questions may ask for metrics beside the memory; None: nobody
    privacy   what may be told of people; nothing that names them if not given
    calendar  whose calendar rhythms are of; that of `zone` if not given
    """

    memory: Path
    index: str | None
    zone: tzinfo
    now: Callable[[], int]
    metrics: Metrics | None = None
    privacy: Privacy | None = None
    calendar: tzinfo | None = None


class Answering:
    """The pool. Close it."""

    def __init__(self, source: Source, *, workers: int = 4) -> None:
        self.source = source
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="answering")
        self._pen: ProcessPoolExecutor | None = None

    async def answer(self, request: Request, sight: Sight) -> Answer:
        """The answer as somebody with this sight gets it; the errors of `asking.ask`."""
        return await self.run(lambda: self._answer(request, sight))

    def _answer(self, request: Request, sight: Sight) -> Answer:
        source = self.source
        with open_memory(source.memory, index=source.index) as memory:
            return ask(
                sight.of(memory),
                request,
                now=source.now(),
                metrics=source.metrics,
                privacy=source.privacy,
                calendar=source.calendar,
            )

    async def run(self, work: Callable[[], _Made]) -> _Made:
        """Anything that takes longer than an event loop should wait: reading, rendering.

        Where nobody waits for it any more, its thread stops reading soon and is free again.
        """
        gone = threading.Event()

        def stoppably() -> _Made:
            with stoppable(gone.is_set):
                return work()

        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, stoppably)
        finally:
            gone.set()

    async def read(self, work: Callable[[Memory], _Made]) -> _Made:
        """What comes of reading the whole memory: for the bot itself, or behind a `Sight`."""
        source = self.source

        def opened() -> _Made:
            with open_memory(source.memory, index=source.index) as memory:
                return work(memory)

        return await self.run(opened)

    async def draw(self, work: Callable[[], bytes]) -> bytes:
        """A picture, drawn in a process of its own: a second of it would hold up everybody else.

        work  can be pickled
        """
        if self._pen is None:
            self._pen = ProcessPoolExecutor(1, get_context("spawn"), end_with, (os.getpid(),))
        return await asyncio.get_running_loop().run_in_executor(self._pen, work)

    def close(self) -> None:
        """Wait for what is going on; what has not begun is given up."""
        self._pool.shutdown(cancel_futures=True)
        if self._pen is not None:
            self._pen.shutdown(cancel_futures=True)


def end_with(parent: int) -> None:
    """End this process soon after its parent has; a bot that is killed leaves no drawer behind."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
