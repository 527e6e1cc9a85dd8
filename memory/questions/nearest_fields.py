"""Which fields of an object come nearest to one that it never had: for "did you mean".

Only asked when a question fails, so it may take its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from kubectl_smart.memory.formats.field_paths import parse_path
from kubectl_smart.memory.records.changes import Json

_LEAST = 0.6
_NOT_ASKED_FOR = frozenset({"apiVersion", "kind", "metadata", "status"})


def nearest_fields(state: Json, edited: Iterable[str], asked: str, limit: int = 8) -> list[str]:
    """The fields nearest to the one asked for, as they can be asked for; else the topmost ones.

    state   the newest state known; None if there is none
    edited  paths that changes of the object set
    """
    from difflib import SequenceMatcher  # 5 ms that only a failed question spends

    known = set(_names(state, ()))
    known.update(filter(None, (_spelled(path) for path in edited)))
    wanted = asked.lower()

    def likeness(name: str) -> float:
        low = name.lower()
        last = low.rpartition(".")[2]
        return max(SequenceMatcher(None, wanted, one).ratio() for one in (low, last))

    ranked = sorted((-likeness(name), name.count("."), name) for name in known)
    near = [name for score, _, name in ranked if -score >= _LEAST]
    return near[:limit] if near else _topmost(known)[:limit]


def _topmost(known: Iterable[str]) -> list[str]:
    """The first two steps of every field somebody decides on."""
    tops = {tuple(name.split(".")[:2]) for name in known}
    return sorted(".".join(top) for top in tops if len(top) > 1 and top[0] not in _NOT_ASKED_FOR)


def _spelled(path: str) -> str:
    """A path without the labels of list items; of an environment variable its name."""
    steps = parse_path(path)
    for before, step in pairwise(steps):
        if before.text == "env" and step.is_item:
            return step.text
    return ".".join(step.text for step in steps if not step.is_item)


def _names(value: Any, above: tuple[str, ...]) -> Iterator[str]:
    if type(value) is dict:
        for key, member in value.items():
            yield from _names(member, (*above, key))
    elif type(value) is list and above[-1:] == ("env",):
        yield from (item["name"] for item in value if type(item) is dict and "name" in item)
    elif type(value) is list and any(type(item) is dict for item in value):
        for item in value:
            yield from _names(item, above)
    elif above:
        yield ".".join(above)
