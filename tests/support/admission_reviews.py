"""AdmissionReviews as the API server sends them, for tests to vary."""

from __future__ import annotations

import copy
import itertools
import json
from typing import Any

_numbers = itertools.count(1)

PLURALS = {
    "Deployment": ("apps", "deployments"),
    "StatefulSet": ("apps", "statefulsets"),
    "ConfigMap": ("", "configmaps"),
    "HorizontalPodAutoscaler": ("autoscaling", "horizontalpodautoscalers"),
    "Widget": ("example.com", "widgets"),
}
ADA = {"username": "ada@example.com", "groups": ["sre", "system:authenticated"]}


def review(
    operation: str,
    obj: dict[str, Any] | None,
    old: dict[str, Any] | None = None,
    *,
    user: dict[str, Any] | None = None,
    manager: str = "",
    options: str = "",
    dry_run: bool = False,
    scale: bool = False,
    where: tuple[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A review. Of a scale `obj` and `old` are the workloads; the request shows their Scales."""
    shown = obj or old or {}
    metadata = shown.get("metadata") or {}
    group, plural = where or PLURALS[shown["kind"]]
    api_group, _, version = shown["apiVersion"].rpartition("/")
    kind = {"group": api_group, "version": version, "kind": shown["kind"]}
    if scale:
        kind = {"group": "autoscaling", "version": "v1", "kind": "Scale"}
        obj, old = scale_of(obj), scale_of(old)
    kinds = {"CREATE": "CreateOptions", "UPDATE": "UpdateOptions", "DELETE": "DeleteOptions"}
    said: dict[str, Any] = {"kind": options or kinds[operation], "apiVersion": "meta.k8s.io/v1"}
    if manager:
        said["fieldManager"] = manager
    if dry_run:
        said["dryRun"] = ["All"]
    resource = {"group": group, "version": version, "resource": plural}
    request = {
        "uid": f"705ab4f5-6393-11e8-b7cc-{next(_numbers):012d}",
        "kind": kind,
        "resource": resource,
        **({"subResource": "scale"} if scale else {}),
        "requestKind": kind,
        "requestResource": resource,
        "name": metadata.get("name", ""),
        "namespace": metadata.get("namespace", ""),
        "operation": operation,
        "userInfo": dict(user or ADA),
        "object": copy.deepcopy(obj),
        "oldObject": copy.deepcopy(old),
        "dryRun": dry_run,
        "options": said,
        **more,
    }
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}


def scale_of(workload: dict[str, Any] | None) -> dict[str, Any] | None:
    """The Scale of a workload."""
    if workload is None:
        return None
    names = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    metadata = {name: workload["metadata"].get(name) for name in names}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": metadata,
        "spec": {"replicas": workload["spec"]["replicas"]},
        "status": {"replicas": 0, "selector": "app=x"},
    }


def scaled(workload: dict[str, Any], replicas: int) -> dict[str, Any]:
    """The same workload with another count."""
    return {**workload, "spec": {**workload["spec"], "replicas": replicas}}


def body(of: dict[str, Any]) -> bytes:
    """As it is sent."""
    return json.dumps(of).encode()
