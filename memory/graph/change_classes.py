"""What a change changed, in classes that differ in what they can do to a running service.

The table EFFECTS is what Kubernetes' semantics say about each class: a label of a Deployment itself
reaches no pod, a replica count makes nobody crash. It holds how strongly a class is suspected of
each kind of trouble, from 0 (cannot) to 1 (the usual suspect), before the case is known.
Sources: the API reference of Kubernetes 1.36 for what each field does.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from kubectl_smart.memory.formats.field_paths import parse_path
from kubectl_smart.memory.graph.giving import LESS, gives
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import Change, FieldEdit, Knowledge
from kubectl_smart.memory.records.objects import ObjectRef

WORKLOADS = frozenset(
    {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Rollout"}
)
"""The kinds that make pods from a template."""


class Class(StrEnum):
    """What a change is of."""

    CREATED = "creation"
    DELETED = "deletion"
    IMAGE = "image"
    ENV = "environment"
    COMMAND = "command"
    PROBE = "probe"
    MEMORY_LIMIT = "memory limit"
    CPU_LIMIT = "CPU limit"
    REQUESTS = "resource requests"
    PLACEMENT = "placement"
    VOLUMES = "volumes"
    SECURITY = "security context"
    REPLICAS_DOWN = "fewer replicas"
    REPLICAS_UP = "more replicas"
    BOUNDS = "bounds of scaling"
    STRATEGY = "rollout strategy"
    CONFIG = "configuration"
    SECRET = "credentials"  # noqa: S105 - no credential
    POLICY = "network policy"
    ROUTING = "routing"
    QUOTA = "quota"
    ADMISSION = "admission"
    RIGHTS = "access rights"
    STORAGE = "storage"
    NODE = "node"
    BUDGET = "disruption budget"
    RUN = "a run"
    RESTART = "restart"
    TAKEN = "pods taken away"
    TEMPLATE = "pod template"
    OTHER = "other"
    NOTHING = "nothing that runs"


_L, _E, _S = Symptom.LATENCY, Symptom.ERRORS, Symptom.SATURATION
_R, _A, _U = Symptom.RESTARTS, Symptom.AVAILABILITY, Symptom.UNSCHEDULABLE

EFFECTS: Mapping[Class, Mapping[Symptom, float]] = {
    Class.CREATED: {_L: 0.4, _E: 0.4, _S: 0.5, _R: 0.8, _A: 0.6, _U: 0.8},
    Class.DELETED: {_L: 0.5, _E: 0.9, _S: 0.3, _R: 0.5, _A: 1.0, _U: 0.3},
    Class.IMAGE: {_L: 0.8, _E: 0.9, _S: 0.8, _R: 1.0, _A: 0.9, _U: 0.1},
    Class.ENV: {_L: 0.7, _E: 0.8, _S: 0.7, _R: 0.9, _A: 0.7, _U: 0.0},
    Class.COMMAND: {_L: 0.6, _E: 0.8, _S: 0.6, _R: 1.0, _A: 0.8, _U: 0.0},
    Class.PROBE: {_L: 0.2, _E: 0.5, _S: 0.1, _R: 0.9, _A: 0.9, _U: 0.0},
    Class.MEMORY_LIMIT: {_L: 0.4, _E: 0.5, _S: 0.8, _R: 1.0, _A: 0.6, _U: 0.3},
    Class.CPU_LIMIT: {_L: 1.0, _E: 0.4, _S: 1.0, _R: 0.3, _A: 0.3, _U: 0.1},
    Class.REQUESTS: {_L: 0.2, _E: 0.1, _S: 0.3, _R: 0.1, _A: 0.2, _U: 1.0},
    Class.PLACEMENT: {_L: 0.3, _E: 0.2, _S: 0.3, _R: 0.1, _A: 0.4, _U: 1.0},
    Class.VOLUMES: {_L: 0.3, _E: 0.5, _S: 0.4, _R: 0.8, _A: 0.8, _U: 0.6},
    Class.SECURITY: {_L: 0.1, _E: 0.5, _S: 0.1, _R: 0.9, _A: 0.6, _U: 0.0},
    Class.REPLICAS_DOWN: {_L: 1.0, _E: 0.7, _S: 1.0, _R: 0.2, _A: 0.9, _U: 0.0},
    Class.REPLICAS_UP: {_L: 0.2, _E: 0.1, _S: 0.3, _R: 0.1, _A: 0.1, _U: 0.9},
    Class.BOUNDS: {_L: 0.6, _E: 0.3, _S: 0.7, _R: 0.1, _A: 0.4, _U: 0.3},
    Class.STRATEGY: {_L: 0.2, _E: 0.2, _S: 0.1, _R: 0.1, _A: 0.5, _U: 0.1},
    Class.CONFIG: {_L: 0.8, _E: 0.8, _S: 0.8, _R: 0.9, _A: 0.6, _U: 0.0},
    Class.SECRET: {_L: 0.3, _E: 1.0, _S: 0.1, _R: 0.8, _A: 0.6, _U: 0.0},
    Class.POLICY: {_L: 0.8, _E: 1.0, _S: 0.1, _R: 0.7, _A: 0.9, _U: 0.0},
    Class.ROUTING: {_L: 0.5, _E: 1.0, _S: 0.3, _R: 0.3, _A: 1.0, _U: 0.0},
    Class.QUOTA: {_L: 0.1, _E: 0.1, _S: 0.2, _R: 0.1, _A: 0.6, _U: 0.9},
    Class.ADMISSION: {_L: 0.1, _E: 0.3, _S: 0.1, _R: 0.1, _A: 0.9, _U: 0.3},
    Class.RIGHTS: {_L: 0.1, _E: 0.8, _S: 0.0, _R: 0.5, _A: 0.5, _U: 0.1},
    Class.STORAGE: {_L: 0.5, _E: 0.5, _S: 0.5, _R: 0.5, _A: 0.7, _U: 0.8},
    Class.NODE: {_L: 0.4, _E: 0.4, _S: 0.4, _R: 0.3, _A: 1.0, _U: 0.9},
    Class.BUDGET: {_L: 0.0, _E: 0.0, _S: 0.0, _R: 0.0, _A: 0.2, _U: 0.0},
    Class.RUN: {_L: 0.8, _E: 0.6, _S: 0.9, _R: 0.4, _A: 0.3, _U: 0.3},
    Class.RESTART: {_L: 0.2, _E: 0.2, _S: 0.1, _R: 0.1, _A: 0.3, _U: 0.1},
    Class.TAKEN: {_L: 0.3, _E: 0.3, _S: 0.2, _R: 0.1, _A: 0.6, _U: 0.2},
    Class.TEMPLATE: {_L: 0.4, _E: 0.4, _S: 0.4, _R: 0.6, _A: 0.5, _U: 0.3},
    Class.OTHER: {_L: 0.2, _E: 0.2, _S: 0.2, _R: 0.2, _A: 0.2, _U: 0.2},
    Class.NOTHING: {},
}
"""Class -> symptom -> how much it is suspected of it."""

_RESTARTED = "kubectl.kubernetes.io/restartedAt"
_DATA_KINDS = {"ConfigMap": Class.CONFIG, "Secret": Class.SECRET}
_BY_KIND: Mapping[str, Class] = {
    "NetworkPolicy": Class.POLICY,
    "CiliumNetworkPolicy": Class.POLICY,
    "AuthorizationPolicy": Class.POLICY,
    "Certificate": Class.SECRET,
    "Issuer": Class.SECRET,
    "ClusterIssuer": Class.SECRET,
    "ExternalSecret": Class.SECRET,
    "SecretStore": Class.SECRET,
    "ClusterSecretStore": Class.SECRET,
    "SealedSecret": Class.SECRET,
    "Service": Class.ROUTING,
    "Ingress": Class.ROUTING,
    "HTTPRoute": Class.ROUTING,
    "Gateway": Class.ROUTING,
    "VirtualService": Class.ROUTING,
    "DestinationRule": Class.ROUTING,
    "HorizontalPodAutoscaler": Class.BOUNDS,
    "ScaledObject": Class.BOUNDS,
    "VerticalPodAutoscaler": Class.REQUESTS,
    "ResourceQuota": Class.QUOTA,
    "LimitRange": Class.QUOTA,
    "MutatingAdmissionPolicy": Class.ADMISSION,
    "MutatingAdmissionPolicyBinding": Class.ADMISSION,
    "MutatingWebhookConfiguration": Class.ADMISSION,
    "ValidatingAdmissionPolicy": Class.ADMISSION,
    "ValidatingAdmissionPolicyBinding": Class.ADMISSION,
    "ValidatingWebhookConfiguration": Class.ADMISSION,
    "Role": Class.RIGHTS,
    "ClusterRole": Class.RIGHTS,
    "RoleBinding": Class.RIGHTS,
    "ClusterRoleBinding": Class.RIGHTS,
    "ServiceAccount": Class.RIGHTS,
    "PersistentVolumeClaim": Class.STORAGE,
    "PersistentVolume": Class.STORAGE,
    "StorageClass": Class.STORAGE,
    "Node": Class.NODE,
    "PodDisruptionBudget": Class.BUDGET,
    "PriorityClass": Class.PLACEMENT,
}
_ENGINES = ("kyverno.io", "constraints.gatekeeper.sh")
"""Groups of which every kind says what may be made."""

_SECURITY_LEVEL = "pod-security.kubernetes.io/enforce"
_PLACEMENT = frozenset(
    {"affinity", "nodeSelector", "nodeName", "tolerations", "topologySpreadConstraints",
     "priorityClassName", "schedulerName", "schedulingGates", "hostNetwork", "hostPort",
     "runtimeClassName"}
)  # fmt: skip


@lru_cache(maxsize=4_096)
def _words(path: str) -> list[str]:
    """The members that a path goes through; not to be changed."""
    return [step.text for step in parse_path(path) if not step.is_item]


def class_of_edit(change: Change, edit: FieldEdit) -> Class:
    """The class of one edit."""
    return class_of_field(change.object, edit)


def class_of_field(ref: ObjectRef, edit: FieldEdit) -> Class:
    """The class of one edit of such an object."""
    kind = ref.kind
    words = _words(edit.path)
    if not words:
        return Class.OTHER
    if kind == "Namespace" and words[-1] == _SECURITY_LEVEL:
        return Class.ADMISSION
    if words[0] == "metadata" or words[0] == "status":
        return Class.NOTHING
    known = _of_kind(ref)
    if known is not None:
        return known
    if _RESTARTED in words:
        return Class.RESTART
    if words[:2] == ["spec", "replicas"]:
        return _replicas(edit)
    if "template" in words or kind == "Pod":
        return _in_template(words)
    if words[-1] in ("strategy", "maxSurge", "maxUnavailable", "updateStrategy", "partition"):
        return Class.STRATEGY
    if kind in WORKLOADS:
        return Class.RUN if words[-1] in ("schedule", "suspend") else Class.OTHER
    return Class.CONFIG if words[0] in ("spec", "data") else Class.OTHER


def _of_kind(ref: ObjectRef) -> Class | None:
    """The class of everything that is done to objects of its kind, if all of it is of one."""
    if ref.group in _ENGINES:
        return Class.ADMISSION
    return _DATA_KINDS.get(ref.kind) or _BY_KIND.get(ref.kind)


def _replicas(edit: FieldEdit) -> Class:
    before, after = edit.before, edit.after
    if isinstance(before, int) and isinstance(after, int) and after > before:
        return Class.REPLICAS_UP
    return Class.REPLICAS_DOWN


def _in_template(words: list[str]) -> Class:
    found = set(words)
    if "image" in found:
        return Class.IMAGE
    if found & {"env", "envFrom"}:
        return Class.ENV
    if found & {"command", "args", "lifecycle", "workingDir"}:
        return Class.COMMAND
    if found & {"livenessProbe", "readinessProbe", "startupProbe"}:
        return Class.PROBE
    if "limits" in found:
        return Class.CPU_LIMIT if words[-1] == "cpu" else Class.MEMORY_LIMIT
    if found & {"requests", "resources"}:
        return Class.REQUESTS
    if found & _PLACEMENT:
        return Class.PLACEMENT
    if found & {"volumes", "volumeMounts", "volumeClaimTemplates"}:
        return Class.VOLUMES
    if found & {"securityContext", "serviceAccountName", "imagePullSecrets"}:
        return Class.SECURITY
    return Class.TEMPLATE


def classes_of(change: Change) -> tuple[Class, ...]:
    """The classes of all its edits, each once, in the order of the edits; at least one."""
    if change.gone or change.verb in ("delete", "evict"):
        return (Class.TAKEN,) if change.object.kind == "Pod" else (Class.DELETED,)
    if change.verb == "create" or not change.edits:
        if change.object.kind == "Job":
            return (Class.RUN,)
        if change.verb != "create":
            full = change.knowledge is Knowledge.FULL
            return (Class.NOTHING,) if full else (Class.OTHER,)
        return (_of_kind(change.object) or Class.CREATED,)
    return tuple(dict.fromkeys(class_of_edit(change, edit) for edit in change.edits))


class Effect(NamedTuple):
    """What a change can do to a kind of trouble.

    of      the class most suspected of it
    weight  how much, 0 to 1
    edits   those of that class; all of them if none stands out
    """

    of: Class
    weight: float
    edits: tuple[FieldEdit, ...]


def effect_of(change: Change, symptom: Symptom) -> Effect:
    """The strongest. An edit that gives more than before counts for less (see `giving`)."""
    if not change.edits or change.gone or change.verb in ("create", "delete", "evict"):
        plain = [(EFFECTS[one].get(symptom, 0.0), one) for one in classes_of(change)]
        classes = [class_of_edit(change, edit) for edit in change.edits]
    else:
        classes = [class_of_edit(change, edit) for edit in change.edits]
        plain = [
            (EFFECTS[one].get(symptom, 0.0) * (LESS if gives(edit, symptom) else 1.0), one)
            for one, edit in zip(classes, change.edits, strict=True)
        ]
    weight, most = max(plain, key=lambda one: one[0])
    pairs = zip(classes, change.edits, strict=True)
    own = tuple(edit for one, edit in pairs if one is most) if weight else ()
    return Effect(most, weight, own or change.edits)
