"""`log` and `show`: changes one by one, newest first, and one of them with all that is known."""

from __future__ import annotations

import re

import orjson

from kubectl_smart.memory.answers.timeline import LogAnswer, ShowAnswer, TimelineItem
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import basis, neighbour, said
from kubectl_smart.memory.questions.timeline import line
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

_FIRST_WINDOW = 3_600_000_000
_PREFIX = re.compile(r"[0-9a-f]{6,40}")


def log(
    store: GitStore,
    index: Index,
    *,
    ref: ObjectRef | None = None,
    namespace: str | None = None,
    actor: str = "",
    since: int | None = None,
    until: int | None = None,
    derived: bool = False,
    limit: int = 20,
) -> LogAnswer:
    """Changes, newest first: of one object, of a namespace, or all.

    actor    only changes of this user name, or of one that begins so
    derived  also what controllers made
    limit    at most so many
    """
    ground = basis(store, index, since, until)
    if ref is not None:
        found = [one for one in index.changes_of(ref, since=since, until=until) if _by(one, actor)]
        newest = found[::-1][: limit + 1]
    else:
        reach = _reach(index, ground.reaches)
        newest = _newest(index, reach, namespace, actor, since, until, derived, limit + 1)
    items = [item for each in newest[:limit] if (item := line(each)) is not None]
    return LogAnswer(basis=ground, items=tuple(items), more=len(newest) > limit)


def _by(each: Committed, actor: str) -> bool:
    change = each.record
    return isinstance(change, Change) and (not actor or change.actor.name.startswith(actor))


def _reach(index: Index, heard: tuple[int, int] | None) -> tuple[int, int] | None:
    """From the first change to the last: manifests tell of times to which nobody listened."""
    first, last = index.neighbours(-1, None)[1], index.neighbours(1 << 62, None)[0]
    ends = [each.record for each in (first, last) if each is not None]
    times = [*(heard or ()), *(one.happened_at for one in ends if isinstance(one, Change))]
    return (min(times), max(times)) if times else None


def _newest(
    index: Index,
    reaches: tuple[int, int] | None,
    namespace: str | None,
    actor: str,
    since: int | None,
    until: int | None,
    derived: bool,
    wanted: int,
) -> list[Committed]:
    """Looks back in windows that double, until there are enough."""
    if reaches is None:
        return []
    end = reaches[1] + 1 if until is None else until
    first = reaches[0] if since is None else max(since, reaches[0])
    width = _FIRST_WINDOW
    newest: list[Committed] = []
    while len(newest) < wanted and end > first:
        begin = max(first, end - width)
        found = index.changes_between(begin, end, namespace, derived=derived)
        newest += [each for each in reversed(found) if _by(each, actor)]
        end, width = begin, width * 2
    return newest[:wanted]


def show(store: GitStore, index: Index, named: str) -> ShowAnswer:
    """One change by the beginning of its Change-Id or of its commit's id (six digits at least).

    BadInput if that is no such beginning, or that of several; NothingKnown if there is none.
    """
    prefix = named.strip().lower()
    if not _PREFIX.fullmatch(prefix):
        raise BadInput(f"{named!r} is no id", "give six or more hex digits of a change or commit")
    found = index.change(prefix) if len(prefix) <= 32 else []
    if not found:
        change_id = store.change_of_commit(prefix)
        found = index.change(change_id) if change_id else []
    if not found:
        raise NothingKnown(
            f"no change or commit begins with {prefix}", "see `kubectl smart log` for the last ones"
        )
    if len(found) > 1:
        ids = ", ".join(each.record.id[:12] for each in found if isinstance(each.record, Change))
        raise BadInput(f"{prefix} is the beginning of several: {ids}", "give more digits")
    (each,) = found
    change, item = each.record, line(each)
    if not isinstance(change, Change) or item is None:
        raise NothingKnown(f"{prefix} is no change", "see `kubectl smart log` for the last ones")
    return _shown(store, index, each, change, item)


def _shown(
    store: GitStore, index: Index, each: Committed, change: Change, item: TimelineItem
) -> ShowAnswer:
    state = store.read_states([each.place])[0] if each.place is not None else None
    siblings = index.changes_of(change.object, change.facet)
    place = next((at for at, one in enumerate(siblings) if _id(one) == change.id), 0)
    notes = [found for one in index.notes_explaining([change.id]) if (found := said(one))]
    return ShowAnswer(
        basis=basis(store, index, change.happened_at, change.happened_at),
        item=item,
        recorded_at=each.recorded_at,
        uid=change.uid,
        resource_version=change.resource_version,
        audit_id=change.audit_id,
        state=None if state is None else orjson.loads(state),
        reasons=tuple(notes),
        before=neighbour(siblings[place - 1]) if place else None,
        after=neighbour(siblings[place + 1]) if place + 1 < len(siblings) else None,
    )


def _id(each: Committed) -> str:
    return each.record.id if isinstance(each.record, Change) else ""
