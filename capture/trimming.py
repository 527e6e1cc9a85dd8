"""From an audit event as it came to the bytes that are spooled: relevant, trimmed, redacted.

The spool is on disk, so redaction comes before it: nothing that looks like a credential is
written anywhere. What cannot matter to any record (reads by machines, reviews of access,
tokens) is not kept at all.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import orjson

from kubectl_smart.capture.decoding.actors import identify
from kubectl_smart.capture.decoding.events import LOOKS, READS
from kubectl_smart.capture.shapes import fault_in
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.times import from_rfc3339

_STAGES = frozenset({"ResponseComplete", "Panic"})
_REVIEWS = frozenset({"authentication.k8s.io", "authorization.k8s.io"})
_PARAMETERS = (
    "fieldManager",
    "force",
    "dryRun",
    "labelSelector",
    "fieldSelector",
    "gracePeriodSeconds",
    "propagationPolicy",
    "container",
    "follow",
    "previous",
    "tailLines",
    "sinceSeconds",
    "command",
)
_PLACE = ("apiGroup", "apiVersion", "resource", "subresource", "namespace", "name")
_WITH_STATUS = frozenset({"Pod", "Node", "Status", "PodList"})
_REFUSED = 400


class Unusable(ValueError):
    """The event has a place in the log but not the shape of one; the text says what is wrong."""


def is_human(event: dict[str, Any]) -> bool:
    """Whether a person made the request."""
    return _actor_kind(event) is ActorKind.HUMAN


def _actor_kind(event: dict[str, Any]) -> ActorKind:
    user, other = event.get("user") or {}, event.get("impersonatedUser") or {}
    return identify(
        str(user.get("username") or ""),
        _groups(user),
        str(other.get("username") or ""),
        _groups(other),
        str(event.get("userAgent") or ""),
    ).actor.kind


def _groups(user: Any) -> tuple[str, ...]:
    groups = user.get("groups") if type(user) is dict else None
    return tuple(str(one) for one in groups) if type(groups) is list else ()


def is_read(event: dict[str, Any]) -> bool:
    """Whether the request only looked."""
    return event["verb"] in READS or (event.get("objectRef") or {}).get("subresource") in LOOKS


def is_relevant(event: dict[str, Any]) -> bool:
    """Whether any record can come of it. The event has the shape `audit_file` checks."""
    if event["stage"] not in _STAGES:
        return False
    where = event.get("objectRef") or {}
    if not where.get("resource") or where.get("apiGroup") in _REVIEWS:
        return False
    if where.get("subresource") == "token":
        return False
    if is_read(event):
        return is_human(event)
    code = (event.get("responseStatus") or {}).get("code") or 0
    if type(code) is int and code >= _REFUSED:
        return is_human(event)
    return not _query(str(event.get("requestURI") or "")).get("dryRun")


@lru_cache(maxsize=4_096)
def _query(uri: str) -> dict[str, list[str]]:
    _, mark, text = uri.partition("?")
    if not mark:
        return {}
    found = parse_qs(text, keep_blank_values=True)
    return {name: found[name] for name in _PARAMETERS if name in found}


def trimmed(event: dict[str, Any], redactor: Redactor) -> bytes:
    """The body of the spool entry. Unusable if something in the event has the wrong shape."""
    where = event.get("objectRef") or {}
    user, other = event.get("user") or {}, event.get("impersonatedUser")
    for name, value in (*where.items(), ("userAgent", event.get("userAgent"))):
        if value is not None and type(value) is not str:
            raise Unusable(f"{name} is no text")
    body: dict[str, Any] = {
        "auditID": event["auditID"],
        "stage": event["stage"],
        "stageTimestamp": _instant(event, "stageTimestamp"),
        "requestReceivedTimestamp": _instant(event, "requestReceivedTimestamp"),
        "verb": event["verb"],
        "user": {"username": _text(user, "username"), "groups": _groups(user)},
        "userAgent": event.get("userAgent") or "",
        "objectRef": {name: where[name] for name in _PLACE if where.get(name)},
        "query": _safe_query(_query(str(event.get("requestURI") or "")), redactor),
        "responseStatus": _status(event, redactor),
    }
    if other:
        body["impersonatedUser"] = {
            "username": _text(other, "username"),
            "groups": _groups(other),
        }
    if not is_read(event):
        _add_objects(body, event, redactor, secret=where.get("resource") == "secrets")
    return orjson.dumps(body)


def _text(of: dict[str, Any], name: str) -> str:
    value = of.get(name)
    if value is not None and type(value) is not str:
        raise Unusable(f"{name} is no text")
    return value or ""


def _instant(event: dict[str, Any], name: str) -> str | None:
    value = event.get(name)
    if value is None:
        return None
    try:
        if from_rfc3339(value) >= 0:
            return str(value)
    except (ValueError, TypeError):
        pass
    raise Unusable(f"{name} is no time: {str(value)[:40]!r}")


def _safe_query(query: dict[str, list[str]], redactor: Redactor) -> dict[str, list[str]]:
    if "command" not in query:
        return query
    return {**query, "command": [redactor.redact_text(" ".join(query["command"]))]}


def _status(event: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Code, outcome and what a Status answer says of its object, wherever it stands."""
    said = event.get("responseStatus") or {}
    answer = event.get("responseObject")
    if type(answer) is dict and answer.get("kind") == "Status":
        said = {**said, **{k: v for k, v in answer.items() if v}}
    kept: dict[str, Any] = {}
    if type(said.get("code")) is int:
        kept["code"] = said["code"]
    if type(said.get("status")) is str:
        kept["status"] = said["status"]
    if type(said.get("message")) is str:
        kept["message"] = redactor.redact_text(said["message"])[:1_024]
    details = said.get("details")
    if type(details) is dict:
        kept["details"] = {
            name: details[name]
            for name in ("name", "kind", "uid")
            if type(details.get(name)) is str
        }
    return kept


def _add_objects(
    body: dict[str, Any], event: dict[str, Any], redactor: Redactor, *, secret: bool
) -> None:
    redact = redactor.secret if secret else redactor.redact
    for name in ("requestObject", "responseObject"):
        obj = event.get(name)
        if obj is None or (name == "responseObject" and _is_status(obj)):
            continue
        if type(obj) is list and name == "requestObject":
            body[name] = redact(obj)
            continue
        fault = fault_in(obj)
        if fault:
            raise Unusable(f"{name}: {fault}")
        if type(obj.get("items")) is list and secret:
            items = [redactor.secret(one) for one in _bare(obj)["items"]]
            body[name] = {**_bare(obj), "items": items}
        else:
            body[name] = redact(_bare(obj))


def trimmed_object(obj: Any, redactor: Redactor) -> dict[str, Any]:
    """An object as it may be spooled. Unusable if it has not the shape of one."""
    fault = fault_in(obj)
    if fault:
        raise Unusable(fault)
    is_secret = obj.get("kind") == "Secret" and obj.get("apiVersion") == "v1"
    kept = redactor.secret(_bare(obj)) if is_secret else redactor.redact(_bare(obj))
    return dict(kept)


def _is_status(obj: Any) -> bool:
    return type(obj) is dict and obj.get("kind") == "Status"


def _bare(obj: dict[str, Any]) -> dict[str, Any]:
    """Without the API server's book-keeping and without statuses that no record keeps."""
    bare = obj
    metadata = obj.get("metadata")
    if type(metadata) is dict and "managedFields" in metadata:
        slim = {key: value for key, value in metadata.items() if key != "managedFields"}
        bare = {**bare, "metadata": slim}
    if "status" in bare and bare.get("kind", "Pod") not in _WITH_STATUS:
        bare = {key: value for key, value in bare.items() if key != "status"}
    if type(bare.get("items")) is list:
        bare = {
            **bare,
            "items": [_bare(one) if type(one) is dict else one for one in bare["items"]],
        }
    return bare
