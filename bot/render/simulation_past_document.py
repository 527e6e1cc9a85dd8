"""What a simulation took from the memory, as documents for programs."""

from __future__ import annotations

from typing import Any

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


def _time(at: int | None) -> str | None:
    return None if at is None else to_rfc3339(at)
