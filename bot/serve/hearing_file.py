"""What a live process hears just now, in a small file beside the memory.

The memory holds what was heard, never why something was not. The process that hears writes that
here every ten seconds and when it ends, so that `status` and `doctor` can tell without asking it
over a network. Whoever reads it is told whether that process still lives. Reading imports nothing
heavy: `status` answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import orjson

from kubectl_smart.capture.coverage import SourceState
from kubectl_smart.memory.store.git_store import OURS
from kubectl_smart.memory.store.lock import is_alive, this_process

_VERSION = 1
_OLD = 60_000_000
"""Microseconds after which what a process wrote no longer counts: it writes every ten seconds."""


class Told(NamedTuple):
    """What a process told of itself.

    at       when, microseconds since 1970-01-01 UTC
    alive    whether it runs and told it within the last minute
    pid, host  of the process
    health   address of /healthz and its like; "" if it is not known
    states   how each source does
    """

    at: int
    alive: bool
    pid: int
    host: str
    health: str
    states: tuple[SourceState, ...]


def hearing_file(memory: Path) -> Path:
    """Where it is."""
    return memory / OURS / "hearing.json"


def write_hearing(
    path: Path, states: Iterable[SourceState], now: int, health: str, *, ended: bool = False
) -> None:
    """Replace the file. OSError if that is not possible: the older one stays.

    ended  whether the process ends, so that none of it goes on
    """
    rows = [
        [one.source, one.listening, one.since, one.heard_at, one.trouble, one.gaps]
        for one in states
    ]
    found = {
        "version": _VERSION,
        "process": this_process(),
        "at": now,
        "ended": ended,
        "health": health,
        "states": rows,
    }
    draft = path.with_name(f"{path.name}.new")
    draft.write_bytes(orjson.dumps(found))
    draft.replace(path)


def read_hearing(path: Path, now: int) -> Told | None:
    """What the last process told; None if there is no readable file."""
    try:
        found = orjson.loads(path.read_bytes())
        if found["version"] != _VERSION:
            return None
        at = int(found["at"])
        process = found["process"]
        return Told(
            at=at,
            alive=not found["ended"] and now - at <= _OLD and is_alive(process),
            pid=int(process["pid"]),
            host=str(process["host"]),
            health=str(found["health"]),
            states=tuple(SourceState(*row) for row in found["states"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
