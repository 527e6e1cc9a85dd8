"""What a person says goes into the memory: the one way for every face.

`tell` is for a face that opens the memory for one statement; a `Teller` tells several things, into
a memory that this process has open for writing or into one that a live process writes. Either way
the words are first durable in the spool and then committed, and what is returned stands in git.
Said twice it is recorded once; a version older than the one known (a message delivered again after
it was edited) changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import NamedTuple, Self, TypeAlias

from kubectl_smart.bot.recording import OwnRecording, Recording
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
from kubectl_smart.capture.statements import Statement
from kubectl_smart.memory.formats.identities import RECORDER_NAME
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.keys import load_or_create_key

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
    """Tells a memory things. Open, use and close it in one thread.

    recording  how they are recorded; it is closed along
    """

    def __init__(self, recording: Recording, redactor: Redactor) -> None:
        self._recording = recording
        self._redactor = redactor

    @classmethod
    def into(cls, memory: Memory) -> Self:
        """One for a memory that is open for writing, which is not closed along.

        What an interrupted run left is recorded first: StorageFull if there is no room.
        """
        redactor = Redactor(load_or_create_key(memory.path / OURS / "key"))
        return cls(OwnRecording(memory), redactor)

    @property
    def _memory(self) -> Memory:
        return self._recording.memory

    def close(self) -> None:
        """Let go of the recording. Closing twice is fine."""
        self._recording.close()

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
        self._recording.settle()
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
            self._recording.record([statements.note_item(note, now)])
        each = next(one for one in self._memory.index.note(note.id) if _is(one, note.id))
        incident = self._incident(note.incident) if note.incident else None
        return Told(recorded, each.commit, note, incident)

    def _version(self, incident: Incident, now: int) -> Told:
        recorded = incident != self._incidents().get(incident.id)
        if recorded:
            self._recording.record([statements.incident_item(incident, now)])
        each = next(one for one in self._memory.index.incidents() if _is(one, incident.id))
        return Told(recorded, each.commit, None, incident)


def _is(each: Committed, record_id: str) -> bool:
    return isinstance(each.record, Note | Incident) and each.record.id == record_id


def tell(memory: Memory, said: Sayable, *, now: int) -> Told:
    """Record one thing somebody said. `memory` must be open for writing. See `Teller.tell`."""
    with Teller.into(memory) as teller:
        return teller.tell(said, now=now)
