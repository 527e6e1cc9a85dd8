"""The ties of objects at an instant: from configuration, and as the service graph saw them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubectl_smart.memory.graph.configured import Configured
from kubectl_smart.memory.graph.reach import Tie, Ties
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.objects import ObjectRef

_SEEN_AROUND = 3_600_000_000
"""A call that was seen within an hour of an instant counts as there: rare ones are seldom seen."""

_STILL = 6 * 3_600_000_000
"""So long after it ended a tie is walked: what is missed is often what was taken away."""

TiesAt = Callable[[int], Ties]
"""From an instant, microseconds since 1970-01-01 UTC, to the ties that held."""


def ties_of(index: Index) -> TiesAt:
    """Every tie, looked up when it is asked for, and once. Make one for each question."""
    configured = Configured(index)
    edges: dict[ObjectRef, list[tuple[int, int, Tie]]] = {}

    def every(ref: ObjectRef) -> list[tuple[int, int, Tie]]:
        if ref not in edges:
            edges[ref] = [*_from_configuration(configured, ref), *_seen(index, ref)]
        return edges[ref]

    def at_instant(at: int) -> Ties:
        def ties(ref: ObjectRef) -> Sequence[Tie]:
            held = (tie for from_at, to_at, tie in every(ref) if from_at <= at < to_at + _STILL)
            return list(dict.fromkeys(held))

        return ties

    return at_instant


def _from_configuration(configured: Configured, ref: ObjectRef) -> list[tuple[int, int, Tie]]:
    return [
        (
            edge.from_at,
            edge.to_at,
            Tie(
                edge.caller,
                edge.callee,
                edge.kind,
                ", ".join(
                    f"{one.object.title} {one.path}" if at else one.path
                    for at, one in enumerate(edge.proofs)
                ),
                "configuration",
            ),
        )
        for edge in (*configured.needs(ref), *configured.needed_by(ref))
    ]


def _seen(index: Index, ref: ObjectRef) -> list[tuple[int, int, Tie]]:
    found = [*index.dependencies(caller=ref), *index.dependencies(callee=ref)]
    return [
        (
            one.first_at - _SEEN_AROUND,
            one.last_at + _SEEN_AROUND,
            Tie(one.caller, one.callee, one.kind, one.evidence, one.source),
        )
        for each in found
        if isinstance(one := each.record, Dependency)
    ]
