"""How far a Prometheus was asked, and what was told of late: remembered across restarts.

One small JSON file. It is written after what was found is durable: what is asked again after a
crash gives the same shifts, with the same keys. Losing it loses nothing but the shifts of the past
that are behind the backlog, and may tell one twice.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, NamedTuple

import orjson

_log = logging.getLogger(__name__)
_VERSION = 1


class Told(NamedTuple):
    """What is remembered of one query.

    asked        the query and how it was asked: what was known of another one is of no use
    examined_to  microseconds since 1970-01-01 UTC; 0 if never
    known        what its kind of query needs to go on, as JSON
    """

    asked: list[Any]
    examined_to: int
    known: list[Any]


class Notebook:
    """The file; `told` by the query's name. Reads it when made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.told: dict[str, Told] = {}
        try:
            found = orjson.loads(path.read_bytes())
            if found["v"] == _VERSION:
                self.told = {name: Told(*one) for name, one in found["told"].items()}
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
            _log.warning("%s cannot be read and is begun anew: %s", path, problem)

    def begun(self, name: str, asked: list[Any]) -> Told:
        """What is remembered of a query; of one that was asked otherwise only how far it came."""
        told = self.told.get(name)
        if told is None:
            return Told(asked, 0, [])
        return told if told.asked == asked else Told(asked, told.examined_to, [])

    def write(self, told: dict[str, Told]) -> None:
        """Replace it; on return it survives power loss. OSError."""
        self.told = dict(told)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with draft.open("wb") as file:
            file.write(orjson.dumps({"v": _VERSION, "told": self.told}, default=list))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
