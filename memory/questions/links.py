"""`links`: what happened in a window because of what, by the rules of links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_smart.memory.answers.links import Happened, LinksAnswer
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.graph.ties import TiesAt
from kubectl_smart.memory.graph.windows import with_causes
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import basis, citation, not_covered
from kubectl_smart.memory.questions.trouble_links import trouble_links
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.git_store import GitStore

_LAST = 3_600_000_000
_AROUND = 900_000_000


def links(
    store: GitStore,
    index: Index,
    ties_at: TiesAt,
    *,
    ref: ObjectRef | None = None,
    namespace: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> LinksAnswer:
    """The links of a window (by effects) and what led to them.

    ref           what led to this object's changes and trouble, and what came of them; with what
                  controllers made for it
    namespace     links of which one end is in it
    since, until  since <= t < until, microseconds since 1970-01-01 UTC; the last hour known if
                  neither is given
    NotCovered if the memory knows nothing of that time.
    """
    with index.snapshot():
        ground = basis(store, index, since, until)
        if ground.reaches is None:
            raise not_covered(ground)
        first, last = ground.reaches
        end = last + 1 if until is None else until
        begin = max(end - _LAST, first) if since is None else since
        if end <= first:
            raise not_covered(ground)
        ground = basis(store, index, begin, end)
        every = [
            *index.links_between(begin, end),
            *trouble_links(store, index, ties_at, begin, end, namespace),
        ]
        every = with_causes(index, every)
        if namespace is not None and ref is None:
            every = [one for one in every if namespace in (one.effect_of[2], one.cause_of[2])]
        happened = _happened(index, every, begin, end)
        if ref is not None:
            every = _around(every, _own(ref, happened.values()))
        kept = {one.effect for one in every} | {one.cause for one in every}
        told = {key: _told(*found) for key, found in happened.items() if key in kept}
    return LinksAnswer(
        basis=ground,
        object=ref,
        namespace=namespace,
        since=begin,
        until=end,
        links=tuple(one for one in every if one.effect in told and one.cause in told),
        happened=dict(sorted(told.items())),
    )


_Found = tuple[Committed, Change | Observation]


def _happened(index: Index, every: Sequence[Link], begin: int, end: int) -> dict[str, _Found]:
    """The records at the ends of links, by id."""
    times = [*(one.cause_at for one in every), begin]
    found: dict[str, _Found] = {}
    for each in _records(index, every, min(times) - _AROUND, end + _AROUND):
        record = each.record
        if isinstance(record, Change | Observation):
            found[record.id] = each, record
    return found


def _records(index: Index, every: Iterable[Link], begin: int, end: int) -> Iterator[Committed]:
    wanted = {key for one in every for key in (one.effect, one.cause)}
    seen = False
    for key in sorted(wanted):
        changes = index.change(key)
        yield from changes
        seen = seen or not changes
    if seen:
        yield from index.observations(begin, end, warnings_only=True)


def _own(ref: ObjectRef, happened: Iterable[_Found]) -> set[str]:
    """The ids of what happened to an object, and to what was made for it."""
    return {
        record.id
        for _, record in happened
        if record.owner == ref
        or ref == (record.object if isinstance(record, Change) else record.about)
    }


def _around(every: Sequence[Link], own: set[str]) -> list[Link]:
    """What led to these and what came of them."""
    causes, effects = set(own), set(own)
    for one in reversed(every):  # by time: what led to a cause comes before it
        if one.effect in causes:
            causes.add(one.cause)
    for one in every:
        if one.cause in effects:
            effects.add(one.effect)
    return [one for one in every if one.effect in causes or one.cause in effects]


def _told(each: Committed, record: Change | Observation) -> Happened:
    if isinstance(record, Change):
        return Happened(
            id=record.id,
            object=record.object,
            at=record.happened_at,
            sentence=in_words(record),
            actor=record.actor,
            citation=citation(each),
        )
    times = f", {record.count} times" if record.count > 1 else ""
    return Happened(
        id=record.id,
        object=record.about,
        at=record.first_at,
        sentence=f"{record.about.title}: {record.kind}{times}",
        actor=None,
        citation=citation(each),
    )
