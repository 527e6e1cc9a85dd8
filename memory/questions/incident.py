"""`incident`: everything that belongs to one: what happened, who did what, what ended it.

The window goes from an hour before the opening to the closing, or to now. Before the opening only
what may have led to it is told: changes by people and automation, warnings, and steps. Objects
are linked by notes and by name (`linked_objects`); what happened in their namespaces belongs to
the incident, and in the whole cluster if none is known. Versions of the report count only where
it was opened, closed or renamed: that it was written anew is no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from kubectl_smart.memory.answers.incident import Fix, IncidentAnswer, Participant
from kubectl_smart.memory.answers.timeline import ItemKind, TimelineItem
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import basis, citation, record_id, said
from kubectl_smart.memory.questions.linked_objects import (
    linked_objects,
    namespaces_of,
    notes_of,
)
from kubectl_smart.memory.questions.marked_words import CAUSE, FOLLOW_UP, marked
from kubectl_smart.memory.questions.recovery import recovered
from kubectl_smart.memory.questions.root_causes import proposals, root_causes
from kubectl_smart.memory.questions.similar_incidents import similar_to
from kubectl_smart.memory.questions.timeline import BOOKKEEPING, folded, line, noticed
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore

LEAD = 3_600_000_000
"""Microseconds before the opening that belong to an incident."""

MOST_ITEMS = 400
"""Lines of a timeline; of more the least telling are left out."""

_KNOWN = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
_PEOPLE = _KNOWN | {ActorKind.UNKNOWN}
"""Who is unknown may be a person, if the change is a decision."""

_RANKS = {
    ItemKind.INCIDENT: 0,
    ItemKind.NOTE: 0,
    ItemKind.CHANGE: 1,
    ItemKind.STEP: 2,
    ItemKind.OBSERVATION: 4,
    ItemKind.DERIVED: 5,
}


class _Found(NamedTuple):
    """What the index holds of the window, each record once, oldest first."""

    changes: list[Committed]
    observations: list[Committed]
    steps: list[Committed]


def incident(
    store: GitStore,
    index: Index,
    incident_id: str,
    *,
    now: int,
    lead: int = LEAD,
    limit: int = MOST_ITEMS,
) -> IncidentAnswer:
    """Everything that belongs to an incident.

    incident_id  its id, or the beginning of it if no other begins so
    now          the end of the window while it is open, microseconds since 1970-01-01 UTC
    lead         microseconds before the opening that are looked at
    limit        at most so many lines of timeline

    NothingKnown if there is no such incident.
    """
    with index.snapshot():
        every = index.incidents(versions=True)
        each, report = _valid(index, incident_id)
        since = report.opened_at - lead
        end = report.closed_at if report.status is IncidentStatus.CLOSED else now
        until = max(end, report.opened_at) + 1
        notes = notes_of(index, report.id)
        objects = linked_objects(index, report, notes, since=since, until=until)
        namespaces = namespaces_of(objects)
        found = _found(index, objects, namespaces, since, until)
        turns = _turns(every, report.id)
        items = sorted(
            _items(index, found, notes, turns, objects, report.opened_at, (since, until)),
            key=lambda item: (item.at, item.kind.value, item.sentence, item.citation.record),
        )
        shown = _most_telling(items, limit)
        over = recovered(index, report, _warnings(found, objects), items, notes)
        fix = over.fix if namespaces or over.fix is None or over.fix.said_by else None
        words = [one for note in notes if (one := said(note)) is not None]
        chains = root_causes(store, index, found.observations, objects, (since, until))
        return IncidentAnswer(
            basis=basis(store, index, since, until),
            incident=report,
            citation=citation(each),
            since=since,
            until=until - 1,
            objects=tuple(sorted(objects)),
            namespaces=namespaces,
            items=tuple(shown),
            left_out=len(items) - len(shown),
            notes=tuple(words),
            causes=marked(words, CAUSE),
            root_causes=chains,
            fix=fix,
            recovered_at=over.at,
            people=tuple(_people(found, notes, report.opened_at, fix)),
            follow_ups=marked(words, FOLLOW_UP),
            proposals=proposals(chains),
            similar=similar_to(index, report, objects),
        )


def _valid(index: Index, incident_id: str) -> tuple[Committed, Incident]:
    """The valid version of the incident that is meant."""
    known = {
        each.record.id: (each, each.record)
        for each in index.incidents()
        if isinstance(each.record, Incident)
    }
    if incident_id in known:
        return known[incident_id]
    begin = [one for one in known if incident_id and one.startswith(incident_id)]
    if len(begin) == 1:
        return known[begin[0]]
    near = sorted(begin)[:5] or get_close_matches(incident_id, sorted(known), 3, 0.4)
    raise NothingKnown(
        f"no incident is called {incident_id}",
        f"the nearest known: {', '.join(near)}" if near else "",
    )


# --- what happened ------------------------------------------------------------------------


def _found(
    index: Index,
    objects: frozenset[ObjectRef],
    namespaces: Sequence[str],
    since: int,
    until: int,
) -> _Found:
    """Of the incident's namespaces and objects without one; of the cluster if there are none."""
    if not objects:
        return _Found(
            index.changes_between(since, until, derived=True),
            index.observations(since, until),
            index.steps(since, until),
        )
    changes: list[Committed] = []
    observations: list[Committed] = []
    steps = [each for each in index.steps(since, until) if _looks_at(each, objects, namespaces)]
    for namespace in namespaces:
        changes += index.changes_between(since, until, namespace, derived=True)
        observations += index.observations(since, until, namespace)
    for ref in sorted(ref for ref in objects if not ref.namespace):
        changes += index.changes_of(ref, since=since, until=until)
        observations += index.observations(since, until, about=ref)
        observations += index.observations(since, until, owner=ref)
    return _Found(_once(changes), _once(observations), steps)


def _looks_at(each: Committed, objects: frozenset[ObjectRef], namespaces: Sequence[str]) -> bool:
    """Whether a step looked at the objects, into the namespaces, or at everything."""
    step = each.record
    if not isinstance(step, Step):
        return False
    return (
        step.target in objects
        or step.namespace in namespaces
        or (not step.namespace and step.target is None)
    )


def _once(found: Iterable[Committed]) -> list[Committed]:
    return list({record_id(each): each for each in found}.values())


def _items(
    index: Index,
    found: _Found,
    notes: Sequence[Committed],
    turns: Iterable[Committed],
    objects: frozenset[ObjectRef],
    opened_at: int,
    window: tuple[int, int],
) -> Iterator[TimelineItem]:
    declared = [each for each in found.changes if each.branch == "main"]
    bulk = [each for each in found.changes if each.branch != "main"]
    for item in _lines(declared):
        if not item.sentence.endswith(BOOKKEEPING) and (item.at >= opened_at or _by_people(item)):
            yield item
    for item in folded(bulk):
        if item.at >= opened_at or _by_people(item):
            yield item
    for item in noticed(found.observations):
        if item.at >= opened_at or item.warning:
            yield item
    yield from _lines(found.steps)
    changed = {record_id(each) for each in declared}
    around = (each for each in index.notes(*window) if _concerns(each, objects, changed))
    yield from _lines(_once([*notes, *around]))
    yield from _lines(turns)


def _lines(found: Iterable[Committed]) -> Iterator[TimelineItem]:
    return (item for each in found if (item := line(each)) is not None)


def _by_people(item: TimelineItem) -> bool:
    return item.actor is not None and item.actor.kind in _PEOPLE


def _concerns(each: Committed, objects: frozenset[ObjectRef], changed: set[str]) -> bool:
    note = each.record
    return (
        isinstance(note, Note)
        and bool(note.text.strip())
        and (note.about in objects or note.explains in changed)
    )


def _turns(every: Iterable[Committed], incident_id: str) -> Iterator[Committed]:
    """The versions with which an incident was opened, closed, opened again or renamed."""
    before = None
    versions = [each for each in every if record_id(each) == incident_id]
    for each in sorted(versions, key=lambda one: one.sequence):
        if isinstance(each.record, Incident):
            told = (each.record.status, each.record.title)
            if told != before:
                yield each
            before = told


def _most_telling(items: Sequence[TimelineItem], limit: int) -> list[TimelineItem]:
    """All items, or the most telling `limit` of them, oldest first."""
    if len(items) <= limit:
        return list(items)
    ranked = sorted(
        range(len(items)),
        key=lambda at: (3 if items[at].warning else _RANKS[items[at].kind], at),
    )
    return [items[at] for at in sorted(ranked[:limit])]


def _warnings(found: _Found, objects: frozenset[ObjectRef]) -> list[Observation]:
    """The warnings on the objects of the incident and on what they own."""
    return [
        each.record
        for each in found.observations
        if isinstance(each.record, Observation)
        and each.record.warning
        and (not objects or each.record.about in objects or each.record.owner in objects)
    ]


# --- who did what -------------------------------------------------------------------------


def _people(
    found: _Found, notes: Iterable[Committed], opened_at: int, fix: Fix | None
) -> Iterator[Participant]:
    """People, automation and who is unknown, in order of their first deed.

    What they did counts from the opening on; what fixed it, whenever and wherever it was made.
    """
    deeds: dict[Actor, list[tuple[int, str]]] = {}
    if fix is not None and fix.item.actor is not None and fix.item.actor.kind in _PEOPLE:
        deeds[fix.item.actor] = [(fix.item.at, "change"), (fix.item.at, "")]
    for each in (*found.changes, *found.steps, *notes):
        if fix is not None and record_id(each) == fix.item.citation.record:
            continue
        match each.record:
            case Change() as one if each.branch == "main" or one.actor.kind in _KNOWN:
                actor, at, last, what = one.actor, one.happened_at, one.happened_at, "change"
            case Step() as one:
                actor, at, last, what = one.actor, one.happened_at, one.until, "step"
            case Note() as one:
                actor, at, last, what = one.author, one.happened_at, one.happened_at, "note"
            case _:
                continue
        if last >= opened_at and actor.kind in _PEOPLE:
            deeds.setdefault(actor, []).extend([(at, what), (last, "")])
    for actor, done in sorted(deeds.items(), key=lambda one: (min(one[1]), one[0].name)):
        kinds = [what for _, what in done]
        yield Participant(
            actor=actor,
            changes=kinds.count("change"),
            steps=kinds.count("step"),
            notes=kinds.count("note"),
            first_at=min(at for at, _ in done),
            last_at=max(at for at, _ in done),
        )
