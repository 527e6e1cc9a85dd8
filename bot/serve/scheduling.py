"""What is done by the clock, one after the other: never two at a time, never twice at once.

A job that fails is told in the log and in the figures, and done again at its next time. One whose
time came while another was busy is done once after it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.memory.records.errors import SmartError

if TYPE_CHECKING:
    from apscheduler.events import JobExecutionEvent  # type: ignore[import-untyped]
    from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]

_log = logging.getLogger(__name__)


class Job(NamedTuple):
    """Something done by the clock. It fails by SmartError or OSError; all else is our fault."""

    name: str
    trigger: BaseTrigger
    work: Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Figures:
    """What came of a job: runs, failures among them, when and how long the last was (seconds)."""

    runs: int = 0
    failures: int = 0
    last_at: float = 0.0
    seconds: float = 0.0


class Schedule:
    """Does jobs when their time comes. `run` goes on until it is cancelled."""

    def __init__(self, jobs: list[Job]) -> None:
        self._jobs = jobs
        self._busy = asyncio.Lock()
        self.figures = {one.name: Figures() for one in jobs}

    async def run(self) -> None:
        """Until cancelled. A fault of ours is raised."""
        from apscheduler.events import EVENT_JOB_ERROR  # only who has jobs needs it
        from apscheduler.schedulers.asyncio import AsyncIOScheduler  # type: ignore[import-untyped]

        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # what a job does is told here
        fault: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def failed(event: JobExecutionEvent) -> None:
            if not fault.done():
                fault.set_exception(event.exception)

        scheduler = AsyncIOScheduler()
        scheduler.add_listener(failed, EVENT_JOB_ERROR)
        for job in self._jobs:
            scheduler.add_job(
                self.do, job.trigger, [job], id=job.name,
                coalesce=True, max_instances=1, misfire_grace_time=None,
            )  # fmt: skip
        scheduler.start()
        try:
            await fault
        finally:
            scheduler.remove_listener(failed)
            scheduler.shutdown(wait=False)

    async def do(self, job: Job) -> None:
        """One run of a job, once no other is being done."""
        async with self._busy:
            figures = self.figures[job.name]
            began = time.monotonic()
            try:
                await job.work()
            except (SmartError, OSError) as problem:
                figures.failures += 1
                _log.warning("%s failed, and is done again at its next time: %s", job.name, problem)
            finally:
                figures.runs += 1
                figures.last_at = time.time()
                figures.seconds = time.monotonic() - began
        _log.info("%s took %.1f s", job.name, figures.seconds)
