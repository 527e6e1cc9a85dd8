"""What a person says goes into the memory: the one way for every face.

`tell` is for a face that opens the memory for one statement; a `Teller` is for one that holds it
for hours and tells many from one thread. Either way the words are first durable in the spool and
then committed, and what is returned stands in git. Said twice it is recorded once; a version
older than the one known (a message delivered again after it was edited) changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

from kubectl_smart.bot.recorders import recorder_of
from kubectl_smart.bot.tellings import (
    Known,
    Opening,
    Retraction,
    Turn,
    edited,
    opened,
    retracted,
    turned,
)
from kubectl_smart.capture import statements
from kubectl_smart.capture.decoding.knowing import EMPTY, FoldState
from kubectl_smart.capture.statements import Statement
from kubectl_smart.memory.formats.identities import RECORDER_NAME
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.opening import Memory, open_for_writing
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.keys import load_or_create_key
from kubectl_smart.memory.store.protocols import SpoolItem
from kubectl_smart.memory.store.recorder import Recorder
from kubectl_smart.memory.store.spool import FileSpool

RECORDER = Actor(RECORDER_NAME, ActorKind.AUTOMATION)
"""Who writes reports anew."""

__all__ = ["Opening", "Retraction", "Sayable", "Statement", "Teller", "Told", "Turn", "tell"]

Sayable: TypeAlias = Statement | Retraction | Opening | Turn
"""Everything that can be told."""


class Told(NamedTuple):
    """What stands in the memory now.

    recorded  whether it was new; False if the memory knew it, or knows something newer
    commit    object id of the commit of the note, or else of the incident's version
    note      the note as it is now; None for an opening or closing without words
    incident  the incident as it is now; None for what concerns none
    """

    recorded: bool
    commit: str
    note: Note | None
    incident: Incident | None


class Teller:
    """Holds a memory open for writing and tells it things. Open, use and close it in one thread.

    memory  open for writing; it is not closed along
    """

    def __init__(self, memory: Memory) -> None:
        """What an interrupted run left is recorded first: StorageFull if there is no room."""
        ours = memory.path / OURS
        self._memory = memory
        self._mine = False
        self._redactor = Redactor(load_or_create_key(ours / "key"))
        self._spool = FileSpool(ours / "spool", floor=memory.store.last_sequence())
        self._recorder: Recorder[FoldState] | None = None
        try:
            self._settle()
        except BaseException:
            self._spool.close()
            raise

    @classmethod
    def open(cls, path: Path, *, index: str | None = None) -> Self:
        """A teller with a memory of its own. Busy if somebody else is writing to it."""
        memory = open_for_writing(path, index=index)
        try:
            teller = cls(memory)
        except BaseException:
            memory.close()
            raise
        teller._mine = True
        return teller

    def close(self) -> None:
        """Let go of the spool, and of the memory if it is its own. Closing twice is fine."""
        self._spool.close()
        if self._mine:
            self._memory.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def tell(self, said: Sayable, *, now: int) -> Told:
        """Record it; on return it stands in git and in the index.

        now  when it is recorded, microseconds since 1970-01-01 UTC

        BadInput for words that cannot be taken; NothingKnown if it speaks of a change, a note or
        an incident that there is not; StorageFull if there is no room: then say it again.
        """
        self._settle()
        match said:
            case Statement():
                return self._note(self._statement(said), now)
            case Retraction():
                return self._note(retracted(self._known(said.note), said, self._redactor), now)
            case Opening():
                incident = opened(self._incidents(), said, self._redactor)
            case Turn():
                known = self._incident(said.incident)
                incident = turned(known, said, self._redactor, self._last_turn(known))
        return self._version(incident, now)

    # --- what it becomes ------------------------------------------------------------------

    def _statement(self, said: Statement) -> Note:
        note = statements.note_of(said, self._redactor)
        if note.explains and not self._memory.index.change(note.explains):
            raise NothingKnown(f"no change is called {note.explains}", "see `kubectl smart log`")
        if note.incident:
            self._incident(note.incident)
        found = self.note(note.id)
        if found is None:
            return note
        if found.retracted and not said.identity:  # said just now, whatever the clock
            note = replace(note, changed_at=max(note.version_at, found.version_at + 1))
        return edited(found, note)

    def _known(self, note_id: str) -> Note:
        found = self.note(note_id)
        if found is None:
            raise NothingKnown(f"no note is called {note_id}", "see its id in `kubectl smart why`")
        return found

    def note(self, note_id: str) -> Note | None:
        """The valid version of a note, taken back or not; None if there is none of that id.

        A face asks before it follows the edit of a message: what was never kept is not now.
        """
        for each in self._memory.index.note(note_id):
            if isinstance(each.record, Note) and each.record.id == note_id:
                return each.record
        return None

    def _incidents(self) -> Known:
        found = (each.record for each in self._memory.index.incidents())
        return {one.id: one for one in found if isinstance(one, Incident)}

    def _incident(self, incident_id: str) -> Incident:
        found = self._incidents().get(incident_id)
        if found is None:
            raise NothingKnown(
                f"no incident is called {incident_id}", "see `kubectl smart incident list`"
            )
        return found

    def _last_turn(self, known: Incident) -> int:
        """When a person made a version of the incident last."""
        versions = (each.record for each in self._memory.index.incidents(versions=True))
        return max(
            (
                one.happened_at
                for one in versions
                if isinstance(one, Incident) and one.id == known.id and one.actor != RECORDER
            ),
            default=known.happened_at,
        )

    # --- into the memory ------------------------------------------------------------------

    def _note(self, note: Note, now: int) -> Told:
        recorded = note != self.note(note.id)
        if recorded:
            self._record([statements.note_item(note, now)])
        each = next(one for one in self._memory.index.note(note.id) if _is(one, note.id))
        incident = self._incident(note.incident) if note.incident else None
        return Told(recorded, each.commit, note, incident)

    def _version(self, incident: Incident, now: int) -> Told:
        recorded = incident != self._incidents().get(incident.id)
        if recorded:
            self._record([statements.incident_item(incident, now)])
        each = next(one for one in self._memory.index.incidents() if _is(one, incident.id))
        return Told(recorded, each.commit, None, incident)

    def _record(self, items: Sequence[SpoolItem]) -> None:
        self._spool.append(items)
        self._drain()

    def _settle(self) -> None:
        """Record what an interrupted run, or a statement that failed, left in the spool."""
        if self._recorder is None and next(self._spool.read(0), None) is not None:
            self._drain()

    def _drain(self) -> None:
        """Commit what is in the spool. A recorder that failed is of no more use."""
        recorder = self._recorder or self._begin()
        self._recorder = None
        recorder.drain(False, flush=True)
        self._recorder = recorder

    def _begin(self) -> Recorder[FoldState]:
        index, store = self._memory.index, self._memory.store
        if index.lag(store.tips()):
            index.catch_up(store)
        ours = all(entry.source in statements.SOURCES for entry in self._spool.read(0))
        return recorder_of(self._memory, self._spool, EMPTY if ours else None)


def _is(each: Committed, record_id: str) -> bool:
    return isinstance(each.record, Note | Incident) and each.record.id == record_id


def tell(memory: Memory, said: Sayable, *, now: int) -> Told:
    """Record one thing somebody said. `memory` must be open for writing. See `Teller.tell`."""
    with Teller(memory) as teller:
        return teller.tell(said, now=now)
