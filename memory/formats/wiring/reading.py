"""The wiring of an object: what its state says of others, by the rules for its kind.

Made by the index for every version that comes, so it is quick where there is nothing to say, and
never fails: a field of another type than the API has says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kubectl_smart.memory.formats.field_paths import key_step
from kubectl_smart.memory.formats.wiring import (
    addresses,
    bindings,
    custom,
    issuing,
    pods,
    traffic,
)
from kubectl_smart.memory.formats.wiring.walking import inside, mapping, shown
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import NAMES, NOTHING, Reference, Wiring

_RBAC = "rbac.authorization.k8s.io"
_WEBHOOKS = "admissionregistration.k8s.io"

_REPEATING = frozenset(
    [
        "Pod",
        "ReplicaSet",
        "Job",
        "ControllerRevision",
        "Endpoints",
        "EndpointSlice",
        "Event",
        "Lease",
        "PodMetrics",
    ]
)
"""Kinds that, made by a controller, say what the object they are made for says already."""

_SILENT = frozenset(
    [
        "Secret",
        "Event",
        "Lease",
        "Endpoints",
        "EndpointSlice",
        "Node",
        "Namespace",
        "ReplicaSetList",
        "ControllerRevision",
        "Role",
        "ClusterRole",
        "LimitRange",
        "ResourceQuota",
        "PriorityClass",
        "CSINode",
        "CSIDriver",
        "Binding",
    ]
)
"""Built-in kinds that name nobody, or whose names are not kept."""


def is_read(ref: ObjectRef, *, derived: bool) -> bool:
    """Whether an object's wiring is kept."""
    if ref.kind in _SILENT:
        return custom.is_custom(ref)
    return not (derived and ref.kind in _REPEATING)


def wiring_of(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """What this version says of others; NOTHING if it says nothing."""
    rule = _RULES.get((ref.group, ref.kind))
    if rule is not None:
        return rule(ref, state)
    found = pods.template_of(ref.kind, state)
    if found is not None:
        return _workload(ref, state, *found)
    if custom.is_custom(ref):
        references = _distinct(custom.references(ref, state))
        return Wiring(references) if references else NOTHING
    return NOTHING


def _workload(ref: ObjectRef, state: dict[str, Any], path: str, template: dict[str, Any]) -> Wiring:
    found = list(pods.references(path, template, ref.namespace))
    if ref.kind == "StatefulSet":
        found += pods.of_stateful_set(ref, inside(state, "spec"))
    if custom.is_custom(ref):
        found += custom.references(ref, state)
    return Wiring(_distinct(found), (), pods.labels_of(template))


def _config_map(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    references = _distinct(_named(ref.namespace, mapping(state.get("data"))))
    return Wiring(references) if references else NOTHING


def _keeper(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    return Wiring(_distinct(issuing.references(ref, state)))


def _named(namespace: str, data: dict[str, Any]) -> Iterator[Reference]:
    """The Services that the values of a ConfigMap name; of a file each line that does."""
    for key, value in data.items():
        if type(value) is not str:
            continue
        path = f"data{key_step(key)}"
        if "\n" in value.strip():
            found = addresses.lines_naming(value, namespace)
        else:
            found = ((value, one) for one in addresses.in_value(value, key, namespace))
        for evidence, one in found:
            target = ObjectRef("", "Service", one.namespace, one.name)
            yield Reference(NAMES, target, path, shown(evidence), key, one.port, one.sure)


def _distinct(references: Iterator[Reference] | list[Reference]) -> tuple[Reference, ...]:
    """Each once: of one field that names the same object several times the first."""
    found: dict[tuple[object, ...], Reference] = {}
    for one in references:
        found.setdefault((one.kind, one.target, one.path, one.key, one.port, one.sure), one)
    return tuple(found.values())


_RULES: dict[tuple[str, str], Callable[[ObjectRef, dict[str, Any]], Wiring]] = {
    ("", "ConfigMap"): _config_map,
    ("", "Service"): traffic.service,
    ("", "PersistentVolumeClaim"): bindings.claim,
    ("", "PersistentVolume"): bindings.volume,
    ("", "ServiceAccount"): bindings.account,
    ("networking.k8s.io", "Ingress"): traffic.ingress,
    ("networking.k8s.io", "NetworkPolicy"): traffic.policy,
    ("policy", "PodDisruptionBudget"): traffic.policy,
    ("autoscaling", "HorizontalPodAutoscaler"): bindings.autoscaler,
    ("autoscaling.k8s.io", "VerticalPodAutoscaler"): bindings.autoscaler,
    (_RBAC, "RoleBinding"): bindings.role_binding,
    (_RBAC, "ClusterRoleBinding"): bindings.role_binding,
    (_WEBHOOKS, "ValidatingWebhookConfiguration"): traffic.webhook,
    (_WEBHOOKS, "MutatingWebhookConfiguration"): traffic.webhook,
    ("apiregistration.k8s.io", "APIService"): traffic.webhook,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): traffic.webhook,
    (traffic.GATEWAYS, "Gateway"): traffic.gateway,
    **dict.fromkeys(issuing.KEEPERS, _keeper),
    **{
        (traffic.GATEWAYS, kind): traffic.route
        for kind in ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")
    },
}
