"""One write that took place: which object it was about, and where in time it belongs.

A version is late when a newer one of its object is known, by resource version where there is
one and by time otherwise; it is recorded but leaves what is known as it is. Answers can be
logged in another order than the writes took place, so a newer version's time is never put before
the time of the version it follows, nor a late one's after.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.kinds import kind_in, kind_of
from kubectl_smart.capture.decoding.patches import PatchType, patch_type
from kubectl_smart.capture.decoding.state import Objects, number
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.kinds import by_resource
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef


class Write(NamedTuple):
    """A write that took place: the event, who was behind it, and how it was made."""

    event: AuditEvent
    actor: Actor
    via: str


Changes = tuple[Objects, list[Change]]


def verb_of(event: AuditEvent) -> str:
    """The verb as records name it: server-side apply is a patch with the whole object."""
    if event.verb != "patch":
        return event.verb
    applied = patch_type(event.request, event.field_manager) is PatchType.APPLY
    return "apply" if applied else "patch"


def ref_of(objects: Objects, event: AuditEvent, obj: dict[str, Any] | None = None) -> ObjectRef:
    """The object written to; `obj` where the event shows it (it may be one of many)."""
    metadata = (obj or {}).get("metadata") or {}
    kind = kind_in(obj, event.group) or kind_of(objects.kinds, event.group, event.resource)
    info = by_resource(event.group, event.resource)
    namespaced = info is None or info.namespaced
    namespace = (metadata.get("namespace") or event.namespace) if namespaced else CLUSTER
    return ObjectRef(event.group, kind, namespace, metadata.get("name") or event.name)


def version_of(obj: dict[str, Any]) -> tuple[str, str]:
    """(uid, resource version) as far as the object tells."""
    metadata = obj.get("metadata") or {}
    return str(metadata.get("uid") or ""), str(metadata.get("resourceVersion") or "")


class Place(NamedTuple):
    """When a version was written (microseconds since 1970-01-01 UTC), and whether it is late."""

    at: int
    late: bool


def place_of(objects: Objects, write: Write, ref: ObjectRef, uid: str, rv: str) -> Place | None:
    """Where in time a version belongs; None if it is known already."""
    at = write.event.at
    gone_at = objects.gone_at(uid)
    if gone_at is not None:
        return Place(min(at, gone_at - 1), late=True)
    known = objects.alive.get(ref)
    if known is None:
        return Place(at, late=False)
    version = number(rv)
    if version and known.version:
        if version == known.version:
            return None
        if version < known.version:
            return Place(min(at, known.happened_at), late=True)
        return Place(max(at, known.happened_at), late=False)
    if at < known.happened_at:
        return Place(at, late=True)
    return Place(max(at, known.happened_at + 1), late=False)
