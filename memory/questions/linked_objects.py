"""Which objects an incident is about: notes of it are pinned to them, or its words name them.

Words are the title, what people wrote in the report, and notes; neither headings nor sections
written by machine, for these would make everything that once happened part of the incident.
A name is taken to mean every object of that name, in any namespace; the name of a namespace
means the namespace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kubectl_smart.memory.formats.marked_sections import words as words_of_people
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import ObjectRow
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef

MOST_NAMES = 500
"""Names of one text that are looked up at most."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9_.-]*[a-z0-9])?")
_LONGEST_NAME = 253
_EVER = 1 << 62
_NOT_BY_NAME = frozenset({"Endpoints", "EndpointSlice", "Event", "ServiceAccount"})
"""Kinds whose names say nothing: Endpoints are called like their Service, and every namespace has
a ServiceAccount `default`."""


def prose(incident: Incident) -> str:
    """The title and what people wrote in the report, headings left out."""
    lines = words_of_people(incident.text).split("\n")
    return "\n".join([incident.title, *(line for line in lines if not line.startswith("#"))])


def names_in(text: str) -> dict[str, None]:
    """Whatever could be an object's name, in order, each once: at most 500."""
    found: dict[str, None] = {}
    for match in _NAME.finditer(text.lower()):
        if len(match[0]) <= _LONGEST_NAME:
            found[match[0]] = None
            if len(found) == MOST_NAMES:
                break
    return found


def notes_of(index: Index, incident: str) -> list[Committed]:
    """The notes that belong to an incident and were not taken back, oldest first."""
    return [
        each
        for each in index.notes()
        if isinstance(each.record, Note)
        and each.record.incident == incident
        and each.record.text.strip()
    ]


def linked_objects(
    index: Index, incident: Incident, notes: Sequence[Committed], *, since: int, until: int
) -> frozenset[ObjectRef]:
    """The objects of an incident that existed at some time of since <= t < until.

    For a derived object the declared one above it comes along.
    """
    texts = [prose(incident)]
    found: set[ObjectRef] = set()
    for each in notes:
        if isinstance(each.record, Note):
            texts.append(each.record.text)
            found |= objects_of_note(index, each.record)
    return frozenset(found | named_objects(index, "\n".join(texts), since=since, until=until))


def named_objects(
    index: Index, text: str, *, since: int = -_EVER, until: int = _EVER
) -> set[ObjectRef]:
    """The objects called like a word of the text that existed at some time of since <= t < until.

    For a derived object the declared one above it comes along.
    """
    found: set[ObjectRef] = set()
    for name in names_in(text):
        for row in index.find_objects(None, name, None):
            if row.ref.kind not in _NOT_BY_NAME and _lived(row, since, until):
                found |= {row.ref} if row.owner is None else {row.ref, row.owner}
    return found


def objects_of_note(index: Index, note: Note) -> set[ObjectRef]:
    """What a note is pinned to: its object, and that of the change it explains."""
    explained = index.change(note.explains) if note.explains else []
    found = {each.record.object for each in explained if isinstance(each.record, Change)}
    return found if note.about is None else found | {note.about}


def _lived(row: ObjectRow, since: int, until: int) -> bool:
    return row.first_at < until and (row.gone_at is None or row.gone_at >= since)


def namespaces_of(objects: Iterable[ObjectRef]) -> tuple[str, ...]:
    """The namespaces of objects, and those that are among them, sorted."""
    found = {
        ref.name if (ref.group, ref.kind) == ("", "Namespace") else ref.namespace for ref in objects
    }
    return tuple(sorted(found - {""}))
