"""The committer as its parent sees it: started, told what is durable, asked how far it came.

If it dies it is started again, after the processes it left behind have ended. Nothing here waits
for it but who asks to: however long it takes, or is stopped, sources are answered as always.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable

import orjson

from kubectl_smart.bot.serve.committing import Came, Place
from kubectl_smart.memory.records.errors import SmartError, StorageFull

_log = logging.getLogger(__name__)
_MODULE = "kubectl_smart.bot.serve.committing"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a committer that died is started again: doubled each time."""
_LAST_WORDS = 60.0
"""Seconds a committer has to commit what is complete when it is told to stop."""
_LEFT_BEHIND = 10.0
"""Seconds that git processes of a dead committer have to end by themselves."""
NOWHERE = Came(0, 0, 0, False, 0, 0, 0, 0, 0.0, 0, "it has not begun")


class CommitterProcess:
    """Starts the committer and keeps it going until it is closed.

    on_came  is told, in the event loop, each time it has come further
    """

    def __init__(self, place: Place, on_came: Callable[[Came], None]) -> None:
        self._place = place
        self._on_came = on_came
        self._process: Process | None = None
        self._through = place.through
        self._said = place.through
        self._urgent = False
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._errands: dict[str, asyncio.Future[bool]] = {}
        self._keeping: asyncio.Task[None] | None = None
        self._stopping = False
        self._counted = NOWHERE
        self.came = NOWHERE
        self.restarts = 0
        self.begun = asyncio.Event()
        """Set once a committer has opened the memory: from then on there is an index."""

    @property
    def pid(self) -> int:
        """Of the process now; 0 if there is none."""
        return self._process.pid if self._process is not None else 0

    def start(self) -> asyncio.Task[None]:
        """Begin; the task ends only when it is closed, or by a fault of ours."""
        self._keeping = asyncio.create_task(self._keep())
        return self._keeping

    def durable(self, through: int) -> None:
        """All up to here is durable in the spool."""
        self._through = max(through, self._through)
        self._say()

    async def committed(self, sequence: int) -> None:
        """Wait until all up to here stands in git and in the index.

        StorageFull if there is no room for it just now: it is committed once there is.
        """
        if self.came.committed >= sequence:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((sequence, done))
        self._urgent = True
        self._say()
        await done

    async def errand(self, name: str) -> bool:
        """Have something done between two commits; whether more of it is left to be done.

        name  of committing.MAINTAIN, PACK, LINK; one of a name at a time
        SmartError, with why, if it was not done.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            raise SmartError("no committer is there just now", "it is started again")
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._errands[name] = done
        process.stdin.write(orjson.dumps({"do": name}) + b"\n")
        return await done

    def _done(self, name: str, trouble: str, *, more: bool = False) -> None:
        done = self._errands.pop(name, None)
        if done is None or done.done():
            return
        if trouble:
            done.set_exception(SmartError(trouble, "see the log of the process"))
        else:
            done.set_result(more)

    def _say(self) -> None:
        """Tell it what is new, unless it has not read what it was told last."""
        process = self._process
        if process is None or process.stdin is None or process.stdin.is_closing():
            return
        if process.stdin.transport.get_write_buffer_size() > 4_096:
            return  # it is stopped, or busy; it is told when it has come further
        if self._through > self._said or self._urgent:
            message = {"through": self._through, "now": self._urgent}
            process.stdin.write(orjson.dumps(message) + b"\n")
            self._said, self._urgent = self._through, False

    async def _keep(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stopping:
            code, worked = await self._run()
            await _gone(self._process)
            self._process = None
            if self._stopping:
                return
            pause = _FIRST_PAUSE if worked else min(2 * pause, _LONGEST_PAUSE)
            self.restarts += 1
            self._counted = self.came
            _log.error("the committer ended (%s); it is started again in %.0f s", code, pause)
            await asyncio.sleep(pause)

    async def _run(self) -> tuple[int, bool]:
        """One life of the process: its exit code, and whether it ever came further."""
        place = dataclasses.replace(self._place, through=self._through)
        self._said = self._through
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _MODULE),
            stdin=PIPE,
            stdout=PIPE,
            pass_fds=(place.lock,),
            start_new_session=True,
        )
        assert process.stdin is not None  # noqa: S101 - asked for above
        assert process.stdout is not None  # noqa: S101 - the same
        process.stdin.write(orjson.dumps(dataclasses.asdict(place)) + b"\n")
        worked = False
        self._urgent = bool(self._waiting)
        while line := await process.stdout.readline():
            message = orjson.loads(line)
            if "done" in message:
                self._done(message["done"], message["trouble"], more=message["more"])
                continue
            said = Came(**message)
            worked = worked or said.committed > self.came.committed
            self._take(said)
            self._say()
        code = await process.wait()
        for name in list(self._errands):
            self._done(name, "the committer ended before it was done")
        return code, worked

    def _take(self, said: Came) -> None:
        self.begun.set()
        before = self._counted
        self.came = said._replace(
            records=before.records + said.records,
            changes=before.changes + said.changes,
            unknown=before.unknown + said.unknown,
            notes=before.notes + said.notes,
            committed=max(self.came.committed, said.committed),
        )
        for sequence, done in self._waiting:
            if done.done():
                continue
            if sequence <= said.committed:
                done.set_result(None)
            elif said.trouble:
                remedy = "make room; it is kept, and recorded then"
                done.set_exception(StorageFull(said.trouble, remedy))
        self._waiting = [one for one in self._waiting if not one[1].done()]
        self._on_came(self.came)

    async def close(self) -> None:
        """Let it commit what is complete, then end; what is not stays in the spool."""
        self._stopping = True
        process = self._process
        if process is not None and process.stdin is not None and process.returncode is None:
            with contextlib.suppress(ConnectionError):
                process.stdin.write(orjson.dumps({"through": self._through, "stop": True}) + b"\n")
                process.stdin.close()
        if self._keeping is not None:
            done, _ = await asyncio.wait([self._keeping], timeout=_LAST_WORDS)
            if not done:
                _kill(process)
                self._keeping.cancel()
                await asyncio.wait([self._keeping])
        for _, future in self._waiting:
            future.cancel()


async def _gone(process: Process | None) -> None:
    """Wait until the processes it started have ended; they end with its pipes, or are ended."""
    if process is None:
        return
    deadline = asyncio.get_running_loop().time() + _LEFT_BEHIND
    while _has_members(process.pid) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)
    _kill(process)


def _has_members(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _kill(process: Process | None) -> None:
    """End the process and those it started, which are of its own session."""
    if process is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
