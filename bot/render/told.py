"""What was told, and incidents, as lines and as JSON documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from kubectl_smart.bot.render import causes_document, causes_text, words
from kubectl_smart.bot.render.documents import API_VERSION, Document, basis_document, reference
from kubectl_smart.bot.render.printable import one_line, visible
from kubectl_smart.bot.render.tables import table
from kubectl_smart.bot.telling import Told
from kubectl_smart.memory.answers.basis import Basis
from kubectl_smart.memory.answers.causes import Chain
from kubectl_smart.memory.formats.subjects import subject
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.times import to_rfc3339

_LONGEST = 400


def lines(told: Told, change: Change | None) -> list[str]:
    """What stands in the memory now; `change` is the one the note explains."""
    known = "" if told.recorded else "known already: "
    if told.note is not None:
        first = _note(told.note, change)
        where = f"note {told.note.id[:12]}"
    else:
        incident = told.incident
        first = "" if incident is None else f"incident {incident.id} is {incident.status.value}"
        where = "" if incident is None else visible(incident.title)
    return [f"{known}{first}", f"  {where}, commit {told.commit[:12]}"]


def _note(note: Note, change: Change | None) -> str:
    text = one_line(note.text)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    if note.retracted:
        return f"note {note.id[:12]} is taken back; git keeps what it said"
    if note.about is not None and note.incident:
        what = f"{visible(note.about.title)} is linked to {note.incident}"
    elif note.about is not None:
        field = f", {note.field}" if note.field else ""
        what = f"remembered about {visible(note.about.title + field)}"
    elif change is not None:
        what = f"the reason of {visible(subject(change))}"
    else:
        what = f"noted in {note.incident}" if note.incident else "noted"
    return f"{what}: {text}"


def document(told: Told, basis: Basis) -> Document:
    """Kind Told."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Told",
        "recorded": told.recorded,
        "commit": told.commit,
        "note": None if told.note is None else _note_document(told.note),
        "incident": None if told.incident is None else _incident_document(told.incident),
        "basis": basis_document(basis),
    }


def _note_document(note: Note) -> Document:
    return {
        "id": note.id,
        "text": note.text,
        "author": note.author.name,
        "capturedBy": note.captured_by or None,
        "at": to_rfc3339(note.happened_at),
        "changedAt": to_rfc3339(note.changed_at) if note.changed_at else None,
        "retracted": note.retracted,
        "object": reference(note.about),
        "field": note.field or None,
        "explains": note.explains or None,
        "incident": note.incident or None,
        "surface": note.surface or None,
        "permalink": note.permalink or None,
    }


def _incident_document(incident: Incident) -> Document:
    return {
        "id": incident.id,
        "title": incident.title,
        "status": incident.status.value,
        "openedAt": to_rfc3339(incident.opened_at),
        "closedAt": to_rfc3339(incident.closed_at) if incident.closed_at else None,
        "actor": incident.actor.name,
    }


# --- incidents ----------------------------------------------------------------------------


def incident_table(incidents: Sequence[Incident], zone: tzinfo) -> list[str]:
    """All incidents, in the order given."""
    if not incidents:
        return ["no incident was ever opened"]
    rows = [
        (
            one.id,
            one.status.value,
            words.instant(one.opened_at, zone),
            words.duration(one.closed_at - one.opened_at) if one.closed_at else "",
            visible(one.title),
        )
        for one in incidents
    ]
    return table(("ID", "STATUS", "OPENED", "LASTED", "TITLE"), rows)


def incident_list(incidents: Sequence[Incident], basis: Basis) -> Document:
    """Kind IncidentList."""
    items: list[Any] = [_incident_document(one) for one in incidents]
    head = {"apiVersion": API_VERSION, "kind": "IncidentList"}
    return {**head, "items": items, "basis": basis_document(basis)}


_ROOT_CAUSE = "<!-- smart:root-cause -->"
"""Begins the section of a report that has the chains already."""


def report(file: str, notes: Sequence[Note], chains: Sequence[Chain], zone: tzinfo) -> list[str]:
    """The incident's file, the notes that belong to it, and the chains if the file has none."""
    found = [visible(line) for line in file.rstrip("\n").split("\n")]
    if notes:
        found += ["", "NOTES"]
    for note in notes:
        at, by = words.instant(note.happened_at, zone), visible(note.author.name)
        found.append(f"  {at}  {by}: {one_line(note.text)} (note {note.id[:8]})")
    if _ROOT_CAUSE not in file:
        for number, one in enumerate(chains):
            of = len(chains)
            found += ["", *causes_text.chain(one, zone, explain=False, number=number, of=of)]
    return found


def report_document(
    incident: Incident,
    each: Committed,
    notes: Sequence[Note],
    chains: Sequence[Chain],
    basis: Basis,
) -> Document:
    """Kind Incident."""
    return {
        "apiVersion": API_VERSION,
        "kind": "Incident",
        **_incident_document(incident),
        "text": incident.text,
        "commit": each.commit,
        "notes": [_note_document(note) for note in notes],
        "rootCauses": [causes_document.chain(one) for one in chains],
        "basis": basis_document(basis),
    }
