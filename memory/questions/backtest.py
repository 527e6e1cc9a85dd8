"""Past operations as tests of a simulation: the cluster just before, and the pods afterwards.

Afterwards is the last instant before the next decision on the same objects (the object itself; of
an operation on a node also the workloads with pods there; that some node is deleted, always), or
half an hour later, or where the memory ends. What else happened until then is told beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from kubectl_smart.memory.answers.operations import PastOperation
from kubectl_smart.memory.answers.past_state import PastObject, StateAnswer
from kubectl_smart.memory.formats.operations import operation
from kubectl_smart.memory.formats.subjects import subject
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.field_history import applied
from kubectl_smart.memory.questions.past_operations import operations
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Json
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

AFTERWARDS = 1_800_000_000
"""Microseconds after an operation that are looked at, at most."""

MOST_CASES = 50
_MOST_BETWEEN = 20_000
_EARLIER = 60_000_000
_AFTER_KINDS = (
    ("", "Pod"), ("apps", "ReplicaSet"), ("apps", "Deployment"), ("apps", "StatefulSet"),
    ("apps", "DaemonSet"), ("batch", "Job"),
)  # fmt: skip
_BY_HAND = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})


class Meanwhile(NamedTuple):
    """Another decision; object: the workload or node it was about, word: what was done to it.

    at  microseconds since 1970-01-01 UTC
    """

    at: int
    object: ObjectRef
    word: str
    sentence: str


class PastCase(NamedTuple):
    """One operation to be predicted.

    before   the cluster just before it
    made     the object as the operation left it; None if it is gone, or not known in full
    after    pods and their controllers at `until`, microseconds since 1970-01-01 UTC
    earlier  decisions of the minute before, whose consequences may go on
    """

    past: PastOperation
    before: StateAnswer
    made: Json | None
    after: StateAnswer
    until: int
    meanwhile: tuple[Meanwhile, ...]
    earlier: tuple[Meanwhile, ...]


def past_cases(
    store: GitStore,
    index: Index,
    *,
    words: frozenset[str],
    since: int | None = None,
    until: int | None = None,
    namespace: str | None = None,
    limit: int = MOST_CASES,
) -> Iterator[PastCase]:
    """The newest operations of a window, the newest first.

    words      which operations, see `formats.operations`
    namespace  only of workloads there; None for all, and nodes
    """
    found = operations(store, index, since=since, until=until, namespace=namespace)
    for past in islice((one for one in found if one.operation in words), limit):
        yield _case(store, index, past)


def _case(store: GitStore, index: Index, past: PastOperation) -> PastCase:
    before = past_state(store, index, past.at - 1)
    end = _reach(index, past)
    others = list(_decisions(index, past, past.at, end))
    until = min((one.happened_at for one in others if _same(one, before, past)), default=end) - 1
    return PastCase(
        past=past,
        before=before,
        made=_made(past, before),
        after=past_state(store, index, until, kinds=_AFTER_KINDS),
        until=until,
        meanwhile=tuple(_told(one) for one in others if one.happened_at <= until),
        earlier=tuple(map(_told, _decisions(index, past, past.at - _EARLIER, past.at))),
    )


def _reach(index: Index, past: PastOperation) -> int:
    last = max((one.to_at for one in index.coverage()), default=past.at)
    return min(last + 1, past.at + AFTERWARDS)


def _decisions(index: Index, past: PastOperation, since: int, until: int) -> Iterator[Change]:
    """What else was decided in a window and moves pods, the operation's own parts left out."""
    for each in index.changes_between(since, until, derived=True, limit=_MOST_BETWEEN):
        change = each.record
        if (
            isinstance(change, Change)
            and change.id != past.change.id
            and change.object not in past.moved
            and _decided(change)
        ):
            yield change


def _decided(change: Change) -> str | None:
    """What a change does that moves pods; None if it does nothing, or is only what follows."""
    kind = change.object.kind
    by_hand = change.actor.kind in _BY_HAND
    if change.facet is not Facet.OBJECT:
        return None
    if kind == "Pod":
        return change.verb if by_hand and change.verb in ("delete", "evict", "create") else None
    if kind not in _MOVING or (change.derived and not by_hand):
        return None
    if change.verb == "create":
        return "create"
    word = operation(kind, change.edits, gone=change.gone)
    # the taint of a cordon, and that of a node that does not answer, follow from something
    return word if by_hand or change.gone or kind != "Node" else None


_MOVING = frozenset({"Node", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})


def _same(change: Change, before: StateAnswer, past: PastOperation) -> bool:
    """Whether a decision is about the objects of the operation; that a node went, always is."""
    about = change.owner or change.object
    if about == past.object or (about.kind == "Node" and change.gone):
        return True
    return past.object.kind == "Node" and about in _on(before.objects, past.object.name)


def _on(objects: tuple[PastObject, ...], node: str) -> set[ObjectRef]:
    """The workloads with pods on a node."""
    return {
        one.owner or one.ref
        for one in objects
        if one.ref.kind == "Pod" and _node_name(one.state) == node
    }


def _node_name(state: Json | None) -> str:
    spec = state.get("spec") if isinstance(state, dict) else None
    return str(spec.get("nodeName") or "") if isinstance(spec, dict) else ""


def _made(past: PastOperation, before: StateAnswer) -> Json | None:
    """The object as the operation left it: as it was, with what was edited."""
    if past.change.gone:
        return None
    for one in before.objects:
        if one.ref == past.object and one.state is not None:
            return applied(one.state, past.change.edits)
    return None


def _told(change: Change) -> Meanwhile:
    asked = change.verb == "delete" and not change.gone
    said = f"{change.object.title}: its deletion was asked for" if asked else subject(change)
    return Meanwhile(
        change.happened_at, change.owner or change.object, _decided(change) or "", said
    )
