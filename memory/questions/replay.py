"""`replay`: everything of a window in the order of time, and what stood at its end.

The causal chain from change to outage is not drawn here: that is a question of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from kubectl_smart.memory.answers.past_state import PastObject
from kubectl_smart.memory.answers.timeline import ReplayAnswer, TimelineItem
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import basis, not_covered
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.questions.timeline import folded, line, noticed
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

BOOKKEEPING = "bookkeeping only"
"""How the subject of a change ends that only moved a controller's own notes, such as a revision."""

_WHOLE = frozenset({"Running", "Succeeded"})


def replay(
    store: GitStore,
    index: Index,
    *,
    since: int,
    until: int,
    namespace: str | None = None,
    words: str = "",
) -> ReplayAnswer:
    """The timeline of a window (microseconds since 1970-01-01 UTC; `until` excluded).

    words  what the asker called it; kept in the answer. NotCovered if nothing was heard then.
    """
    ground = basis(store, index, since, until)
    if not ground.heard:
        raise not_covered(ground)
    items = sorted(
        _items(index, since, until, namespace),
        key=lambda item: (item.at, item.kind.value, item.sentence, item.citation.record),
    )
    last = max(min(until, ground.reaches[1]) if ground.reaches else until, since)
    objects = past_state(store, index, last, namespace=namespace).objects
    alive = Counter(one.ref.kind for one in objects)
    return ReplayAnswer(
        basis=ground,
        words=words,
        since=since,
        until=until,
        namespace=namespace,
        items=tuple(items),
        alive=tuple(sorted(alive.items())),
        unwell=tuple(_unwell(objects)),
    )


def _items(index: Index, since: int, until: int, namespace: str | None) -> Iterator[TimelineItem]:
    changes = index.changes_between(since, until, namespace, derived=True)
    declared = (each for each in changes if each.branch == "main")
    yield from (item for item in _lines(declared) if not item.sentence.endswith(BOOKKEEPING))
    yield from folded(each for each in changes if each.branch != "main")
    yield from noticed(index.observations(since, until, namespace))
    yield from _lines(index.steps(since, until, namespace))
    if namespace is None:
        yield from _lines(index.notes(since, until))
        yield from _lines(
            each
            for each in index.incidents(versions=True)
            if since <= getattr(each.record, "happened_at", since - 1) < until
        )


def _lines(found: Iterable[Committed]) -> Iterator[TimelineItem]:
    return (item for each in found if (item := line(each)) is not None)


def _unwell(objects: Sequence[PastObject]) -> Iterator[tuple[ObjectRef, str]]:
    """Pods and nodes that were not well, with the reason they gave themselves."""
    for one in objects:
        status = (one.state or {}).get("status") if one.ref.kind in ("Pod", "Node") else None
        if not status:
            continue
        reason = _node_reason(status) if one.ref.kind == "Node" else _pod_reason(status)
        if reason:
            yield one.ref, reason


def _pod_reason(status: dict[str, Any]) -> str:
    for container in status.get("containerStatuses") or ():
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("reason") and waiting["reason"] != "ContainerCreating":
            return str(waiting["reason"])
    phase = str(status.get("phase") or "")
    if phase and phase not in _WHOLE:
        for condition in status.get("conditions") or ():
            if condition.get("status") == "False" and condition.get("reason"):
                return f"{phase}: {condition['reason']}"
        return str(status.get("reason") or phase)
    return ""


def _node_reason(status: dict[str, Any]) -> str:
    for condition in status.get("conditions") or ():
        if condition.get("type") == "Ready" and condition.get("status") != "True":
            return str(condition.get("reason") or "NotReady")
    return ""
