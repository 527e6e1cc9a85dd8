"""Past operations like some that are simulated: how they went, and what people did meanwhile.

    score = 0.3 (the same was done to the same kind) + 0.4 (to the same object)
            + 0.3 * (workloads that both move / workloads that either moves)

Of the newest `CANDIDATES` operations of the same word and kind (in the same namespace first, then
anywhere) those about the same object and then the newest `MEASURED` are looked at closely. The same
memory gives the same list.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple

from kubectl_smart.memory.answers.operations import ByHand, PastOperation, SimilarPast
from kubectl_smart.memory.formats.operations import CORDON, DELETE, DRAIN
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.questions.linked_objects import names_in, prose
from kubectl_smart.memory.questions.past_operations import decided, operations
from kubectl_smart.memory.questions.pods_taken import PodsTaken
from kubectl_smart.memory.questions.timeline import line
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore

CANDIDATES, MEASURED, MOST_ASKED = 60, 8, 5
FOLLOWING = 1_800_000_000
"""Microseconds after an operation that belong to it, at most."""

COLLECTED = 180_000_000
"""Microseconds within which the pods of a node that was deleted are collected."""
_MOST_PODS, _MOST_WORKLOADS, _MOST_CHANGES, _MOST_BY_HAND = 200, 20, 2_000, 6
_KIND, _OBJECT, _WORKLOADS = 0.3, 0.4, 0.3
_PEOPLE = frozenset({ActorKind.HUMAN})

Workload = tuple[str, str, str]
"""(namespace, kind, name)"""


class Doing(NamedTuple):
    """Something that is simulated: a word of `formats.operations`, and what it is done to."""

    operation: str
    kind: str
    namespace: str
    name: str


def similar_operations(
    store: GitStore,
    index: Index,
    doing: Sequence[Doing],
    workloads: Collection[Workload],
    *,
    before: int,
    limit: int = 3,
) -> tuple[SimilarPast, ...]:
    """The past operations most like these: for each the most similar, then the second.

    Of equal ones the newest; of each of these at least one, as far as there is any.

    workloads  those whose pods the simulated operations move
    before     only operations before that instant, microseconds since 1970-01-01 UTC
    """
    drained = {one.name for one in doing if one.operation == DRAIN}
    asked = [one for one in doing if one.operation != CORDON or one.name not in drained]
    ranked: list[list[SimilarPast]] = []
    with index.snapshot():
        for one in asked[:MOST_ASKED]:
            found = [
                _measured(store, index, past, one, frozenset(workloads), before)
                for past in _nearest(store, index, one, before)
            ]
            ranked.append(sorted(found, key=lambda one: (-one.score, -one.past.at)))
    taken: dict[str, SimilarPast] = {}
    for row in zip_longest(*ranked):  # the best for each, then the second
        for best in row:
            if best is not None and len(taken) < max(limit, len(ranked)):
                taken.setdefault(best.past.citation.record, best)
    return tuple(taken.values())


def _nearest(store: GitStore, index: Index, one: Doing, before: int) -> list[PastOperation]:
    """The candidates that are looked at closely."""
    places = [one.namespace] if one.namespace == CLUSTER else [one.namespace, None]
    found: dict[str, PastOperation] = {}
    for place in places:
        kinds = frozenset({one.kind})
        every = operations(store, index, until=before, namespace=place, kinds=kinds)
        same = (past for past in every if past.operation == one.operation)
        for past in islice(same, CANDIDATES):
            found.setdefault(past.citation.record, past)
        if len(found) >= MEASURED:
            break
    ranked = sorted(found.values(), key=lambda past: (not _is_same(past, one), -past.at))
    return ranked[:MEASURED]


def _is_same(past: PastOperation, one: Doing) -> bool:
    return (past.object.namespace, past.object.name) == (one.namespace, one.name)


def _measured(
    store: GitStore,
    index: Index,
    past: PastOperation,
    one: Doing,
    workloads: frozenset[Workload],
    before: int,
) -> SimilarPast:
    """How it went, and how alike it is."""
    until = _until(index, past, before)
    moved = _moved(store, index, past, until)
    why, score = _likeness(past, one, moved, workloads)
    made, ready, recovered = _recovery(index, moved, past.at, until)
    warned = _warned(index, (*moved, past.object), past.at, until)
    over = past.at if not made else until if recovered is None else past.at + recovered + 1
    return SimilarPast(
        past=past,
        score=score,
        why=tuple(why),
        workloads=moved,
        made=made,
        ready=ready,
        recovered=recovered,
        warned=warned,
        until=until,
        by_hand=tuple(_by_hand(index, past, moved, max(over, past.at + (warned or 0)))),
        incident=_incident(index, past, moved, until),
    )


def _until(index: Index, past: PastOperation, before: int) -> int:
    """Where what followed ends: the next decision on the same object, or half an hour later.

    For a workload also where a node goes, or somebody takes one of its pods away.
    """
    end = min(past.at + FOLLOWING, before)
    after = past.at + 1
    own = index.changes_of(past.object, since=after, until=end, limit=_MOST_CHANGES)
    end = _first(own, lambda one: decided(one) is not None, end)
    if past.object.kind == "Node":
        return end
    nodes = index.changes_between(after, end, CLUSTER, limit=_MOST_CHANGES)
    end = _first(nodes, lambda one: one.object.kind == "Node" and one.gone, end)
    pods = index.last_changes_owned(past.object, after, end, _MOST_CHANGES)
    return _first(pods, _taken_away, end)


def _first(found: Iterable[Committed], wanted: Callable[[Change], bool], end: int) -> int:
    """When the first change that is wanted was made, if that was before `end`."""
    times = (
        each.record.happened_at
        for each in found
        if isinstance(each.record, Change) and wanted(each.record)
    )
    return min(times, default=end)


def _taken_away(change: Change) -> bool:
    """Whether a pod was evicted or deleted on purpose."""
    by_hand = change.actor.kind in (ActorKind.HUMAN, ActorKind.AUTOMATION)
    return change.object.kind == "Pod" and by_hand and change.verb in ("evict", "delete")


def _moved(store: GitStore, index: Index, past: PastOperation, until: int) -> tuple[ObjectRef, ...]:
    """The workloads whose pods it moved."""
    if past.object.kind != "Node":
        return (past.object,)
    if past.operation not in (DELETE, DRAIN):
        return ()
    taken = PodsTaken(store, index)
    if past.operation == DRAIN:
        wanted = frozenset(past.moved)
        every = taken.between(past.at, until, 10 * _MOST_CHANGES)
        pods = [one for one in every if one.verb == "evict" and one.object in wanted]
    else:
        end = min(until, past.at + COLLECTED)
        every = taken.between(past.at, end, 10 * _MOST_CHANGES)
        pods = taken.on(past.object.name, [one for one in every if one.gone][:_MOST_PODS])
    return tuple(sorted({one.owner or one.object for one in pods})[:_MOST_WORKLOADS])


def _likeness(
    past: PastOperation,
    one: Doing,
    moved: Sequence[ObjectRef],
    workloads: frozenset[Workload],
) -> tuple[list[str], float]:
    score, why = _KIND, [f"also {one.operation} of a {one.kind.lower()}"]
    if _is_same(past, one):
        score += _OBJECT
        why = [f"also {one.operation} of this very {one.kind.lower()}"]
    theirs = {(ref.namespace, ref.kind, ref.name) for ref in moved}
    both = theirs & workloads
    if both and one.kind == "Node":
        score += _WORKLOADS * len(both) / len(theirs | workloads)
        names = ", ".join(f"{place}/{name}" for place, _, name in sorted(both)[:5])
        why.append(f"it moved {len(both)} of the {len(workloads)} workloads moved now: {names}")
    elif both:
        score += _WORKLOADS
        if not _is_same(past, one):
            why.append("its pods are moved now as well")
    return why, round(score, 4)


# --- how it went ---------------------------------------------------------------------------


def _recovery(
    index: Index, moved: Iterable[ObjectRef], at: int, until: int
) -> tuple[int, int, int | None]:
    """(pods made, of these ready, microseconds until the last was); None while some are not."""
    made = [
        ready
        for ref in moved
        for ready in pods_made(index.last_changes_owned(ref, at, until, _MOST_CHANGES))
    ]
    times = [one for one in made if one is not None]
    whole = bool(times) and len(times) == len(made)
    return len(made), len(times), max(times) - at if whole else None


def pods_made(found: Iterable[Committed]) -> list[int | None]:
    """When each Pod that was made became ready, in the order in which they were made.

    None while one is not. Those that were given up before they were ready do not count.
    """
    made: dict[str, int | None] = {}
    for each in found:
        change = each.record
        if not isinstance(change, Change) or change.object.kind != "Pod":
            continue
        key = change.uid or str(change.object)
        if change.verb == "create":
            made.setdefault(key, None)
        elif key in made and made[key] is None:
            if change.gone:
                del made[key]
            elif _became_ready(change.edits):
                made[key] = change.happened_at
    return list(made.values())


def _became_ready(edits: Iterable[FieldEdit]) -> bool:
    """Whether the Ready condition of a pod became true."""
    for edit in edits:
        if edit.path.startswith("status.conditions[Ready]"):
            value = edit.after.get("status") if isinstance(edit.after, dict) else edit.after
            if value == "True":
                return True
        elif edit.path in ("status", "status.conditions"):
            after = edit.after
            conditions = after.get("conditions") if isinstance(after, dict) else after
            for one in conditions if isinstance(conditions, list) else ():
                if isinstance(one, dict) and one.get("type") == "Ready":
                    return bool(one.get("status") == "True")
    return False


def _warned(index: Index, about: Iterable[ObjectRef], at: int, until: int) -> int | None:
    """Microseconds until the last warning that began afterwards had ended."""
    last = [
        each.record.last_at
        for ref in about
        for each in index.observations(at, until, owner=ref, warnings_only=True)
        if isinstance(each.record, Observation) and each.record.first_at >= at
    ]
    return min(max(last), until) - at if last else None


def _by_hand(
    index: Index, past: PastOperation, moved: Collection[ObjectRef], until: int
) -> Iterator[ByHand]:
    """What people did to these objects and looked at in their namespaces, oldest first."""
    objects = {*moved, past.object}
    places = sorted({ref.namespace for ref in objects})[:_MOST_WORKLOADS]
    found: dict[str, ByHand] = {}
    for place in places:
        for each in index.steps(past.at, until, place):
            step = each.record
            if (
                isinstance(step, Step)
                and step.actor.kind in _PEOPLE
                and step.happened_at >= past.at  # what began before is no answer to it
                and _is_about(step, objects)
            ):
                found[step.id] = _as_done(each, step.happened_at, step.actor.name)
    for ref in sorted(objects):
        own = index.changes_of(ref, since=past.at, until=until, limit=_MOST_CHANGES)
        for each in own:
            change = each.record
            if (
                isinstance(change, Change)
                and change.actor.kind in _PEOPLE
                and change.id != past.change.id
            ):
                found[change.id] = _as_done(each, change.happened_at, change.actor.name)
    ordered = sorted(found.values(), key=lambda one: (one.at, one.citation.record))
    yield from ordered[:_MOST_BY_HAND]


def _is_about(step: Step, objects: Collection[ObjectRef]) -> bool:
    """Whether somebody looked at one of these, at a pod of one, or at a list."""
    target = step.target
    if target is None or target in objects or not target.name:
        return True
    pods = (f"{ref.name}-" for ref in objects if ref.namespace == target.namespace)
    return target.kind == "Pod" and target.name.startswith(tuple(pods))


def _as_done(each: Committed, at: int, actor: str) -> ByHand:
    told = line(each)
    return ByHand(at, actor, "" if told is None else told.sentence, citation(each))


def _incident(
    index: Index, past: PastOperation, moved: Iterable[ObjectRef], until: int
) -> tuple[str, str] | None:
    """The first incident opened meanwhile that names one of the objects."""
    names = {past.object.name.lower(), *(ref.name.lower() for ref in moved)}
    for each in index.incidents():
        incident = each.record
        if (
            isinstance(incident, Incident)
            and past.at <= incident.opened_at < until
            and names & set(names_in(prose(incident)))
        ):
            return incident.id, incident.title
    return None
