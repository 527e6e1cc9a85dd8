"""How far each branch has come: what a restart needs to know, read from the commits alone.

A commit on either branch carries `Sequence` (of its record; in the journal, of the last spool
entry in the batch) and `Cursor` (every entry up to there is fully on this branch). Records that
gathered several events carry the sequence of their first, so on `main` a commit's Sequence may
be lower than that of the one before; that of a change never is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from kubectl_smart.memory.formats.messages import is_by_hand, parse_journal_message, parse_message
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.branches import JOURNAL_PREFIX, MAIN
from kubectl_smart.memory.store.history import damaged_commit
from kubectl_smart.memory.store.protocols import Store
from kubectl_smart.memory.store.readme import ROOT_MESSAGE

RecordKey: TypeAlias = tuple[str | int, ...]


class Position(NamedTuple):
    """One commit's place; `firm` if no commit before it has a higher sequence."""

    branch: str
    commit: str
    sequence: int
    cursor: int
    firm: bool


class Reached(NamedTuple):
    """What stands in git after the spool entry `start`, where reading goes on.

    main, journal    the highest sequences on the branches: every record made by an entry up to
                     there is committed
    keys             of the records committed after `start`
    step_audit_ids   of the audit events gathered in steps committed after `start`
    branch           the newest journal, "" if there is none
    journal_cursor   cursor of its tip
    """

    start: int
    main: int
    journal: int
    keys: frozenset[RecordKey]
    step_audit_ids: frozenset[str]
    branch: str
    journal_cursor: int


def record_key(record: Record) -> RecordKey:
    """What tells one committed record from all others."""
    match record:
        case Change():
            return ("change", record.id)
        case Step():
            return ("step", record.id)
        case Note():
            return ("note", record.id, record.version_at, record.retracted, record.text)
        case Incident():
            status = (record.status.value, record.title)
            return ("incident", record.id, record.happened_at, *status, record.text)
        case Observation():
            return ("seen", record.id, record.audit_id, record.count, record.last_at)
        case Heard():
            return ("heard", record.source, record.session, record.from_at, record.to_at)
        case Dependency():
            return ("dependency", record.id, record.last_at)


def decisions_backwards(store: Store) -> Iterator[Position]:
    """The positions of `main`, newest first."""
    for commit, message in store.messages(MAIN):
        if message == ROOT_MESSAGE:
            return
        if is_by_hand(message):
            continue  # whether it touched what it may, `history` says
        try:
            record, sequence, cursor, _ = parse_message(message)
        except ValueError as problem:
            raise damaged_commit(MAIN, commit, problem) from problem
        yield Position(MAIN, commit, sequence, cursor, isinstance(record, Change))


def batches_backwards(store: Store) -> Iterator[Position]:
    """The positions of the journals, newest first, through all months."""
    journals = [name for name in store.tips() if name.startswith(JOURNAL_PREFIX)]
    for branch in sorted(journals, reverse=True):
        for commit, message in store.messages(branch):
            try:
                batch = parse_journal_message(message)
            except ValueError as problem:
                raise damaged_commit(branch, commit, problem) from problem
            yield Position(branch, commit, batch.sequence, batch.cursor, firm=True)


def last_sequence(store: Store) -> int:
    """Highest sequence the branches know of; 0 when empty."""
    highest = 0
    for walk in (decisions_backwards(store), batches_backwards(store)):
        for position in walk:
            highest = max(highest, position.sequence, position.cursor)
            if position.firm:
                break
    return highest


def reached(store: Store, known: int, *, exact: bool = False) -> Reached:
    """Where to go on; up to `known`, the spool says, all stands on both branches.

    exact  what was open there is known too, so it goes on right there, even if the branches came
           further: what was completed since is gathered, and recognised, as a whole
    """
    tip = next(batches_backwards(store), None)
    main_tip = next(decisions_backwards(store), None)
    cursors = [position.cursor if position is not None else 0 for position in (tip, main_tip)]
    start = known if exact else max(known, min(cursors))
    keys: set[RecordKey] = set()
    audit_ids: set[str] = set()
    highest = []
    for walk in (decisions_backwards(store), batches_backwards(store)):
        high = 0
        since: dict[str, str | None] = {}
        for position in walk:
            high = max(high, position.sequence)
            since[position.branch] = None
            if position.firm and position.sequence <= start:
                since[position.branch] = position.commit
                break
        highest.append(high)
        for walked, commit in since.items():
            for committed in store.history(walked, commit):
                keys.add(record_key(committed.record))
                if isinstance(committed.record, Step):
                    audit_ids.update(committed.record.audit_ids)
    return Reached(
        start=start,
        main=highest[0],
        journal=highest[1],
        keys=frozenset(keys),
        step_audit_ids=frozenset(audit_ids),
        branch=tip.branch if tip is not None else "",
        journal_cursor=tip.cursor if tip is not None else 0,
    )
