"""Whether a role and its binding grant a request, as RBAC of Kubernetes 1.36 decides it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kubectl_smart.memory.formats.refusal_words import Denied
from kubectl_smart.memory.formats.wiring.walking import inside, items, members, text
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

RBAC = "rbac.authorization.k8s.io"
_ACCOUNT = "system:serviceaccount:"

State = Mapping[str, Any]


def allows(role: State | None, request: Denied) -> bool:
    """Whether the rules of a Role or ClusterRole allow the request, for any name."""
    return any(
        _chooses(rule, "verbs", request.verb)
        and _chooses(rule, "apiGroups", request.group)
        and _chooses(rule, "resources", request.resource)
        and not members(rule.get("resourceNames"))
        for _, rule in items(dict(role or {}), "rules", "")
    )


def _chooses(rule: State, field: str, wanted: str) -> bool:
    return any(one in ("*", wanted) for one in members(rule.get(field)))


def binds(binding: State | None, user: str) -> bool:
    """Whether a binding is for the user, directly or by a group that all of its kind are in."""
    return any(
        _is(subject, user, namespace=text(inside(dict(binding or {}), "metadata").get("namespace")))
        for _, subject in items(dict(binding or {}), "subjects", "")
    )


def _is(subject: State, user: str, *, namespace: str) -> bool:
    name = text(subject.get("name"))
    match subject.get("kind"):
        case "ServiceAccount":
            place = text(subject.get("namespace")) or namespace
            return user == f"{_ACCOUNT}{place}:{name}"
        case "Group":
            return name in _groups(user)
        case "User":
            return name == user
    return False


def _groups(user: str) -> Iterable[str]:
    yield "system:authenticated"
    if user.startswith(_ACCOUNT):
        yield "system:serviceaccounts"
        yield f"system:serviceaccounts:{user.removeprefix(_ACCOUNT).partition(':')[0]}"


def role_of(ref: ObjectRef, binding: State | None) -> ObjectRef | None:
    """The role that a binding grants; None if it says none."""
    found = inside(dict(binding or {}), "roleRef")
    kind, name = text(found.get("kind")), text(found.get("name"))
    if not kind or not name:
        return None
    return ObjectRef(RBAC, kind, CLUSTER if kind == "ClusterRole" else ref.namespace, name)
