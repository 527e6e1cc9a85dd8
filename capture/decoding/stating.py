"""Versions known in full: the state after a write, its difference, and what is known then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.decoding import ownership
from kubectl_smart.capture.decoding.state import Known, Objects, number
from kubectl_smart.capture.decoding.written import (
    Changes,
    Write,
    place_of,
    ref_of,
    verb_of,
    version_of,
)
from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.identity import change_id
from kubectl_smart.memory.formats.manifests import canonical, stored_form, trimmed_status
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.objects import ObjectRef

CHANGE_CAUSE = "kubernetes.io/change-cause"
_MACHINES = frozenset({ActorKind.CONTROLLER, ActorKind.NODE})


def put(objects: Objects, write: Write, obj: dict[str, Any]) -> Changes:
    """An object as the API server answered it."""
    event = write.event
    ref = ref_of(objects, event, obj)
    if not ref.name:
        return objects, []
    uid, rv = version_of(obj)
    form = stored_form(obj)
    known = objects.alive.get(ref)
    if known is not None and known.uid == uid and known.state is not None:
        derived = known.derived  # once told, an object stays in its place
    else:
        derived = ownership.is_derived(ref, form, write.actor.kind)
    status = trimmed_status(obj)
    apart: bytes | None = None
    if status is not None and derived:
        form["status"] = status
    elif status is not None:
        apart = canonical(_status_object(obj, status))
    return stated(objects, write, ref, Version(uid, rv, form, derived, apart), verb_of(event))


def _status_object(obj: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    metadata = obj.get("metadata") or {}
    names = {key: metadata[key] for key in ("name", "namespace", "uid") if metadata.get(key)}
    return {
        "apiVersion": obj.get("apiVersion"),
        "kind": obj.get("kind"),
        "metadata": names,
        "status": status,
    }


class Version(NamedTuple):
    """A version known in full.

    form    the object in stored form; of a derived Pod with its trimmed status
    status  canonical JSON of the status that is kept apart; None if there is none
    """

    uid: str
    resource_version: str
    form: dict[str, Any]
    derived: bool
    status: bytes | None


def stated(objects: Objects, write: Write, ref: ObjectRef, version: Version, verb: str) -> Changes:
    """A version known in full takes its place."""
    uid, rv, form, derived, status = version
    place = place_of(objects, write, ref, uid, rv)
    if place is None:
        return objects, []
    state = canonical(form)
    known = objects.alive.get(ref)
    owner = ownership.owner_of(ref, form, objects) if derived else None
    if owner is None and known is not None and known.uid == uid:
        owner = known.owner

    def change(facet: Facet, new: bytes, edits: tuple[FieldEdit, ...]) -> Change:
        of_object = facet is Facet.OBJECT
        return Change(
            id=change_id(write.event.audit_id, ref, facet),
            object=ref,
            uid=uid,
            facet=facet,
            derived=derived,
            verb=verb,
            actor=write.actor,
            via=write.via,
            happened_at=place.at,
            audit_id=write.event.audit_id,
            resource_version=rv,
            knowledge=Knowledge.FULL,
            edits=edits,
            state=new,
            owner=owner,
            reason=_reason(form, known, write.actor) if of_object else "",
            late=place.late,
        )

    if place.late:
        late = [change(Facet.OBJECT, state, ())]
        if status is not None:
            late.append(change(Facet.STATUS, status, ()))
        objects, others = resurfaced(objects, ref, uid, rv)
        return objects, [*late, *others]
    changes = []
    kept = state
    unchanged = known.unchanged if known is not None and known.uid == uid else None
    follows = known if known is not None and verb != "create" and _one(known.uid, uid) else None
    if known is None or known.state != state:
        edits = _difference(follows.state if follows is not None else None, form)
        if follows is not None and follows.state is not None and _only_a_heartbeat(ref, edits):
            kept = follows.state
        else:
            changes.append(change(Facet.OBJECT, state, edits))
    elif write.actor.kind not in _MACHINES:
        unchanged = change(Facet.OBJECT, state, ())
    before = known.status if known is not None else None
    if status is not None and before != status:
        compared = before if follows is not None else None
        changes.append(change(Facet.STATUS, status, _difference(compared, orjson.loads(status))))
    after = Known(
        uid,
        number(rv) or (known.version if known is not None else 0),
        kept,
        before if status is None else status,
        kept,
        derived,
        owner,
        place.at,
        unchanged,
    )
    return objects._replace(alive=objects.alive.set(ref, after)), changes


def resurfaced(objects: Objects, ref: ObjectRef, uid: str, version: str) -> Changes:
    """A write that seemed to change nothing, now that one of before it has come late.

    uid, version  of the late one, "" if not known
    """
    known = objects.alive.get(ref)
    if known is None or known.unchanged is None:
        return objects, []
    unchanged = known.unchanged
    later = number(version) >= number(unchanged.resource_version)
    if later or not _one(unchanged.uid, uid):
        return objects, []
    alive = objects.alive.set(ref, known._replace(unchanged=None))
    return objects._replace(alive=alive), [replace(unchanged, late=True)]


def _one(uid: str, other: str) -> bool:
    """Whether both may be of one object; of the same name there can be several, one by one."""
    return not uid or not other or uid == other


def _difference(before: bytes | None, after: dict[str, Any]) -> tuple[FieldEdit, ...]:
    return () if before is None else diff(orjson.loads(before), after)


def _only_a_heartbeat(ref: ObjectRef, edits: tuple[FieldEdit, ...]) -> bool:
    """A Lease that was renewed: nothing was decided, and it happens every ten seconds."""
    return ref.kind == "Lease" and all(edit.path == "spec.renewTime" for edit in edits)


def _reason(form: dict[str, Any], known: Known | None, actor: Actor) -> str:
    """The change cause, where this very request set it."""
    if actor.kind in _MACHINES:
        return ""
    annotations = (form.get("metadata") or {}).get("annotations") or {}
    cause = annotations.get(CHANGE_CAUSE)
    if not isinstance(cause, str) or not cause:
        return ""
    if known is not None and known.state is not None and CHANGE_CAUSE.encode() in known.state:
        old = (orjson.loads(known.state).get("metadata") or {}).get("annotations") or {}
        if old.get(CHANGE_CAUSE) == cause:
            return ""
    return cause
