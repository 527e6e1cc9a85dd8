"""Walking through raw objects that may lack anything: each look returns an empty thing instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

Raw = Mapping[str, Any]
"""An object as the API server writes it in JSON."""

_NOTHING: dict[str, Any] = {}


def at(found: Any, *keys: str) -> Any:
    """What lies at a path of keys; None if nothing does."""
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def mapping(found: Any, *keys: str) -> Raw:
    """The mapping at a path; empty if there is none."""
    value = at(found, *keys) if keys else found
    return value if isinstance(value, dict) else _NOTHING


def items(found: Any, *keys: str) -> Sequence[Any]:
    """The list at a path; empty if there is none."""
    value = at(found, *keys) if keys else found
    return value if isinstance(value, list | tuple) else ()


def name_of(raw: Raw) -> str:
    """metadata.name."""
    return str(mapping(raw, "metadata").get("name", ""))


def namespace_of(raw: Raw) -> str:
    """metadata.namespace; "" for what has none."""
    return str(mapping(raw, "metadata").get("namespace") or "")


def uid_of(raw: Raw) -> str:
    """metadata.uid; "" if it has none yet."""
    return str(mapping(raw, "metadata").get("uid") or "")


def labels_of(raw: Raw) -> dict[str, str]:
    """metadata.labels."""
    return {str(key): str(value) for key, value in mapping(raw, "metadata", "labels").items()}


def annotations_of(raw: Raw) -> Raw:
    """metadata.annotations."""
    return mapping(raw, "metadata", "annotations")


def seconds(text: Any) -> float | None:
    """An RFC 3339 time as seconds since 1970; None if it is none."""
    return _seconds(text) if isinstance(text, str) else None


@lru_cache(maxsize=65536)
def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def controller_of(raw: Raw) -> tuple[str, str, str] | None:
    """(kind, name, uid) of the owner that controls an object."""
    for one in mapping(raw, "metadata").get("ownerReferences") or ():
        if one.get("controller"):
            return str(one.get("kind")), str(one.get("name")), str(one.get("uid"))
    return None
