"""Import: an audit log file goes through intake, spool and recorder into git and the index.

Stopped at any instant and run again, it goes on where it was and makes the very commits it would
have made undisturbed: a bookmark beside the spool tells the line, the spool what is not yet in
git. Faces call `import_audit` and show what it returns.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection
from typing import NamedTuple

from kubectl_smart.bot.recorders import recorder_of
from kubectl_smart.capture.aside import read_aside
from kubectl_smart.capture.batches import Batch
from kubectl_smart.capture.bookmarks import Bookmark, Bookmarks
from kubectl_smart.capture.intake import Intake, Taken
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.keys import load_or_create_key
from kubectl_smart.memory.store.protocols import Drained
from kubectl_smart.memory.store.spool import FileSpool

SOURCE = "audit-log"
_SHOWN = 20
_RARELY = (100_000, 50, 100)
"""Thresholds of Python's cycle collector: an import makes millions of objects and no cycles."""


class Imported(NamedTuple):
    """What an import did.

    lines     of the file, read this time
    skipped   lines taken in by an earlier run
    rejected  how many lines or events were no usable audit events
    reasons   of the first of them, each with its line
    memory    what stands in git because of it
    """

    lines: int
    skipped: int
    taken: Taken
    rejected: int
    reasons: tuple[str, ...]
    memory: Drained


class _Session:
    """One run of the recorder over a memory that is open for writing."""

    def __init__(self, memory: Memory, clock: Callable[[], int]) -> None:
        ours = memory.path / OURS
        self.memory = memory
        self.spool = FileSpool(ours / "spool", floor=memory.store.last_sequence())
        self.key = ours / "key"
        load_or_create_key(self.key)
        self.bookmarks = Bookmarks(ours / "imports")
        self.intake = Intake(self.spool, source=SOURCE, recorded=self._recorded, clock=clock)
        self.recorder = recorder_of(memory, self.spool)
        self._relieved = self.spool.discarded
        self.done = Drained()

    def _recorded(self, audit_ids: Collection[str]) -> set[str]:
        return self.memory.index.has_audit_ids(audit_ids)

    def drain(self, *, final: bool) -> None:
        """Bring what is in the spool into git and the index."""
        one = self.recorder.drain(final)
        done = self.done
        self.done = Drained(
            entries=done.entries + one.entries,
            records=done.records + one.records,
            commits=done.commits + one.commits,
            dropped=done.dropped + one.dropped,
            repeated=done.repeated + one.repeated,
        )
        if self.spool.discarded != self._relieved:
            self._relieved = self.spool.discarded
            self.intake.relieved()


def import_audit(
    memory: Memory,
    path: str,
    *,
    clock: Callable[[], int],
    on_progress: Callable[[int], None] | None = None,
) -> Imported:
    """Take in an audit log file ("-": standard input). `memory` must be open for writing.

    clock        microseconds since 1970-01-01 UTC: when things are recorded
    on_progress  is told the bytes of the file read so far

    BadInput if the file cannot be read; StorageFull if there is no room: nothing acknowledged is
    lost, and the same command goes on from there. Rejected lines are counted, never fatal.
    """
    session = _Session(memory, clock)
    collecting = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        return _import(session, path, on_progress)
    finally:
        gc.set_threshold(*collecting)
        session.spool.close()


def _import(session: _Session, path: str, on_progress: Callable[[int], None] | None) -> Imported:
    tally = _Tally(on_progress or (lambda _: None))
    begun = False
    for batch in read_aside(path, session.key, session.bookmarks.folder):
        if not begun and batch.session:
            begun = True
            _begin(session, batch, path)
        for event in batch.events:
            session.intake.take(event)
        tally.add(batch)
        _settle(session, batch, path)
        session.drain(final=False)
    if begun:
        session.intake.heard(batch.session, session.memory.index.coverage())
        _settle(session, batch, path)
    session.drain(final=True)
    return tally.imported(session)


class _Tally:
    """What an import has read so far."""

    def __init__(self, on_progress: Callable[[int], None]) -> None:
        self._on_progress = on_progress
        self._read = self._skipped = self._rejected = 0
        self._reasons: list[str] = []

    def add(self, batch: Batch) -> None:
        """One more batch."""
        self._read += batch.read
        self._skipped = batch.skipped
        self._rejected += batch.rejected
        self._reasons += batch.reasons[: max(0, _SHOWN - len(self._reasons))]
        self._on_progress(batch.progress)

    def imported(self, session: _Session) -> Imported:
        """All of it, and what it has come to."""
        return Imported(
            lines=self._read,
            skipped=self._skipped,
            taken=session.intake.taken,
            rejected=self._rejected,
            reasons=tuple(self._reasons),
            memory=session.done,
        )


def _begin(session: _Session, batch: Batch, path: str) -> None:
    """Before the first event is taken in: go on where an earlier run of this file stopped."""
    mark = session.bookmarks.find(batch.session) if path != "-" else None
    if mark is not None and mark.line == batch.after:
        interval = (mark.from_at, mark.to_at) if mark.line else None
        session.intake.go_on(interval, after=mark.sequence)
    elif path != "-":
        last = session.spool.last_sequence
        session.bookmarks.put(Bookmark(batch.session, 0, "", last, 0, 0))


def _settle(session: _Session, batch: Batch, path: str) -> None:
    """Make everything read so far durable, and remember the line."""
    session.intake.flush()
    interval = session.intake.interval
    if batch.session and interval is not None and path != "-":
        last = session.spool.last_sequence
        session.bookmarks.put(Bookmark(batch.session, batch.line, batch.digest, last, *interval))
