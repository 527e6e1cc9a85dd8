"""What was done to nodes in a window that took pods away, where nobody is accused for it.

A drain that went well is no outage and still what explains why pods are new, why a cache was cold
and why a node stood empty: it is told as a chain of its own, from the workloads to who did it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kubectl_smart.memory.answers.causes import Chain, ChainStep, StepKind
from kubectl_smart.memory.answers.operations import PastOperation
from kubectl_smart.memory.formats.operations import DELETE, DRAIN
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import change_step
from kubectl_smart.memory.questions.past_operations import operations
from kubectl_smart.memory.questions.similar_operations import (
    FOLLOWING,
    followed_until,
    moved_by,
    recovery,
)
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

MOST_OPERATIONS = 20
"""So many drains and deletions of nodes are told, the newest."""

_NODES = frozenset({"Node"})
_DID = {DRAIN: "drained", DELETE: "deleted"}


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

    namespace  only what took pods of it away; None: of any
    roots      the changes that are accused of trouble: these are told there
    """
    found: list[Chain] = []
    for past in operations(store, index, since=since, until=until, kinds=_NODES):
        if past.operation not in _DID or past.change.id in roots:
            continue
        chain = _chain(store, index, past, namespace)
        if chain is not None:
            found.append(chain)
        if len(found) == MOST_OPERATIONS:
            break
    return tuple(reversed(found))


def _chain(
    store: GitStore, index: Index, past: PastOperation, namespace: str | None
) -> Chain | None:
    until = followed_until(index, past, past.at + FOLLOWING)
    workloads = [
        ref
        for ref in moved_by(store, index, past, until)
        if namespace is None or ref.namespace == namespace
    ]
    if not workloads:
        return None
    told = tuple(_told(index, past, ref, until) for ref in workloads)
    return Chain(
        steps=(told[0], *_down(index, past, workloads[0])),
        confidence=1.0,
        score=1.0,
        factors=(),
        explains=0,
        symptoms=told,
        onset=past.at,
    )


def _told(index: Index, past: PastOperation, ref: ObjectRef, until: int) -> ChainStep:
    """What became of one workload."""
    made, ready, recovered = recovery(index, [ref], past.at, until)
    words = f"{made} pod{'s' if made != 1 else ''} made anew"
    if recovered is not None:
        words += f", ready after {recovered / 1e6:.1f} s"
    elif ready:
        words += f", {ready} of them ready"
    return ChainStep(
        kind=StepKind.EFFECT,
        at=past.at,
        object=ref,
        sentence=f"{ref.title}: pods taken away, {words}",
    )


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
                sentence=f"{node.title}: {_DID[DRAIN]}",
                actor=past.actor,
                via=past.via,
            )
        yield change_step(index, each, StepKind.CHANGE)
        return
