"""`export bundle`: what the memory knows of an incident or a window, as evidence to hand on.

The memory keeps shifts of metrics, never their samples, so a bundle from it has no series; samples
between two known levels would be made up. A shift of what may come from further down (latency,
errors) is an alert, for it says that a limit was passed; any other is an event of the object.

Changes (see bundle_changes), events and alerts reach back a day before the window: how often things
change and warn in ordinary times is what a change or a warning is measured against.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from kubectl_smart.memory.graph.intervals import both, union
from kubectl_smart.memory.graph.symptoms import Episode, episodes, symptom_of
from kubectl_smart.memory.graph.symptoms import Symptom as Trouble
from kubectl_smart.memory.graph.weighing import RULES
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.bundle_changes import changed, decisions, edit_of
from kubectl_smart.memory.questions.bundle_effects import with_effects
from kubectl_smart.memory.questions.bundle_names import without_names
from kubectl_smart.memory.questions.bundle_parts import (
    Tied,
    entity_id,
    nodes_of,
    reached,
    ties_between,
)
from kubectl_smart.memory.questions.grounds import record_id
from kubectl_smart.memory.questions.incident_parts import LEAD
from kubectl_smart.memory.questions.linked_objects import linked_objects, namespaces_of, notes_of
from kubectl_smart.memory.questions.timeline import METRIC_SHIFT
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.evidence import (
    RUNS_ON,
    Alert,
    Edge,
    Entity,
    Event,
    Evidence,
    Symptom,
)
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore

BEFORE = 86_400_000_000
"""Microseconds before the window from which evidence is taken along."""

_TOGETHER = 2_700_000_000
"""Microseconds between trouble and what it led to elsewhere, at most."""

_FELT = (Trouble.LATENCY, Trouble.ERRORS, Trouble.AVAILABILITY, Trouble.RESTARTS)
"""What somebody outside notices; a full disk or a pod that waits is only taken where none is."""
_FROM_FURTHER_DOWN = (Trouble.LATENCY, Trouble.ERRORS)


class _Asked(NamedTuple):
    """What is asked about; `namespaces` None for all, `objects` those of the incident."""

    name: str
    since: int
    until: int
    namespaces: tuple[str, ...] | None
    objects: frozenset[ObjectRef]


def bundle_of_incident(
    store: GitStore, index: Index, report: Incident, *, now: int, anonymous: bool = False
) -> Evidence:
    """The evidence of an incident, of an hour before its opening up to its end.

    now        its end while it is open, microseconds since 1970-01-01 UTC
    anonymous  pseudonyms stand for names, see bundle_names
    """
    with index.snapshot():
        since = report.opened_at - LEAD
        end = report.closed_at if report.status is IncidentStatus.CLOSED else now
        until = max(end, report.opened_at) + 1
        objects = linked_objects(
            index, report, notes_of(index, report.id), since=since, until=until
        )
        namespaces = namespaces_of(objects)
        asked = _Asked(report.id, since, until, namespaces or None, objects)
        found = _evidence(store, index, asked, opened_at=report.opened_at)
        return _unnamed(index, found, asked) if anonymous else found


def bundle_of_window(
    store: GitStore,
    index: Index,
    *,
    since: int,
    until: int,
    namespace: str | None = None,
    anonymous: bool = False,
) -> Evidence:
    """The evidence of a window, since <= t < until, microseconds since 1970-01-01 UTC.

    namespace  where; None: everywhere
    anonymous  pseudonyms stand for names, see bundle_names

    NothingKnown if no trouble began in it; BadInput if it is none.
    """
    if until <= since:
        raise BadInput("the window ends before it begins", "turn --since and --until round")
    namespaces = None if namespace is None else (namespace,)
    name = "-".join(filter(None, (namespace, to_rfc3339(since), to_rfc3339(until))))
    with index.snapshot():
        asked = _Asked(name, since, until, namespaces, frozenset())
        found = _evidence(store, index, asked, opened_at=None)
        return _unnamed(index, found, asked) if anonymous else found


def _unnamed(index: Index, found: Evidence, asked: _Asked) -> Evidence:
    """Whoever changed something comes first, then all others that the memory knows of then."""
    since = asked.since - BEFORE
    changes = [each.record for each in index.changes_between(since, asked.until, derived=True)]
    told = [each.record for each in (*index.notes(), *index.incidents(versions=True))]
    actors = [
        *(one.actor for one in changes if isinstance(one, Change)),
        *(one.actor for each in index.steps(since) if isinstance(one := each.record, Step)),
        *(one.author for one in told if isinstance(one, Note)),
        *(one.actor for one in told if isinstance(one, Incident)),
    ]
    return without_names(found, actors)


def _evidence(store: GitStore, index: Index, asked: _Asked, *, opened_at: int | None) -> Evidence:
    first = asked.since - BEFORE
    observed = _observed(index, first, asked.until, asked.namespaces, asked.objects)
    trouble = _first_trouble(observed, asked)
    if trouble is None and opened_at is None:
        raise NothingKnown(
            f"no trouble began between {to_rfc3339(asked.since)} and {to_rfc3339(asked.until)}",
            "widen --since and --until, leave out -n, or name an incident",
        )
    noticed = (opened_at or asked.since) if trouble is None else trouble.onset.high
    ties = ties_between(index, first, asked.until)
    around = reached(_starts(observed, ties, asked), ties)
    places = None if asked.namespaces is None else {one.namespace for one in around} - {""}
    for tie in nodes_of(store, index, noticed, places):
        if asked.namespaces is None or tie.source in around:
            ties.append(tie)
    around |= {end for tie in ties if tie.kind == RUNS_ON for end in tie[:2]}
    seen = _of_those(index, observed, around, first, asked)
    begins = _beginning(seen, noticed, asked.since)
    watched = [one.record for one in seen if isinstance(one.record, Observation)]
    changes = decisions(index, around, first, asked.until, asked.namespaces)
    around |= {changed(one) for one in changes} | {one.owner or one.about for one in watched}
    return Evidence(
        name=asked.name,
        symptom=_symptom(trouble, noticed),
        ordinary=tuple(_heard(index, first, begins)),
        incident=(begins, asked.until),
        candidates=tuple(sorted(map(entity_id, around))),
        entities=tuple(sorted(Entity(entity_id(r), r.kind, "", r.namespace) for r in around)),
        edges=tuple(_edges(ties, around)),
        series=(),
        events=tuple(sorted(_event(one) for one in watched if not _is_alert(one))),
        edits=with_effects(
            store,
            index,
            sorted((edit_of(one) for one in changes), key=lambda one: (one.at, one.id)),
            [one for one in episodes(seen) if begins <= one.onset.high < asked.until],
        ),
        weighed=RULES,
        alerts=tuple(
            sorted(
                Alert(one.first_at, entity_id(one.owner or one.about), one.kind, one.message)
                for one in watched
                if _is_alert(one)
            )
        ),
    )


def _starts(
    observed: Iterable[Committed], ties: Iterable[Tied], asked: _Asked
) -> Iterator[ObjectRef]:
    """What it is about: what is linked, and all of the namespaces that was seen or is tied."""
    yield from (ref for ref in asked.objects if ref.kind != "Namespace")
    for each in observed:
        if isinstance(one := each.record, Observation):
            yield one.owner or one.about
    for tie in ties:
        for end in tie[:2]:
            if asked.namespaces is None or end.namespace in asked.namespaces:
                yield end


def _beginning(seen: Iterable[Committed], noticed: int, since: int) -> int:
    """When the first trouble of anything around it began: what comes from further down is earlier.

    Not before the window, and at most three quarters of an hour before it was noticed.
    """
    low = max(since, noticed - _TOGETHER)
    return min([noticed, *(at for one in episodes(seen) if low <= (at := one.onset.low) < noticed)])


def _edges(ties: Iterable[Tied], around: Collection[ObjectRef]) -> Iterator[Edge]:
    for tie in sorted(set(ties)):
        if tie.source in around and tie.target in around:
            yield Edge(entity_id(tie.source), entity_id(tie.target), tie.kind)


def _heard(index: Index, since: int, until: int) -> list[tuple[int, int]]:
    """When somebody listened before it began: what nobody heard was not ordinary."""
    if until <= since:
        return []
    return both([(since, until)], union([(one.from_at, one.to_at) for one in index.coverage()]))


# --- what was seen ------------------------------------------------------------------------


def _observed(
    index: Index,
    since: int,
    until: int,
    namespaces: Sequence[str] | None,
    objects: Collection[ObjectRef],
) -> list[Committed]:
    """Of the namespaces asked about, and of objects of the incident that have none."""
    if namespaces is None:
        return index.observations(since, until)
    found = [each for one in namespaces for each in index.observations(since, until, one)]
    for ref in sorted(ref for ref in objects if not ref.namespace):
        found += index.observations(since, until, about=ref)
    return found


def _first_trouble(observed: Iterable[Committed], asked: _Asked) -> Episode | None:
    """The first that somebody felt, of the incident's objects if of any; else the first."""
    begun = [one for one in episodes(observed) if asked.since <= one.onset.high < asked.until]
    own = [one for one in begun if one.object in asked.objects] or begun
    felt = [one for one in own if one.symptom in _FELT] or own
    return felt[0] if felt else None


def _symptom(trouble: Episode | None, at: int) -> Symptom:
    if trouble is None:
        return Symptom(entity="", metric="", stat="", at=at)
    shifts = [one for one in trouble.seen if one.kind == METRIC_SHIFT]
    metric = str(shifts[0].detail.get("metric", "")) if shifts else ""
    return Symptom(entity=entity_id(trouble.object), metric=metric, stat="", at=at)


def _of_those(
    index: Index,
    observed: Iterable[Committed],
    around: Collection[ObjectRef],
    since: int,
    asked: _Asked,
) -> list[Committed]:
    """What was seen where it was asked about, and on all that is around; each once."""
    found = {record_id(each): each for each in observed}
    if asked.namespaces is not None:
        for place in sorted({ref.namespace for ref in around} - set(asked.namespaces)):
            for each in index.observations(since, asked.until, place):
                if (
                    isinstance(one := each.record, Observation)
                    and (one.owner or one.about) in around
                ):
                    found[one.id] = each
    return list(found.values())


def _is_alert(seen: Observation) -> bool:
    shifted = seen.kind == METRIC_SHIFT and symptom_of(seen) in _FROM_FURTHER_DOWN
    return seen.warning and (shifted or seen.source == "alertmanager")


def _event(seen: Observation) -> Event:
    return Event(
        at=seen.first_at,
        entity=entity_id(seen.owner or seen.about),
        kind=METRIC_SHIFT if seen.kind == METRIC_SHIFT else seen.about.kind,
        type="Warning" if seen.warning else "Normal",
        reason=seen.kind,
        message=f"{seen.about.name}: {seen.message}" if seen.owner != seen.about else seen.message,
        times=seen.count,
    )
