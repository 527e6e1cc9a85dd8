"""Which pods and nodes were not well, by their own word.

Only what the status itself says: no rule of thumb, and nothing about what was wanted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kubectl_smart.memory.answers.past_state import PastObject
from kubectl_smart.memory.records.objects import ObjectRef

_STARTING = frozenset({"ContainerCreating", "PodInitializing"})
_PRESSURE = frozenset({"MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"})


def unwell(objects: Iterable[PastObject]) -> Iterator[tuple[ObjectRef, str]]:
    """(pod or node, reason) of those that were not well, in the order given.

    A pod that had run to its end or was being taken away is well.
    """
    for one in objects:
        reason, _ = _told(one.ref, one.state)
        if reason:
            yield one.ref, reason


def condition(ref: ObjectRef, state: Any) -> str:
    """How a pod or node was, in the words kubectl would use; "" for other kinds."""
    reason, otherwise = _told(ref, state)
    return reason or otherwise


def _told(ref: ObjectRef, state: Any) -> tuple[str, str]:
    """(why it was not well, what it was if it was well); both "" where no status is known."""
    status = (state or {}).get("status")
    if ref.group or ref.kind not in ("Pod", "Node") or not isinstance(status, dict):
        return "", ""
    if ref.kind == "Node":
        return _node_reason(status), "Ready"
    if state.get("metadata", {}).get("deletionTimestamp"):
        return "", "Terminating"
    return _pod_reason(status), str(status.get("phase") or "")


def _pod_reason(status: dict[str, Any]) -> str:
    phase = str(status.get("phase") or "")
    if phase == "Succeeded":
        return ""
    for container in _containers(status):
        state = container.get("state") or {}
        waiting = (state.get("waiting") or {}).get("reason")
        ended = (state.get("terminated") or {}).get("reason")
        if waiting and waiting not in _STARTING:
            return str(waiting)
        if ended and ended != "Completed":
            return str(ended)
    unmet = _unmet(status)
    if phase not in ("", "Running"):
        reason = unmet or str(status.get("reason") or "")
        return f"{phase}: {reason}" if reason else phase
    return unmet


def _containers(status: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for members in ("initContainerStatuses", "containerStatuses"):
        yield from status.get(members) or ()


def _unmet(status: dict[str, Any]) -> str:
    """Why a condition that a serving pod meets is not met."""
    for condition in status.get("conditions") or ():
        wanted = condition.get("type") in ("PodScheduled", "Initialized", "Ready")
        if wanted and condition.get("status") == "False":
            return str(condition.get("reason") or f"not {condition['type']}")
    return ""


def _node_reason(status: dict[str, Any]) -> str:
    found = []
    for condition in status.get("conditions") or ():
        kind, value = condition.get("type"), condition.get("status")
        if (kind == "Ready" and value != "True") or (kind in _PRESSURE and value == "True"):
            found.append(str(condition.get("reason") or f"{kind}={value}"))
    return ", ".join(found)
