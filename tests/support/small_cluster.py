"""A small cluster with one of each thing that kubectl treats in its own way."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

_STAMP = "2026-11-20T00:00:00Z"
LAST = "kubectl.kubernetes.io/last-applied-configuration"
_REVISION = "deployment.kubernetes.io/revision"


class Held:
    """Objects as `simulate.commands` asks for them."""

    def __init__(self, objects: Iterable[dict[str, Any]]) -> None:
        self.by_name = {
            (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one
            for one in objects
        }

    def get(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """One object."""
        return self.by_name.get((kind, namespace, name))

    def list(self, kind: str, namespace: str | None) -> list[dict[str, Any]]:
        """All of a kind."""
        return [
            one
            for (held, place, _), one in self.by_name.items()
            if held == kind and namespace in (None, place)
        ]


def thing(kind: str, name: str, namespace: str = "prod", **fields: Any) -> dict[str, Any]:
    """An object; `labels`, `annotations` and `owner` are of its metadata."""
    version = fields.pop("version", "v1")
    metadata: dict[str, Any] = {
        "name": name, "uid": f"uid-{kind}-{namespace}-{name}", "resourceVersion": "7",
        "creationTimestamp": _STAMP,
    }  # fmt: skip
    if namespace:
        metadata["namespace"] = namespace
    owner = fields.pop("owner", None)
    if owner is not None:
        metadata["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": True,
                "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
            }
        ]  # fmt: skip
    for field in ("labels", "annotations"):
        if fields.get(field):
            metadata[field] = fields[field]
        fields.pop(field, None)
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}


def template(image: str, app: str = "web") -> dict[str, Any]:
    """A pod template with two containers, an init container and two volumes."""
    main = {
        "name": "main", "image": image, "terminationMessagePath": "/dev/termination-log",
        "env": [{"name": "MODE", "value": "fast"}, {"name": "KEEP", "value": "1"}],
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "100m"}},
        "volumeMounts": [{"mountPath": "/data", "name": "data"}],
    }  # fmt: skip
    side = {"name": "side", "image": "side:1", "resources": {}}
    spec = {
        "containers": [main, side],
        "initContainers": [{"name": "init", "image": "init:1", "resources": {}}],
        "volumes": [
            {"name": "data", "emptyDir": {}},
            {"name": "conf", "configMap": {"name": "settings", "defaultMode": 420}},
        ],
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
    }  # fmt: skip
    return {"metadata": {"labels": {"app": app, "tier": "front"}}, "spec": spec}


def _workload(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    made = template(f"{name}:2", name)
    return thing(
        kind, name, version="apps/v1", labels={"app": name}, annotations={_REVISION: "2"},
        spec={"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": made, **spec},
    )  # fmt: skip


def _deployments() -> list[dict[str, Any]]:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}
    web = _workload("Deployment", "web", strategy=rolling, finalizers=[])
    del web["spec"]["finalizers"]
    sets = []
    for number in (1, 2):
        held = template(f"web:{number}")
        held["metadata"]["labels"]["pod-template-hash"] = f"h{number}"
        sets.append(
            thing(
                "ReplicaSet", f"web-h{number}", version="apps/v1", owner=web,
                labels={"app": "web", "pod-template-hash": f"h{number}"},
                annotations={_REVISION: str(number), "note": f"of {number}",
                             "deployment.kubernetes.io/desired-replicas": "3"},
                spec={"replicas": 3 if number == 2 else 0, "template": held,
                      "selector": {"matchLabels": {"app": "web"}}},
            )
        )  # fmt: skip
    asleep = _workload("Deployment", "asleep", paused=True, strategy=rolling)
    plain = _workload("Deployment", "plain", strategy=rolling)
    applied = {
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"annotations": {}, "name": "plain", "namespace": "prod",
                     "labels": {"app": "plain", "old": "yes"}},
        "spec": {
            "replicas": 3, "selector": {"matchLabels": {"app": "plain"}},
            "template": {
                "metadata": {"labels": {"app": "plain", "tier": "front"}},
                "spec": {"containers": [
                    {"name": "main", "image": "plain:2",
                     "env": [{"name": "MODE", "value": "fast"}, {"name": "KEEP", "value": "1"}]},
                    {"name": "side", "image": "side:1"},
                ]},
            },
        },
    }  # fmt: skip
    plain["metadata"]["labels"]["old"] = "yes"
    plain["metadata"]["annotations"][LAST] = json.dumps(applied) + "\n"
    return [web, *sets, asleep, plain]


def _stateful() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for kind, name in (("StatefulSet", "db"), ("DaemonSet", "agent")):
        obj = _workload(kind, name)
        if kind == "DaemonSet":
            del obj["spec"]["replicas"]
        found.append(obj)
        for number in (1, 2):
            held = {**template(f"{name}:{number}", name), "$patch": "replace"}
            found.append(
                thing(
                    "ControllerRevision", f"{name}-r{number}", version="apps/v1", owner=obj,
                    labels={"app": name}, revision=number, data={"spec": {"template": held}},
                )
            )  # fmt: skip
    return found


def _pod(name: str, node: str, owner: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    labels = more.pop("labels", {"app": "web"})
    phase = more.pop("phase", "Running")
    return thing(
        "Pod", name, more.pop("namespace", "prod"), owner=owner, labels=labels,
        annotations=more.pop("annotations", {}), status={"phase": phase},
        spec={"nodeName": node, "containers": [{"name": "main", "image": "x"}], **more},
    )  # fmt: skip


def objects() -> list[dict[str, Any]]:
    """All of it."""
    deployments, stateful = _deployments(), _stateful()
    web_set, agent = deployments[2], stateful[3]
    taint = {"effect": "NoSchedule", "key": "dedicated", "value": "db"}
    hard = {"effect": "NoExecute", "key": "dedicated", "value": "db"}
    orphan = {**agent, "metadata": {**agent["metadata"], "name": "goner"}}
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wd"]}
    return [
        *deployments,
        *stateful,
        thing("Namespace", "prod", "", status={"phase": "Active"}),
        thing("Node", "n1", "", labels={"zone": "a", "disk": "ssd"},
              spec={"podCIDRs": ["10.0.0.0/24"]}),
        thing("Node", "n2", "", labels={"zone": "b"}, spec={"taints": [taint, hard]}),
        thing("Node", "n3", "", labels={"zone": "b"}, spec={"unschedulable": True}),
        thing("Node", "n4", "", labels={"zone": "c"}, spec={}),
        _pod("web-1", "n1", web_set, labels={"app": "web", "track": "stable"}),
        _pod("web-2", "n1", web_set, labels={"app": "web", "track": "canary"}),
        _pod("agent-1", "n1", agent, labels={"app": "agent"}),
        _pod("kube-proxy-n1", "n1", namespace="kube-system", labels={},
             annotations={"kubernetes.io/config.mirror": "x"}),
        _pod("done", "n1", phase="Succeeded", volumes=[{"name": "t", "emptyDir": {}}]),
        _pod("alone", "n2", labels={"job": "x"}),
        _pod("scratch", "n2", web_set, volumes=[{"name": "t", "emptyDir": {}}]),
        _pod("orphan", "n3", orphan, labels={"app": "agent"}),
        _pod("web-3", "n4", web_set, namespace="other"),
        _pod("waiting", "", web_set, phase="Pending"),
        thing("ConfigMap", "settings", data={"log.level": "info", "mode": "a"}),
        thing("Secret", "keys", type="Opaque", data={"token": "eA=="}),
        thing("Service", "web", spec={
            "selector": {"app": "web"},
            "ports": [{"name": "http", "port": 80, "protocol": "TCP"}]}),
        thing("PodDisruptionBudget", "web", version="policy/v1", spec={
            "minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}),
        thing("PersistentVolumeClaim", "data", spec={"accessModes": ["ReadWriteOnce"]}),
        thing("ReplicationController", "old", spec={
            "replicas": 2, "selector": {"app": "old"}, "template": template("old:1", "old")}),
        thing("Job", "once", version="batch/v1", spec={"template": template("once:1", "once")}),
        thing("CustomResourceDefinition", "widgets.example.com", "",
              version="apiextensions.k8s.io/v1", spec={
                  "group": "example.com", "names": names, "scope": "Namespaced",
                  "versions": [{"name": "v1", "served": True}]}),
        thing("Widget", "w1", version="example.com/v1", spec={"size": 1, "parts": [{"name": "a"}]}),
    ]  # fmt: skip
