"""What kubectl sends to an API server, read: selectors, and options as protobuf."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any


def delete_options(raw: bytes) -> dict[str, int]:
    """The grace period in DeleteOptions as protobuf, in which typed clients send them."""
    fields = dict(_fields_of(dict(_fields_of(raw[4:]))[2]))
    return {"gracePeriodSeconds": fields[1]} if 1 in fields else {}


def _fields_of(raw: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def number() -> int:
        nonlocal at
        found = shift = 0
        while True:
            byte = raw[at]
            at += 1
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found

    while at < len(raw):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
        else:
            assert tag & 7 == 2, f"not DeleteOptions: {raw!r}"
            size = number()
            yield tag >> 3, raw[at : at + size]
            at += size


def labels_match(selector: str, obj: dict[str, Any]) -> bool:
    """As the API server does it, for the forms in which kubectl sends selectors."""
    labels = obj["metadata"].get("labels") or {}
    for term in re.findall(r"[^,(]+(?:\([^)]*\))?", selector):
        found = re.fullmatch(r"(!?)([^ =!<>]+)(?: (in|notin) \(([^)]*)\)|(!?==?)(.*))?", term)
        assert found, term
        no, key, word, values, operator, value = found.groups()
        has = key in labels
        if word or operator:
            among = labels.get(key) in (values.split(",") if word else [value])
            if among == (word == "notin" or operator == "!="):
                return False
        elif has == bool(no):
            return False
    return True


def fields_match(selector: str, obj: dict[str, Any]) -> bool:
    """The same for field selectors; a field that is not there is ""."""
    for term in filter(None, selector.split(",")):
        found = re.fullmatch(r"([^!=]+)(!?==?)(.*)", term)
        assert found, term
        path, operator, value = found.groups()
        here: Any = obj
        for step in path.split("."):
            here = here.get(step, "") if isinstance(here, dict) else ""
        if (str(here) == value) == (operator == "!="):
            return False
    return True
