"""One line of the journal: a derived change, an observation, an interval heard, a dependency.

The store writes a batch of these as one file, the index reads them back. A line is JSON with
sorted keys; `v` is its version and `type` its kind; what is absent is empty or default. The
state of a change stands in the line only where no file in the tree of the same commit holds it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.formats.edit_lines import edit_from_json, edit_to_json
from kubectl_smart.memory.formats.object_names import object_text, parse_object_text
from kubectl_smart.memory.formats.upcasts import LINE_VERSION, lift_line
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.times import from_rfc3339, to_rfc3339

Journalled = Change | Observation | Heard | Dependency
_SORTED = orjson.OPT_SORT_KEYS


class ParsedLine(NamedTuple):
    """What a line says; `state` is canonical JSON if it stands in the line."""

    record: Journalled
    sequence: int
    recorded_at: int
    state: bytes | None


def _change_members(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "change",
        "id": change.id,
        "object": object_text(change.object),
        "actor": change.actor.name,
        "actor_kind": change.actor.kind.value,
        "verb": change.verb,
        "via": change.via,
        "happened_at": to_rfc3339(change.happened_at),
    }
    if change.uid:
        found["uid"] = change.uid
    if change.audit_id:
        found["audit_id"] = change.audit_id
    if change.resource_version:
        found["resource_version"] = change.resource_version
    if change.derived:
        found["derived"] = True
    if change.edits:
        found["edits"] = [edit_to_json(edit) for edit in change.edits]
    if change.owner is not None:
        found["owner"] = object_text(change.owner)
    if change.facet is not Facet.OBJECT:
        found["facet"] = change.facet.value
    if change.knowledge is not Knowledge.FULL:
        found["knowledge"] = change.knowledge.value
    if change.actor.acting_for:
        found["acting_for"] = change.actor.acting_for
    if change.gone:
        found["gone"] = True
    if change.reason:
        found["reason"] = change.reason
    if change.late:
        found["late"] = True
    if change.not_before:
        found["not_before"] = to_rfc3339(change.not_before)
    if change.attribution:
        found["attribution"] = change.attribution
    return found


def _observation_members(seen: Observation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": "observation",
        "id": seen.id,
        "kind": seen.kind,
        "about": object_text(seen.about),
        "first_at": to_rfc3339(seen.first_at),
        "last_at": to_rfc3339(seen.last_at),
        "count": seen.count,
        "message": seen.message,
        "source": seen.source,
    }
    if seen.owner is not None:
        found["owner"] = object_text(seen.owner)
    if seen.warning:
        found["warning"] = True
    if seen.audit_id:
        found["audit_id"] = seen.audit_id
    if seen.detail:
        found["detail"] = seen.detail
    return found


def _heard_members(heard: Heard) -> dict[str, Any]:
    return {
        "type": "heard",
        "source": heard.source,
        "session": heard.session,
        "from_at": to_rfc3339(heard.from_at),
        "to_at": to_rfc3339(heard.to_at),
    }


def _dependency_members(dependency: Dependency) -> dict[str, Any]:
    return {
        "type": "dependency",
        "id": dependency.id,
        "caller": object_text(dependency.caller),
        "callee": object_text(dependency.callee),
        "kind": dependency.kind,
        "source": dependency.source,
        "evidence": dependency.evidence,
        "first_at": to_rfc3339(dependency.first_at),
        "last_at": to_rfc3339(dependency.last_at),
    }


def to_line(
    record: Journalled, sequence: int, recorded_at: int, state_inline: bytes | None = None
) -> bytes:
    """The line, with its newline. `state_inline` is canonical JSON, put in as it is.

    TypeError if a text is no Unicode (lone surrogates).
    """
    match record:
        case Change():
            members = _change_members(record)
        case Observation():
            members = _observation_members(record)
        case Heard():
            members = _heard_members(record)
        case Dependency():
            members = _dependency_members(record)
    members["v"] = LINE_VERSION
    members["seq"] = sequence
    members["recorded_at"] = to_rfc3339(recorded_at)
    if state_inline is not None:
        members["state"] = orjson.Fragment(state_inline)
    return orjson.dumps(members, option=_SORTED | orjson.OPT_APPEND_NEWLINE)


def _owner(found: dict[str, Any]) -> ObjectRef | None:
    owner = found.get("owner")
    return parse_object_text(owner) if owner is not None else None


def _change(found: dict[str, Any]) -> Change:
    get = found.get
    return Change(
        id=found["id"],
        object=parse_object_text(found["object"]),
        uid=get("uid", ""),
        facet=Facet(get("facet", "object")),
        derived=get("derived", False),
        verb=found["verb"],
        actor=Actor(found["actor"], ActorKind(found["actor_kind"]), get("acting_for", "")),
        via=found["via"],
        happened_at=from_rfc3339(found["happened_at"]),
        audit_id=get("audit_id", ""),
        resource_version=get("resource_version", ""),
        knowledge=Knowledge(get("knowledge", "full")),
        edits=tuple([edit_from_json(edit) for edit in get("edits", ())]),
        state=None,
        gone=get("gone", False),
        owner=_owner(found),
        reason=get("reason", ""),
        late=get("late", False),
        not_before=from_rfc3339(found["not_before"]) if "not_before" in found else 0,
        attribution=get("attribution", ""),
    )


def _observation(found: dict[str, Any]) -> Observation:
    return Observation(
        id=found["id"],
        kind=found["kind"],
        about=parse_object_text(found["about"]),
        owner=_owner(found),
        first_at=from_rfc3339(found["first_at"]),
        last_at=from_rfc3339(found["last_at"]),
        count=found["count"],
        message=found["message"],
        warning=found.get("warning", False),
        source=found["source"],
        audit_id=found.get("audit_id", ""),
        detail=found.get("detail", {}),
    )


def _heard(found: dict[str, Any]) -> Heard:
    return Heard(
        source=found["source"],
        session=found["session"],
        from_at=from_rfc3339(found["from_at"]),
        to_at=from_rfc3339(found["to_at"]),
    )


def _dependency(found: dict[str, Any]) -> Dependency:
    return Dependency(
        id=found["id"],
        caller=parse_object_text(found["caller"]),
        callee=parse_object_text(found["callee"]),
        kind=found["kind"],
        source=found["source"],
        evidence=found["evidence"],
        first_at=from_rfc3339(found["first_at"]),
        last_at=from_rfc3339(found["last_at"]),
    )


def from_line(line: bytes) -> ParsedLine:
    """What a line says; ValueError if it is none, MemoryDamaged if it is of a newer version."""
    try:
        found = lift_line(orjson.loads(line))
        kind = found["type"]
        record: Journalled
        if kind == "change":
            record = _change(found)
        elif kind == "observation":
            record = _observation(found)
        elif kind == "heard":
            record = _heard(found)
        elif kind == "dependency":
            record = _dependency(found)
        else:
            raise ValueError(f"a journal line of unknown type {kind!r}")
        sequence, recorded_at = found["seq"], from_rfc3339(found["recorded_at"])
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError(f"not a journal line: {problem}") from problem
    state = found.get("state")
    return ParsedLine(
        record,
        sequence,
        recorded_at,
        None if state is None else orjson.dumps(state, option=_SORTED),
    )
