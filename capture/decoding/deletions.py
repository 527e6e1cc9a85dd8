"""When an object is gone, and when it is only on its way.

A DELETE answers with a Status Success when the object has been removed. It answers with
the object when that is still there (finalizers, a pod's grace period), but some
resources answer with the object they have just removed, too: then neither a grace period nor a
finalizer is left in it. An object on its way is removed by the write that takes its last
finalizer while no grace is left. What the answer does not show is not guessed.
"""

from __future__ import annotations

from typing import Any

from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.memory.records.actors import ActorKind


def finalizers_left(obj: dict[str, Any]) -> bool:
    """True if something still has to be finished before the object may go."""
    metadata = obj.get("metadata") or {}
    if metadata.get("finalizers"):
        return True
    spec = obj.get("spec")
    return obj.get("kind") == "Namespace" and type(spec) is dict and bool(spec.get("finalizers"))


def gone_after_delete(event: AuditEvent, actor: ActorKind, state: dict[str, Any] | None) -> bool:
    """True if a successful DELETE removed the object; `state` is what was known of it."""
    answer = event.response
    if event.status == "Success" or (answer is not None and answer.get("kind") == "Status"):
        return True
    if answer is not None:
        grace = (answer.get("metadata") or {}).get("deletionGracePeriodSeconds")
        return not grace and not finalizers_left(answer) and not _propagation_pending(event)
    if event.resource == "pods" and not event.group:
        # level Metadata: a node deletes a pod only when it has ended, and then at once
        return _immediate(event) or actor is ActorKind.NODE
    # level Metadata, answered with the object itself: sure only if its finalizers are known
    return state is not None and not finalizers_left(state) and not _propagation_pending(event)


def _immediate(event: AuditEvent) -> bool:
    options = event.request if type(event.request) is dict else {}
    return options.get("gracePeriodSeconds") == 0 or event.parameter("gracePeriodSeconds") == "0"


def _propagation_pending(event: AuditEvent) -> bool:
    options = event.request if type(event.request) is dict else {}
    policy = options.get("propagationPolicy") or event.parameter("propagationPolicy")
    answered = event.response is not None
    return policy in ("Foreground", "Orphan") and not answered


def gone_after_update(obj: dict[str, Any]) -> bool:
    """True if the write that left the object like this made the API server remove it."""
    metadata = obj.get("metadata") or {}
    if not metadata.get("deletionTimestamp") or finalizers_left(obj):
        return False
    if obj.get("kind") == "Namespace":
        return True
    return metadata.get("deletionGracePeriodSeconds") == 0


def gone_after_collection(event: AuditEvent, obj: dict[str, Any]) -> bool:
    """True if one item of a deletecollection's answer is gone; the item shows it before."""
    options = event.request if type(event.request) is dict else {}
    policy = options.get("propagationPolicy") or event.parameter("propagationPolicy")
    if finalizers_left(obj) or policy in ("Foreground", "Orphan"):
        return False
    if obj.get("kind") != "Pod":
        return True
    spec = obj.get("spec") or {}
    grace = options.get("gracePeriodSeconds", spec.get("terminationGracePeriodSeconds"))
    ended = (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return grace == 0 or ended or not spec.get("nodeName")
