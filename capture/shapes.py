"""The border: whether what claims to be a Kubernetes object has the shape of one.

Everything behind intake relies on these shapes without asking again. What fails here is
rejected with the path of the first thing wrong; nothing is repaired.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TEXTS = ("name", "namespace", "uid", "resourceVersion", "generateName", "deletionTimestamp")
_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")


def fault_in(obj: Any) -> str:
    """What is wrong with an object (or a List of them), in words; "" if nothing is."""
    return next(_faults(obj), "")


def _faults(obj: Any) -> Iterator[str]:
    if type(obj) is not dict:
        yield "it is no JSON object"
        return
    for name in ("kind", "apiVersion"):
        if name in obj and type(obj[name]) is not str:
            yield f"{name} is no text"
    items = obj.get("items")
    if type(items) is list and str(obj.get("kind", "")).endswith("List"):
        for number, item in enumerate(items):
            yield from (f"items[{number}]: {fault}" for fault in _faults(item))
    yield from _metadata(obj.get("metadata"))
    for name in ("spec", "status"):
        value = obj.get(name)
        if value is not None and type(value) is not dict and obj.get("kind") != "Status":
            yield f"{name} is no JSON object"
            return
    if type(obj.get("status")) is dict and obj.get("kind") in ("Pod", "Node"):
        yield from _status(obj["status"])
    if obj.get("kind") == "Event":
        for name in ("involvedObject", "regarding", "series"):
            yield from _is(obj.get(name), dict, name)


def _is(value: Any, kind: type, name: str) -> Iterator[str]:
    if value is not None and type(value) is not kind:
        yield f"{name} has the wrong type, {type(value).__name__}"


def _metadata(metadata: Any) -> Iterator[str]:
    yield from _is(metadata, dict, "metadata")
    if type(metadata) is not dict:
        return
    for name in _TEXTS:
        yield from _is(metadata.get(name), str, f"metadata.{name}")
    for name in ("labels", "annotations"):
        yield from _is(metadata.get(name), dict, f"metadata.{name}")
    for name in ("finalizers", "ownerReferences"):
        yield from _is(metadata.get(name), list, f"metadata.{name}")
    grace = metadata.get("deletionGracePeriodSeconds")
    yield from _is(grace, int, "metadata.deletionGracePeriodSeconds")


def _status(status: dict[str, Any]) -> Iterator[str]:
    for name in ("conditions", *_STATUSES):
        yield from _is(status.get(name), list, f"status.{name}")
        if type(status.get(name)) is list:
            for one in status[name]:
                if type(one) is not dict:
                    yield f"status.{name} holds something that is no JSON object"
                    return
    for name in _STATUSES:
        for one in status.get(name) or () if type(status.get(name)) is list else ():
            for part in ("state", "lastState"):
                yield from _is(one.get(part), dict, f"status.{name}.{part}")
                if type(one.get(part)) is dict:
                    for detail in one[part].values():
                        yield from _is(detail, dict, f"status.{name}.{part}")
