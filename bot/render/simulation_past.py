"""What a simulation took from the memory, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.simulate.answers.model import Ground


def ground(found: Ground | None) -> Iterator[str]:
    """From which cluster it was worked out, and what is not known of that."""
    if found is None:
        return
    match found.source:
        case "memory":
            moment = "" if found.at is None else to_rfc3339(found.at)
            yield f"from the memory: the cluster as of {moment}"
        case "live":
            which = f"context {one_line(found.place)}" if found.place else "its current context"
            yield f"from the live cluster, {which}"
        case _:
            yield f"from {one_line(found.place)}"
    for lack in found.lacks:
        yield f"  not known: {one_line(lack)}"
