"""AdmissionReviews: what the API server asks before it stores a write, and the answer. Pure.

The answer is always the same but for its warnings: allowed.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.shapes import fault_in
from kubectl_smart.capture.trimming import Unusable
from kubectl_smart.memory.records.times import from_rfc3339

VERSION = "admission.k8s.io/v1"
HEAD = 1_024
"""Bytes of a body within which the API server writes the uid."""
_LONGEST_UID = 256
_BEGINNING = re.compile(
    rb'\s*\{\s*"kind"\s*:\s*"AdmissionReview"\s*,\s*"apiVersion"\s*:\s*"admission\.k8s\.io/v1"'
    rb'\s*,\s*"request"\s*:\s*\{\s*"uid"\s*:\s*"([0-9A-Za-z-]{1,128})"'
)
_VERBS = {"CREATE": "create", "UPDATE": "update", "DELETE": "delete"}


class Review(NamedTuple):
    """One request to the API server, admitted by all mutating webhooks and not yet stored.

    uid        of the review, not of the object
    verb       create, update, patch, apply or delete
    version    API version of the objects, without the group
    name       "" where it stands in the object only
    manager    what the client calls itself as owner of fields; "" if it does not
    at_once    of a deletion: without a period of grace
    obj, old   the object as it would be and as it is; None where there is none
    """

    uid: str
    verb: str
    group: str
    version: str
    resource: str
    subresource: str
    namespace: str
    name: str
    user: str
    groups: tuple[str, ...]
    manager: str
    dry_run: bool
    at_once: bool
    obj: dict[str, Any] | None
    old: dict[str, Any] | None


def uid_in_head(head: bytes) -> str:
    """The uid of a review of which only the beginning is known; "" if it does not stand there."""
    match = _BEGINNING.match(head)
    return match[1].decode() if match is not None else ""


def request_in(body: bytes) -> dict[str, Any]:
    """The request of a review, which has a uid. Unusable if it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Unusable(f"the body is no JSON: {problem}") from None
    right = (
        type(found) is dict
        and found.get("kind") == "AdmissionReview"
        and found.get("apiVersion") == VERSION
    )
    request = found.get("request") if right else None
    if type(request) is not dict:
        raise Unusable(f"the body is no AdmissionReview of {VERSION}")
    uid = request.get("uid")
    if type(uid) is not str or not 0 < len(uid) <= _LONGEST_UID:
        raise Unusable("the request has no uid")
    return request


def review_of(request: dict[str, Any]) -> Review:
    """The request, typed. Unusable if anything in it has not the shape it should have."""
    where = _part(request, "resource")
    user = _part(request, "userInfo")
    options = _part(request, "options")
    operation = _text(request, "operation")
    groups = user.get("groups") or []
    if operation not in (*_VERBS, "CONNECT"):
        raise Unusable(f"operation is {operation[:40]!r}")
    if not _text(where, "resource"):
        raise Unusable("resource is not named")
    if type(groups) is not list or not all(type(one) is str for one in groups):
        raise Unusable("userInfo.groups are no texts")
    obj, old = _object(request, "object"), _object(request, "oldObject")
    return Review(
        uid=request["uid"],
        verb=_verb(operation, _text(options, "kind")),
        group=_text(where, "group"),
        version=_text(where, "version"),
        resource=_text(where, "resource"),
        subresource=_text(request, "subResource"),
        namespace=_text(request, "namespace"),
        name=_text(request, "name"),
        user=_text(user, "username"),
        groups=tuple(groups),
        manager=_text(options, "fieldManager") or _newest_manager(obj),
        dry_run=bool(request.get("dryRun") or options.get("dryRun")),
        at_once=options.get("gracePeriodSeconds") == 0,
        obj=obj,
        old=old,
    )


def answer(uid: str, warnings: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the API server is told."""
    response: dict[str, Any] = {"uid": uid, "allowed": True}
    if warnings:
        response["warnings"] = list(warnings)
    return {"kind": "AdmissionReview", "apiVersion": VERSION, "response": response}


def _verb(operation: str, options: str) -> str:
    if operation == "UPDATE" and options == "PatchOptions":
        return "patch"
    return _VERBS.get(operation, "connect")


def _part(of: dict[str, Any], name: str) -> dict[str, Any]:
    value = of.get(name)
    if value is None:
        return {}
    if type(value) is not dict:
        raise Unusable(f"{name} is no JSON object")
    return value


def _text(of: dict[str, Any], name: str) -> str:
    value = of.get(name)
    if value is not None and type(value) is not str:
        raise Unusable(f"{name} is no text")
    return value or ""


def _object(request: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = request.get(name)
    if value is None:
        return None
    fault = fault_in(value)
    if fault:
        raise Unusable(f"{name}: {fault}")
    return dict(value)


def _newest_manager(obj: dict[str, Any] | None) -> str:
    """Who wrote last by the object's own account; "" where that is not one alone."""
    entries = ((obj or {}).get("metadata") or {}).get("managedFields")
    named: dict[int, set[str]] = {}
    for one in entries if type(entries) is list else ():
        if type(one) is not dict or one.get("subresource"):
            continue
        manager, when = one.get("manager"), one.get("time")
        if type(manager) is not str or type(when) is not str:
            continue
        try:
            named.setdefault(from_rfc3339(when), set()).add(manager)
        except ValueError:
            continue
    newest = named[max(named)] if named else set()
    return newest.pop() if len(newest) == 1 else ""
