"""Custom resources: fields named `…Ref` or `…Refs`, as the conventions of the API have them.

A reference needs a name and a kind. Where it names no kind the field's own name may (`secretRef`,
`configMapKeyRef`, `serviceAccountRef`); otherwise nothing is guessed. Without a group a built-in
kind has its own, and any other is taken to be of the group of the resource that names it (an Issuer
of a Certificate).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from kubectl_smart.memory.formats.field_paths import item_step, key_step
from kubectl_smart.memory.formats.merge_keys import keyed, label_of
from kubectl_smart.memory.formats.wiring.bindings import group_of
from kubectl_smart.memory.formats.wiring.walking import mapping, text
from kubectl_smart.memory.records.kinds import builtin
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.wiring import SCALES, USES, Reference

_REF = re.compile(r"(?:.*[a-z0-9])?(?:Ref|ref)(s)?\Z")
_BY_FIELD = re.compile(r"(?:.*[a-z])?(secret|configmap|serviceaccount|service)(?:key)?refs?\Z")
_KINDS = {
    "secret": "Secret",
    "configmap": "ConfigMap",
    "serviceaccount": "ServiceAccount",
    "service": "Service",
}
_SCALES = frozenset({"scaleTargetRef"})
_DEPTH = 24


@lru_cache(maxsize=1)
def _builtin() -> dict[str, tuple[str, bool]]:
    """Kind -> (group, namespaced) of the kinds that Kubernetes serves; the core group wins."""
    return {info.kind: (info.group, info.namespaced) for info in reversed(builtin())}


def is_custom(ref: ObjectRef) -> bool:
    """Whether an object is of a kind that Kubernetes itself does not serve."""
    known = _builtin().get(ref.kind)
    return "." in ref.group and (known is None or known[0] != ref.group)


def references(ref: ObjectRef, state: dict[str, Any]) -> Iterator[Reference]:
    """What a custom resource names in its spec; a pod template in it is read as such, not here."""
    yield from _walk(ref, "spec", mapping(state.get("spec")), _DEPTH)


def _walk(ref: ObjectRef, path: str, found: dict[str, Any], depth: int) -> Iterator[Reference]:
    if not depth:
        return
    for key, value in found.items():
        below = path + key_step(key)
        if type(value) is dict:
            if "containers" in mapping(value.get("spec")):
                continue
            if _REF.match(key):
                yield from _reference(ref, key, below, value)
            yield from _walk(ref, below, value, depth - 1)
        elif type(value) is list:
            is_ref, seen = _REF.match(key), dict[str, int]()
            for item in value:
                label = label_of(key, item)
                seen[label] = number = seen.get(label, 0) + 1
                if type(item) is dict:
                    where = below + item_step(label, number, keyed=keyed(key))
                    if is_ref:
                        yield from _reference(ref, key, where, item)
                    yield from _walk(ref, where, item, depth - 1)


def _reference(ref: ObjectRef, field: str, path: str, found: dict[str, Any]) -> Iterator[Reference]:
    name, kind = text(found.get("name")), text(found.get("kind"))
    if not kind:
        by_field = _BY_FIELD.match(field.lower())
        kind = _KINDS[by_field[1]] if by_field else ""
        if not kind and field in _SCALES:
            kind = "Deployment"
    if not name or not kind:
        return
    own = _builtin().get(kind)
    group = _group(found)
    if group is None:
        group = own[0] if own else ref.group
    place = text(found.get("namespace")) or ref.namespace
    if own is not None and own[0] == group and not own[1]:
        place = CLUSTER
    relation = SCALES if field in _SCALES else USES
    yield Reference(relation, ObjectRef(group, kind, place, name), f"{path}.name", name)


def _group(found: dict[str, Any]) -> str | None:
    """The group that a reference says; None if it says none."""
    for field in ("group", "apiGroup"):
        if type(found.get(field)) is str:
            return text(found[field])
    version = found.get("apiVersion")
    return group_of(version) if type(version) is str else None
