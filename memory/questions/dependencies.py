"""`dependencies`: what an object needs and who needs it, since when, and what proves it.

From configuration (`graph.configured`), and from what was measured (the service graph of
Prometheus).
"""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_smart.memory.answers.basis import Citation
from kubectl_smart.memory.answers.dependencies import DependenciesAnswer, Evidence, Needed
from kubectl_smart.memory.graph.configured import Configured, held, within
from kubectl_smart.memory.graph.edges import Edge
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import ObjectRow
from kubectl_smart.memory.index.spans import FOREVER
from kubectl_smart.memory.questions.grounds import basis, citation, not_covered
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import (
    BINDS,
    CALLS,
    MOUNTS,
    NAMES,
    READS,
    ROUTES,
    SCALES,
    SELECTS,
    USES,
)
from kubectl_smart.memory.store.git_store import GitStore

CONFIGURATION = "configuration"
SEEN_WITHIN = 3_600_000_000
"""A measured dependency counts at an instant if it was last seen at most so long before it."""

_ORDER = (CALLS, ROUTES, SELECTS, READS, NAMES, MOUNTS, SCALES, BINDS, USES)


def dependencies(
    store: GitStore,
    index: Index,
    row: ObjectRow,
    *,
    since: int | None = None,
    until: int | None = None,
) -> DependenciesAnswer:
    """What an object needs, and who needs it.

    since, until  since <= t < until, microseconds since 1970-01-01 UTC; both the same: that
                  instant; neither: the last instant known; one: up to the end of what is known
    NotCovered if the memory knows nothing of so early a time.
    """
    with index.snapshot():
        ground = basis(store, index, since, until)
        if ground.reaches is None:
            raise not_covered(ground)
        first, last = ground.reaches
        if since is None and until is None:
            since = until = last
            ground = basis(store, index, since, until)
        low = first if since is None else since
        high = last + 1 if until is None else until
        if max(low, high - 1) < first:
            raise not_covered(ground)
        ref = row.owner if row.derived and row.owner is not None else row.ref
        configured = Configured(index)
        needs = [edge for edge in configured.needs(ref) if within(edge, low, high)]
        ends = [ref]
        needed_by: list[Edge] = []
        for end in ends:  # grows by the Services that lead to the object
            found = [edge for edge in configured.needed_by(end) if within(edge, low, high)]
            needed_by += found
            if end == ref:
                ends += sorted({edge.caller for edge in found if _leads(edge)} - {ref})
        exists = any(held(*life, low, high) for life in index.lives_of(ref))
        measured = _seen(index, low, high, ref, ends)
        changes = {proof.change for edge in (*needs, *needed_by) for proof in edge.proofs}
        cited = {number: citation(each) for number, each in index.listed(changes).items()}
    return DependenciesAnswer(
        basis=ground,
        object=ref,
        asked=row.ref,
        exists=exists,
        since=low,
        until=high,
        needs=_ordered([*(_needed(one, cited) for one in needs), *measured[0]]),
        needed_by=_ordered([*(_needed(one, cited) for one in needed_by), *measured[1]]),
    )


def _leads(edge: Edge) -> bool:
    return edge.kind == SELECTS and edge.caller.kind == "Service"


def _needed(edge: Edge, cited: dict[int, Citation]) -> Needed:
    return Needed(
        caller=edge.caller,
        callee=edge.callee,
        kind=edge.kind,
        source=CONFIGURATION,
        evidence=tuple(
            Evidence(
                object=proof.object,
                field=proof.path,
                value=proof.value,
                since=proof.since,
                citation=cited.get(proof.change),
            )
            for proof in edge.proofs
        ),
        since=edge.from_at,
        until=None if edge.to_at == FOREVER else edge.to_at,
    )


def _seen(
    index: Index, low: int, high: int, ref: ObjectRef, ends: Iterable[ObjectRef]
) -> tuple[list[Needed], list[Needed]]:
    """What was measured: what the object calls, and who calls it or what leads to it."""
    window = (low - SEEN_WITHIN, low + 1) if low == high else (low, high)
    calls = [_measured(each) for each in index.dependencies(*window, caller=ref)]
    called = [_measured(each) for end in ends for each in index.dependencies(*window, callee=end)]
    return [one for one in calls if one], [one for one in called if one]


def _measured(each: Committed) -> Needed | None:
    found = each.record
    if not isinstance(found, Dependency):
        return None
    evidence = Evidence(
        object=found.caller,
        field="",
        value=found.evidence,
        since=found.first_at,
        citation=citation(each),
    )
    return Needed(
        caller=found.caller,
        callee=found.callee,
        kind=found.kind,
        source=found.source,
        evidence=(evidence,),
        since=found.first_at,
        until=found.last_at,
    )


def _ordered(found: Iterable[Needed]) -> tuple[Needed, ...]:
    def key(one: Needed) -> tuple[object, ...]:
        where = tuple((each.object, each.field, each.value) for each in one.evidence)
        place = _ORDER.index(one.kind) if one.kind in _ORDER else len(_ORDER)
        return place, one.kind, one.callee, one.caller, one.source, where, one.since

    return tuple(sorted(found, key=key))
