"""What a manifest repository declares: its files -> objects, two versions of them -> changes. Pure.

A repository says what is wanted, not what the cluster held: its changes are known as fields, belong
to no version of an object, and leave what is known of the cluster as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

import orjson

from kubectl_smart.capture.decoding.actors import DEFAULT_MARKS, has_mark
from kubectl_smart.capture.decoding.kinds import group_of
from kubectl_smart.capture.decoding.patches import PatchType, told
from kubectl_smart.capture.shapes import fault_in
from kubectl_smart.memory.formats.diffs import apply_edits, diff
from kubectl_smart.memory.formats.edit_lines import edit_from_json, edit_to_json
from kubectl_smart.memory.formats.identity import change_id
from kubectl_smart.memory.formats.manifests import canonical, stored_form
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import ABSENT, Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.kinds import builtin
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem

SOURCE = "gitops"
ATTRIBUTION = "the commit's author, by git's word; what the cluster made of it is not told"
_VERSION = 1
_NOT_WORDS = re.compile(r"(?im)^(signed-off-by|reviewed-by|change-id|co-authored-by): .*$")
_LONGEST = 8_192
_MACHINES = frozenset({"dependabot", "renovate"}) | DEFAULT_MARKS

Objects = dict[ObjectRef, dict[str, Any]]


class Author(NamedTuple):
    """Who made a commit, when (microseconds since 1970-01-01 UTC) and why."""

    name: str
    email: str
    at: int
    message: str
    via: str


def declared(
    found: Iterable[dict[str, Any]],
    namespace: str,
    scopes: Mapping[tuple[str, str], bool],
    redactor: Redactor,
) -> Objects:
    """Objects by what names them, in stored form and redacted; the last of several of one name.

    namespace  of those that name none
    scopes     (group, kind) -> whether objects of it are in a namespace, for custom kinds

    What has no name or not the shape of an object is left out: a patch, a template.
    """
    objects: Objects = {}
    for obj in found:
        metadata = obj.get("metadata")
        if type(metadata) is not dict or fault_in(obj):
            continue
        name = metadata.get("name")
        if type(name) is not str or not name:
            continue
        group, kind = group_of(obj["apiVersion"]), obj["kind"]
        place = CLUSTER
        if _namespaced().get((group, kind), scopes.get((group, kind), True)):
            place = str(metadata.get("namespace") or namespace or "default")
        is_secret = kind == "Secret" and not group
        form = stored_form(redactor.secret(obj) if is_secret else redactor.redact(obj))
        objects[ObjectRef(group, kind, place, name)] = form
    return objects


_SCOPES: dict[tuple[str, str], bool] = {}


def _namespaced() -> dict[tuple[str, str], bool]:
    if not _SCOPES:
        _SCOPES.update({(one.group, one.kind): one.namespaced for one in builtin()})
    return _SCOPES


def scope_of(obj: dict[str, Any]) -> tuple[tuple[str, str], bool] | None:
    """What a CustomResourceDefinition says of its kind: ((group, kind), namespaced)."""
    spec = obj.get("spec")
    names = spec.get("names") if type(spec) is dict else None
    if obj.get("kind") != "CustomResourceDefinition" or type(names) is not dict or not spec:
        return None
    return (str(spec.get("group")), str(names.get("kind"))), spec.get("scope") != "Cluster"


def taken_from(old: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """An object of which the file that said `old` is gone, while another still says `other`.

    What only that file said is no longer wanted; what only the other one says was all along.
    """
    return _with(old, [one for one in diff(old, other) if one.before is not ABSENT])


def added_to(other: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """An object of which a file says `other`, and from now on a second one `new`, maybe in part."""
    return _with(other, [one for one in diff(other, new) if one.after is not ABSENT])


def _with(state: dict[str, Any], edits: list[FieldEdit]) -> dict[str, Any]:
    made: dict[str, Any] = apply_edits(state, edits)
    return made


def changes_between(before: Objects, after: Objects, author: Author) -> list[Change]:
    """What a commit changed: one Change for each object, ordered by object.

    An object that only moved from file to file is not changed.
    """
    found = []
    for ref in sorted(before.keys() | after.keys()):
        old, new = before.get(ref), after.get(ref)
        if new is None:
            found.append(_change(ref, "delete", (), author, None))
        elif old is None:
            edits = told(new, PatchType.STRATEGIC, None)
            made = tuple(FieldEdit(one.path, ABSENT, one.after) for one in edits)
            found.append(_change(ref, "create", made, author, new))
        elif old != new:
            found.append(_change(ref, "update", diff(old, new), author, new))
    return found


def _change(
    ref: ObjectRef,
    verb: str,
    edits: tuple[FieldEdit, ...],
    author: Author,
    state: dict[str, Any] | None,
) -> Change:
    # the same after a rebase or a cherry-pick: author, time, words and outcome are
    outcome = canonical(state) if state is not None else b""
    said = "\0".join([author.name, author.email, str(author.at), author.message]).encode(
        "utf-8", "surrogatepass"
    )
    key = blake2b(said + b"\0" + outcome, digest_size=16).hexdigest()
    return Change(
        id=change_id(f"{SOURCE}/{key}", ref, Facet.DECLARED),
        object=ref,
        uid="",
        facet=Facet.DECLARED,
        derived=False,
        verb=verb,
        actor=_actor(author),
        via=author.via,
        happened_at=author.at,
        audit_id="",
        resource_version="",
        knowledge=_knowledge(edits, gone=verb == "delete"),
        edits=edits,
        state=None,
        gone=verb == "delete",
        reason=_reason(author.message),
        attribution=ATTRIBUTION,
    )


def _knowledge(edits: tuple[FieldEdit, ...], *, gone: bool) -> Knowledge:
    if gone:
        return Knowledge.FULL
    return Knowledge.FIELDS if edits else Knowledge.NAME


def _actor(author: Author) -> Actor:
    name = author.email if "@" in author.email else author.name
    is_machine = has_mark(author.name, _MACHINES) or has_mark(name, _MACHINES)
    if not name:
        return Actor("", ActorKind.UNKNOWN)
    return Actor(name, ActorKind.AUTOMATION if is_machine else ActorKind.HUMAN)


def _reason(message: str) -> str:
    return _NOT_WORDS.sub("", message).strip()[:_LONGEST]


# --- in the spool -----------------------------------------------------------------------------


def item(change: Change, now: int) -> SpoolItem:
    """The entry; the same change has the same key."""
    body = [
        _VERSION, change.id, list(change.object), change.verb, change.actor.name,
        change.actor.kind.value, change.via, change.happened_at,
        [edit_to_json(one) for one in change.edits], change.gone, change.reason,
    ]  # fmt: skip
    return SpoolItem(f"{SOURCE}/{change.id}", SOURCE, now, orjson.dumps(body))


def change_of(entry: SpoolEntry) -> Change:
    """The change of an entry. MemoryDamaged for one that a newer program made."""
    version, *members = orjson.loads(entry.body)
    if version != _VERSION:
        raise MemoryDamaged(
            "the spool holds commits that a newer program took in", "install a newer kubectl-smart"
        )
    id_, ref, verb, name, kind, via, at, edits, gone, reason = members
    return Change(
        id=id_,
        object=ObjectRef(*ref),
        uid="",
        facet=Facet.DECLARED,
        derived=False,
        verb=verb,
        actor=Actor(name, ActorKind(kind)),
        via=via,
        happened_at=at,
        audit_id="",
        resource_version="",
        knowledge=_knowledge(edits, gone=gone),
        edits=tuple(edit_from_json(one) for one in edits),
        state=None,
        gone=gone,
        reason=reason,
        attribution=ATTRIBUTION,
    )
