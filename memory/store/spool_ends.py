"""The two ends of a spool: entries are put in at the tail and taken out at the head.

One process may hold both (`spool.FileSpool`), or one each: then whoever holds the tail tells
whoever holds the head up to which sequence all is durable, and the head reads no further. The
last segment belongs to the tail, the others and the file `done` to the head. Both ends belong to
one holder of the memory's lock.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from kubectl_smart.memory.store.protocols import NO_PROGRESS, Progress, SpoolEntry, SpoolItem
from kubectl_smart.memory.store.spool_segments import (
    MAGIC,
    damaged,
    is_full,
    no_room,
    pack,
    read_done,
    segment_path,
    segments_in,
    unpack,
    write_done,
)
from kubectl_smart.memory.store.syncing import sync_folder

SEGMENT_SIZE = 16 << 20
"""Bytes after which a new segment is begun: the unit in which room is given back."""


class SpoolTail:
    """Where entries are put in. The folder is made if it is not there.

    `floor` is the highest sequence the branches know of (`Store.last_sequence`): a spool that
    was lost goes on after it.
    """

    def __init__(self, folder: Path, *, floor: int = 0, segment_size: int = SEGMENT_SIZE) -> None:
        self._folder = folder
        self._segment_size = segment_size
        self._handle, self._size = -1, 0
        folder.mkdir(parents=True, exist_ok=True)
        discarded, _ = read_done(folder)
        segments = segments_in(folder)
        self._last = max(floor, discarded, segments[-1] - 1 if segments else 0)
        if not segments:
            self.begin_segment()
        else:
            self._recover(segment_path(folder, segments[-1]))

    @property
    def last_sequence(self) -> int:
        """The highest sequence given out; 0 if none."""
        return self._last

    @property
    def is_empty(self) -> bool:
        """Whether the last segment holds nothing yet."""
        return not self._size

    def begin_segment(self) -> None:
        """Start a segment for what comes next; its name alone keeps the order alive."""
        path = segment_path(self._folder, self._last + 1)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            sync_folder(self._folder)
        except OSError:
            os.close(handle)
            path.unlink()
            raise
        self.close()
        self._handle, self._size = handle, 0

    def _recover(self, path: Path) -> None:
        """Cut off an append that was never finished; leave everything acknowledged."""
        data = path.read_bytes()
        offset, last = 0, self._last
        while (frame := unpack(data, offset)) is not None:
            offset, last = frame.end, max(last, frame.entry.sequence)
        if offset < len(data):
            _refuse_damage(path, data, offset, last)
        self._handle = os.open(path, os.O_RDWR)
        if offset < len(data):
            os.ftruncate(self._handle, offset)
            os.fsync(self._handle)
        self._size, self._last = offset, last

    def append(self, items: Sequence[SpoolItem]) -> int:
        """Store the items; on return they survive power loss. Returns the last sequence.

        StorageFull if there is no room: then none of them is stored.
        """
        if not items:
            return self._last
        first = self._last + 1
        data = b"".join([pack(item, first + at, first) for at, item in enumerate(items)])
        try:
            if self._size >= self._segment_size:
                self.begin_segment()
            view, written = memoryview(data), 0
            while written < len(data):
                written += os.pwrite(self._handle, view[written:], self._size + written)
            os.fdatasync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, self._size)
            if is_full(error):
                raise no_room(self._folder) from error
            raise
        self._size += len(data)
        self._last = first + len(items) - 1
        return self._last

    def close(self) -> None:
        """Let go of the segment; closing twice is fine."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def _refuse_damage(path: Path, data: bytes, offset: int, last: int) -> None:
    """Damage, if a frame of a later append stands behind the bad place."""
    at = data.find(MAGIC, offset + 1)
    while at >= 0:
        frame = unpack(data, at)
        if frame is not None and frame.append_first > last + 1:
            raise damaged(path, offset)
        at = data.find(MAGIC, at + 1)


class SpoolHead:
    """Where entries are taken out; the folder must be there.

    limit  the highest sequence that is known to be durable; it is raised as more is
    """

    def __init__(self, folder: Path, *, limit: int) -> None:
        self.limit = limit
        self._folder = folder
        self._discarded, self._progress = read_done(folder)
        # segment, sequence of the entry read last, offset behind it
        self._left_off = (0, 0, 0)

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
        """The highest sequence that may be read."""
        return self.limit

    def append(self, items: Sequence[SpoolItem]) -> int:
        """TypeError: what is put in is put in at the tail."""
        raise TypeError(f"{len(items)} entries cannot be put in at the head of a spool")

    def read(self, after: int) -> Iterator[SpoolEntry]:
        """The entries with a sequence above `after` (and above what is discarded), in order.

        MemoryDamaged if one that ought to be there is not sound.
        """
        after = max(after, self._discarded)
        limit = self.limit
        if after >= limit:
            return
        segments = segments_in(self._folder)
        for first, following in zip(segments, [*segments[1:], None], strict=True):
            if first > limit or (following is not None and following <= after + 1):
                continue
            for entry in self._read_segment(first, after, is_last=following is None):
                if entry.sequence > after:
                    yield entry

    def _read_segment(self, first: int, after: int, *, is_last: bool) -> Iterator[SpoolEntry]:
        """The entries up to `limit`, from where reading was left off if that is not too far."""
        path = segment_path(self._folder, first)
        known, sequence, start = self._left_off
        if known != first or sequence > after:
            start, sequence = 0, first - 1
        with path.open("rb") as file:
            file.seek(start)
            data = file.read()
        offset = 0
        while offset < len(data):
            frame = unpack(data, offset)
            if frame is None:
                if is_last and sequence >= self.limit:
                    return  # all that is durable was read: this is being written
                raise damaged(path, start + offset)
            if frame.entry.sequence > self.limit:
                return
            offset, sequence = frame.end, frame.entry.sequence
            self._left_off = (first, sequence, start + offset)
            yield frame.entry

    def discard(self, through: int, progress: Progress = NO_PROGRESS) -> None:
        """Every entry up to `through` stands in git on both branches: it may be forgotten.

        StorageFull if there is no room to write that down: then they stay.
        """
        through = max(through, self._discarded)
        if (through, progress) == (self._discarded, self._progress):
            return
        write_done(self._folder, through, progress)
        self._discarded, self._progress = through, progress
        self.relieve()

    def relieve(self) -> None:
        """Remove the segments of which nothing is needed; never the last."""
        segments = segments_in(self._folder)
        for first, following in pairwise(segments):
            if following > self._discarded + 1:
                break
            segment_path(self._folder, first).unlink()

    def close(self) -> None:
        """Nothing is held open."""
