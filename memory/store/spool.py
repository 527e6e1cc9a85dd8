"""The spool: everything accepted lies here, durable, until it stands in git.

Intake appends and may acknowledge as soon as `append` returns; the recorder reads, commits and
then discards. On disk it is a folder of segments named by the first sequence they may hold
(`00000000000000004711.spool`), each a run of frames, and a file `done` that says how far the
recorder came. The last segment is never deleted, so that no sequence is given twice.

A frame holds one entry and a checksum. A process that dies, or a disk that fills, leaves at
most an incomplete append at the end of the last segment, which was never acknowledged: it is
cut off when the spool is opened. A bad frame that is followed by a later append is damage, and
is reported, never skipped.

Only the holder of the memory's `WriterLock` may open a spool.
"""

from __future__ import annotations

import errno
import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kubectl_smart.memory.records.errors import MemoryDamaged, StorageFull
from kubectl_smart.memory.store.protocols import NO_PROGRESS, Progress, SpoolEntry, SpoolItem
from kubectl_smart.memory.store.syncing import sync_folder

SEGMENT_SIZE = 16 << 20
"""Bytes after which a new segment is begun: the unit in which room is given back."""

_MAGIC = b"\xf5SP1"
# magic, length of what follows the checksum, checksum of it
_HEAD = struct.Struct("<4sII")
# sequence, first sequence of the append, received_at, length of key, length of source
_BODY = struct.Struct("<QQqHH")
_SUFFIX = ".spool"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _Frame(NamedTuple):
    entry: SpoolEntry
    append_first: int
    end: int


def _pack(item: SpoolItem, sequence: int, append_first: int) -> bytes:
    key, source = item.key.encode(), item.source.encode()
    lengths = _BODY.pack(sequence, append_first, item.received_at, len(key), len(source))
    payload = b"".join((lengths, key, source, item.body))
    return _HEAD.pack(_MAGIC, len(payload), zlib.crc32(payload)) + payload


def _unpack(data: bytes | memoryview, offset: int) -> _Frame | None:
    """The frame at an offset; None if there is no whole and sound frame."""
    start = offset + _HEAD.size
    if start > len(data):
        return None
    magic, length, checksum = _HEAD.unpack_from(data, offset)
    end = start + length
    if magic != _MAGIC or length < _BODY.size or end > len(data):
        return None
    payload = bytes(data[start:end])
    if zlib.crc32(payload) != checksum:
        return None
    sequence, append_first, received_at, key_size, source_size = _BODY.unpack_from(payload)
    key_end = _BODY.size + key_size
    body_start = key_end + source_size
    key = payload[_BODY.size : key_end].decode()
    source = payload[key_end:body_start].decode()
    entry = SpoolEntry(key, source, received_at, payload[body_start:], sequence)
    return _Frame(entry, append_first, end)


class FileSpool:
    """The spool in a folder, made if it is not there.

    `floor` is the highest sequence the branches know of (`Store.last_sequence`): a spool that
    was lost goes on after it.
    """

    def __init__(self, folder: Path, *, floor: int = 0, segment_size: int = SEGMENT_SIZE) -> None:
        self._folder = folder
        self._segment_size = segment_size
        self._handle, self._size = -1, 0
        # what was appended last: nearly always what is read next
        self._fresh: list[SpoolEntry] = []
        # segment, sequence of the entry read last, offset behind it
        self._left_off = (0, 0, 0)
        folder.mkdir(parents=True, exist_ok=True)
        self._discarded, self._progress = _read_done(folder / "done")
        self._segments = sorted(
            int(path.stem) for path in folder.iterdir() if path.suffix == _SUFFIX
        )
        self._last = max(floor, self._discarded, self._segments[-1] - 1 if self._segments else 0)
        if not self._segments:
            self._begin_segment()
        else:
            self._recover_tail()

    def _path(self, first: int) -> Path:
        return self._folder / f"{first:020d}{_SUFFIX}"

    def _begin_segment(self) -> None:
        """Start a segment for what comes next; its name alone keeps the order alive."""
        first = self._last + 1
        handle = os.open(self._path(first), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            sync_folder(self._folder)
        except OSError:
            os.close(handle)
            self._path(first).unlink()
            raise
        self.close()
        self._handle, self._size = handle, 0
        self._segments.append(first)

    def _recover_tail(self) -> None:
        """Cut off an append that was never finished; leave everything acknowledged."""
        path = self._path(self._segments[-1])
        data = path.read_bytes()
        offset, last = 0, self._last
        while (frame := _unpack(data, offset)) is not None:
            offset, last = frame.end, max(last, frame.entry.sequence)
        if offset < len(data):
            self._refuse_damage(path, data, offset, last)
        self._handle = os.open(path, os.O_RDWR)
        if offset < len(data):
            os.ftruncate(self._handle, offset)
            os.fsync(self._handle)
        self._size, self._last = offset, last

    def _refuse_damage(self, path: Path, data: bytes, offset: int, last: int) -> None:
        """Damage, if a frame of a later append stands behind the bad place."""
        at = data.find(_MAGIC, offset + 1)
        while at >= 0:
            frame = _unpack(data, at)
            if frame is not None and frame.append_first > last + 1:
                raise _damaged(path, offset)
            at = data.find(_MAGIC, at + 1)

    def append(self, items: Sequence[SpoolItem]) -> int:
        """Store the items; on return they survive power loss. Returns the last sequence.

        StorageFull if there is no room: then none of them is stored.
        """
        if not items:
            return self._last
        first = self._last + 1
        data = b"".join([_pack(item, first + at, first) for at, item in enumerate(items)])
        try:
            if self._size >= self._segment_size:
                self._begin_segment()
            view, written = memoryview(data), 0
            while written < len(data):
                written += os.pwrite(self._handle, view[written:], self._size + written)
            os.fdatasync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, self._size)
            if error.errno in _FULL:
                raise StorageFull(
                    f"no room left for the spool in {self._folder}",
                    "make room on that disk, then run the same command again",
                ) from error
            raise
        self._size += len(data)
        self._last = first + len(items) - 1
        self._fresh = [SpoolEntry(*item, first + at) for at, item in enumerate(items)]
        return self._last

    def read(self, after: int) -> Iterator[SpoolEntry]:
        """The entries with a sequence above `after` (and above what is discarded), in order."""
        after = max(after, self._discarded)
        if self._fresh and self._fresh[0].sequence == after + 1:
            yield from self._fresh
            return
        segments = list(self._segments)
        for first, following in zip(segments, [*segments[1:], None], strict=True):
            if following is not None and following <= after + 1:
                continue
            for entry in self._read_segment(first, after):
                if entry.sequence > after:
                    yield entry

    def _read_segment(self, first: int, after: int) -> Iterator[SpoolEntry]:
        """The entries of a segment, from where reading was left off if that is not too far."""
        path = self._path(first)
        size = self._size if first == self._segments[-1] else path.stat().st_size
        known, sequence, start = self._left_off
        if known != first or sequence > after:
            start = 0
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(size - start)
        offset = 0
        while offset < len(data):
            frame = _unpack(data, offset)
            if frame is None:
                raise _damaged(path, start + offset)
            offset = frame.end
            self._left_off = (first, frame.entry.sequence, start + offset)
            yield frame.entry

    def discard(self, through: int, progress: Progress = NO_PROGRESS) -> None:
        """Every entry up to `through` stands in git on both branches: it may be forgotten."""
        through = max(through, self._discarded)
        if (through, progress) == (self._discarded, self._progress):
            return
        draft = self._folder / "done.new"
        draft.write_text(json.dumps([through, progress.position, progress.still_open]), "ascii")
        draft.replace(self._folder / "done")
        self._discarded, self._progress = through, progress
        if through >= self._last and self._size:
            self._begin_segment()
        while len(self._segments) > 1 and self._segments[1] <= through + 1:
            self._path(self._segments.pop(0)).unlink()

    @property
    def progress(self) -> Progress:
        """What `discard` was last given; Progress(0, ()) if nothing."""
        return self._progress

    @property
    def discarded(self) -> int:
        """The highest `through` ever given to `discard`; 0 if none."""
        return self._discarded

    @property
    def last_sequence(self) -> int:
        """The highest sequence given out; 0 if none."""
        return self._last

    def close(self) -> None:
        """Let go of the segment; closing twice is fine."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _read_done(path: Path) -> tuple[int, Progress]:
    """(discarded, progress); nothing where the file is missing or torn.

    Then entries are read again and found committed.
    """
    try:
        through, position, still_open = json.loads(path.read_text("ascii"))
        return int(through), Progress(int(position), tuple(map(int, still_open)))
    except (FileNotFoundError, ValueError, TypeError):
        return 0, NO_PROGRESS


def _damaged(path: Path, offset: int) -> MemoryDamaged:
    return MemoryDamaged(
        f"the spool segment {path.name} is damaged at byte {offset}",
        "restore the file, or move it away and send again what was not yet committed",
    )
