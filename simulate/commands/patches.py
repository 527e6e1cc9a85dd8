"""The other patches: JSON merge patch (RFC 7386) and JSON patch (RFC 6902)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from kubectl_smart.memory.formats.values import same
from kubectl_smart.memory.records.errors import BadInput

_SHOWN = 'Write it like [{"op":"replace","path":"/spec/replicas","value":3}].'


def merge_patched(obj: Any, patch: Any) -> Any:
    """The value after a JSON merge patch; both stay as they are."""
    if not isinstance(patch, dict):
        return deepcopy(patch)
    result = dict(obj) if isinstance(obj, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge_patched(result.get(key), value)
    return result


def json_patched(obj: Any, operations: Any) -> Any:
    """The object after a JSON patch; BadInput names the operation that cannot be done."""
    if not isinstance(operations, list):
        raise BadInput("a JSON patch is a list of operations", _SHOWN)
    holder: dict[str, Any] = {"": deepcopy(obj)}
    for number, operation in enumerate(operations, 1):
        try:
            _operate(holder, operation)
        except (KeyError, IndexError, TypeError, ValueError) as problem:
            path = operation.get("path") if isinstance(operation, dict) else None
            raise BadInput(
                f"operation {number} of the patch ({path}) cannot be done: {problem}", _SHOWN
            ) from None
    return holder[""]


def _operate(holder: dict[str, Any], operation: dict[str, Any]) -> None:
    path = _steps(operation["path"])
    match operation.get("op"):
        case "add":
            _add(holder, path, deepcopy(operation["value"]))
        case "replace":
            _read(holder, path)
            _remove(holder, path)
            _add(holder, path, deepcopy(operation["value"]))
        case "remove":
            _remove(holder, path)
        case "test":
            if not same(_read(holder, path), operation.get("value")):
                raise ValueError("testing value failed")
        case "move":
            value = _read(holder, _steps(operation["from"]))
            _remove(holder, _steps(operation["from"]))
            _add(holder, path, value)
        case "copy":
            _add(holder, path, deepcopy(_read(holder, _steps(operation["from"]))))
        case other:
            raise ValueError(f"unknown operation {other!r}")


def _steps(pointer: str) -> list[str]:
    if pointer and not pointer.startswith("/"):
        raise ValueError("a path begins with a slash")
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return ["", *steps]


def _read(holder: Any, path: list[str]) -> Any:
    for step in path:
        holder = holder[_index(holder, step)] if isinstance(holder, list) else holder[step]
    return holder


def _index(items: list[Any], step: str) -> int:
    if not step.isdecimal() or (len(step) > 1 and step[0] == "0"):
        raise ValueError(f"{step!r} is no position in a list")
    if int(step) >= len(items):
        raise IndexError(f"there is no item {step}")
    return int(step)


def _add(holder: Any, path: list[str], value: Any) -> None:
    inside, last = _read(holder, path[:-1]), path[-1]
    if not isinstance(inside, list):
        inside[last] = value
    elif last == "-":
        inside.append(value)
    else:
        inside.insert(len(inside) if last == str(len(inside)) else _index(inside, last), value)


def _remove(holder: Any, path: list[str]) -> None:
    inside, last = _read(holder, path[:-1]), path[-1]
    del inside[_index(inside, last) if isinstance(inside, list) else last]
