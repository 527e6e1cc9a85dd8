"""What every question needs: the basis of its answer, citations, and words for records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_smart.memory.answers.basis import Basis, Citation, Neighbour, Said
from kubectl_smart.memory.formats.subjects import subject
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.coverage import Heard, joined
from kubectl_smart.memory.records.errors import NotCovered
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore
from kubectl_smart.memory.store.refs import head


def basis(store: GitStore, index: Index, since: int | None, until: int | None) -> Basis:
    """The basis of an answer about a window.

    since, until  since <= t < until; None leaves a side open; both the same: that instant
    """
    coverage = index.coverage()
    intervals = joined((one.from_at, one.to_at) for one in coverage)
    reaches = (intervals[0][0], intervals[-1][1]) if intervals else None
    low = reaches[0] if since is None and reaches else since
    high = reaches[1] if until is None and reaches else until
    if until is not None and until != since:
        high = until - 1
    touching = [
        one
        for one in coverage
        if (high is None or one.from_at <= high) and (low is None or one.to_at >= low)
    ]
    gaps = () if low is None or high is None else gaps_between(intervals, low, high)
    if gaps and until is not None and until != since and gaps[-1][1] == high:
        gaps = (*gaps[:-1], (gaps[-1][0], until))
    return Basis(
        memory=head(index.tips()),
        behind=index.lag(store.tips()),
        heard=tuple(merged(touching)),
        covered=bool(touching) and not gaps,
        gaps=gaps,
        reaches=reaches,
    )


def not_covered(ground: Basis) -> NotCovered:
    """The error for a window of which nothing was heard; it says which, and what is."""
    reaches = ground.reaches
    known = (
        f"it reaches from {to_rfc3339(reaches[0])} to {to_rfc3339(reaches[1])}"
        if reaches
        else "it is empty: import an audit log"
    )
    window = ""
    if ground.gaps:
        low, high = ground.gaps[0][0], ground.gaps[-1][1]
        window = f", {to_rfc3339(low)}" + (f" to {to_rfc3339(high)}" if high > low else "")
    return NotCovered(f"the memory was not listening in that window{window}", known)


def gaps_between(
    intervals: Sequence[tuple[int, int]], since: int, until: int
) -> tuple[tuple[int, int], ...]:
    """The parts of since..until in none of the intervals (joined, in order).

    For an instant (since == until): that instant, if it is in none.
    """
    gaps = []
    at = since
    for low, high in intervals:
        if high < at:
            continue
        if low > until:
            break
        if low > at:
            gaps.append((at, low))
        at = max(at, high)
    inside = any(low <= since <= high for low, high in intervals)
    if at < until or (since == until and not inside):
        gaps.append((at, until))
    return tuple(gaps)


def merged(coverage: Iterable[Heard]) -> list[Heard]:
    """What each source heard, whatever the session, touching intervals joined."""
    by_source: dict[str, list[tuple[int, int]]] = {}
    for one in coverage:
        by_source.setdefault(one.source, []).append((one.from_at, one.to_at))
    return [
        Heard(source=source, session="", from_at=low, to_at=high)
        for source in sorted(by_source)
        for low, high in joined(by_source[source])
    ]


def record_id(each: Committed) -> str:
    """The id of a record; "" for an interval heard."""
    record = each.record
    return record.id if isinstance(record, Change | Observation | Step | Note | Incident) else ""


def citation(each: Committed) -> Citation:
    """Where a record stands."""
    return Citation(each.commit, each.branch, record_id(each))


def neighbour(each: Committed | None) -> Neighbour | None:
    """A change as a place to walk on to."""
    if each is None or not isinstance(each.record, Change):
        return None
    change = each.record
    return Neighbour(
        at=change.happened_at,
        sentence=subject(change),
        actor=change.actor.name,
        citation=citation(each),
    )


def said(each: Committed) -> Said | None:
    """A note's words; None if it is no note."""
    note = each.record
    if not isinstance(note, Note):
        return None
    return Said(
        text=note.text,
        author=note.author.name,
        at=note.happened_at,
        field=note.field,
        citation=citation(each),
        incident=note.incident,
        permalink=note.permalink,
    )
