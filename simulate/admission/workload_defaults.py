"""Defaults of each kind beside pods (the `defaults.go` of their API groups, Kubernetes 1.36)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Spec = dict[str, Any]
_HISTORY = {"revisionHistoryLimit": 10}


def kind_defaults(obj: dict[str, Any]) -> None:
    """Write the defaults of its kind into an object; kinds without any stay as they are."""
    change = _KINDS.get(str(obj.get("kind")))
    if change is not None:
        change(obj)


def _set(into: Spec, **defaults: Any) -> None:
    for key, value in defaults.items():
        if into.get(key) is None:
            into[key] = value


def _spec(obj: Spec) -> Spec:
    spec: Spec = obj.setdefault("spec", {})
    return spec


def _deployment(obj: Spec) -> None:
    spec = _spec(obj)
    _set(spec, replicas=1, progressDeadlineSeconds=600, **_HISTORY)
    strategy = spec.setdefault("strategy", {})
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(strategy["rollingUpdate"], maxUnavailable="25%", maxSurge="25%")


def _stateful_set(obj: Spec) -> None:
    spec = _spec(obj)
    _set(spec, replicas=1, podManagementPolicy="OrderedReady", updateStrategy={}, **_HISTORY)
    strategy = spec["updateStrategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(strategy["rollingUpdate"], partition=0)
    _set(spec, persistentVolumeClaimRetentionPolicy={})
    _set(spec["persistentVolumeClaimRetentionPolicy"], whenDeleted="Retain", whenScaled="Retain")
    for claim in spec.get("volumeClaimTemplates") or ():
        _set(claim, apiVersion="v1", kind="PersistentVolumeClaim")
        _claim(claim)
        _set(claim, status={"phase": "Pending"})


def _daemon_set(obj: Spec) -> None:
    spec = _spec(obj)
    _set(spec, updateStrategy={}, **_HISTORY)
    strategy = spec["updateStrategy"]
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(strategy, rollingUpdate={})
        _set(strategy["rollingUpdate"], maxUnavailable=1, maxSurge=0)


def _replica_set(obj: Spec) -> None:
    spec = _spec(obj)
    _set(spec, replicas=1)
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels and not obj.setdefault("metadata", {}).get("labels"):
        obj["metadata"]["labels"] = dict(labels)
    if labels and obj["kind"] == "ReplicationController" and not spec.get("selector"):
        spec["selector"] = dict(labels)


def _job(obj: Spec) -> None:
    spec = _spec(obj)
    _job_spec(spec)
    uid, name = obj["metadata"].get("uid"), obj["metadata"].get("name")
    if uid and not spec["manualSelector"]:
        _set(spec, selector={"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})
        own = {"controller-uid": uid, "job-name": name}
        metadata = spec.setdefault("template", {}).setdefault("metadata", {})
        metadata["labels"] = {
            **(metadata.get("labels") or {}), **own,
            **{f"batch.kubernetes.io/{key}": value for key, value in own.items()},
        }  # fmt: skip


def _job_spec(spec: Spec) -> None:
    if spec.get("completions") is None and spec.get("parallelism") is None:
        _set(spec, completions=1)
    _set(
        spec, parallelism=1, completionMode="NonIndexed", suspend=False, manualSelector=False,
        podReplacementPolicy="Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed",
        backoffLimit=2**31 - 1 if spec.get("backoffLimitPerIndex") is not None else 6,
    )  # fmt: skip


def _cron_job(obj: Spec) -> None:
    spec = _spec(obj)
    _set(
        spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
    )  # fmt: skip


def _autoscaler(obj: Spec) -> None:
    spec = _spec(obj)
    _set(spec, minReplicas=1)
    if obj.get("apiVersion") == "autoscaling/v2" and not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]


def _service(obj: Spec) -> None:
    spec = _spec(obj)
    _set(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        _set(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _set(spec, externalTrafficPolicy="Cluster")
    for port in spec.get("ports") or ():
        _set(port, protocol="TCP")
        _set(port, targetPort=port.get("port"))


def _claim(obj: Spec) -> None:
    _set(_spec(obj), volumeMode="Filesystem")


def _volume(obj: Spec) -> None:
    _set(_spec(obj), volumeMode="Filesystem", persistentVolumeReclaimPolicy="Retain")


def _storage_class(obj: Spec) -> None:
    _set(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _priority_class(obj: Spec) -> None:
    _set(obj, preemptionPolicy="PreemptLowerPriority")


def _namespace(obj: Spec) -> None:
    metadata = obj["metadata"]
    name = metadata["name"]
    metadata["labels"] = {**(metadata.get("labels") or {}), "kubernetes.io/metadata.name": name}
    finalizers = {"finalizers": ["kubernetes"]}
    obj["spec"] = {**finalizers, **(obj.get("spec") or {})}
    _set(obj, status={"phase": "Active"})


def _secret(obj: Spec) -> None:
    _set(obj, type="Opaque")


def _limit_range(obj: Spec) -> None:
    for limit in _spec(obj).get("limits") or ():
        if limit.get("type") == "Container":
            default = {**(limit.get("max") or {}), **(limit.get("default") or {})}
            request = {**(limit.get("min") or {}), **default, **(limit.get("defaultRequest") or {})}
            if default:
                limit["default"] = default
            if request:
                limit["defaultRequest"] = request


_KINDS: dict[str, Callable[[Spec], None]] = {
    "Deployment": _deployment,
    "StatefulSet": _stateful_set,
    "DaemonSet": _daemon_set,
    "ReplicaSet": _replica_set,
    "ReplicationController": _replica_set,
    "Job": _job,
    "CronJob": _cron_job,
    "HorizontalPodAutoscaler": _autoscaler,
    "Service": _service,
    "PersistentVolumeClaim": _claim,
    "PersistentVolume": _volume,
    "StorageClass": _storage_class,
    "PriorityClass": _priority_class,
    "Namespace": _namespace,
    "Secret": _secret,
    "LimitRange": _limit_range,
}
