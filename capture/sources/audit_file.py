"""The API server's audit log as a file: JSON lines, plain or gzip, or one EventList.

The way in on managed clusters, and the way to try the memory on yesterday's log. Reading
is streamed and bounded: a line longer than an event can be is skipped without being held.
Whatever cannot be used is handed on as a `Rejected` with its line number and the reason,
and everything else is kept; this module neither prints nor counts.
"""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from kubectl_smart.memory.records.errors import BadInput

MAX_EVENT_BYTES = 2_000_000
"""An audit event holds at most the request and the response object, and etcd takes no object
over 1.5 MB (--max-request-bytes); what is longer than this is not an event."""

_GZIP_MAGIC = b"\x1f\x8b"
_READ_BYTES = 1 << 20


class Accepted(NamedTuple):
    """One audit event: the decoded object, still untrusted and unredacted."""

    line: int
    event: dict[str, Any]


class Rejected(NamedTuple):
    """One line that is no usable audit event, and why, in words."""

    line: int
    reason: str


def read(
    path: str, *, on_progress: Callable[[int], None] | None = None
) -> Iterator[Accepted | Rejected]:
    """The events of a log file in the order of its lines; "-" reads standard input.

    on_progress is told the bytes of the file (compressed, if it is) consumed so far.
    BadInput if the file cannot be opened.
    """
    with opened(path) as raw:
        yield from _events(_Counting(raw, on_progress))


def opened(path: str) -> IO[bytes]:
    """The file, or standard input for "-". BadInput if it cannot be opened."""
    try:
        return sys.stdin.buffer if path == "-" else Path(path).open("rb")
    except OSError as error:
        raise BadInput(
            f"cannot read {path}: {error.strerror}",
            "name an audit log that exists and is readable",
        ) from error


def check(path: str) -> None:
    """BadInput if the file cannot be opened; nothing is read."""
    if path != "-":
        opened(path).close()


def size_of(path: str) -> int:
    """Bytes of the file, for a progress bar; 0 if that cannot be told (standard input)."""
    return Path(path).stat().st_size if path != "-" and Path(path).is_file() else 0


class _Counting(io.RawIOBase):
    """A readable stream that tells how far it has been read."""

    def __init__(self, raw: IO[bytes], on_progress: Callable[[int], None] | None) -> None:
        self._raw = raw
        self._on_progress = on_progress
        self._seen = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._seen += len(data)
        if self._on_progress is not None:
            self._on_progress(self._seen)
        return len(data)


def _events(raw: io.RawIOBase) -> Iterator[Accepted | Rejected]:
    stream: io.BufferedReader | gzip.GzipFile = io.BufferedReader(raw, _READ_BYTES)
    if stream.peek(2)[:2] == _GZIP_MAGIC:
        # no second buffer around it: that would lose what precedes a break in the data
        stream = gzip.GzipFile(fileobj=stream)
    number = 0
    while True:
        number += 1
        try:
            line = stream.readline(MAX_EVENT_BYTES + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            yield Rejected(number, f"the compressed data ends or breaks here: {error}")
            return
        if not line:
            return
        if len(line) > MAX_EVENT_BYTES and not line.endswith(b"\n"):
            yield from _skip_rest(stream, number)
            continue
        if line.isspace():
            continue
        if number == 1 and line.strip() == b"{":
            yield from _document(line + stream.read(256 * MAX_EVENT_BYTES), number)
            return
        yield from events_in(line, number)


def _skip_rest(stream: io.BufferedReader | gzip.GzipFile, number: int) -> Iterator[Rejected]:
    """Pass over the rest of a line that is too long to be an event."""
    length = MAX_EVENT_BYTES + 1
    while piece := stream.readline(_READ_BYTES):
        length += len(piece)
        if piece.endswith(b"\n"):
            break
    yield Rejected(number, f"the line is {length:,} bytes long; an event has at most 2 MB")


def events_in(line: bytes, number: int) -> Iterator[Accepted | Rejected]:
    """The event of a line, or those of an EventList on one line."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        yield Rejected(number, f"not JSON: {error}")
        return
    if isinstance(value, dict) and value.get("kind") == "EventList":
        items = value.get("items")
        for item in items if isinstance(items, list) else []:
            yield checked(item, number)
        return
    yield checked(value, number)


def _document(text: bytes, number: int) -> Iterator[Accepted | Rejected]:
    """One JSON document written over several lines: an EventList, or a single event."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        yield Rejected(number, f"neither JSON lines nor one JSON document: {error}")
        return
    items = value.get("items") if value.get("kind") == "EventList" else [value]
    for item in items if isinstance(items, list) else []:
        yield checked(item, number)


_TEXTS = ("auditID", "stage", "verb", "stageTimestamp")


def checked(value: Any, number: int) -> Accepted | Rejected:
    """The event, if it has the shape of one; the border at which shapes are checked.

    number  of the line, or of the item in its list: errors name it
    """
    if not isinstance(value, dict):
        return Rejected(number, "not an audit event: the line is not a JSON object")
    version = value.get("apiVersion")
    if value.get("kind") != "Event" or not str(version).startswith("audit.k8s.io/"):
        return Rejected(
            number, f"not an audit event: kind {value.get('kind')!r}, apiVersion {version!r}"
        )
    for name in _TEXTS:
        if not isinstance(value.get(name), str) or not value[name]:
            return Rejected(number, f"not a whole audit event: {name} is missing")
    for name in ("user", "impersonatedUser", "objectRef", "responseStatus"):
        if value.get(name) is not None and not isinstance(value[name], dict):
            return Rejected(number, f"not an audit event: {name} is not an object")
    return Accepted(number, value)
