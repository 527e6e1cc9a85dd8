"""What becomes of something said, given what the memory knows: pure.

Each function returns the record as it will stand: the one known, where nothing changes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from kubectl_smart.capture.statements import clean, line
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.times import to_datetime

Known: TypeAlias = Mapping[str, Incident]
"""The valid version of every incident, by id."""

_MOST_TITLE = 200
_MOST_SLUG = 50
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraction:
    """A note is taken back: the message was deleted, or somebody says so.

    note    its id, 32 hex digits (`statements.statement_id` gives that of a statement)
    author  who takes it back
    at      when, microseconds since 1970-01-01 UTC
    """

    note: str
    author: Actor
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """An incident begins.

    title  one line
    actor  who opens it
    at     when, microseconds since 1970-01-01 UTC
    text   the first words of the report, Markdown; "" for none
    apart  ids of incidents that are others, even if they have the same title
    """

    title: str
    actor: Actor
    at: int
    text: str = ""
    apart: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """An incident is closed or opened again.

    incident  its id
    status    what it is from now on
    actor     who says so; at  when, microseconds since 1970-01-01 UTC
    """

    incident: str
    status: IncidentStatus
    actor: Actor
    at: int


# --- notes --------------------------------------------------------------------------------


def edited(known: Note, said: Note) -> Note:
    """The note as it is once `said`, of the same id, is known too.

    The newer version counts, with its words; what it is about, what it explains and where and
    when it was first said stay. Taken back, it can be said again later.
    """
    if said.version_at <= known.version_at or (said.text == known.text and not known.retracted):
        return known
    return replace(
        known, text=said.text, author=said.author, changed_at=said.version_at, retracted=False
    )


def retracted(known: Note, by: Retraction, redactor: Redactor) -> Note:
    """The note taken back: without its words, and with who did it and when."""
    if known.retracted:
        return known
    name = line(by.author.name, redactor)
    return replace(
        known,
        text="",
        author=Actor(name, by.author.kind),
        captured_by="",
        changed_at=max(by.at, known.version_at),
        retracted=True,
    )


# --- incidents ----------------------------------------------------------------------------


def opened(known: Known, said: Opening, redactor: Redactor) -> Incident:
    """The incident: one of the same title that is still open, or was opened just so, or a new one.

    Its id is the day it was opened (UTC) and its title; a second one of a day gets a number.
    """
    title = line(said.title, redactor)
    if not title:
        raise BadInput("the incident has no title", 'write incident open "what is wrong"')
    if len(title) > _MOST_TITLE:
        raise BadInput(
            f"the title is {len(title):,} characters long",
            f"write one of at most {_MOST_TITLE}, and the rest as a note",
        )
    name = f"{to_datetime(said.at):%Y-%m-%d}-{_slug(title)}"
    number, incident_id = 1, name
    while (other := known.get(incident_id)) is not None:
        is_open = other.status is IncidentStatus.OPEN
        is_same = other.title == title and incident_id not in said.apart
        if is_same and (is_open or other.opened_at == said.at):
            return other
        number += 1
        incident_id = f"{name}-{number}"
    text = clean(said.text, redactor)
    return Incident(
        id=incident_id,
        title=title,
        status=IncidentStatus.OPEN,
        opened_at=said.at,
        closed_at=0,
        actor=Actor(line(said.actor.name, redactor), said.actor.kind),
        happened_at=said.at,
        text=f"{text}\n" if text else "",
    )


def turned(known: Incident, said: Turn, redactor: Redactor, last_turn: int) -> Incident:
    """The incident closed, or open again; as it is, if it is so already or was turned since.

    last_turn  when somebody opened, closed or edited it last, microseconds; a report that was
               written anew since then does not count
    """
    if known.status is said.status or said.at < last_turn:
        return known
    at = max(said.at, known.happened_at + 1)  # no two versions of one instant
    return replace(
        known,
        status=said.status,
        closed_at=at if said.status is IncidentStatus.CLOSED else 0,
        actor=Actor(line(said.actor.name, redactor), said.actor.kind),
        happened_at=at,
    )


def _slug(title: str) -> str:
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = _NOT_SLUG.sub("-", plain).strip("-")
    return words[:_MOST_SLUG].strip("-") or "incident"
