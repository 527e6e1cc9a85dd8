"""What a simulation took from the memory, as documents for programs."""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.answers.operations import SimilarPast
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.simulate.answers.model import Ground


def ground(found: Ground | None) -> dict[str, Any] | None:
    """What the simulation began from."""
    if found is None:
        return None
    return {
        "source": found.source,
        "place": found.place,
        "at": _time(found.at),
        "heard": _time(found.heard),
        "lacks": list(found.lacks),
    }


def similar(one: SimilarPast) -> dict[str, Any]:
    """A past operation that is like the simulated one; times as RFC 3339, the rest in seconds."""
    past = one.past
    return {
        "operation": past.operation,
        "object": str(past.object),
        "at": _time(past.at),
        "actor": past.actor.name,
        "via": past.via,
        "change": past.citation.record,
        "score": one.score,
        "why": list(one.why),
        "workloads": [str(ref) for ref in one.workloads],
        "made": one.made,
        "ready": one.ready,
        "recovered": _seconds(one.recovered),
        "warned": _seconds(one.warned),
        "until": _time(one.until),
        "by_hand": [
            {"at": _time(each.at), "actor": each.actor, "sentence": each.sentence,
             "record": each.citation.record}
            for each in one.by_hand
        ],
        "incident": None
        if one.incident is None
        else {"id": one.incident[0], "title": one.incident[1]},
    }  # fmt: skip


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else round(microseconds / 1_000_000, 3)


def _time(at: int | None) -> str | None:
    return None if at is None else to_rfc3339(at)
