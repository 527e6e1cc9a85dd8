"""Commit messages of `main` and of the journal, and records read back from them.

Called by the store. A message is a subject a person would write, free text (the reason, the
words of a note, the text of an incident), and trailers that hold everything else; what is
absent is empty or default. `parse_message` gives back exactly the record, but for its state
and, where both states are known in full, its edits: those follow from the states by
`diffs.diff`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import orjson

from kubectl_smart.memory.formats import trailers
from kubectl_smart.memory.formats.edit_lines import edit_from_json, edit_to_json
from kubectl_smart.memory.formats.object_names import object_text, parse_object_text
from kubectl_smart.memory.formats.subjects import subject
from kubectl_smart.memory.formats.upcasts import lift_trailers
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import UNKNOWN, Change, Facet, Knowledge
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.times import from_rfc3339, to_rfc3339

__all__ = [
    "JournalMessage",
    "Parsed",
    "commit_message",
    "is_by_hand",
    "journal_message",
    "parse_journal_message",
    "parse_message",
    "subject",
]

_OURS = re.compile(
    rb"^(?:Sequence|Cursor|Change-Id|Step-Id|Note-Id|Incident-Version): ", re.MULTILINE
)
Committable = Change | Step | Note | Incident
_Put = Callable[[str], None]
_encode = trailers.encode_value


class Parsed(NamedTuple):
    """What a commit on `main` says."""

    record: Committable
    sequence: int
    cursor: int
    recorded_at: int


class JournalMessage(NamedTuple):
    """What a commit on a journal branch says about its batch.

    sequence  of the last record in it
    cursor    every spool entry up to here is fully on the branch
    records   how many records the batch holds; 0 for a checkpoint
    """

    sequence: int
    cursor: int
    records: int


# --- writing ------------------------------------------------------------------------------


def _optional(put: _Put, name: str, value: str) -> None:
    if value:
        put(f"{name}: {_encode(value)}\n")


def _head(
    put: _Put,
    name: str,
    record_id: str,
    actor: Actor,
    happened_at: int,
    where: tuple[int, int, int],
) -> None:
    sequence, cursor, recorded_at = where
    put(
        f"{name}: {_encode(record_id)}\nSequence: {sequence}\nCursor: {cursor}\n"
        f"Happened: {to_rfc3339(happened_at)}\nRecorded: {to_rfc3339(recorded_at)}\n"
    )
    _optional(put, "Actor", actor.name)
    put(f"Actor-Kind: {actor.kind.value}\n")
    _optional(put, "Acting-For", actor.acting_for)


def _put_change(put: _Put, change: Change) -> None:
    _optional(put, "Via", change.via)
    _optional(put, "Verb", change.verb)
    put(f"Object: {object_text(change.object)}\n")
    _optional(put, "Uid", change.uid)
    _optional(put, "Resource-Version", change.resource_version)
    _optional(put, "Audit-Id", change.audit_id)
    if change.facet is not Facet.OBJECT:
        put(f"Facet: {change.facet.value}\n")
    if change.derived:
        put("Derived: true\n")
    if change.owner is not None:
        put(f"Owner: {object_text(change.owner)}\n")
    if change.knowledge is not Knowledge.FULL:
        put(f"Knowledge: {change.knowledge.value}\n")
    if change.late:
        put("Late: true\n")
    if change.not_before:
        put(f"Not-Before: {to_rfc3339(change.not_before)}\n")
    _optional(put, "Attribution", change.attribution)
    if change.gone:
        put("Gone: true\n")
    if edits_are_written(change):
        for edit in change.edits:
            put(f"Edit: {_encode(orjson.dumps(edit_to_json(edit)).decode())}\n")


def edits_are_written(change: Change) -> bool:
    """True if the message holds the edits because they do not follow from two states."""
    return change.knowledge is not Knowledge.FULL or any(
        edit.before is UNKNOWN or edit.after is UNKNOWN for edit in change.edits
    )


def _put_step(put: _Put, step: Step) -> None:
    _optional(put, "Via", step.command)
    if step.target is not None:
        put(f"Object: {object_text(step.target)}\n")
    for audit_id in step.audit_ids:
        put(f"Audit-Id: {_encode(audit_id)}\n")
    _optional(put, "Action", step.action)
    _optional(put, "Namespace", step.namespace)
    if step.until != step.happened_at:
        put(f"Until: {to_rfc3339(step.until)}\n")
    if step.count != 1:
        put(f"Count: {step.count}\n")
    if step.status:
        put(f"Status: {step.status}\n")
    _optional(put, "Outcome", step.outcome)


def _put_note(put: _Put, note: Note) -> None:
    if note.about is not None:
        put(f"Object: {object_text(note.about)}\n")
    _optional(put, "Incident", note.incident)
    _optional(put, "Explains", note.explains)
    _optional(put, "Slack-Permalink", note.permalink)
    _optional(put, "Field", note.field)
    _optional(put, "Captured-By", note.captured_by)
    _optional(put, "Surface", note.surface)
    _optional(put, "Channel", note.channel)
    _optional(put, "Thread", note.thread)
    if note.changed_at:
        put(f"Changed: {to_rfc3339(note.changed_at)}\n")
    if note.retracted:
        put("Retracted: true\n")


def _put_incident(put: _Put, incident: Incident) -> None:
    _optional(put, "Title", incident.title)
    put(f"Status: {incident.status.value}\nOpened: {to_rfc3339(incident.opened_at)}\n")
    if incident.closed_at:
        put(f"Closed: {to_rfc3339(incident.closed_at)}\n")


def commit_message(record: Committable, sequence: int, cursor: int, recorded_at: int) -> bytes:
    """The whole commit message of a record on `main`, in UTF-8, ending with a newline."""
    lines: list[str] = []
    put = lines.append
    where = (sequence, cursor, recorded_at)
    match record:
        case Change():
            body = record.reason
            _head(put, "Change-Id", record.id, record.actor, record.happened_at, where)
            _put_change(put, record)
        case Step():
            body = ""
            _head(put, "Step-Id", record.id, record.actor, record.happened_at, where)
            _put_step(put, record)
        case Note():
            body = record.text
            _head(put, "Note-Id", record.id, record.author, record.happened_at, where)
            _put_note(put, record)
        case Incident():
            body = record.text
            _head(put, "Incident-Version", record.id, record.actor, record.happened_at, where)
            _put_incident(put, record)
    if not body:
        return f"{subject(record)}\n\n{''.join(lines)}".encode()
    if trailers.needs_encoding(body):
        body = trailers.encode_body(body)
        put("Text-Encoding: percent\n")
    return f"{subject(record)}\n\n{trailers.escape_body(body)}\n\n{''.join(lines)}".encode()


def journal_message(
    *, records: int, first_at: int, last_at: int, sequence: int, cursor: int
) -> bytes:
    """The commit message of a batch on a journal branch; `records` is 0 for a checkpoint."""
    if records:
        what = "1 record" if records == 1 else f"{records} records"
        line = f"{what}, {to_rfc3339(first_at)} to {to_rfc3339(last_at)}"
    else:
        line = f"Checkpoint: everything derived that lives at {to_rfc3339(first_at)}"
    end = f"Sequence: {sequence}\nCursor: {cursor}\nRecords: {records}\n"
    return f"{line}\n\n{end}".encode()


# --- reading ------------------------------------------------------------------------------


class _Trailers:
    """The trailers of one message, with defaults for what is absent."""

    def __init__(self, found: dict[str, list[str]]) -> None:
        self._found = found

    def text(self, name: str, default: str = "") -> str:
        values = self._found.get(name)
        return values[0] if values else default

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._found.get(name, ()))

    def number(self, name: str, default: int = 0) -> int:
        values = self._found.get(name)
        return int(values[0]) if values else default

    def instant(self, name: str, default: int = 0) -> int:
        values = self._found.get(name)
        return from_rfc3339(values[0]) if values else default

    def ref(self, name: str) -> ObjectRef | None:
        values = self._found.get(name)
        return parse_object_text(values[0]) if values else None

    def actor(self) -> Actor:
        return Actor(
            self.text("Actor"), ActorKind(self.text("Actor-Kind")), self.text("Acting-For")
        )


def is_by_hand(message: bytes) -> bool:
    """Whether a person made this commit with git: no line of it is a trailer that only we write."""
    return _OURS.search(message) is None


def _take_apart(message: bytes) -> tuple[str, _Trailers]:
    """(free text, trailers) of a message."""
    text = message.decode("utf-8").removesuffix("\n")
    head, tail = text.find("\n\n"), text.rfind("\n\n")
    if head < 0:
        raise ValueError("a commit message without trailers")
    found = lift_trailers(trailers.parse(text[tail + 2 :]))
    body = trailers.unescape_body(text[head + 2 : tail]) if head != tail else ""
    if found.get("Text-Encoding") == ["percent"]:
        body = trailers.decode_value(body)
    return body, _Trailers(found)


def _change(body: str, of: _Trailers) -> Change:
    ref = of.ref("Object")
    if ref is None:
        raise ValueError("a change without an object")
    return Change(
        id=of.text("Change-Id"),
        object=ref,
        uid=of.text("Uid"),
        facet=Facet(of.text("Facet", "object")),
        derived=of.text("Derived") == "true",
        verb=of.text("Verb"),
        actor=of.actor(),
        via=of.text("Via"),
        happened_at=of.instant("Happened"),
        audit_id=of.text("Audit-Id"),
        resource_version=of.text("Resource-Version"),
        knowledge=Knowledge(of.text("Knowledge", "full")),
        edits=tuple([edit_from_json(orjson.loads(line)) for line in of.texts("Edit")]),
        state=None,
        gone=of.text("Gone") == "true",
        owner=of.ref("Owner"),
        reason=body,
        late=of.text("Late") == "true",
        not_before=of.instant("Not-Before") if of.text("Not-Before") else 0,
        attribution=of.text("Attribution"),
    )


def _step(of: _Trailers) -> Step:
    happened_at = of.instant("Happened")
    return Step(
        id=of.text("Step-Id"),
        actor=of.actor(),
        action=of.text("Action"),
        target=of.ref("Object"),
        namespace=of.text("Namespace"),
        command=of.text("Via"),
        happened_at=happened_at,
        until=of.instant("Until", happened_at),
        count=of.number("Count", 1),
        status=of.number("Status"),
        outcome=of.text("Outcome"),
        audit_ids=of.texts("Audit-Id"),
    )


def _note(body: str, of: _Trailers) -> Note:
    return Note(
        id=of.text("Note-Id"),
        author=of.actor(),
        text=body,
        about=of.ref("Object"),
        field=of.text("Field"),
        explains=of.text("Explains"),
        incident=of.text("Incident"),
        happened_at=of.instant("Happened"),
        permalink=of.text("Slack-Permalink"),
        captured_by=of.text("Captured-By"),
        surface=of.text("Surface"),
        channel=of.text("Channel"),
        thread=of.text("Thread"),
        changed_at=of.instant("Changed"),
        retracted=of.text("Retracted") == "true",
    )


def _incident(body: str, of: _Trailers) -> Incident:
    return Incident(
        id=of.text("Incident-Version"),
        title=of.text("Title"),
        status=IncidentStatus(of.text("Status")),
        opened_at=of.instant("Opened"),
        closed_at=of.instant("Closed"),
        actor=of.actor(),
        happened_at=of.instant("Happened"),
        text=body,
    )


def parse_message(message: bytes) -> Parsed:
    """The record a commit on `main` holds, without its state; ValueError if it holds none."""
    body, of = _take_apart(message)
    record: Committable
    if of.texts("Change-Id"):
        record = _change(body, of)
    elif of.texts("Step-Id"):
        record = _step(of)
    elif of.texts("Note-Id"):
        record = _note(body, of)
    elif of.texts("Incident-Version"):
        record = _incident(body, of)
    else:
        raise ValueError("a commit message that names no record")
    return Parsed(record, of.number("Sequence"), of.number("Cursor"), of.instant("Recorded"))


def parse_journal_message(message: bytes) -> JournalMessage:
    """What a commit on a journal branch says; ValueError if it is no batch."""
    _, of = _take_apart(message)
    if not of.texts("Records"):
        raise ValueError("not the commit of a journal batch")
    return JournalMessage(of.number("Sequence"), of.number("Cursor"), of.number("Records"))
