"""What ended an incident, and when: from the order of events, and from what people said.

Rules. While an incident is open nothing is said. A note of the incident that begins with "fix"
("fixed by ...") and explains a change names the fix. Else it is a decision of a person about
an object in the incident's namespaces:

- the last one before the last warning ended, if that was within ten minutes of it;
- else the first one after the last warning, as no warning was seen since;
- else the last one before the last warning ended, however long before;
- without any warning, the last one before the closing.

Where warnings went on beyond the closing, or none of these exists, it is not known. It was over
when the last warning had ended and the fix was made; without warnings, when it was closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from kubectl_smart.memory.answers.incident import Fix, Ground
from kubectl_smart.memory.answers.timeline import ItemKind, TimelineItem
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.timeline import BOOKKEEPING, line
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.observations import Observation

SETTLING = 600_000_000
"""Microseconds: how long warnings may go on after what ended them."""

_FIX = re.compile(r"\s*fix(?:ed|es)?\b", re.IGNORECASE)


class Recovered(NamedTuple):
    """What ended an incident and when it was over; None where not known."""

    fix: Fix | None
    at: int | None


def recovered(
    index: Index,
    incident: Incident,
    warnings: Sequence[Observation],
    items: Iterable[TimelineItem],
    notes: Iterable[Committed],
) -> Recovered:
    """What ended an incident.

    warnings  on the objects of the incident
    items     the timeline: its decisions of people are the candidates, oldest first
    notes     of the incident
    """
    said = _said(index, notes)
    if incident.status is IncidentStatus.OPEN or not incident.closed_at:
        return Recovered(said, None)
    closed = incident.closed_at
    last = max((one.last_at for one in warnings), default=None)
    if last is not None and last > closed:
        return Recovered(said, None)
    began = min([incident.opened_at, *(one.first_at for one in warnings)])
    decisions = [
        item for item in items if began <= item.at <= closed and is_decision_of_a_person(item)
    ]
    fix = said or _in_full(index, _from_order(decisions, last))
    if fix is None or last is None:
        return Recovered(fix, closed if last is None else last)
    return Recovered(fix, max(last, min(fix.item.at, closed)))


def is_decision_of_a_person(item: TimelineItem) -> bool:
    """Whether a line is a change that a person made on purpose."""
    return (
        item.kind is ItemKind.CHANGE
        and item.actor is not None
        and item.actor.kind is ActorKind.HUMAN
        and not item.sentence.endswith(BOOKKEEPING)
    )


def _said(index: Index, notes: Iterable[Committed]) -> Fix | None:
    """The change that a person named, the one named last."""
    found = None
    for each in notes:
        note = each.record
        if not isinstance(note, Note) or not note.explains or not _FIX.match(note.text):
            continue
        for change in index.change(note.explains):
            item = line(change)
            if item is not None:
                found = Fix(
                    item=item, ground=Ground.SAID, said_by=note.author.name, last_warning=None
                )
    return _in_full(index, found)


def _in_full(index: Index, fix: Fix | None) -> Fix | None:
    """The same, its sentence not cut to the length of a commit's subject."""
    if fix is None:
        return None
    for each in index.change(fix.item.citation.record):
        if isinstance(each.record, Change):
            return replace(fix, item=replace(fix.item, sentence=in_words(each.record)))
    return fix


def _from_order(decisions: Sequence[TimelineItem], last: int | None) -> Fix | None:
    if not decisions:
        return None
    if last is None:
        return _fix(decisions[-1], Ground.CLOSED, None)
    before = [item for item in decisions if item.at <= last]
    after = [item for item in decisions if item.at > last]
    if before and (last - before[-1].at <= SETTLING or not after):
        return _fix(before[-1], Ground.WARNINGS_ENDED, last)
    return _fix(after[0], Ground.QUIET_SINCE, last)


def _fix(item: TimelineItem, ground: Ground, last: int | None) -> Fix:
    return Fix(item=item, ground=ground, said_by="", last_warning=last)
