"""What it means that a field's value is the same as another, or the one a person wrote."""

from __future__ import annotations

import orjson

from kubectl_smart.memory.records.changes import Json, Unset


def same(one: Json | Unset, other: Json | Unset) -> bool:
    """Equal as JSON: `true` is not 1."""
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def is_value(value: Json | Unset, asked: str) -> bool:
    """Whether a value is the one a person wrote: `5`, `true`, `api:1.7` for `registry/api:1.7`."""
    if isinstance(value, Unset):
        return False
    if isinstance(value, str):
        return value == asked or value.endswith((f"/{asked}", f":{asked}"))
    try:
        return same(value, orjson.loads(asked))
    except orjson.JSONDecodeError:
        return False
