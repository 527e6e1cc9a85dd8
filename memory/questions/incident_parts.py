"""The parts of an incident: what happened in its window, what caused it, and what ended it.

For the answer about it, and for whoever asks what a past one was like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.causes import Chain, PastChain
from kubectl_smart.memory.answers.incident import Fix
from kubectl_smart.memory.answers.timeline import TimelineItem
from kubectl_smart.memory.graph.symptoms import symptom_named
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import record_id
from kubectl_smart.memory.questions.linked_objects import (
    linked_objects,
    namespaces_of,
    notes_of,
)
from kubectl_smart.memory.questions.recovery import SETTLING, recovered
from kubectl_smart.memory.questions.root_causes import root_causes
from kubectl_smart.memory.questions.timeline import BOOKKEEPING, folded, line, noticed
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore

LEAD = 3_600_000_000
"""Microseconds before the opening that belong to an incident."""

SET_BACK = "set back"
"""Ground of a `PastChain`: the change took the root back."""

KNOWN = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
PEOPLE = KNOWN | {ActorKind.UNKNOWN}
"""Who is unknown may be a person, if the change is a decision."""


class Found(NamedTuple):
    """What the index holds of the window, each record once, oldest first."""

    changes: list[Committed]
    observations: list[Committed]
    steps: list[Committed]


class Parts(NamedTuple):
    """What belongs to an incident.

    since, until  its window, microseconds since 1970-01-01 UTC; the second excluded
    objects       linked to it, and their namespaces
    notes         of it, oldest first
    items         what happened, oldest first
    chains        what caused it, the one that explains most first
    fix           what ended it, and when it was over; None where that is not known
    """

    since: int
    until: int
    objects: frozenset[ObjectRef]
    namespaces: tuple[str, ...]
    notes: list[Committed]
    found: Found
    items: list[TimelineItem]
    chains: tuple[Chain, ...]
    fix: Fix | None
    over_at: int | None

    def kept(self) -> tuple[PastChain, ...]:
        """The chains as its report keeps them."""
        return tuple(
            PastChain(
                shape=one.shape,
                change=_record_of(one),
                onset=one.onset,
                over_at=self.over_at or 0,
                **self._end_of(one),
            )
            for one in self.chains
            if one.shape is not None
        )

    def _end_of(self, chain: Chain) -> dict[str, str]:
        """What took the root back, if that was before all was over; else the incident's fix."""
        back = chain.ended
        latest = self.until if self.over_at is None else self.over_at + SETTLING
        if back is not None and back.citation is not None and back.at <= latest:
            return {"ended_by": back.citation.record, "ground": SET_BACK}
        if self.fix is None or self.fix.item.at < chain.onset:
            return {}
        return {"ended_by": self.fix.item.citation.record, "ground": self.fix.ground.value}


def _record_of(chain: Chain) -> str:
    return "" if chain.root.citation is None else chain.root.citation.record


def parts(store: GitStore, index: Index, report: Incident, *, now: int, lead: int = LEAD) -> Parts:
    """What belongs to an incident.

    report  its valid version
    now     the end of the window while it is open, microseconds since 1970-01-01 UTC
    lead    microseconds before the opening that are looked at
    """
    since = report.opened_at - lead
    end = report.closed_at if report.status is IncidentStatus.CLOSED else now
    until = max(end, report.opened_at) + 1
    notes = notes_of(index, report.id)
    objects = linked_objects(index, report, notes, since=since, until=until)
    namespaces = namespaces_of(objects)
    found = _found(index, objects, namespaces, since, until)
    turns = _turns(index.incidents(versions=True), report.id)
    items = sorted(
        _items(index, found, notes, turns, objects, report.opened_at, (since, until)),
        key=lambda item: (item.at, item.kind.value, item.sentence, item.citation.record),
    )
    over = recovered(index, report, _warnings(found, objects), items, notes)
    fix = over.fix if namespaces or over.fix is None or over.fix.said_by else None
    named = symptom_named(report.title)
    chains = root_causes(
        store,
        index,
        found.changes,
        found.observations,
        objects,
        (since, until),
        None if named is None else (named, report.opened_at),
    )
    return Parts(since, until, objects, namespaces, notes, found, items, chains, fix, over.at)


def _found(
    index: Index,
    objects: frozenset[ObjectRef],
    namespaces: Sequence[str],
    since: int,
    until: int,
) -> Found:
    """Of the incident's namespaces and objects without one; of the cluster if there are none."""
    if not objects:
        return Found(
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
    return Found(_once(changes), _once(observations), steps)


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
    found: Found,
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
    return item.actor is not None and item.actor.kind in PEOPLE


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


def _warnings(found: Found, objects: frozenset[ObjectRef]) -> list[Observation]:
    """The warnings on the objects of the incident and on what they own."""
    return [
        each.record
        for each in found.observations
        if isinstance(each.record, Observation)
        and each.record.warning
        and (not objects or each.record.about in objects or each.record.owner in objects)
    ]
