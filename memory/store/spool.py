"""The spool: everything accepted lies here, durable, until it stands in git.

Intake appends and may acknowledge as soon as `append` returns; the recorder reads, commits and
then discards. On disk it is a folder of segments (`spool_segments`); the last one is never
deleted, so that no sequence is given twice.

A process that dies, or a disk that fills, leaves at most an incomplete append at the end of the
last segment, which was never acknowledged: it is cut off when the spool is opened. A bad frame
that is followed by a later append is damage, and is reported, never skipped.

Only the holder of the memory's `WriterLock` may open a spool.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kubectl_smart.memory.store.protocols import NO_PROGRESS, Progress, SpoolEntry, SpoolItem
from kubectl_smart.memory.store.spool_ends import SEGMENT_SIZE, SpoolHead, SpoolTail


class FileSpool:
    """Both ends of the spool in a folder, in one process.

    `floor` is the highest sequence the branches know of (`Store.last_sequence`): a spool that
    was lost goes on after it.
    """

    def __init__(self, folder: Path, *, floor: int = 0, segment_size: int = SEGMENT_SIZE) -> None:
        self._tail = SpoolTail(folder, floor=floor, segment_size=segment_size)
        self._head = SpoolHead(folder, limit=self._tail.last_sequence)
        # what was appended last: nearly always what is read next
        self._fresh: list[SpoolEntry] = []

    def append(self, items: Sequence[SpoolItem]) -> int:
        """Store the items; on return they survive power loss. Returns the last sequence.

        StorageFull if there is no room: then none of them is stored.
        """
        if items:
            first = self._tail.last_sequence + 1
            self._head.limit = self._tail.append(items)
            self._fresh = [SpoolEntry(*item, first + at) for at, item in enumerate(items)]
        return self._tail.last_sequence

    def read(self, after: int) -> Iterator[SpoolEntry]:
        """The entries with a sequence above `after` (and above what is discarded), in order."""
        after = max(after, self._head.discarded)
        if self._fresh and self._fresh[0].sequence == after + 1:
            return iter(self._fresh)
        return self._head.read(after)

    def discard(self, through: int, progress: Progress = NO_PROGRESS) -> None:
        """Every entry up to `through` stands in git on both branches: it may be forgotten."""
        self._head.discard(through, progress)
        if self._head.discarded >= self._tail.last_sequence and not self._tail.is_empty:
            self._tail.begin_segment()
            self._head.relieve()

    @property
    def progress(self) -> Progress:
        """What `discard` was last given; Progress(0, ()) if nothing."""
        return self._head.progress

    @property
    def discarded(self) -> int:
        """The highest `through` ever given to `discard`; 0 if none."""
        return self._head.discarded

    @property
    def last_sequence(self) -> int:
        """The highest sequence given out; 0 if none."""
        return self._tail.last_sequence

    def close(self) -> None:
        """Let go of the segment; closing twice is fine."""
        self._tail.close()
