"""Steps through an object whose shape nobody has checked, each with the path it leads to.

What is read here was accepted by an API server or stands in somebody's memory; a field of another
type than expected is passed over, never an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_smart.memory.formats.field_paths import index_step, item_step, key_step
from kubectl_smart.memory.formats.merge_keys import ORDERED, keyed, label_of

_SHOWN = 200


def mapping(value: Any) -> dict[str, Any]:
    """The map, or an empty one."""
    return value if type(value) is dict else {}


def members(value: Any) -> list[Any]:
    """The list, or an empty one."""
    return value if type(value) is list else []


def text(value: Any) -> str:
    """The text, or ""."""
    return value if type(value) is str else ""


def inside(obj: Any, *keys: str) -> dict[str, Any]:
    """The map below these keys, or an empty one."""
    for key in keys:
        obj = mapping(obj).get(key)
    return mapping(obj)


def items(obj: dict[str, Any], field: str, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, item) of each map in the list of that name below `path`, as `diffs` writes paths."""
    found = members(obj.get(field))
    if not found:
        return
    whole = f"{path}{key_step(field)}".removeprefix(".")
    seen: dict[str, int] = {}
    for item in found:
        label = label_of(field, item)
        seen[label] = number = seen.get(label, 0) + 1
        if type(item) is dict:
            yield whole + item_step(label, number, keyed=keyed(field)), item


def texts(obj: dict[str, Any], field: str, path: str) -> list[tuple[str, str]]:
    """(path, text) of each text in the list of that name."""
    found = members(obj.get(field))
    if field in ORDERED:
        return [
            (f"{path}.{field}{index_step(at)}", one)
            for at, one in enumerate(found)
            if type(one) is str
        ]
    return [(f"{path}.{field}[{one}]", one) for one in found if type(one) is str]


def shown(value: str) -> str:
    """A value as it is kept for evidence: one line, not too long."""
    line = " ".join(value.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
