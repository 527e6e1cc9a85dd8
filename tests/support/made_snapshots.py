"""Small clusters for simulations: nodes, workloads and their pods, as the API server shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from kubectl_smart.simulate.answers.model import Answer, PodEnd
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.commands import parse
from kubectl_smart.simulate.controllers.timings import DEFAULT, Timings
from kubectl_smart.simulate.simulation import simulate

THEN = "2026-11-23T02:49:41Z"
Object = dict[str, Any]


def node(name: str, cpu: str = "4", *, zone: str = "z0", **spec: Any) -> Object:
    """A node that is ready."""
    size = {"cpu": cpu, "memory": "8Gi", "pods": "110"}
    labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "uid": f"uid-{name}", "labels": labels},
        "spec": spec,
        "status": {"allocatable": size, "capacity": size},
    }


def template(app: str, cpu: str = "500m", **spec: Any) -> Object:
    """A pod template with one container."""
    container = {
        "name": "main",
        "image": f"{app}:1",
        "resources": {"requests": {"cpu": cpu, "memory": "64Mi"}},
    }
    return {"metadata": {"labels": {"app": app}}, "spec": {"containers": [container], **spec}}


def _controller(kind: str, name: str, body: Object, **spec: Any) -> Object:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{kind}-{name}",
            "creationTimestamp": THEN,
        },
        "spec": {"selector": {"matchLabels": body["metadata"]["labels"]}, "template": body, **spec},
        "status": {},
    }


def pod(
    name: str,
    body: Object,
    on: str | None,
    owner: tuple[str, str] | None = None,
    **metadata: Any,
) -> Object:
    """A pod: running and ready on a node, or pending."""
    refs = []
    if owner is not None:
        kind, owning = owner
        uid = f"uid-{kind}-{owning}"
        refs = [{"kind": kind, "name": owning, "uid": uid, "controller": True}]
    conditions = [{"type": "Ready", "status": "True", "lastTransitionTime": THEN}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-pod-{name}",
            "creationTimestamp": THEN,
            "labels": body["metadata"]["labels"],
            "ownerReferences": refs,
            **metadata,
        },
        "spec": {**body["spec"], **({} if on is None else {"nodeName": on})},
        "status": {
            "phase": "Pending" if on is None else "Running",
            "conditions": [] if on is None else conditions,
        },
    }


def deployment(
    name: str, places: Iterable[str | None], body: Object | None = None, **spec: Any
) -> list[Object]:
    """A Deployment, its ReplicaSet and a pod for each place; None: pending."""
    body = template(name) if body is None else body
    where = list(places)
    above = _controller("Deployment", name, body, replicas=len(where), **spec)
    below = _controller("ReplicaSet", f"{name}-1", body, replicas=len(where))
    below["metadata"]["ownerReferences"] = [
        {"kind": "Deployment", "name": name, "uid": f"uid-Deployment-{name}", "controller": True}
    ]
    below["metadata"]["labels"] = dict(body["metadata"]["labels"])
    owner = ("ReplicaSet", f"{name}-1")
    pods = [pod(f"{name}-1-{at}", body, on, owner) for at, on in enumerate(where)]
    return [above, below, *pods]


def stateful(
    name: str, places: Iterable[str | None], body: Object | None = None, **spec: Any
) -> list[Object]:
    """A StatefulSet and its pods."""
    body = template(name) if body is None else body
    where = list(places)
    found = _controller("StatefulSet", name, body, replicas=len(where), **spec)
    found["status"] = {"updateRevision": "one", "currentRevision": "one"}
    body = {**body, "metadata": {"labels": {**body["metadata"]["labels"], REVISION: "one"}}}
    owner = ("StatefulSet", name)
    return [found, *(pod(f"{name}-{at}", body, on, owner) for at, on in enumerate(where))]


REVISION = "controller-revision-hash"


def daemon(
    name: str, places: Iterable[str], body: Object | None = None, **spec: Any
) -> list[Object]:
    """A DaemonSet and its pods."""
    body = template(name, "100m") if body is None else body
    owner = ("DaemonSet", name)
    return [
        _controller("DaemonSet", name, body, **spec),
        *(pod(f"{name}-{on}", body, on, owner) for on in places),
    ]


def budget(app: str, **spec: Any) -> Object:
    """A PodDisruptionBudget for an app."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": app, "namespace": "shop", "uid": f"uid-pdb-{app}"},
        "spec": {"selector": {"matchLabels": {"app": app}}, **spec},
    }


def service(app: str) -> Object:
    """A Service for an app."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": app, "namespace": "shop", "uid": f"uid-svc-{app}"},
        "spec": {"selector": {"app": app}},
    }


def priority(name: str, value: int, **more: Any) -> Object:
    """A PriorityClass."""
    return {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": name, "uid": f"uid-{name}"},
        "value": value,
        **more,
    }


def run(
    objects: Iterable[Mapping[str, Any]],
    *lines: str,
    seed: int = 0,
    timings: Timings = DEFAULT,
    files: Mapping[str, Object] | None = None,
) -> Answer:
    """What a cluster of these objects does after these commands. files: those that they name."""
    cluster = load(dict(one) for one in objects)
    known = {} if files is None else files

    def read(name: str) -> bytes:
        return json.dumps(known[name]).encode()

    commands = [parse(line, read) for line in lines]
    return simulate(cluster, commands, seed=seed, timings=timings)


def of(answer: Answer, name: str) -> list[PodEnd]:
    """The pods at the end that a top-most controller owns, or the pod of that name."""
    return [
        one for one in answer.pods if (one.owner[1] if one.owner is not None else one.name) == name
    ]
