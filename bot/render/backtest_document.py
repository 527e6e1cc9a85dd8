"""A backtest as a document for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kubectl_smart.bot.backtesting import Backtested, score
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.simulate.backtesting import Counted, Row


def backtest(found: Sequence[Backtested]) -> dict[str, Any]:
    """Every operation with its workloads, oldest first, and the figures."""
    return {
        "operations": [_operation(one) for one in found],
        "score": score(found)._asdict(),
    }


def _operation(one: Backtested) -> dict[str, Any]:
    past = one.past
    return {
        "operation": past.operation,
        "object": str(past.object),
        "at": to_rfc3339(past.at),
        "until": to_rfc3339(one.until),
        "actor": past.actor.name,
        "via": past.via,
        "change": past.citation.record,
        "workloads": [_row(row) for row in one.rows],
        "lacks": list(one.lacks),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "namespace": row.namespace,
        "kind": row.kind,
        "name": row.name,
        "before": _counted(row.before),
        "predicted": _counted(row.predicted),
        "actual": _counted(row.actual),
        "counts_right": row.counts_right,
        "pods_right": row.pods_right,
        "disturbed": list(row.disturbed),
        "why": list(row.why),
    }


def _counted(found: Counted) -> dict[str, Any]:
    return {"bound": found.bound, "pending": found.pending, "went": list(found.went)}
