"""One pod, as far as the control plane acts on it. The store and the simulation own these."""

from __future__ import annotations

import sys
from typing import Any

from kubectl_smart.simulate.cluster.reading import Raw, controller_of, mapping, seconds
from kubectl_smart.simulate.cluster.shapes import Shape, Shapes

Owner = tuple[str, str, str]
"""(kind, name, uid)"""

_COST = "controller.kubernetes.io/pod-deletion-cost"
_FAILURES = "batch.kubernetes.io/job-index-failure-count"
_MIRROR = "kubernetes.io/config.mirror"
FINISHED = frozenset({"Succeeded", "Failed"})
_VERSIONS = {
    "DaemonSet": "apps/v1", "Job": "batch/v1", "Node": "v1", "ReplicaSet": "apps/v1",
    "ReplicationController": "v1", "StatefulSet": "apps/v1",
}  # fmt: skip
"""The apiVersion of controllers, which drains ask for."""


class Pod:
    """A pod. Times are seconds since 1970; None where it has not come to that.

    node       the name of the node it is bound to; None while it is pending
    ready      since when its Ready condition is true
    unready    since when the snapshot says that it is false
    deleting   when its deletion was asked for
    disrupted  whether it has the condition DisruptionTarget: it was evicted, preempted, or the like
    message    of its PodScheduled condition, while that is false
    nominated  the node that preemption makes room on
    old        whether it was there before the command
    failures   of the same index of its Job, before it
    version    resourceVersion: of two pods, the one with the smaller was written to before
    """

    __slots__ = (
        "cost", "created", "deleting", "disrupted", "failures", "grace", "key", "message",
        "mirror", "name", "namespace", "node", "nominated", "old", "owner", "phase", "ready",
        "reason", "restarts", "shape", "started", "uid", "unready", "version",
    )  # fmt: skip

    def __init__(
        self, namespace: str, name: str, uid: str, shape: Shape, owner: Owner | None, created: float
    ) -> None:
        self.namespace = namespace
        self.name = name
        self.key = (namespace, name)
        self.uid = uid
        self.shape = shape
        self.owner = owner
        self.created = created
        self.node: str | None = None
        self.phase = "Pending"
        self.ready: float | None = None
        self.unready: float | None = None
        self.started: float | None = None
        self.deleting: float | None = None
        self.disrupted = False
        self.failures = 0
        self.grace = shape.grace
        self.message: str | None = None
        self.reason: str | None = None
        self.nominated: str | None = None
        self.restarts = 0
        self.cost = 0
        self.mirror = False
        self.old = False
        self.version = 0

    @property
    def finished(self) -> bool:
        """Whether all its containers have ended for good."""
        return self.phase in FINISHED

    @property
    def active(self) -> bool:
        """Whether controllers count it: neither finished nor being deleted."""
        return self.deleting is None and self.phase not in FINISHED


def pod_of(raw: Raw, shapes: Shapes) -> Pod:
    """A pod out of what the API server says of it. Written for speed: a cluster has many."""
    metadata, spec, status = mapping(raw, "metadata"), mapping(raw, "spec"), mapping(raw, "status")
    namespace = str(metadata.get("namespace") or "")
    shape = shapes.of(namespace, metadata.get("labels") or {}, spec)
    created = seconds(metadata.get("creationTimestamp")) or 0.0
    name, uid = str(metadata.get("name", "")), str(metadata.get("uid") or "")
    pod = Pod(namespace, name, uid, shape, shapes.owner(controller_of(raw)), created)
    pod.node = spec.get("nodeName") or None
    version = str(metadata.get("resourceVersion") or "")
    pod.version = int(version) if version.isdigit() else 0
    pod.phase = sys.intern(str(status.get("phase") or "Pending"))
    pod.nominated = status.get("nominatedNodeName") or None
    pod.started = seconds(status.get("startTime"))
    if metadata.get("deletionTimestamp"):
        pod.grace = float(metadata.get("deletionGracePeriodSeconds") or 0)
        pod.deleting = (seconds(metadata["deletionTimestamp"]) or 0.0) - pod.grace
    for condition in status.get("conditions") or ():
        held = condition.get("status") == "True"
        kind = condition.get("type")
        if kind == "Ready" and held:
            pod.ready = seconds(condition.get("lastTransitionTime")) or created
        elif kind == "Ready":
            pod.unready = seconds(condition.get("lastTransitionTime"))
        elif kind == "PodScheduled" and not held:
            pod.message = condition.get("message")
            pod.reason = condition.get("reason")
        elif kind == "DisruptionTarget" and held:
            pod.disrupted = True
    for one in status.get("containerStatuses") or ():
        pod.restarts += int(one.get("restartCount") or 0)
    annotations = metadata.get("annotations")
    if annotations:
        pod.mirror = _MIRROR in annotations
        cost = str(annotations.get(_COST, ""))
        pod.cost = int(cost) if cost.lstrip("+-").isdigit() else 0
        failures = str(annotations.get(_FAILURES, ""))
        pod.failures = int(failures) if failures.isdigit() else 0
    return pod


def raw_of(pod: Pod) -> dict[str, Any]:
    """A pod as the API server would show it, as far as it is known."""
    metadata: dict[str, Any] = {
        "namespace": pod.namespace,
        "name": pod.name,
        "uid": pod.uid,
        "labels": dict(pod.shape.labels),
        "annotations": {_MIRROR: "mirror"} if pod.mirror else {},
    }
    if pod.owner is not None:
        kind, name, uid = pod.owner
        version = {"apiVersion": _VERSIONS[kind]} if kind in _VERSIONS else {}
        owner = {**version, "kind": kind, "name": name, "uid": uid, "controller": True}
        metadata["ownerReferences"] = [owner]
    spec = dict(pod.shape.spec)
    if pod.node is not None:
        spec["nodeName"] = pod.node
    ready = "True" if pod.ready is not None else "False"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": spec,
        "status": {"phase": pod.phase, "conditions": [{"type": "Ready", "status": ready}]},
    }
