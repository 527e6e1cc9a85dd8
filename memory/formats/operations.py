"""What a change does to a cluster, in one word: what simulations and the memory compare by.

A word for what moves pods (or keeps them from somewhere); None for everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kubectl_smart.memory.records.changes import FieldEdit

CORDON, UNCORDON, DRAIN, TAINT = "cordon", "uncordon", "drain", "taint"
SCALE, ROLLOUT, RESTART, DELETE = "scale", "rollout", "restart", "delete"

ROLLED = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})
_RESTARTED = "restartedAt"


def operation(kind: str, edits: Iterable[FieldEdit], *, gone: bool) -> str | None:
    """The word for a change of an object of that kind; None if it moves no pod.

    gone  whether the object is no more
    """
    if gone:
        return DELETE
    found = list(edits)
    if kind == "Node":
        return _of_node(found)
    if kind in ROLLED:
        templates = [one.path for one in found if one.path.startswith("spec.template")]
        if templates:
            restarted = all(_RESTARTED in path for path in templates)
            return RESTART if restarted else ROLLOUT
    if kind in SCALED and any(one.path == "spec.replicas" for one in found):
        return SCALE
    return None


def _of_node(edits: list[FieldEdit]) -> str | None:
    for one in edits:
        if one.path == "spec.unschedulable":
            return CORDON if one.after is True else UNCORDON
        if one.path == "spec":
            before, after = _has(one.before, "unschedulable"), _has(one.after, "unschedulable")
            if before != after:
                return CORDON if after else UNCORDON
            return TAINT if _has(one.before, "taints") != _has(one.after, "taints") else None
        if one.path.startswith("spec.taints"):
            return TAINT
    return None


def _has(value: Any, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None
