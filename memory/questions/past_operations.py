"""What was done in the past that moves pods: deletions, drains, cordons, scalings, rollouts.

Found from the newest on backwards, in windows that grow while little happens in them, so that a
long history costs no more than what is taken of it. What controllers do counts for nodes (one may
be deleted by an autoscaler), not for workloads: there it is what follows.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_smart.memory.answers.operations import PastOperation
from kubectl_smart.memory.formats.operations import CORDON, DRAIN, UNCORDON, operation
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.questions.pods_taken import PodsTaken
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.store.git_store import GitStore

DRAINING = 900_000_000
"""Microseconds after its cordon within which the evictions of a drain begin."""

MOST_READ = 20_000
"""Decisions that are looked at, the newest."""

MOST_CORDONS = 20
"""So many cordons, the newest, are held against the evictions that followed them."""

_FIRST_WINDOW = 86_400_000_000
_WINDOW = 2_000
_NARROWEST = 60_000_000
MOVING = frozenset({"Node", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})
"""Kinds whose changes are looked at; deletions of others on request."""


def operations(
    store: GitStore,
    index: Index,
    *,
    since: int | None = None,
    until: int | None = None,
    namespace: str | None = None,
    kinds: frozenset[str] = MOVING,
    taken: PodsTaken | None = None,
) -> Iterator[PastOperation]:
    """What was done in a window (microseconds since 1970-01-01 UTC), the newest first.

    namespace  "" for what has none; None for all
    kinds      of the objects
    taken      what was read already of pods that went
    """
    cordons = 0
    taken = taken or PodsTaken(store, index)
    for each in newest(index, since, until, namespace):
        change = each.record
        if not isinstance(change, Change) or change.object.kind not in kinds:
            continue
        word = decided(change)
        if word is None:
            continue
        if word == CORDON and cordons < MOST_CORDONS:
            cordons += 1
            drained = _drain(index, taken, each, change, until)
            if drained is not None:
                yield drained
                continue
        yield PastOperation(
            word, change.object, change.happened_at, change.actor, change.via, change,
            citation(each),
        )  # fmt: skip


def newest(
    index: Index, since: int | None, until: int | None, namespace: str | None
) -> Iterator[Committed]:
    """The decisions of a window, the newest first; at most `MOST_READ`."""
    reaches = [(one.from_at, one.to_at) for one in index.coverage()]
    if not reaches:
        return
    low = min(one[0] for one in reaches) if since is None else since
    high = max(one[1] for one in reaches) + 1 if until is None else until
    left, width = MOST_READ, _FIRST_WINDOW
    while high > low and left > 0:
        begin = max(low, high - width)
        found = index.changes_between(begin, high, namespace, limit=_WINDOW)
        if len(found) == _WINDOW and high - begin > _NARROWEST:
            width = max(_NARROWEST, (high - begin) // 4)
            continue
        yield from reversed(found)
        left -= len(found)
        high = begin
        if len(found) < _WINDOW // 4:
            width *= 4


def decided(change: Change) -> str | None:
    """The word for a decision that moves pods; None for any other change."""
    if change.facet is not Facet.OBJECT or change.verb == "create":
        return None
    word = operation(change.object.kind, change.edits, gone=change.gone)
    if word is None or change.object.kind == "Node":
        return word
    return None if change.actor.kind is ActorKind.CONTROLLER else word


def _drain(
    index: Index, taken: PodsTaken, each: Committed, change: Change, until: int | None
) -> PastOperation | None:
    """The drain that a cordon began: pods of the node were evicted before it was uncordoned."""
    end = change.happened_at + DRAINING
    for later in index.changes_of(change.object, since=change.happened_at + 1, until=end):
        other = later.record
        if isinstance(other, Change) and decided(other) in (UNCORDON, "delete"):
            end = other.happened_at
            break
    if until is not None:
        end = min(end, until)
    evicted = [one for one in taken.between(change.happened_at, end) if one.verb == "evict"]
    ours = taken.on(change.object.name, evicted)
    if not ours:
        return None
    first = ours[0]
    moved = tuple(sorted({one.object for one in ours}))
    return PastOperation(
        DRAIN, change.object, first.happened_at, first.actor, first.via, change, citation(each),
        moved,
    )  # fmt: skip
