"""The API server's audit log, followed while it is written, through rotation and restarts.

Where it was read to is remembered beside the spool once that is durable: what was read and not
remembered is read again, and known again. What a rotation renamed or packed while nobody was
reading is found by its first bytes and read first. Only a file that was deleted before it was read
is a gap, and is told as one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

from kubectl_smart.capture.accepting import Acceptor, Overloaded
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding.fold import heard_item
from kubectl_smart.capture.preparing import Prepared, prepare
from kubectl_smart.capture.sources.audit_file import MAX_EVENT_BYTES, Rejected, events_in
from kubectl_smart.capture.sources.log_files import (
    Head,
    begins_with,
    changed_at,
    head_of,
    opened,
    rotated,
)
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.errors import StorageFull

SOURCE = "audit-log"
_log = logging.getLogger(__name__)
_AT_ONCE = 1 << 20
"""Bytes read before they are handed over."""
_SAID_EVERY = 5_000_000
"""Microseconds between two entries that say what was heard."""


_LOOKS = 3
"""How often it is looked for a file that may just be renamed or packed."""


_NO_HEAD = Head(0, "")


class Place(NamedTuple):
    """How far the log was read.

    head    of the file
    offset  bytes of it, unpacked
    at      when the newest event read took place, microseconds since 1970-01-01 UTC; 0 if none
    """

    head: Head
    offset: int
    at: int


class _Read(NamedTuple):
    """What one look at the log found; `end` if there is no more just now."""

    events: list[Prepared]
    rejected: int
    place: Place | None
    end: bool


class AuditFollow:
    """Follows one log. `run` until cancelled.

    path      of the log
    cursor    file in which the place is remembered
    pause     seconds between two looks at the end of the log
    rejected  lines that were no usable events
    """

    def __init__(
        self,
        path: Path,
        cursor: Path,
        acceptor: Acceptor,
        redactor: Redactor,
        hearing: Hearing,
        clock: Callable[[], int],
        *,
        pause: float = 0.5,
    ) -> None:
        self._acceptor = acceptor
        self._hearing = hearing
        self._clock = clock
        self._pause = pause
        self._reader = _Reader(path, cursor, redactor)
        self._session = f"follow {path} since {self._reader.since or clock()}"
        self._last = self._reader.at
        self._said_at = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="following")
        self.rejected = 0

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                try:
                    read = await loop.run_in_executor(self._thread, self._reader.read)
                except OSError as problem:
                    self._hearing.silent(SOURCE, f"the audit log cannot be read: {problem}")
                    await asyncio.sleep(max(self._pause, 1.0))
                    continue
                if self._reader.gap:
                    _log.warning("%s", self._reader.gap)
                    self._hearing.came(SOURCE, self._last)
                    self._hearing.silent(SOURCE, self._reader.gap)
                    self._session = f"follow since {self._clock()}"
                    self._last, self._reader.gap = 0, ""
                await self._hand_over(read)
                if read.place is not None:
                    await loop.run_in_executor(self._thread, self._remember, read.place)
                if read.end:
                    await asyncio.sleep(self._pause)
        finally:
            self._thread.shutdown(cancel_futures=True)
            self._reader.close()

    def _remember(self, place: Place) -> None:
        try:
            self._reader.remember(place)
        except OSError as problem:  # it is read again, and known again
            _log.warning("where the audit log was read to is not remembered: %s", problem)

    async def _hand_over(self, read: _Read) -> None:
        self.rejected += read.rejected
        if not read.events:
            return
        times = [event.at for event in read.events]
        since = min(times) if not self._last else min(self._last, *times)
        heard = Heard(source=SOURCE, session=self._session, from_at=since, to_at=max(times))
        due = self._clock() - self._said_at > _SAID_EVERY or heard.to_at < self._said_at
        also = [heard_item(heard, self._clock())] if due else []
        while True:
            try:
                await self._acceptor.accept_events(read.events, SOURCE, also)
                break
            except Overloaded as problem:
                await asyncio.sleep(problem.retry_after)
            except StorageFull as problem:
                self._hearing.silent(SOURCE, problem.message)
                await asyncio.sleep(5)
        self._last = max(self._last, heard.to_at)
        self._hearing.heard(SOURCE, self._session, heard.from_at, heard.to_at)
        if also:
            self._said_at = self._clock()
            self._hearing.written([heard])


class _Reader:
    """Reads the log piece by piece, in a thread.

    since, at  of the place remembered: what names the session, and the newest event
    gap        what could not be read, in a sentence; "" if nothing
    """

    def __init__(self, path: Path, cursor: Path, redactor: Redactor) -> None:
        self._path = path
        self._cursor = cursor
        self._redactor = redactor
        self._file: IO[bytes] | None = None
        self._inode = (0, 0)
        self._offset = 0
        self._line = 0
        self._rest = b""
        self._skipping = False
        self.gap = ""
        self._place, self.since = self._remembered()
        self.at = self._place.at if self._place is not None else 0
        self._head = Head(0, "")

    # --- the place ------------------------------------------------------------------------

    def _remembered(self) -> tuple[Place | None, int]:
        try:
            size, digest, offset, at, since = json.loads(self._cursor.read_text("ascii"))
            return Place(Head(int(size), str(digest)), int(offset), int(at)), int(since)
        except (FileNotFoundError, ValueError, TypeError):
            return None, 0

    def remember(self, place: Place) -> None:
        """It is durable up to here."""
        self._place = place
        self.at = place.at
        self.since = self.since or place.at
        self._cursor.parent.mkdir(parents=True, exist_ok=True)
        draft = self._cursor.with_suffix(".new")
        draft.write_text(json.dumps([*place.head, place.offset, place.at, self.since]), "ascii")
        draft.replace(self._cursor)

    # --- which file -----------------------------------------------------------------------

    def _begin(self) -> None:
        """Open the file to go on with. OSError if there is none to read."""
        place = self._place
        if place is None or not place.head.size:
            self._advance(_NO_HEAD, -1)
            return
        for _ in range(_LOOKS):
            for path in [*rotated(self._path), self._path]:
                if begins_with(path, place.head):
                    self._open(path, place.offset)
                    return
        self.gap = (
            f"what was read last of {self._path} is not there any more: what was written between "
            "is missing, unless it stands in a file beside it"
        )
        self._advance(_NO_HEAD, self._cursor.stat().st_mtime_ns - 1)

    def _advance(self, head: Head, written: int) -> None:
        """Open the file that was begun after the one with this head, last written to then.

        Looked at twice: the log may be renamed just before it is opened.
        """
        for _ in range(_LOOKS):
            newer = self._begun_after(head, written)
            if newer:
                self._open(_packed(newer[0]), 0)
                return
            self._open(self._path, 0)
            if not self._begun_after(head, written):
                return

    def _begun_after(self, head: Head, written: int) -> list[Path]:
        """The files that were rotated away after that one."""
        for _ in range(_LOOKS):
            older = rotated(self._path)
            for at, path in enumerate(older):
                if head.size and begins_with(path, head):
                    return older[at + 1 :]
        # deleted already, or just being packed: then by time, and what was read is known again
        return [one for one in older if changed_at(one) > written]

    def _open(self, path: Path, offset: int) -> None:
        self.close()
        file = opened(path)
        self._head = head_of(file)
        file.seek(offset)
        found = os.fstat(file.fileno())
        self._file, self._inode, self._offset = file, (found.st_dev, found.st_ino), offset
        self._is_current = path == self._path
        self._rest, self._skipping = b"", False

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _was_rotated(self) -> bool:
        """Whether the path leads to another file by now."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return False  # a new one comes, or not; this one can be read on
        return (found.st_dev, found.st_ino) != self._inode

    def _was_cut(self, file: IO[bytes]) -> bool:
        """Whether the file was copied away and truncated, and perhaps written to again."""
        if os.fstat(file.fileno()).st_size < self._offset:
            return True
        data = os.pread(file.fileno(), self._head.size, 0)
        return hashlib.sha256(data).hexdigest() != self._head.digest

    # --- reading --------------------------------------------------------------------------

    def read(self) -> _Read:
        """The next piece. OSError."""
        if self._file is None:
            self._begin()
        file = self._file
        assert file is not None  # noqa: S101 - opened above
        if self._is_current and self._was_cut(file):
            return self._after_cut()
        if self._head.size < 512:
            self._head = _head_again(file, self._offset + len(self._rest))
        moved = not self._is_current or self._was_rotated()
        try:
            data = file.read(_AT_ONCE)
        except (EOFError, zlib.error) as problem:
            _log.warning("a packed log is damaged: %s", problem)
            data = b""
        if data:
            return self._taken(data)
        if moved:
            # all of it is read; a last line without its end is all there will be of it
            read = self._taken(b"\n") if self._rest else None
            self._advance(self._head, os.fstat(file.fileno()).st_mtime_ns)
            return read if read is not None else _Read([], 0, None, end=False)
        return _Read([], 0, None, end=True)

    def _after_cut(self) -> _Read:
        """The file was copied and truncated: what was not read of it stands in the copy."""
        place = Place(self._head, self._offset, self.at)
        for path in rotated(self._path):
            if begins_with(path, place.head):
                self._open(path, place.offset)
                return _Read([], 0, None, end=False)
        self.gap = f"{self._path} was truncated; what was written before and not read is missing"
        self._open(self._path, 0)
        return _Read([], 0, None, end=False)

    def _taken(self, data: bytes) -> _Read:
        *lines, self._rest = (self._rest + data).split(b"\n")
        events: list[Prepared] = []
        rejected = 0
        for line in lines:
            self._line += 1
            self._offset += len(line) + 1
            if self._skipping:
                self._skipping = False
                continue
            for made in self._prepared(line):
                if isinstance(made, str):
                    rejected += 1
                    _log.warning("line %d of the audit log is left out: %s", self._line, made)
                else:
                    events.append(made)
        if len(self._rest) > MAX_EVENT_BYTES:
            self._offset += len(self._rest)
            self._rest, self._skipping = b"", True
            rejected += 1
        newest = max((event.at for event in events), default=0)
        return _Read(events, rejected, Place(self._head, self._offset, max(self.at, newest)), False)

    def _prepared(self, line: bytes) -> Iterator[Prepared | str]:
        if not line or line.isspace():
            return
        for one in events_in(line, self._line):
            if isinstance(one, Rejected):
                yield one.reason
            else:
                yield prepare(one.event, self._redactor)


def _packed(path: Path) -> Path:
    """The file, or what it was packed into meanwhile."""
    packed = path.with_name(f"{path.name}.gz")
    return packed if not path.exists() and packed.exists() else path


def _head_again(file: IO[bytes], back_to: int) -> Head:
    head = head_of(file)
    file.seek(back_to)
    return head
