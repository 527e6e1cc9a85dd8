"""What each entity shows of its own: the strongest deviation of each kind.

Which side is bad depends on the kind: latency, errors, processor and memory going down prove
nothing, less traffic is an effect. What grows with the work is held against the work: a processor
that is busier because there are more requests is not the cause of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.graph.measured import metrics
from kubectl_smart.memory.graph.measured.deviations import Deviation
from kubectl_smart.memory.graph.measured.scoring import CALLS

_UPWARDS = (
    metrics.CPU, metrics.MEMORY, metrics.ERRORS,
    metrics.AVAILABILITY, metrics.LATENCY, metrics.OUTBOUND,
)  # fmt: skip


class Finding(NamedTuple):
    """One kind of evidence of one entity.

    spreads  how far off it is
    shown    the deviation that shows it; None for what is no series
    words    what is seen, where there is no series
    """

    kind: str
    spreads: float
    shown: Deviation | None
    words: str = ""


def findings(deviations: Iterable[Deviation]) -> dict[str, dict[str, Finding]]:
    """The strongest of each kind, by entity and kind."""
    by_series: dict[tuple[str, str, str], list[Deviation]] = defaultdict(list)
    for one in deviations:
        by_series[one.entity, one.metric, one.stat].append(one)
    found: dict[str, dict[str, Finding]] = defaultdict(dict)
    for series in by_series.values():
        keep(found[series[0].entity], _judged(series))
    return dict(found)


def keep(kinds: dict[str, Finding], one: Finding) -> None:
    """Keep it if it is the strongest of its kind."""
    if one.kind not in kinds or one.spreads > kinds[one.kind].spreads:
        kinds[one.kind] = one


def _judged(series: Sequence[Deviation]) -> Finding:
    """One series, and the same per request."""
    raw = next((one for one in series if not one.per), None)
    per = [one for one in series if one.per]
    kind = series[0].kind
    counted = [one for one in per if kind in metrics.COUNTED]
    shown = counted[0] if counted else raw if raw is not None else per[0]
    up = min(one.up for one in (counted or series))
    down = min(one.down for one in (counted or series))
    if kind in _UPWARDS:
        return Finding(kind, up, shown)
    if kind == metrics.RATE:
        return Finding(kind, down, shown)
    return Finding(kind, max(up, down), shown)


def calls_made(relations: Iterable[tuple[str, Deviation]]) -> Iterable[tuple[str, Finding]]:
    """(entity, finding): who is behind it that fewer calls are made than the work brings.

    relations  (caller, how many calls the callee gets for a request of the caller)

    A caller that calls several of them less is so itself; otherwise the one that is called is.
    """
    by_caller: dict[str, list[Deviation]] = defaultdict(list)
    for caller, one in relations:
        by_caller[caller].append(one)
    for caller, ones in by_caller.items():
        ones.sort(key=lambda one: (-one.down, one.entity))
        common = max(0.0, ones[1].down) if len(ones) > 1 else 0.0
        if common:
            yield caller, Finding(CALLS, common, ones[1])
        for one in ones:
            yield one.entity, Finding(CALLS, one.down - common, one)
