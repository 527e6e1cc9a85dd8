"""What is bound by name: autoscalers, volumes and their claims, roles, accounts."""

from __future__ import annotations

from typing import Any

from kubectl_smart.memory.formats.wiring.walking import inside, items, mapping, text
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.wiring import BINDS, SCALES, USES, Reference, Wiring

_RBAC = "rbac.authorization.k8s.io"


def group_of(api_version: str) -> str:
    """The group of an apiVersion: "" for `v1`."""
    return api_version.rpartition("/")[0]


def autoscaler(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A HorizontalPodAutoscaler (or what is like it): the workload it scales."""
    path = "spec.scaleTargetRef" if inside(state, "spec", "scaleTargetRef") else "spec.targetRef"
    found = inside(state, *path.split("."))
    kind, name = text(found.get("kind")), text(found.get("name"))
    if not kind or not name:
        return Wiring()
    target = ObjectRef(group_of(text(found.get("apiVersion"))), kind, ref.namespace, name)
    return Wiring((Reference(SCALES, target, f"{path}.name", name),))


def claim(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A PersistentVolumeClaim: its volume, its class, what it is made of."""
    spec = inside(state, "spec")
    found = []
    volume, made_of = text(spec.get("volumeName")), mapping(spec.get("dataSourceRef"))
    if volume:
        target = ObjectRef("", "PersistentVolume", CLUSTER, volume)
        found.append(Reference(BINDS, target, "spec.volumeName", volume))
    found += _class(spec)
    kind, name = text(made_of.get("kind")), text(made_of.get("name"))
    if kind and name:
        place = text(made_of.get("namespace")) or ref.namespace
        source = ObjectRef(text(made_of.get("apiGroup")), kind, place, name)
        found.append(Reference(USES, source, "spec.dataSourceRef.name", name))
    return Wiring(tuple(found))


def volume(_ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A PersistentVolume: its class; who holds it is said by the claim."""
    return Wiring(tuple(_class(inside(state, "spec"))))


def _class(spec: dict[str, Any]) -> list[Reference]:
    name = text(spec.get("storageClassName"))
    target = ObjectRef("storage.k8s.io", "StorageClass", CLUSTER, name)
    return [Reference(USES, target, "spec.storageClassName", name)] if name else []


def role_binding(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A RoleBinding or ClusterRoleBinding: its role, and the service accounts among its subjects.

    Users and groups are no objects.
    """
    found = []
    role = inside(state, "roleRef")
    kind, name = text(role.get("kind")), text(role.get("name"))
    if kind and name:
        place = CLUSTER if kind == "ClusterRole" else ref.namespace
        group = text(role.get("apiGroup")) or _RBAC
        found.append(Reference(BINDS, ObjectRef(group, kind, place, name), "roleRef.name", name))
    for where, subject in items(state, "subjects", ""):
        name = text(subject.get("name"))
        if subject.get("kind") == "ServiceAccount" and name:
            place = text(subject.get("namespace")) or ref.namespace
            target = ObjectRef("", "ServiceAccount", place, name)
            found.append(Reference(BINDS, target, f"{where}.name", name))
    return Wiring(tuple(found))


def account(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A ServiceAccount: the secrets it pulls images with, and those it may mount."""
    found = []
    for field in ("imagePullSecrets", "secrets"):
        for where, one in items(state, field, ""):
            name = text(one.get("name"))
            if name:
                target = ObjectRef("", "Secret", ref.namespace, name)
                found.append(Reference(USES, target, f"{where}.name", name))
    return Wiring(tuple(found))
