"""The audit log followed: rotation in every way, restarts anywhere; nothing is missed."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.support.audit_events import audit_event, deployment
from tests.support.door_stage import Keeper, now

from kubectl_smart.capture.accepting import Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.sources.audit_follow import AuditFollow
from kubectl_smart.memory.formats.redaction import Redactor


class Writer:
    """An API server writing its log, and whoever rotates it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "audit.log"
        self.written: list[str] = []
        self._rotations = 0
        self._half = b""

    def write(self, count: int = 1, *, torn: bool = False) -> None:
        """So many lines; torn: the last one only half, its rest with the next."""
        lines = self._half
        self._half = b""
        for number in range(count):
            event = audit_event(
                "update", "deployments", "api", group="apps", at=len(self.written) * 0.01,
                response=deployment(number, rv=len(self.written) + 1),
            )  # fmt: skip
            self.written.append(event["auditID"])
            lines += json.dumps(event).encode() + b"\n"
        if torn:
            lines, self._half = lines[:-100], lines[-100:]
        with self.path.open("ab") as file:
            file.write(lines)

    def _finish(self) -> None:
        if self._half:
            self.write(0)

    def rename(self) -> Path:
        """As the API server does it."""
        self._finish()
        self._rotations += 1
        to = self.path.with_name(f"audit-2026-11-23T10-00-{self._rotations:02d}.000.log")
        self.path.rename(to)
        return to

    def rename_and_pack(self) -> None:
        """The same with --audit-log-compress."""
        old = self.rename()
        packed = old.with_name(old.name + ".gz")
        with old.open("rb") as file, gzip.open(packed, "wb") as to:
            shutil.copyfileobj(file, to)
        stat = old.stat()
        os.utime(packed, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        old.unlink()

    def copy_and_truncate(self) -> None:
        """As logrotate may do it."""
        self._finish()
        self._rotations += 1
        shutil.copy2(self.path, self.path.with_name(f"audit.log.{100 - self._rotations}"))
        os.truncate(self.path, 0)


class Following:
    """Follows a log into a keeper, and is killed and started again."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self.hearing = Hearing(now)
        self.keeper = keeper
        self._folder = folder
        self._task: asyncio.Task[None] | None = None
        self.follow: AuditFollow | None = None

    def start(self) -> None:
        """Begin, or go on."""
        self.follow = AuditFollow(
            self._folder / "audit.log", self._folder / "cursor.json", self.keeper,
            Redactor(b"k" * 32), self.hearing, now, pause=0.01,
        )  # fmt: skip
        self._task = asyncio.create_task(self.follow.run())

    async def kill(self) -> None:
        """In the middle of whatever it does."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def until(self, written: list[str]) -> None:
        """Wait until all of it is kept."""
        for _ in range(1_000):
            if set(written) <= self.keeper.events:
                return
            assert self._task is not None
            assert not self._task.done(), self._task
            await asyncio.sleep(0.01)
        missing = set(written) - self.keeper.events
        raise AssertionError(f"{len(missing)} of {len(written)} are missing")


def story(tmp_path: Path, play: Callable[[Writer, Following], Any]) -> Following:
    """Played; then the follower has ended."""
    writer, following = Writer(tmp_path), Following(tmp_path, Keeper())

    async def run() -> None:
        following.start()
        await asyncio.wait_for(play(writer, following), 60)
        await following.kill()

    asyncio.run(run())
    return following


@pytest.mark.parametrize(
    "rotate", [Writer.rename, Writer.rename_and_pack, Writer.copy_and_truncate]
)
@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_missed(tmp_path: Path, rotate: Callable[[Writer], Any], seed: int) -> None:
    """Written, rotated, killed and started in any order; every event is kept, in the end."""
    chance = random.Random(seed)

    async def play(writer: Writer, following: Following) -> None:
        running = True
        for _ in range(40):
            match chance.randrange(8):
                case 0 if writer.path.exists() and writer.path.stat().st_size:
                    rotate(writer)
                    writer.write(chance.randrange(1, 4))
                case 1 if running:
                    await following.kill()
                    running = False
                case 2 if not running:
                    following.start()
                    running = True
                case 3:
                    await asyncio.sleep(0.03)
                case _:
                    writer.write(chance.randrange(1, 30), torn=chance.random() < 0.3)
        writer.write(1)
        if not running:
            following.start()
        await following.until(writer.written)

    following = story(tmp_path, play)

    assert not [state for state in following.hearing.states() if state.gaps]


def test_what_was_deleted_unread_is_a_gap(tmp_path: Path) -> None:
    """It is told, the session ends there, and reading goes on with what there is."""

    async def play(writer: Writer, following: Following) -> None:
        writer.write(20)
        await following.until(writer.written)
        await following.kill()
        writer.write(20)
        writer.rename().unlink()
        lost = set(writer.written[20:])
        writer.write(5)
        following.start()
        await following.until([one for one in writer.written if one not in lost])
        assert lost.isdisjoint(following.keeper.events)

    following = story(tmp_path, play)

    (state,) = following.hearing.states()
    assert state.gaps == 1
    heard = [json.loads(v) for key, v in following.keeper.kept.items() if key.startswith("heard/")]
    sessions = {one[1] for one in heard} | {one.session for one in following.hearing.due()}
    assert len(sessions) == 2


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    """And told meanwhile."""

    async def play(writer: Writer, following: Following) -> None:
        await asyncio.sleep(0.1)
        (state,) = following.hearing.states()
        assert "cannot be read" in state.trouble
        writer.write(3)
        await following.until(writer.written)

    story(tmp_path, play)


def test_lines_of_no_use_are_counted(tmp_path: Path) -> None:
    """Nonsense, a line that is far too long, and the events around them."""

    async def play(writer: Writer, following: Following) -> None:
        writer.write(2)
        with writer.path.open("ab") as file:
            file.write(b"nonsense\n" + b"x" * 2_500_000 + b"\n")
        writer.write(2)
        await following.until(writer.written)
        assert following.follow is not None
        assert following.follow.rejected == 2

    story(tmp_path, play)


def test_what_cannot_be_kept_is_handed_over_again(tmp_path: Path) -> None:
    """Nothing is read ahead meanwhile, and nothing is lost."""

    async def play(writer: Writer, following: Following) -> None:
        following.keeper.trouble = Overloaded("too much", 0)
        writer.write(10)
        await asyncio.sleep(0.1)
        assert not following.keeper.events
        following.keeper.trouble = None
        await following.until(writer.written)

    story(tmp_path, play)


def test_heard_from_the_first_to_the_newest_event(tmp_path: Path) -> None:
    """Over a restart and a rotation it is one interval."""

    async def play(writer: Writer, following: Following) -> None:
        writer.write(10)
        await following.until(writer.written)
        await following.kill()
        writer.write(10)
        writer.rename()
        writer.write(10)
        following.start()
        await following.until(writer.written)

    following = story(tmp_path, play)

    kept = [
        json.loads(body) for key, body in following.keeper.kept.items() if key.startswith("heard/")
    ]
    due = [[one.source, one.session, one.from_at, one.to_at] for one in following.hearing.due()]
    spans = sorted((one[2], one[3]) for one in [*kept, *due])
    assert all(later[0] <= earlier[1] for earlier, later in pairwise(spans))
