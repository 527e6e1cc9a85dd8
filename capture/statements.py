"""What people say: into the spool, and out of it as records.

A statement is redacted before anything is made of it, its id included. Saying it again gives the
same id; a version of it is an entry of the spool whose key is that id and when the version was
made. Of several versions of one id the memory takes the one recorded last, so an edit is a later
version, and a retraction is a version without words that says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from kubectl_smart.memory.formats.identity import note_id
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.errors import BadInput, MemoryDamaged
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.protocols import SpoolItem

NOTE = "note"
INCIDENT = "incident"
SOURCES = frozenset({NOTE, INCIDENT})
"""Sources of the entries made here; their body is JSON."""

LONGEST = 262_144
"""Characters of one statement: many times what a chat lets through."""

_VERSION = 1
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_BREAKS = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Words of a person, as they were said.

    text         Markdown; not yet redacted
    author       who said it
    said_at      microseconds since 1970-01-01 UTC
    identity     what tells it from all others for ever: ("slack", channel, ts). () if the words
                 themselves do: the same author saying the same of the same thing says it once
    changed_at   when the author edited it to read so; 0 if never
    captured_by  who has it recorded; "" if the author
    surface      where it was said: "slack" or "cli"; channel, thread, permalink: more exactly
    about        the object it is knowledge of; field: path of the field, "" for all of it
    explains     id of the change it is the reason of; "" if none
    incident     id of the incident it belongs to; "" if to none
    """

    text: str
    author: Actor
    said_at: int
    identity: tuple[str, ...] = ()
    changed_at: int = 0
    captured_by: str = ""
    surface: str = ""
    channel: str = ""
    thread: str = ""
    permalink: str = ""
    about: ObjectRef | None = None
    field: str = ""
    explains: str = ""
    incident: str = ""


def statement_id(identity: tuple[str, ...]) -> str:
    """The id of the note that a statement with this identity makes: 32 hex digits."""
    return note_id("said", *identity)


def note_of(statement: Statement, redactor: Redactor) -> Note:
    """The note. BadInput if there are no words in it, or far too many."""
    text = clean(statement.text, redactor)
    if not text.strip():
        raise BadInput("there are no words to remember", "say what is to be remembered")
    author = Actor(
        line(statement.author.name, redactor),
        statement.author.kind,
        line(statement.author.acting_for, redactor),
    )
    about = statement.about
    own = (author.name, text, *(about or ()), statement.field, statement.explains)
    captured_by = line(statement.captured_by, redactor)
    return Note(
        id=statement_id(statement.identity or (*own, statement.incident)),
        author=author,
        text=text,
        about=about,
        field=line(statement.field, redactor),
        explains=statement.explains,
        incident=statement.incident,
        happened_at=statement.said_at,
        permalink=line(statement.permalink, redactor),
        captured_by="" if captured_by == author.name else captured_by,
        surface=line(statement.surface, redactor),
        channel=line(statement.channel, redactor),
        thread=line(statement.thread, redactor),
        changed_at=statement.changed_at,
    )


def clean(text: str, redactor: Redactor) -> str:
    """Words without credentials and control characters. BadInput if they are too long."""
    if len(text) > LONGEST:
        raise BadInput(f"that is {len(text):,} characters long", f"say it in at most {LONGEST:,}")
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return redactor.redact_text(_NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", plain)).strip("\n")


def line(text: str, redactor: Redactor) -> str:
    """The same as one line."""
    return _BREAKS.sub(" ", clean(text, redactor)).strip()


# --- the spool ----------------------------------------------------------------------------


def note_item(note: Note, received_at: int) -> SpoolItem:
    """A version of a note as it lies in the spool; the same version has the same key."""
    body = {
        "v": _VERSION,
        "id": note.id,
        "author": _actor_to(note.author),
        "text": note.text,
        "about": None if note.about is None else list(note.about),
        "field": note.field,
        "explains": note.explains,
        "incident": note.incident,
        "happened_at": note.happened_at,
        "permalink": note.permalink,
        "captured_by": note.captured_by,
        "surface": note.surface,
        "channel": note.channel,
        "thread": note.thread,
        "changed_at": note.changed_at,
        "retracted": note.retracted,
    }
    gone = "/retracted" if note.retracted else ""
    key = f"{NOTE}/{note.id}/{note.version_at}{gone}"
    return SpoolItem(key, NOTE, received_at, orjson.dumps(body))


def incident_item(incident: Incident, received_at: int) -> SpoolItem:
    """A version of an incident as it lies in the spool."""
    body = {
        "v": _VERSION,
        "id": incident.id,
        "title": incident.title,
        "status": incident.status.value,
        "opened_at": incident.opened_at,
        "closed_at": incident.closed_at,
        "actor": _actor_to(incident.actor),
        "happened_at": incident.happened_at,
        "text": incident.text,
    }
    words = blake2b(incident.text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    key = f"{INCIDENT}/{incident.id}/{incident.happened_at}/{incident.status.value}/{words}"
    return SpoolItem(key, INCIDENT, received_at, orjson.dumps(body))


def record_of(source: str, body: bytes) -> Note | Incident:
    """The record an entry of one of SOURCES holds. MemoryDamaged for one of a newer version."""
    said: dict[str, Any] = orjson.loads(body)
    if said.pop("v") != _VERSION:
        raise MemoryDamaged(
            "the spool holds words that a newer program took in", "install a newer kubectl-smart"
        )
    if source == INCIDENT:
        said["actor"] = _actor_from(said["actor"])
        said["status"] = IncidentStatus(said["status"])
        return Incident(**said)
    said["author"] = _actor_from(said["author"])
    said["about"] = None if said["about"] is None else ObjectRef(*said["about"])
    return Note(**said)


def _actor_to(actor: Actor) -> list[str]:
    return [actor.name, actor.kind.value, actor.acting_for]


def _actor_from(said: list[str]) -> Actor:
    name, kind, acting_for = said
    return Actor(name, ActorKind(kind), acting_for)
