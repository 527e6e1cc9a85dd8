"""Declared or derived, and whose: what people decide against what controllers make of it.

An object with a controller ownerReference is derived. So are, without one, the kinds that
only controllers write by design (ControllerRevision, EndpointSlice, Lease) and an Endpoints
object that its controller keeps: it carries the mark of the endpoints controller, or a
controller made it. Everything else is declared.
"""

from __future__ import annotations

from typing import Any

from kubectl_smart.capture.decoding.kinds import group_of
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.objects import ObjectRef

_ALWAYS_DERIVED = frozenset({"ControllerRevision", "EndpointSlice", "Lease", "LeaseCandidate"})
_ENDPOINTS_MARKS = frozenset(
    {
        "endpoints.kubernetes.io/managed-by",
        "endpoints.kubernetes.io/last-change-trigger-time",
    }
)
_MADE_BY_OTHERS = frozenset({"Pod", "ReplicaSet"})
_MACHINES = frozenset({ActorKind.CONTROLLER, ActorKind.NODE})


def controller_of(obj: dict[str, Any]) -> dict[str, Any] | None:
    """The ownerReference marked as controller; None if there is none."""
    owners = (obj.get("metadata") or {}).get("ownerReferences")
    for owner in owners if type(owners) is list else ():
        if type(owner) is dict and owner.get("controller"):
            return owner
    return None


def is_derived(ref: ObjectRef, obj: dict[str, Any], actor: ActorKind) -> bool:
    """Whether controllers make this object."""
    if ref.kind in _ALWAYS_DERIVED or controller_of(obj) is not None:
        return True
    if ref.kind != "Endpoints" or ref.group:
        return False
    metadata = obj.get("metadata") or {}
    marks = (metadata.get("labels") or {}).keys() | (metadata.get("annotations") or {}).keys()
    return not _ENDPOINTS_MARKS.isdisjoint(marks) or actor is ActorKind.CONTROLLER


def is_derived_unseen(ref: ObjectRef, actor: ActorKind) -> bool:
    """The same for an object of which nothing but the name is known: by who writes to it."""
    made_by_others = ref.kind in _MADE_BY_OTHERS or ref.kind == "Endpoints"
    return ref.kind in _ALWAYS_DERIVED or (made_by_others and actor in _MACHINES)


def owner_of(ref: ObjectRef, obj: dict[str, Any], objects: Objects) -> ObjectRef | None:
    """The declared object at the top of the owner chain; None where the chain is not known."""
    owner = controller_of(obj)
    if owner is None:
        return None
    group = group_of(str(owner.get("apiVersion") or ""))
    kind, name = str(owner.get("kind") or ""), str(owner.get("name") or "")
    for namespace in (ref.namespace, ""):
        above = ObjectRef(group, kind, namespace, name)
        known = objects.alive.get(above)
        if known is not None:
            return known.owner if known.derived else above
    return None
