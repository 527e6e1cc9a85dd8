"""What a pod template says of others: variables, arguments, volumes, accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_smart.memory.formats.wiring import addresses
from kubectl_smart.memory.formats.wiring.walking import (
    inside,
    items,
    mapping,
    members,
    shown,
    text,
    texts,
)
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.wiring import CALLS, MOUNTS, READS, USES, Reference

_CONTAINERS = ("initContainers", "containers", "ephemeralContainers")
_MOST_CLAIMS = 256
_TEMPLATES = (
    ("spec", "template"),
    ("spec", "jobTemplate", "spec", "template"),
    ("template",),
)


def template_of(kind: str, state: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """(path, template) of the pods an object makes; a Pod is its own. None if it makes none."""
    if kind == "Pod":
        return "", state
    for keys in _TEMPLATES:
        template = inside(state, *keys)
        if type(inside(template, "spec").get("containers")) is list:
            return ".".join(keys), template
    return None


def labels_of(template: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The labels its pods get, sorted."""
    labels = inside(template, "metadata", "labels")
    return tuple(sorted((key, one) for key, one in labels.items() if type(one) is str))


def references(path: str, template: dict[str, Any], namespace: str) -> Iterator[Reference]:
    """All that the template names, in its order."""
    spec, at = inside(template, "spec"), f"{path}.spec".lstrip(".")
    for field in _CONTAINERS:
        for where, container in items(spec, field, at):
            yield from _variables(where, container, namespace)
            yield from _arguments(where, container, namespace)
    for where, volume in items(spec, "volumes", at):
        yield from _volume(where, volume, namespace)
    yield from _accounts(at, spec, namespace)


def _variables(path: str, container: dict[str, Any], namespace: str) -> Iterator[Reference]:
    for where, variable in items(container, "env", path):
        value = variable.get("value")
        if type(value) is str:
            name = text(variable.get("name"))
            yield from called(f"{where}.value", value, name, namespace)
            continue
        source = mapping(variable.get("valueFrom"))
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            found = mapping(source.get(field))
            key = text(found.get("key"))
            yield from _named(
                READS, kind, f"{where}.valueFrom.{field}.name", found, namespace, key=key
            )
    for where, source in items(container, "envFrom", path):
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            found = mapping(source.get(field))
            yield from _named(READS, kind, f"{where}.{field}.name", found, namespace)


def called(path: str, value: str, key: str, namespace: str) -> Iterator[Reference]:
    """The Services that a value may name."""
    for one in addresses.in_value(value, key, namespace):
        target = ObjectRef("", "Service", one.namespace, one.name)
        yield Reference(CALLS, target, path, shown(value), "", one.port, one.sure)


def _arguments(path: str, container: dict[str, Any], namespace: str) -> Iterator[Reference]:
    for field in ("command", "args"):
        flag = ""
        for where, word in texts(container, field, path):
            head, equals, value = word.partition("=")
            if head.startswith("-") and equals and not any(mark in head for mark in " \n"):
                yield from called(where, value, head, namespace)
                flag = ""
            elif word.startswith("-") and len(word) < 64:
                flag = word
            else:
                yield from called(where, word, flag, namespace)
                flag = ""


def _volume(path: str, volume: dict[str, Any], namespace: str) -> Iterator[Reference]:
    yield from _volume_source(path, volume, namespace)
    for where, source in items(mapping(volume.get("projected")), "sources", f"{path}.projected"):
        yield from _volume_source(where, source, namespace)
    claim = mapping(volume.get("persistentVolumeClaim"))
    yield from _named(
        MOUNTS,
        "PersistentVolumeClaim",
        f"{path}.persistentVolumeClaim.claimName",
        claim,
        namespace,
        field="claimName",
    )
    driver = mapping(volume.get("csi"))
    secret = mapping(driver.get("nodePublishSecretRef"))
    yield from _named(USES, "Secret", f"{path}.csi.nodePublishSecretRef.name", secret, namespace)


def _volume_source(path: str, source: dict[str, Any], namespace: str) -> Iterator[Reference]:
    for word, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
        found = mapping(source.get(word))
        field = "secretName" if "secretName" in found else "name"
        where = f"{path}.{word}.{field}"
        keys = [text(mapping(one).get("key")) for one in members(found.get("items"))] or [""]
        for key in keys:
            yield from _named(MOUNTS, kind, where, found, namespace, field=field, key=key)


def _accounts(path: str, spec: dict[str, Any], namespace: str) -> Iterator[Reference]:
    yield from _named(
        USES,
        "ServiceAccount",
        f"{path}.serviceAccountName",
        spec,
        namespace,
        field="serviceAccountName",
    )
    for where, secret in items(spec, "imagePullSecrets", path):
        yield from _named(USES, "Secret", f"{where}.name", secret, namespace)
    for field, group, kind in (
        ("priorityClassName", "scheduling.k8s.io", "PriorityClass"),
        ("runtimeClassName", "node.k8s.io", "RuntimeClass"),
    ):
        name = text(spec.get(field))
        if name:
            yield Reference(USES, ObjectRef(group, kind, CLUSTER, name), f"{path}.{field}", name)


def of_stateful_set(ref: ObjectRef, spec: dict[str, Any]) -> Iterator[Reference]:
    """The Service that governs it, and the claims that are made for its pods: by their names.

    Of each template the claims of as many pods as are wanted, 256 at most.
    """
    governing = text(spec.get("serviceName"))
    if governing:
        target = ObjectRef("", "Service", ref.namespace, governing)
        yield Reference(USES, target, "spec.serviceName", governing)
    wanted, first = spec.get("replicas", 1), inside(spec, "ordinals").get("start", 0)
    if type(wanted) is not int or type(first) is not int:
        return
    for where, template in items(spec, "volumeClaimTemplates", "spec"):
        name = text(inside(template, "metadata").get("name"))
        for ordinal in range(first, first + min(wanted, _MOST_CLAIMS)) if name else ():
            claim = f"{name}-{ref.name}-{ordinal}"
            target = ObjectRef("", "PersistentVolumeClaim", ref.namespace, claim)
            yield Reference(MOUNTS, target, f"{where}.metadata.name", name)


def _named(
    relation: str,
    kind: str,
    path: str,
    found: dict[str, Any],
    namespace: str,
    *,
    field: str = "name",
    key: str = "",
) -> Iterator[Reference]:
    """The object of the core group that a field names, if it names one."""
    name = text(found.get(field))
    if name:
        yield Reference(relation, ObjectRef("", kind, namespace, name), path, name, key)
