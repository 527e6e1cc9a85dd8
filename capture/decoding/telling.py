"""Writes known in part: fields put into a known state, fields alone, or just a name.

Audit levels that leave the answer out (Metadata, Request) degrade to what they tell; a scale and a
binding tell one field for certain, which completes a state that is known.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.decoding import ownership
from kubectl_smart.capture.decoding.patches import PatchType, patch_type, told
from kubectl_smart.capture.decoding.state import Known, Objects, number
from kubectl_smart.capture.decoding.stating import Version, resurfaced, stated
from kubectl_smart.capture.decoding.written import Changes, Write, place_of, ref_of, verb_of
from kubectl_smart.memory.formats.diffs import apply_edits, diff
from kubectl_smart.memory.formats.identity import change_id
from kubectl_smart.memory.formats.manifests import canonical, stored_form
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    Facet,
    FieldEdit,
    Knowledge,
)
from kubectl_smart.memory.records.objects import ObjectRef


class Told(NamedTuple):
    """What a request tells of an object: some fields; `uid` and `resource_version` maybe ""."""

    uid: str
    resource_version: str
    edits: tuple[FieldEdit, ...]
    verb: str


def composed(objects: Objects, write: Write, ref: ObjectRef, what: Told) -> Changes:
    """Certain fields put into the state known; into nothing, where none is known."""
    known = objects.alive.get(ref)
    place = place_of(objects, write, ref, what.uid, what.resource_version)
    whole = known is not None and known.state is not None and not known.stale
    if known is None or not whole or place is None or place.late:
        return fields(objects, write, ref, what)
    if what.uid and known.uid and what.uid != known.uid:
        return fields(objects, write, ref, what)
    form = apply_edits(orjson.loads(known.state or b""), what.edits)
    version = Version(known.uid, what.resource_version, form, known.derived, None)
    return stated(objects, write, ref, version, what.verb)


def fields(objects: Objects, write: Write, ref: ObjectRef, what: Told) -> Changes:
    """Fields of an object that is not known in full."""
    known = objects.alive.get(ref)
    uid = what.uid or (known.uid if known is not None else "")
    place = place_of(objects, write, ref, uid, what.resource_version)
    if place is None:
        return objects, []
    edits = what.edits
    best: bytes | None = None
    if known is not None and known.best is not None and not place.late:
        base = orjson.loads(known.best)
        certain = [edit for edit in edits if edit.after is not UNKNOWN]
        form = apply_edits(base, certain)
        edits = (*diff(base, form), *(edit for edit in edits if edit.after is UNKNOWN))
        best = canonical(form)
        if not edits:
            return objects, []
    change = _unseen(write, ref, known, what.verb).made(
        uid=uid, at=place.at, late=place.late, rv=what.resource_version, edits=edits
    )
    if place.late:
        objects, after = resurfaced(objects, ref, what.uid, what.resource_version)
        return objects, [change, *after]
    return _remembered(objects, ref, change, known, best), [change]


class _Unseen(NamedTuple):
    """The part of a change that is the same however little is known of it."""

    write: Write
    ref: ObjectRef
    derived: bool
    owner: ObjectRef | None
    verb: str

    def made(
        self, *, uid: str, at: int, late: bool, rv: str, edits: tuple[FieldEdit, ...]
    ) -> Change:
        event = self.write.event
        return Change(
            id=change_id(event.audit_id, self.ref, Facet.OBJECT),
            object=self.ref,
            uid=uid,
            facet=Facet.OBJECT,
            derived=self.derived,
            verb=self.verb,
            actor=self.write.actor,
            via=self.write.via,
            happened_at=at,
            audit_id=event.audit_id,
            resource_version=rv,
            knowledge=Knowledge.FIELDS if edits else Knowledge.NAME,
            edits=edits,
            state=None,
            owner=self.owner,
            late=late,
        )


def _unseen(write: Write, ref: ObjectRef, known: Known | None, verb: str) -> _Unseen:
    if known is not None:
        return _Unseen(write, ref, known.derived, known.owner, verb)
    return _Unseen(write, ref, ownership.is_derived_unseen(ref, write.actor.kind), None, verb)


def _remembered(
    objects: Objects, ref: ObjectRef, change: Change, known: Known | None, best: bytes | None
) -> Objects:
    version = number(change.resource_version)
    if known is None:
        after = Known(
            change.uid, version, None, None, None, change.derived, change.owner, change.happened_at
        )
    else:
        after = known._replace(
            version=version or known.version, happened_at=change.happened_at, best=best
        )
    return objects._replace(alive=objects.alive.set(ref, after))


def named(objects: Objects, write: Write, verb: str, obj: dict[str, Any] | None = None) -> Changes:
    """A write of which only the object's name is known."""
    ref = ref_of(objects, write.event, obj)
    if not ref.name:
        return objects, []
    known = objects.alive.get(ref)
    place = place_of(objects, write, ref, "", "")
    if place is None:
        return objects, []
    uid = known.uid if known is not None else ""
    change = _unseen(write, ref, known, verb).made(
        uid=uid, at=place.at, late=place.late, rv="", edits=()
    )
    if place.late:
        return objects, [change]
    # an eviction leaves the object as it was; the rest of the fields may now be others
    best = known.best if known is not None and verb == "evict" else None
    return _remembered(objects, ref, change, known, best), [change]


def partly(objects: Objects, write: Write) -> Changes:
    """A create, update or patch whose outcome was not recorded."""
    event = write.event
    body = event.request
    ref = ref_of(objects, event, body if type(body) is dict else None)
    if not ref.name:
        return objects, []  # made under a name that the API server chose and nobody wrote down
    verb = verb_of(event)
    if event.subresource not in ("", "status", "ephemeralcontainers", "resize") or body is None:
        return named(objects, write, verb)
    known = objects.alive.get(ref)
    base = orjson.loads(known.best) if known is not None and known.best is not None else None
    if event.verb == "create":
        edits = tuple(
            FieldEdit(edit.path, ABSENT, edit.after)
            for edit in told(body, PatchType.STRATEGIC, None)
            if edit.after is not ABSENT
        )
    elif event.verb == "update" and base is not None and type(body) is dict:
        edits = tuple(e for e in diff(base, stored_form(body)) if not _the_servers_own(e))
    elif event.verb == "update":
        edits = told(body, PatchType.STRATEGIC, None)
    else:
        edits = told(body, patch_type(body, event.field_manager), base)
    if not edits:
        return named(objects, write, verb) if base is None else (objects, [])
    return fields(objects, write, ref, Told("", "", edits, verb))


def _the_servers_own(edit: FieldEdit) -> bool:
    """A field that clients need not send and the API server fills in."""
    return edit.after is ABSENT and edit.path in ("metadata.uid", "metadata.creationTimestamp")
