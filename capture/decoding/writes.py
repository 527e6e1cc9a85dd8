"""From one successful write to the changes it made, and what is known of objects after it.

Subresources are where naive capture breaks: a scale answers with a Scale, a binding with a
Status, an eviction with a Status and a deletion that shows later. Audit levels that leave the
answer out (Metadata, Request) degrade to what they tell: fields, or just the name.

A version is late when a newer one of its object is known, by resource version where there is
one and by time otherwise; it is recorded but leaves what is known as it is. Answers can be
logged in another order than the writes took place, so a newer version's time is never put before
the time of the version it follows, nor a late one's after.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.decoding import deletions, ownership
from kubectl_smart.capture.decoding.events import AuditEvent
from kubectl_smart.capture.decoding.kinds import kind_in, kind_of, learnt
from kubectl_smart.capture.decoding.patches import PatchType, patch_type, told
from kubectl_smart.capture.decoding.state import Known, Objects, number
from kubectl_smart.memory.formats.diffs import apply_edits, diff
from kubectl_smart.memory.formats.identity import change_id
from kubectl_smart.memory.formats.manifests import canonical, stored_form, trimmed_status
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    Facet,
    FieldEdit,
    Knowledge,
)
from kubectl_smart.memory.records.kinds import by_resource
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

CHANGE_CAUSE = "kubernetes.io/change-cause"
_SCALED_AT_SPEC_REPLICAS = frozenset({"", "apps", "extensions"})
_MACHINES = frozenset({ActorKind.CONTROLLER, ActorKind.NODE})

Changes = tuple[Objects, list[Change]]


class Write(NamedTuple):
    """A write that took place: the event, who was behind it, and how it was made."""

    event: AuditEvent
    actor: Actor
    via: str


def changes_of(objects: Objects, write: Write) -> Changes:
    """What is known after the write, and the changes it made; [] if it changed nothing."""
    event = write.event
    kind = kind_in(event.response, event.group) or kind_in(event.request, event.group)
    if kind and not event.subresource:
        kinds = learnt(objects.kinds, event.group, event.resource, kind)
        objects = objects._replace(kinds=kinds)
    if event.verb == "deletecollection":
        return _collection_deleted(objects, write)
    if event.verb == "delete":
        return _deleted(objects, write)
    match event.subresource:
        case "scale":
            return _scaled(objects, write)
        case "binding":
            return _bound(objects, write)
        case "eviction":
            return _named(objects, write, "evict")
    answer = event.response
    if answer is not None and kind_in(answer, event.group):
        if event.verb != "create" and deletions.gone_after_update(answer):
            return _gone(objects, write, _ref_of(objects, event, answer), answer)
        return _put(objects, write, answer)
    return _partly(objects, write)


def verb_of(event: AuditEvent) -> str:
    """The verb as records name it: server-side apply is a patch with the whole object."""
    if event.verb != "patch":
        return event.verb
    applied = patch_type(event.request, event.field_manager) is PatchType.APPLY
    return "apply" if applied else "patch"


# --- which object ---------------------------------------------------------------------------


def _ref_of(objects: Objects, event: AuditEvent, obj: dict[str, Any] | None = None) -> ObjectRef:
    """The object written to; `obj` where the event shows it (it may be one of many)."""
    metadata = (obj or {}).get("metadata") or {}
    kind = kind_in(obj, event.group) or kind_of(objects.kinds, event.group, event.resource)
    info = by_resource(event.group, event.resource)
    namespaced = info is None or info.namespaced
    namespace = (metadata.get("namespace") or event.namespace) if namespaced else CLUSTER
    return ObjectRef(event.group, kind, namespace, metadata.get("name") or event.name)


def _version_of(obj: dict[str, Any]) -> tuple[str, str]:
    """(uid, resource version) as far as the object tells."""
    metadata = obj.get("metadata") or {}
    return str(metadata.get("uid") or ""), str(metadata.get("resourceVersion") or "")


# --- when: newer, the same, or late ----------------------------------------------------------


class _Place(NamedTuple):
    at: int
    late: bool


def _place(objects: Objects, write: Write, ref: ObjectRef, uid: str, rv: str) -> _Place | None:
    """Where in time a version belongs; None if it is known already."""
    at = write.event.at
    gone_at = objects.gone_at(uid)
    if gone_at is not None:
        return _Place(min(at, gone_at - 1), late=True)
    known = objects.alive.get(ref)
    if known is None:
        return _Place(at, late=False)
    version = number(rv)
    if version and known.version:
        if version == known.version:
            return None
        if version < known.version:
            return _Place(min(at, known.happened_at), late=True)
        return _Place(max(at, known.happened_at), late=False)
    if at < known.happened_at:
        return _Place(at, late=True)
    return _Place(max(at, known.happened_at + 1), late=False)


# --- states known in full ----------------------------------------------------------------------


def _put(objects: Objects, write: Write, obj: dict[str, Any]) -> Changes:
    """An object as the API server answered it."""
    event = write.event
    ref = _ref_of(objects, event, obj)
    if not ref.name:
        return objects, []
    uid, rv = _version_of(obj)
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
    return _stated(objects, write, ref, _Version(uid, rv, form, derived, apart), verb_of(event))


def _status_object(obj: dict[str, Any], status: dict[str, Any]) -> dict[str, Any]:
    metadata = obj.get("metadata") or {}
    names = {key: metadata[key] for key in ("name", "namespace", "uid") if metadata.get(key)}
    return {
        "apiVersion": obj.get("apiVersion"),
        "kind": obj.get("kind"),
        "metadata": names,
        "status": status,
    }


class _Version(NamedTuple):
    uid: str
    resource_version: str
    form: dict[str, Any]
    derived: bool
    status: bytes | None


def _stated(
    objects: Objects, write: Write, ref: ObjectRef, version: _Version, verb: str
) -> Changes:
    """A version known in full takes its place."""
    uid, rv, form, derived, status = version
    place = _place(objects, write, ref, uid, rv)
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
        return objects, late
    changes = []
    kept = state
    if known is None or known.state != state:
        edits = _difference(known.state if known is not None else None, form)
        if known is not None and known.state is not None and _only_a_heartbeat(ref, edits):
            kept = known.state
        else:
            changes.append(change(Facet.OBJECT, state, edits))
    before = known.status if known is not None else None
    if status is not None and before != status:
        changes.append(change(Facet.STATUS, status, _difference(before, orjson.loads(status))))
    after = Known(
        uid,
        number(rv) or (known.version if known is not None else 0),
        kept,
        before if status is None else status,
        kept,
        derived,
        owner,
        place.at,
    )
    return objects._replace(alive=objects.alive.set(ref, after)), changes


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


# --- subresources -----------------------------------------------------------------------------


def _scaled(objects: Objects, write: Write) -> Changes:
    event = write.event
    ref = _ref_of(objects, event)
    answer = event.response or {}
    uid, rv = _version_of(answer)
    for scale in (answer, event.request):
        spec = scale.get("spec") if type(scale) is dict else None
        if type(spec) is dict and type(spec.get("replicas")) is int:
            break
    else:
        # the API server leaves out a zero in its answer
        if answer.get("kind") != "Scale":
            return _named(objects, write, "scale")
        spec = {"replicas": 0}
    known_path = event.group in _SCALED_AT_SPEC_REPLICAS
    if not known_path and by_resource(event.group, event.resource) is None:
        return _named(objects, write, "scale")  # which field it is, only the CRD tells
    edit = FieldEdit("spec.replicas", UNKNOWN, spec["replicas"])
    return _composed(objects, write, ref, _Told(uid, rv, (edit,), "scale"))


def _bound(objects: Objects, write: Write) -> Changes:
    event = write.event
    ref = _ref_of(objects, event)
    target = event.request.get("target") if type(event.request) is dict else None
    node = target.get("name") if type(target) is dict else None
    if type(node) is not str:
        return _named(objects, write, "bind")
    edit = FieldEdit("spec.nodeName", UNKNOWN, node)
    return _composed(objects, write, ref, _Told("", "", (edit,), "bind"))


class _Told(NamedTuple):
    """What a request tells of an object: some fields; `uid` and `resource_version` maybe ""."""

    uid: str
    resource_version: str
    edits: tuple[FieldEdit, ...]
    verb: str


def _composed(objects: Objects, write: Write, ref: ObjectRef, what: _Told) -> Changes:
    """Certain fields put into the state known; into nothing, where none is known."""
    known = objects.alive.get(ref)
    place = _place(objects, write, ref, what.uid, what.resource_version)
    whole = known is not None and known.state is not None and not known.stale
    if known is None or not whole or place is None or place.late:
        return _fields(objects, write, ref, what)
    if what.uid and known.uid and what.uid != known.uid:
        return _fields(objects, write, ref, what)
    form = apply_edits(orjson.loads(known.state or b""), what.edits)
    version = _Version(known.uid, what.resource_version, form, known.derived, None)
    return _stated(objects, write, ref, version, what.verb)


def _fields(objects: Objects, write: Write, ref: ObjectRef, what: _Told) -> Changes:
    """Fields of an object that is not known in full."""
    known = objects.alive.get(ref)
    uid = what.uid or (known.uid if known is not None else "")
    place = _place(objects, write, ref, uid, what.resource_version)
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
        return objects, [change]
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


def _named(objects: Objects, write: Write, verb: str, obj: dict[str, Any] | None = None) -> Changes:
    """A write of which only the object's name is known."""
    ref = _ref_of(objects, write.event, obj)
    if not ref.name:
        return objects, []
    known = objects.alive.get(ref)
    place = _place(objects, write, ref, "", "")
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


# --- levels that leave the answer out -----------------------------------------------------------


def _partly(objects: Objects, write: Write) -> Changes:
    """A create, update or patch whose outcome was not recorded."""
    event = write.event
    body = event.request
    ref = _ref_of(objects, event, body if type(body) is dict else None)
    if not ref.name:
        return objects, []  # made under a name that the API server chose and nobody wrote down
    verb = verb_of(event)
    if event.subresource not in ("", "status", "ephemeralcontainers", "resize") or body is None:
        return _named(objects, write, verb)
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
        return _named(objects, write, verb) if base is None else (objects, [])
    return _fields(objects, write, ref, _Told("", "", edits, verb))


def _the_servers_own(edit: FieldEdit) -> bool:
    """A field that clients need not send and the API server fills in."""
    return edit.after is ABSENT and edit.path in ("metadata.uid", "metadata.creationTimestamp")


# --- deletion -----------------------------------------------------------------------------------


def _deleted(objects: Objects, write: Write) -> Changes:
    event = write.event
    answer = event.response if kind_in(event.response, event.group) else None
    ref = _ref_of(objects, event, answer)
    known = objects.alive.get(ref)
    state = orjson.loads(known.state) if known is not None and known.state is not None else None
    if deletions.gone_after_delete(event, write.actor.kind, state):
        return _gone(objects, write, ref, answer)
    if answer is not None:
        return _put(objects, write, answer)
    return _named(objects, write, "delete")


def _collection_deleted(objects: Objects, write: Write) -> Changes:
    answer = write.event.response
    items = answer.get("items") if answer is not None else None
    changes: list[Change] = []
    for item in items if type(items) is list else ():
        if type(item) is not dict or type(item.get("metadata")) is not dict:
            continue
        typed = _typed(objects, write.event, answer or {}, item)
        if deletions.gone_after_collection(write.event, typed):
            ref = _ref_of(objects, write.event, typed)
            objects, made = _gone(objects, write, ref, typed)
        else:
            objects, made = _named(objects, write, "delete", typed)
        changes += made
    return objects, changes


def _typed(
    objects: Objects, event: AuditEvent, answer: dict[str, Any], item: dict[str, Any]
) -> dict[str, Any]:
    """An item of a list with the kind that lists leave out of their items."""
    kind = str(answer.get("kind") or "").removesuffix("List")
    kind = kind or kind_of(objects.kinds, event.group, event.resource)
    return {"apiVersion": answer.get("apiVersion"), "kind": kind, **item}


def _gone(objects: Objects, write: Write, ref: ObjectRef, obj: dict[str, Any] | None) -> Changes:
    """The object no longer exists after this."""
    event = write.event
    known = objects.alive.get(ref)
    uid, rv = _version_of(obj) if obj is not None else (str(event.details.get("uid") or ""), "")
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
