"""`replay`: everything of a window by time, what caused its trouble, and what stood then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from kubectl_smart.memory.answers.timeline import ReplayAnswer, TimelineItem
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.grounds import basis, not_covered
from kubectl_smart.memory.questions.health import unwell
from kubectl_smart.memory.questions.past_chains import PastChains
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.questions.timeline import BOOKKEEPING, folded, line, noticed
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.store.git_store import GitStore


def replay(
    store: GitStore,
    index: Index,
    *,
    since: int,
    until: int,
    namespace: str | None = None,
    at: int | None = None,
    words: str = "",
) -> ReplayAnswer:
    """The timeline of a window (microseconds since 1970-01-01 UTC; `until` excluded).

    at     the moment of which to say what stood; None: the end of the window, or of the memory
    words  what the asker called it; kept in the answer

    NotCovered if nothing was heard in the window; NothingKnown of a namespace that is not known:
    that nothing went wrong in it would be said of a name that was mistyped.
    """
    ground = basis(store, index, since, until)
    if not ground.heard:
        raise not_covered(ground)
    if namespace is not None and namespace not in (places := index.namespaces()):
        raise NothingKnown(
            f"nothing is known of namespace {namespace}",
            f"known are {', '.join(one for one in places if one) or 'none'}",
        )
    known = ground.reaches or (since, until)
    moment = max(min(until - 1, known[1]), since, known[0]) if at is None else max(at, known[0])
    with index.snapshot():
        items = sorted(
            _items(index, since, until, namespace),
            key=lambda item: (item.at, item.kind.value, item.sentence, item.citation.record),
        )
        objects = past_state(store, index, moment, namespace=namespace).objects
        found = causes(store, index, ties_of(index), since=since, until=until, namespace=namespace)
        found = PastChains(store, index).seen_before(found)
    alive = Counter(one.ref.kind for one in objects)
    return ReplayAnswer(
        basis=ground,
        words=words,
        since=since,
        until=until,
        namespace=namespace,
        items=tuple(items),
        moment=moment,
        alive=tuple(sorted(alive.items())),
        unwell=tuple(unwell(objects)),
        causes=found,
    )


def _items(index: Index, since: int, until: int, namespace: str | None) -> Iterator[TimelineItem]:
    changes = index.changes_between(since, until, namespace, derived=True)
    declared = (each for each in changes if each.branch == "main")
    yield from (item for item in _lines(declared) if not item.sentence.endswith(BOOKKEEPING))
    yield from folded(each for each in changes if each.branch != "main")
    yield from noticed(index.observations(since, until, namespace))
    yield from _lines(index.steps(since, until, namespace))
    yield from _lines(each for each in index.notes(since, until) if _is_of(index, each, namespace))
    if namespace is None:
        yield from _lines(
            each
            for each in index.incidents(versions=True)
            if isinstance(each.record, Incident) and since <= each.record.happened_at < until
        )


def _is_of(index: Index, each: Committed, namespace: str | None) -> bool:
    """Whether a note is about an object of the namespace, or explains a change of one."""
    note = each.record
    if namespace is None or not isinstance(note, Note):
        return namespace is None
    if note.about is not None:
        return note.about.namespace == namespace
    explained = index.change(note.explains) if note.explains else []
    return any(
        isinstance(one.record, Change) and one.record.object.namespace == namespace
        for one in explained
    )


def _lines(found: Iterable[Committed]) -> Iterator[TimelineItem]:
    return (item for each in found if (item := line(each)) is not None)
