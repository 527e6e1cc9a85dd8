"""What was done to nodes in a window that took pods away, where nobody is accused for it.

A drain that went well is no outage and still what explains why pods are new, why a cache was cold
and why a node stood empty: it is told as a chain of its own, from the workloads to who did it.

Of each workload as many of the pods made next are looked at as were taken away; what it made beyond
that, in a rollout or for the next drain, has to do with something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.causes import Chain, ChainStep, StepKind
from kubectl_smart.memory.answers.operations import PastOperation
from kubectl_smart.memory.formats.operations import DELETE, DRAIN
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import change_step
from kubectl_smart.memory.questions.past_operations import DRAINING, operations
from kubectl_smart.memory.questions.pods_taken import PodsTaken
from kubectl_smart.memory.questions.similar_operations import COLLECTED, FOLLOWING, pods_made
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

MOST_OPERATIONS = 20
"""So many drains and deletions of nodes are told, the newest."""

MOST_MADE = 10_000
"""So many changes of the pods of one workload are looked through, the newest."""

_NODES = frozenset({"Node"})


class _Moved(NamedTuple):
    """Something done to a node, and the pods that it took away, by workload."""

    past: PastOperation
    pods: Mapping[ObjectRef, int]


def moved_pods(
    store: GitStore,
    index: Index,
    *,
    since: int,
    until: int,
    namespace: str | None,
    roots: Collection[str],
) -> tuple[Chain, ...]:
    """The drains and deletions of nodes that took pods away, oldest first.

    since, until  of the first pod that went, microseconds, the second excluded
    namespace     only what took pods of it away; None: of any
    roots         the changes that are accused of trouble: these are told there
    """
    taken = PodsTaken(store, index)
    done = operations(
        store,
        index,
        since=since - DRAINING,
        until=until,
        namespace=CLUSTER,
        kinds=_NODES,
        taken=taken,
    )
    found: list[_Moved] = []
    for past in done:
        if past.operation not in (DRAIN, DELETE) or past.at < since:
            continue
        went = _went(taken, past)
        if any(one in roots for one in (past.change.id, *(each.id for each in went))):
            continue
        pods = _by_workload(went, namespace)
        if pods:
            found.append(_Moved(past, pods))
        if len(found) == MOST_OPERATIONS:
            break
    found.sort(key=lambda one: (one.past.at, one.past.object))
    made = _made_since(index, found)
    return tuple(_chain(index, one, made) for one in found)


def _went(taken: PodsTaken, past: PastOperation) -> list[Change]:
    """What took the pods away."""
    if past.operation == DELETE:
        every = taken.between(past.at, past.at + COLLECTED)
        return taken.on(past.object.name, [one for one in every if one.gone])
    wanted = frozenset(past.moved)
    every = taken.between(past.at, past.at + DRAINING)
    return [one for one in every if one.verb == "evict" and one.object in wanted]


def _by_workload(went: Sequence[Change], namespace: str | None) -> dict[ObjectRef, int]:
    """How many pods of each."""
    pods: dict[ObjectRef, set[ObjectRef]] = {}
    for one in went:
        if namespace is None or one.object.namespace == namespace:
            pods.setdefault(one.owner or one.object, set()).add(one.object)
    return {ref: len(pods[ref]) for ref in sorted(pods)}


def _made_since(index: Index, found: Sequence[_Moved]) -> dict[ObjectRef, list[Committed]]:
    """What became of the pods of each workload, from its first operation on, read once."""
    spans: dict[ObjectRef, tuple[int, int]] = {}
    for one in found:
        for ref in one.pods:
            begin, _ = spans.get(ref, (one.past.at, 0))
            spans[ref] = begin, one.past.at + FOLLOWING
    return {
        ref: index.last_changes_owned(ref, begin, end, MOST_MADE)
        for ref, (begin, end) in spans.items()
    }


def _chain(index: Index, one: _Moved, made: Mapping[ObjectRef, Sequence[Committed]]) -> Chain:
    told = tuple(_told(one.past, ref, count, made[ref]) for ref, count in one.pods.items())
    return Chain(
        steps=(told[0], *_down(index, one.past, told[0].object)),
        confidence=1.0,
        score=1.0,
        factors=(),
        explains=0,
        symptoms=told,
        onset=one.past.at,
    )


def _told(past: PastOperation, ref: ObjectRef, count: int, since: Sequence[Committed]) -> ChainStep:
    """What became of one workload."""
    pods = f"{count} pod{'s' if count > 1 else ''}"
    return ChainStep(
        kind=StepKind.EFFECT,
        at=past.at,
        object=ref,
        sentence=f"{ref.title}: {pods} taken away{_again(past.at, count, since)}",
    )


def _again(at: int, count: int, since: Sequence[Committed]) -> str:
    """What became of as many pods that were made next; "" where not all of that was read."""
    times = [_at(each) for each in since]
    if len(since) == MOST_MADE and times[0] >= at:
        return ""
    until = at + FOLLOWING
    later = [each for each, time in zip(since, times, strict=True) if at <= time < until]
    made = pods_made(later)[:count]
    ready = [one for one in made if one is not None]
    if not made:
        return ", none made in their place" if count > 1 else ", none made in its place"
    if len(ready) == count:
        which = f"the next {count}" if count > 1 else "the next one"
        return f", {which} ready after {(max(ready) - at) / 1e6:.1f} s"
    return f", {len(made)} made since, {len(ready)} of them ready"


def _at(each: Committed) -> int:
    return each.record.happened_at if isinstance(each.record, Change) else 0


def _down(index: Index, past: PastOperation, ref: ObjectRef) -> Iterator[ChainStep]:
    """From a workload to the node and who did it."""
    node = past.object
    yield ChainStep(
        kind=StepKind.WAY,
        at=0,
        object=node,
        sentence=f"{ref.title} ran on {node.title}",
        evidence="pods: spec.nodeName",
    )
    for each in index.change(past.change.id):
        if past.operation == DRAIN:
            yield ChainStep(
                kind=StepKind.RUN,
                at=past.at,
                object=node,
                sentence=f"{node.title}: drained",
                actor=past.actor,
                via=past.via,
            )
        yield change_step(index, each, StepKind.CHANGE)
        return
