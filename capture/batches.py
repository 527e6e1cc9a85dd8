"""A log file as batches of prepared events, and how a batch is written into a pipe.

The reader finds by itself where an earlier run of the same file stopped (`bookmarks`), so what was
taken in before is passed over without being prepared again, and the file is read once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO, NamedTuple

import orjson

from kubectl_smart.capture.bookmarks import Bookmarks, Reading
from kubectl_smart.capture.preparing import Prepared, prepare
from kubectl_smart.capture.sources import audit_file
from kubectl_smart.memory.formats.redaction import Redactor

_EVENTS = 1_000
_BYTES = 4 << 20
_SHOWN = 20
"""Reasons that travel with a batch; more are counted."""
# length of the header, length of the bodies
_HEAD = struct.Struct("<II")


class Batch(NamedTuple):
    """Some lines of a log file, in its order.

    session   names the file, by its first event; "" while none was read
    after     the line behind which an earlier run left off; 0: read from the beginning
    skipped   events and bad lines passed over because of that
    line      every event up to the end of this line has been handed over, from 1
    digest    of the audit ids and stages up to there
    progress  bytes of the file read so far (compressed, if it is)
    read      events and bad lines in this batch
    rejected  how many of them were no usable audit events
    reasons   of the first of them, each with its line
    """

    session: str
    after: int
    skipped: int
    line: int
    digest: str
    progress: int
    read: int
    rejected: int
    reasons: list[str]
    events: list[Prepared]


def batches(path: str, redactor: Redactor, bookmarks: Bookmarks) -> Iterator[Batch]:
    """The rest of a log file, behind the bookmark if it has one; "-" reads standard input.

    At least one batch. BadInput if the file cannot be read.
    """
    progress = 0

    def seen(count: int) -> None:
        nonlocal progress
        progress = count

    left_off = _left_off(path, seen, bookmarks)
    if left_off is None:
        rest = audit_file.read(path, on_progress=seen)
        gathered = _Gathered(Reading(), 0, 0, redactor)
    else:
        rest, reading, after, skipped = left_off
        gathered = _Gathered(reading, after, skipped, redactor)
    for one in rest:
        if gathered.is_full(one.line):
            yield gathered.batch(progress)
        gathered.add(one)
    gathered.ended()
    yield gathered.batch(progress)


_Lines = Iterator[audit_file.Accepted | audit_file.Rejected]


def _left_off(
    path: str, seen: Callable[[int], None], bookmarks: Bookmarks
) -> tuple[_Lines, Reading, int, int] | None:
    """What follows the bookmark: the lines, the digest so far, after which line, how many."""
    if path == "-":
        return None
    reading, skipped, mark = Reading(), 0, None
    lines = audit_file.read(path, on_progress=seen)
    rest: _Lines = iter(())
    for one in lines:
        if mark is not None and one.line > mark.line:
            rest = chain([one], lines)
            break
        skipped += 1
        if isinstance(one, audit_file.Accepted):
            reading.add(one.event)
            if mark is None:
                mark = bookmarks.find(reading.session)
                if mark is None or not mark.line:
                    return None
    if mark is None or reading.digest != mark.digest:
        return None
    return rest, reading, mark.line, skipped


class _Gathered:
    """The batch being made."""

    def __init__(self, reading: Reading, after: int, skipped: int, redactor: Redactor) -> None:
        self._reading = reading
        self._after, self._skipped = after, skipped
        self._line, self._digest = after, reading.digest
        self._last = after
        self._redactor = redactor
        self._begin()

    def _begin(self) -> None:
        self._read = self._rejected = self._size = 0
        self._reasons: list[str] = []
        self._events: list[Prepared] = []

    def is_full(self, line: int) -> bool:
        """Whether the batch should end before another event, of this line, is added."""
        if line != self._last:
            self.ended()
        return self._read >= _EVENTS or self._size >= _BYTES

    def ended(self) -> None:
        """The line of the last event has been handed over whole."""
        self._line, self._digest = self._last, self._reading.digest

    def add(self, one: audit_file.Accepted | audit_file.Rejected) -> None:
        """One more event or bad line."""
        self._last = one.line
        self._read += 1
        if isinstance(one, audit_file.Rejected):
            self._reject(one.line, one.reason)
            return
        self._reading.add(one.event)
        prepared = prepare(one.event, self._redactor)
        if isinstance(prepared, str):
            self._reject(one.line, prepared)
            return
        self._size += len(prepared.body)
        self._events.append(prepared)

    def _reject(self, line: int, reason: str) -> None:
        self._rejected += 1
        if len(self._reasons) < _SHOWN:
            self._reasons.append(f"line {line}: {reason}")

    def batch(self, progress: int) -> Batch:
        """What was gathered; the next batch begins."""
        made = Batch(
            self._reading.session,
            self._after,
            self._skipped,
            self._line,
            self._digest,
            progress,
            self._read,
            self._rejected,
            self._reasons,
            self._events,
        )
        self._begin()
        return made


def write_batch(stream: IO[bytes], batch: Batch) -> None:
    """Put a batch into a pipe."""
    events = [(one.key, one.at, len(one.body), one.leads_up) for one in batch.events]
    header = orjson.dumps([*batch[:-1], events])
    bodies = b"".join([one.body for one in batch.events])
    stream.write(_HEAD.pack(len(header), len(bodies)))
    stream.write(header)
    stream.write(bodies)
    stream.flush()


def read_batch(stream: IO[bytes]) -> Batch | None:
    """The next batch of a pipe; None if it ends before a whole one."""
    head = stream.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    header_size, size = _HEAD.unpack(head)
    header, bodies = stream.read(header_size), stream.read(size)
    if len(bodies) < size or len(header) < header_size:
        return None
    *fields, events = orjson.loads(header)
    return Batch._make([*fields, list(_events(events, bodies))])


def _events(rows: list[tuple[str, int, int, bool]], bodies: bytes) -> Iterator[Prepared]:
    start = 0
    for key, at, size, leads_up in rows:
        end = start + size
        yield Prepared(key, at, bodies[start:end], leads_up)
        start = end
