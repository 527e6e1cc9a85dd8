"""Reads a Kubernetes List, object by object, so that a large cluster never lies in memory twice.

`kubectl get … -o json` writes one document; its items are decoded one at a time and handed on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from kubectl_smart.memory.records.errors import BadInput

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_REMEDY = "write one with `kubectl get nodes,pods,deployments,… -A -o json`"


def read_file(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a snapshot file. BadInput if it is none."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise BadInput(f"there is no file {path}", _REMEDY) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}", _REMEDY) from error
    try:
        yield from objects(text)
    except ValueError as error:
        raise BadInput(f"{path} is not a Kubernetes List in JSON: {error}", _REMEDY) from error


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The items of a List in JSON, or the one object it is. ValueError if it is neither."""
    place = _after(text, 0, "{")
    rest: dict[str, Any] = {}
    listed = False
    while text[place : place + 1] != "}":
        key, place = _DECODER.raw_decode(text, place)
        if not isinstance(key, str):
            raise ValueError("a key is not a text")  # noqa: TRY004 - one error for what is no List
        place = _after(text, place, ":")
        if key == "items" and text[place : place + 1] == "[":
            listed = True
            place = yield from _items(text, _blank(text, place + 1))
        else:
            rest[key], place = _DECODER.raw_decode(text, place)
        place = _blank(text, place)
        if text[place : place + 1] == ",":
            place = _blank(text, place + 1)
        elif text[place : place + 1] != "}":
            raise ValueError(f"unexpected character at {place}")
    if not listed:
        if "kind" not in rest or "metadata" not in rest:
            raise ValueError("it has neither items nor a kind")
        yield rest


def _items(text: str, place: int) -> Generator[dict[str, Any], None, int]:
    while text[place : place + 1] != "]":
        found, place = _DECODER.raw_decode(text, place)
        if not _is_object(found):
            raise ValueError(f"what ends at {place} is no object with a kind and metadata")
        yield found
        place = _blank(text, place)
        if text[place : place + 1] == ",":
            place = _blank(text, place + 1)
        elif text[place : place + 1] != "]":
            raise ValueError(f"unexpected character at {place}")
    return place + 1


def _is_object(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("kind"), str)
        and isinstance(found.get("metadata"), dict)
    )


def _blank(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return place if match is None else match.end()


def _after(text: str, place: int, mark: str) -> int:
    place = _blank(text, place)
    if text[place : place + 1] != mark:
        raise ValueError(f"expected {mark!r} at {place}")
    return _blank(text, place + 1)
