"""Deletions: of one object, of a collection, and the last write that takes an object away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from kubectl_smart.capture.decoding import deletions, ownership
from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.kinds import kind_in, kind_of
from kubectl_smart.capture.decoding.state import Objects
from kubectl_smart.capture.decoding.stating import put
from kubectl_smart.capture.decoding.telling import named
from kubectl_smart.capture.decoding.written import Changes, Write, ref_of, verb_of, version_of
from kubectl_smart.memory.formats.identity import change_id
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.objects import ObjectRef


def deleted(objects: Objects, write: Write) -> Changes:
    """A DELETE of one object: it is gone, on its way, or asked to go."""
    event = write.event
    answer = event.response if kind_in(event.response, event.group) else None
    ref = ref_of(objects, event, answer)
    known = objects.alive.get(ref)
    state = orjson.loads(known.state) if known is not None and known.state is not None else None
    if deletions.gone_after_delete(event, write.actor.kind, state):
        return gone(objects, write, ref, answer)
    if answer is not None:
        return put(objects, write, answer)
    return named(objects, write, "delete")


def collection_deleted(objects: Objects, write: Write) -> Changes:
    """A deletecollection: a change for each item of the answered list."""
    answer = write.event.response
    items = answer.get("items") if answer is not None else None
    changes: list[Change] = []
    for item in items if type(items) is list else ():
        if type(item) is not dict or type(item.get("metadata")) is not dict:
            continue
        typed = _typed(objects, write.event, answer or {}, item)
        if deletions.gone_after_collection(write.event, typed):
            ref = ref_of(objects, write.event, typed)
            objects, made = gone(objects, write, ref, typed)
        else:
            objects, made = named(objects, write, "delete", typed)
        changes += made
    return objects, changes


def _typed(
    objects: Objects, event: AuditEvent, answer: dict[str, Any], item: dict[str, Any]
) -> dict[str, Any]:
    """An item of a list with the kind that lists leave out of their items."""
    kind = str(answer.get("kind") or "").removesuffix("List")
    kind = kind or kind_of(objects.kinds, event.group, event.resource)
    return {"apiVersion": answer.get("apiVersion"), "kind": kind, **item}


def gone(objects: Objects, write: Write, ref: ObjectRef, obj: dict[str, Any] | None) -> Changes:
    """The object no longer exists after this."""
    event = write.event
    known = objects.alive.get(ref)
    uid, rv = version_of(obj) if obj is not None else (str(event.details.get("uid") or ""), "")
    if not ref.name or (known is None and objects.gone_at(uid) is not None):
        return objects, []
    other = known is not None and bool(uid) and bool(known.uid) and uid != known.uid
    before = known is not None and not uid and event.at < known.happened_at
    late = other or before
    at = event.at if known is None or late else max(event.at, known.happened_at + 1)
    if known is not None and not late:
        derived, owner, uid = known.derived, known.owner, known.uid or uid
    elif obj is not None:
        derived = ownership.is_derived(ref, obj, write.actor.kind)
        owner = ownership.owner_of(ref, obj, objects) if derived else None
    else:
        derived, owner = ownership.is_derived_unseen(ref, write.actor.kind), None
    change = Change(
        id=change_id(event.audit_id, ref, Facet.OBJECT),
        object=ref,
        uid=uid,
        facet=Facet.OBJECT,
        derived=derived,
        verb="delete" if event.verb in ("delete", "deletecollection") else verb_of(event),
        actor=write.actor,
        via=write.via,
        happened_at=at,
        audit_id=event.audit_id,
        resource_version=rv,
        knowledge=Knowledge.FULL,
        edits=(),
        state=None,
        gone=True,
        owner=owner,
        late=late,
    )
    changes = [change]
    if known is not None and known.status is not None and not late:
        changes.append(_status_gone(change))
    objects = objects.bury(uid, at)
    if not late and known is not None:
        objects = objects._replace(alive=objects.alive.delete(ref))
    return objects, changes


def _status_gone(change: Change) -> Change:
    """With the object its status goes, which is kept apart."""
    return replace(
        change,
        id=change_id(change.audit_id, change.object, Facet.STATUS),
        facet=Facet.STATUS,
    )
