"""Spool -> commits, exactly once.

The recorder reads what was accepted, lets the fold make records of it, and commits them:
decisions to `main` at once, the rest to the month's journal in batches. At checkpoints, which
stand between spool entries at every 20,000th sequence, both branches move and the index is told;
only then is the spool relieved. So a run that is killed and resumed makes the same commits.

After a restart the fold is given again what it held open, then what came after the last
checkpoint; what already stands on a branch is recognised and not committed twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, cast

from kubectl_smart.memory.formats.journal_lines import Journalled
from kubectl_smart.memory.formats.messages import Committable
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed, Record, StatePlace
from kubectl_smart.memory.store import journals
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.decisions import decision, is_decision, root
from kubectl_smart.memory.store.journals import Batch, Item
from kubectl_smart.memory.store.late_changes import LateChanges
from kubectl_smart.memory.store.positions import reached, record_key
from kubectl_smart.memory.store.protocols import (
    NO_PROGRESS,
    Drained,
    Fold,
    Gathering,
    NewCommit,
    OnCommitted,
    Previous,
    Progress,
    Spool,
    SpoolItem,
    State,
    Store,
)

CHECKPOINT_EVERY = 20_000
"""Spool entries; a checkpoint finishes a pack, so fewer of them make fewer and larger packs."""

_END = "end"
"""Source of an entry that the recorder puts into the spool itself: the input ended here, and what
the fold held open was completed. So a run that dies right then completes the same when repeated."""

_Numbered = tuple[int, Record]


@dataclass(slots=True)
class _Counts:
    entries: int = 0
    records: int = 0
    commits: int = 0
    dropped: int = 0
    repeated: int = 0


class Uncommitted(NamedTuple):
    """Records made and not yet committed, by where they go."""

    decisions: int
    journalled: int


class Recorder(Generic[State]):
    """Drains a spool into a store. Make one per run; after an error, make another.

    state         the fold's state at the tips of the branches (from the index or the store)
    previous      see protocols.Previous; asked only for late changes
    on_committed  see protocols.OnCommitted
    """

    def __init__(
        self,
        store: Store,
        spool: Spool,
        fold: Fold[State],
        state: State,
        *,
        previous: Previous,
        on_committed: OnCommitted,
        checkpoint_every: int = CHECKPOINT_EVERY,
    ) -> None:
        self._store = store
        self._spool = spool
        self._fold = fold
        self._state = state
        self._on_committed = on_committed
        self._every = checkpoint_every
        known, self._resumed = spool.progress, False
        self._gathering = fold if isinstance(fold, Gathering) else None
        self._exact = self._gathering is not None and known.position > 0
        start = known.position if self._exact else spool.discarded
        self._reached = reached(store, start, exact=self._exact)
        self._position = self._reached.start
        self._received_at = 0
        self._branch = self._reached.branch
        self._journal_at = (self._reached.journal, self._reached.journal_cursor)
        self._settled = self._reached.journal
        self._batch: Batch | None = None
        self._waiting: list[tuple[Committed, int]] = []
        self._commits = 0
        self._files: dict[str, bytes | None] = {}
        self._late = LateChanges(previous)
        self._has_main = MAIN in store.tips()
        self._writer = store.writer()
        self._counts = _Counts()

    def drain(self, final: bool, *, flush: bool = False) -> Drained:
        """Fold and commit everything in the spool.

        final  the input has ended: what the fold holds open is completed, all is committed
        flush  commit all that is complete now (a live source wants it seen); otherwise what
               came after the last checkpoint waits for the next one

        StorageFull, MemoryDamaged: nothing accepted is lost; make another recorder to go on.
        """
        self._counts = counts = _Counts()
        self._resume()
        self._fold_spooled()
        if final and self._fold.low_water(self._state) is not None:
            self._spool.append([_end(self._spool.last_sequence + 1, self._received_at)])
            self._fold_spooled()
        if final or flush:
            self._checkpoint()
        return Drained(
            entries=counts.entries,
            records=counts.records,
            commits=counts.commits,
            dropped=counts.dropped,
            repeated=counts.repeated,
        )

    @property
    def uncommitted(self) -> Uncommitted:
        """What a drain with `flush` would commit now."""
        waiting = sum(1 for one, _ in self._waiting if one.branch == MAIN)
        batched = 0 if self._batch is None else len(self._batch.items)
        return Uncommitted(waiting, len(self._waiting) - waiting + batched)

    @property
    def is_gathering(self) -> bool:
        """Whether the fold holds something open that a later entry would complete."""
        return self._fold.low_water(self._state) is not None

    def close(self) -> None:
        """Give up what is not committed: it stays in the spool."""
        self._writer.close()

    def _fold_spooled(self) -> None:
        """Fold what the spool holds and commit what is complete, with checkpoints on the way."""
        counts, fold, state, every = self._counts, self._fold.fold, self._state, self._every
        gathered = frozenset() if self._exact else self._reached.step_audit_ids
        for entry in self._spool.read(self._position):
            counts.entries += entry.source != _END
            if gathered and entry.key.rpartition("/")[0] in gathered:
                counts.repeated += 1
                records: Sequence[_Numbered] = ()
            elif entry.source == _END:
                state, records = self._fold.close(state)
            else:
                state, records = fold(state, entry)
            self._position, self._received_at = entry.sequence, entry.received_at
            if records:
                self._state = state
                self._take(records)
            if not entry.sequence % every or len(self._waiting) > 8 * every:
                self._state = state
                self._checkpoint()
        self._state = state

    def _resume(self) -> None:
        """Give the fold again what it held open at the last checkpoint; it completes nothing."""
        if self._resumed or not self._exact:
            return
        self._resumed = True
        still_open = frozenset(self._spool.progress.still_open)
        first = min(still_open, default=self._position + 1)
        for entry in self._spool.read(first - 1):
            if entry.sequence > self._reached.start:
                break
            if entry.sequence in still_open:
                self._state, _ = self._fold.fold(self._state, entry)

    def _take(self, records: Sequence[_Numbered]) -> None:
        """Commit the records that one entry completed."""
        decided: list[_Numbered] = []
        journalled: list[_Numbered] = []
        for sequence, record in records:
            if self._stands(record):
                self._counts.repeated += 1
                continue
            if type(record) is Change and record.late:
                settled = self._late.settle(record)
                if settled is None:
                    self._counts.dropped += 1
                    continue
                record = settled
            (decided if is_decision(record) else journalled).append((sequence, record))
            if type(record) is Change:
                self._late.note(record)
        for at, (sequence, record) in enumerate(decided):
            self._decide(sequence, cast("Committable", record), self._cursor(decided[at + 1 :]))
        if journalled:
            self._journal(journalled)

    def _stands(self, record: Record) -> bool:
        """Whether an earlier run committed this already."""
        known = self._reached
        high = known.main if is_decision(record) else known.journal
        if self._position <= high:
            return True
        return bool(known.keys) and record_key(record) in known.keys

    def _cursor(self, remaining: Sequence[_Numbered] = (), *, position: int | None = None) -> int:
        """Every entry up to here is on the branch, once all but `remaining` is."""
        if position is None:
            position = self._position - 1 if remaining else self._position
        low = self._fold.low_water(self._state)
        bounds = [position, *(sequence - 1 for sequence, _ in remaining)]
        return min(bounds) if low is None else min(*bounds, low - 1)

    def _decide(self, sequence: int, record: Committable, cursor: int) -> None:
        if not self._has_main:
            self._commit(root(self._received_at))
            self._has_main = True
        commit, place = decision(record, sequence, cursor, self._received_at, self._read_file)
        if type(record) is not Change:
            self._files.update(commit.files)
        self._commit(commit)
        self._wait(record, sequence, self._received_at, MAIN, place)

    def _read_file(self, path: str) -> bytes | None:
        """A file of main, as the commits not yet visible leave it."""
        if path in self._files:
            return self._files[path]
        return self._store.read_path(MAIN, path)

    def _commit(self, commit: NewCommit) -> None:
        self._writer.commit(commit)
        self._commits += 1
        self._counts.commits += 1

    def _wait(
        self,
        record: Record,
        sequence: int,
        recorded_at: int,
        branch: str,
        place: StatePlace | None,
    ) -> None:
        self._counts.records += 1
        waiting = Committed(record, sequence, recorded_at, branch, "", place)
        self._waiting.append((waiting, self._commits - 1))

    def _journal(self, records: Sequence[_Numbered]) -> None:
        """Put the records of one entry into the batch; they are never parted."""
        items = [
            Item(cast("Journalled", record), sequence, self._received_at)
            for sequence, record in records
        ]
        if self._batch is not None and not self._batch.takes(items):
            self._end_batch(self._cursor(records))
        if self._batch is None:
            first_at = journals.happened_at(items[0].record)
            branch = journals.month_branch(first_at, self._branch)
            self._batch = Batch(branch, self._position, first_at)
        self._batch.items += items
        self._batch.last_entry = self._position

    def _end_batch(self, cursor: int) -> None:
        batch, self._batch = self._batch, None
        if batch is None:
            return
        if batch.branch != self._branch:
            first = journals.begin_month(batch.branch, batch, self._branch, *self._journal_at)
            self._commit(first)
            self._branch = batch.branch
        number = batch.entry
        while self._is_taken(path := journals.records_file(batch, number), number):
            number += 1
        self._files[f"{batch.branch}:{path}"] = b""
        commit, places = journals.write(batch, path, cursor)
        self._commit(commit)
        self._journal_at = (batch.last_entry, cursor)
        for item, place in zip(batch.items, places, strict=True):
            self._wait(item.record, item.sequence, item.recorded_at, batch.branch, place)

    def _is_taken(self, path: str, number: int) -> bool:
        """Whether a records file is there already; one of a later entry than any cannot be."""
        if f"{self._branch}:{path}" in self._files:
            return True
        if number > self._settled:
            return False
        return self._store.read_path(self._branch, path) is not None

    def _checkpoint(self) -> None:
        """Make it all durable, tell the index, relieve the spool."""
        cursor = self._cursor()
        self._end_batch(cursor)
        if self._commits:
            ids = self._writer.checkpoint()
            committed = [one._replace(commit=ids[commit]) for one, commit in self._waiting]
            self._waiting = []
            self._commits = 0
            self._files.clear()
            self._settled = max(self._settled, self._position)
            self._late.forget()
            self._on_committed(committed, self._store.tips())
        progress = NO_PROGRESS
        if self._gathering is not None:
            still_open = sorted(self._gathering.open_entries(self._state))
            progress = Progress(self._position, tuple(still_open))
        self._spool.discard(cursor, progress)


def _end(sequence: int, received_at: int) -> SpoolItem:
    """Where the input ended. It says nothing of the cluster, and makes no record of its own."""
    return SpoolItem(f"{_END}/{sequence}", _END, received_at, b"")
