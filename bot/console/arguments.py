"""Arguments of a request, whichever of Slack's four shapes they came in.

JSON body, form body, query string, or a form with JSON inside: the SDKs use all of them, one for
each family of methods.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from kubectl_smart.bot.console.refusals import Refusal

_JSON_INSIDE = frozenset({"blocks", "attachments", "view", "files", "metadata", "message"})
_TRUE = frozenset({"true", "1", "True"})


def arguments(content_type: str, body: bytes, query: Mapping[str, str]) -> dict[str, Any]:
    """All arguments by name, the body's before the query's. Refusal for what is no such thing."""
    found: dict[str, Any] = dict(query)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/json" and body:
        found |= _json_object(body)
    elif body and kind in ("application/x-www-form-urlencoded", ""):
        found |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif body:
        raise Refusal("invalid_post_type")
    told = {name: _inside(name, value) for name, value in found.items() if value is not None}
    for name, value in told.items():
        if isinstance(value, dict | list) and name not in _JSON_INSIDE:
            raise invalid(f"must provide a string [json-pointer:/{name}]")
    return told


def invalid(*messages: str) -> Refusal:
    """`invalid_arguments`, and why."""
    told = {"messages": [f"[ERROR] {one}" for one in messages]}
    return Refusal("invalid_arguments", more={"response_metadata": told})


def is_true(value: object) -> bool:
    """What Slack takes for yes."""
    return value is True or (isinstance(value, str) and value in _TRUE)


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(told, dict):
        raise Refusal("json_not_object")
    return told


def _inside(name: str, value: Any) -> Any:
    """Lists and objects may come as JSON in a string."""
    if name not in _JSON_INSIDE or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        refused = {"blocks": "invalid_blocks_format", "view": "invalid_arguments"}
        raise Refusal(refused.get(name, "invalid_arguments")) from None
