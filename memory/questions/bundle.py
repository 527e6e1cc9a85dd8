"""`export bundle`: what the memory knows of an incident or a window, as evidence to hand on.

The memory keeps shifts of metrics, never their samples, so a bundle from it has no series; samples
between two known levels would be made up. A shift of what may come from further down (latency,
errors) is an alert, for it says that a limit was passed; any other is an event of the object.

Changes are what people, automation and nobody known decided; what controllers do about it is an
effect. They, events and alerts reach back a day before the window: how often things change and
warn in ordinary times is what a change or a warning is measured against.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import orjson

from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.graph.intervals import both, union
from kubectl_smart.memory.graph.symptoms import Episode, episodes, symptom_of
from kubectl_smart.memory.graph.symptoms import Symptom as Trouble
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.bundle_names import without_names
from kubectl_smart.memory.questions.bundle_parts import (
    Tied,
    entity_id,
    nodes_of,
    reached,
    ties_between,
)
from kubectl_smart.memory.questions.incident import LEAD
from kubectl_smart.memory.questions.linked_objects import linked_objects, namespaces_of, notes_of
from kubectl_smart.memory.questions.timeline import BOOKKEEPING, METRIC_SHIFT
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Json, Unset
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.evidence import (
    Alert,
    Edge,
    Edit,
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

_KNOWN = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})
_DECIDES = _KNOWN | {ActorKind.UNKNOWN}
"""Who is unknown may be a person, if the change is a decision."""

_FELT = (Trouble.LATENCY, Trouble.ERRORS, Trouble.AVAILABILITY, Trouble.RESTARTS)
"""What somebody outside notices; a full disk or a pod that waits is only taken where none is."""
_FROM_FURTHER_DOWN = (Trouble.LATENCY, Trouble.ERRORS)
_LONGEST_VALUE = 200


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
    begins = (opened_at or asked.since) if trouble is None else trouble.onset.low
    noticed = begins if trouble is None else trouble.onset.high
    ties = ties_between(index, first, asked.until)
    starts = {one.owner or one.about for one in _observations(observed)} | {
        ref for ref in asked.objects if ref.kind != "Namespace"
    }
    starts |= {end for tie in ties for end in tie[:2] if _lies_in(end, asked.namespaces)}
    around = reached(starts, ties)
    places = {ref.namespace for ref in around if ref.namespace}
    at_home = list(nodes_of(store, index, begins, None if asked.namespaces is None else places))
    carried = [tie for tie in at_home if asked.namespaces is None or tie.source in around]
    around |= {end for tie in carried for end in tie[:2]}
    seen = _of_those(index, observed, around, first, asked)
    changes = [
        each
        for each in _changes(index, around, first, asked)
        if not in_words(each).endswith(BOOKKEEPING)
    ]
    around |= {_entity_of(each) for each in changes} | {one.owner or one.about for one in seen}
    return Evidence(
        name=asked.name,
        symptom=_symptom(trouble, noticed),
        ordinary=tuple(_heard(index, first, begins)),
        incident=(begins, asked.until),
        candidates=tuple(sorted(map(entity_id, around))),
        entities=tuple(sorted(Entity(entity_id(r), r.kind, "", r.namespace) for r in around)),
        edges=tuple(_edges([*ties, *carried], around)),
        series=(),
        events=tuple(sorted(_event(one) for one in seen if not _is_alert(one))),
        edits=tuple(sorted((_edit(one) for one in changes), key=lambda one: (one.at, one.id))),
        alerts=tuple(
            sorted(
                Alert(one.first_at, entity_id(one.owner or one.about), one.kind, one.message)
                for one in seen
                if _is_alert(one)
            )
        ),
    )


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


def _observations(found: Iterable[Committed]) -> Iterator[Observation]:
    return (each.record for each in found if isinstance(each.record, Observation))


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
) -> list[Observation]:
    """What was seen where it was asked about, and on all that is around; each once."""
    found = {one.id: one for one in _observations(observed)}
    if asked.namespaces is not None:
        for place in sorted({ref.namespace for ref in around} - set(asked.namespaces)):
            for one in _observations(index.observations(since, asked.until, place)):
                if (one.owner or one.about) in around:
                    found[one.id] = one
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


# --- what was decided ---------------------------------------------------------------------


def _changes(
    index: Index, around: Collection[ObjectRef], since: int, asked: _Asked
) -> list[Change]:
    """Decisions in the namespaces asked about, and on all that is around; each once."""
    if asked.namespaces is None:
        found = index.changes_between(since, asked.until, derived=True)
    else:
        found = []
        for place in sorted({*asked.namespaces, *(ref.namespace for ref in around)} - {""}):
            found += index.changes_between(since, asked.until, place, derived=True)
        for ref in sorted(ref for ref in around if not ref.namespace):
            found += index.changes_of(ref, since=since, until=asked.until)
    kept = {
        one.id: one
        for each in found
        if isinstance(one := each.record, Change)
        and one.facet is Facet.OBJECT
        and one.actor.kind in (_KNOWN if one.derived else _DECIDES)
        and (_entity_of(one) in around or _lies_in(one.object, asked.namespaces))
    }
    return list(kept.values())


def _lies_in(ref: ObjectRef, namespaces: Collection[str] | None) -> bool:
    return namespaces is None or ref.namespace in namespaces


def _entity_of(change: Change) -> ObjectRef:
    return change.owner or change.object


def _edit(change: Change) -> Edit:
    """One change; its values stand in it if it is of one field, else its words must do."""
    alone = change.edits[0] if len(change.edits) == 1 else None
    said = (change.reason, change.attribution)
    about = "" if change.object == _entity_of(change) else entity_id(change.object)
    return Edit(
        id=change.id,
        at=change.happened_at,
        actor=who(change.actor),
        entity=entity_id(_entity_of(change)),
        kind=change.verb,
        object=", ".join(one.path for one in change.edits) or about,
        before="" if alone is None else _value(alone.before),
        after="" if alone is None else _value(alone.after),
        text="".join([in_words(change), *(f" ({one})" for one in said if one)]),
    )


def who(actor: Actor) -> str:
    """An actor in one line."""
    return f"{actor.acting_for} as {actor.name}" if actor.acting_for else actor.name


def _value(value: Json | Unset) -> str:
    if isinstance(value, Unset):
        return ""
    text = (
        value
        if isinstance(value, str)
        else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    )
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
