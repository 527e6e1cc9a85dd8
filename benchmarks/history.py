"""A synthetic cluster history: N changes as an audit log, the same for the same seed.

The mix is that of a busy cluster seen through its audit log: six of ten writes are controllers'
and kubelets' (pods made, bound, reported on, deleted), four are decisions (scales, images,
configuration, labels) by people and automation, and people look around in between. The cluster has
N / 10 objects, 10,000 at most; two objects of ten are edited ten times as often as the others.

    python benchmarks/history.py 10000 /tmp/history.jsonl.gz
"""

from __future__ import annotations

import gzip
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
SECONDS_BETWEEN = 0.5
PODS_PER_DEPLOYMENT = 3
MOST_OBJECTS = 10_000
KUBECTL = "kubectl/v1.36.0 (linux/amd64) kubernetes/0000000"
PEOPLE = tuple(f"{name}@example.com" for name in ("ada", "ben", "cleo", "dana", "eli", "fay"))
CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller"
_COLOURS = ("red", "green", "blue")


class History:
    """Makes the events; `changes` counts those that change something.

    owned    with the ReplicaSets of the pods, and Deployments that read their ConfigMaps
    begin    of the first event
    between  seconds between two events, on average
    """

    def __init__(
        self,
        changes: int,
        seed: int = 1,
        begin: datetime = BEGIN,
        between: float = SECONDS_BETWEEN,
        *,
        owned: bool = False,
    ) -> None:
        self.wanted = changes
        self._owned = owned
        self.changes = 0
        self._dice = random.Random(seed)
        self._version = 1_000
        self._number = 0
        self._at = begin
        self._between = between
        self._deployments: list[dict[str, Any]] = []
        self._configs: list[dict[str, Any]] = []
        self._pods: list[dict[str, Any]] = []
        self._pod_number = 0
        objects = min(MOST_OBJECTS, changes // 10)
        self._size = max(2, objects // (2 + PODS_PER_DEPLOYMENT))

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event in order, until N changes are made."""
        for number in range(self._size):
            yield from self._begin(number)
            if self.changes >= self.wanted:
                return
        while self.changes < self.wanted:
            yield from self._something()

    # --- the cluster ---------------------------------------------------------------------

    def _begin(self, number: int) -> Iterator[dict[str, Any]]:
        namespace = f"team-{number % 20:02d}"
        deployment = self._object("apps/v1", "Deployment", namespace, f"service-{number:05d}")
        deployment["spec"] = {
            "replicas": PODS_PER_DEPLOYMENT,
            "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": f"service-{number:05d}"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%"}},
            "template": {
                "metadata": {"labels": {"app": f"service-{number:05d}"}},
                "spec": {"containers": [self._container(number)], "restartPolicy": "Always"},
            },
        }
        self._deployments.append(deployment)
        if self._owned:
            reads = [{"configMapRef": {"name": f"config-{number:05d}"}}]
            deployment["spec"]["template"]["spec"]["containers"][0]["envFrom"] = reads
        yield self._written("create", "deployments", "apps", deployment)
        if self._owned:
            yield self._replicas_made(deployment)
        config = self._object("v1", "ConfigMap", namespace, f"config-{number:05d}")
        config["data"] = {f"KEY_{n}": str(n) for n in range(6)} | {"CACHE_SIZE": "512"}
        self._configs.append(config)
        yield self._written("create", "configmaps", "", config)
        for _ in range(PODS_PER_DEPLOYMENT):
            yield self._pod_made(deployment)

    def _replicas_made(self, deployment: dict[str, Any]) -> dict[str, Any]:
        metadata = deployment["metadata"]
        name = f"{metadata['name']}-6d4cf56db6"
        replicas = self._object("apps/v1", "ReplicaSet", metadata["namespace"], name)
        replicas["metadata"]["ownerReferences"] = [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": metadata["name"],
                "uid": metadata["uid"],
                "controller": True,
            }
        ]
        replicas["spec"] = {"replicas": PODS_PER_DEPLOYMENT}
        made_by = "system:serviceaccount:kube-system:deployment-controller"
        return self._written("create", "replicasets", "apps", replicas, user=made_by)

    def _container(self, number: int) -> dict[str, Any]:
        return {
            "name": "main",
            "image": f"registry.example/service-{number:05d}:1.0.0",
            "env": [
                {"name": "UPSTREAM", "value": f"http://service-{number // 2:05d}:8080"},
                {"name": "LOG_LEVEL", "value": "info"},
            ],
            "resources": {
                "requests": {"cpu": "100m", "memory": "128Mi"},
                "limits": {"memory": "512Mi"},
            },
            "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
        }

    def _object(self, api_version: str, kind: str, namespace: str, name: str) -> dict[str, Any]:
        return {
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": str(self._uuid()),
                "creationTimestamp": self._at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "labels": {"app": name, "team": namespace},
            },
        }

    def _uuid(self) -> str:
        digits = f"{self._dice.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"

    # --- what happens --------------------------------------------------------------------

    def _something(self) -> Iterator[dict[str, Any]]:
        roll = self._dice.random()
        if roll < 0.12:
            yield self._scaled()
        elif roll < 0.20:
            deployment = self._one_of(self._deployments)
            containers = deployment["spec"]["template"]["spec"]["containers"]
            name = containers[0]["image"].partition(":")[0]
            containers[0]["image"] = (
                f"{name}:1.{self._dice.randrange(99)}.{self._dice.randrange(9)}"
            )
            patch = {"spec": {"template": {"spec": {"containers": [
                {"name": "main", "image": containers[0]["image"]}]}}}}  # fmt: skip
            yield self._written(
                "patch", "deployments", "apps", deployment, patch=patch, manager="kubectl-set"
            )
        elif roll < 0.32:
            config = self._one_of(self._configs)
            key = self._dice.choice(sorted(config["data"]))
            config["data"][key] = str(self._dice.randrange(1_000))
            yield self._written(
                "patch", "configmaps", "", config,
                patch={"data": {key: config["data"][key]}}, manager="kubectl-patch",
            )  # fmt: skip
        elif roll < 0.40:
            deployment = self._one_of(self._deployments)
            deployment["metadata"]["labels"]["colour"] = self._dice.choice(_COLOURS)
            yield self._written(
                "patch", "deployments", "apps", deployment, manager="kubectl-label",
                patch={"metadata": {"labels": {"colour": "x"}}},
            )  # fmt: skip
        elif roll < 0.64:
            yield self._pod_reported()
        elif roll < 0.80:
            yield self._pod_made(self._one_of(self._deployments))
        elif roll < 0.96 and self._pods:
            yield self._pod_deleted()
        else:
            yield self._looked()

    def _one_of(self, objects: list[dict[str, Any]]) -> dict[str, Any]:
        """One in five objects is edited ten times as often as the others."""
        hot = max(1, len(objects) // 5)
        if self._dice.random() < 0.7:
            return objects[self._dice.randrange(hot)]
        return objects[self._dice.randrange(len(objects))]

    def _scaled(self) -> dict[str, Any]:
        deployment = self._one_of(self._deployments)
        now = deployment["spec"]["replicas"]
        replicas = self._dice.choice([n for n in (1, 2, 3, 5, 8) if n != now])
        deployment["spec"]["replicas"] = replicas
        metadata = {**deployment["metadata"], "resourceVersion": self._next_version()}
        scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": metadata}
        event = self._event(
            "patch", "deployments", "apps", deployment, self._dice.choice(PEOPLE), KUBECTL
        )
        event["objectRef"]["subresource"] = "scale"
        event["requestObject"] = {"spec": {"replicas": replicas}}
        event["responseObject"] = {**scale, "spec": {"replicas": replicas}}
        self.changes += 1
        return event

    def _pod_made(self, deployment: dict[str, Any]) -> dict[str, Any]:
        self._pod_number += 1
        namespace = deployment["metadata"]["namespace"]
        name = f"{deployment['metadata']['name']}-6d4cf56db6-{self._pod_number:08x}"
        pod = self._object("v1", "Pod", namespace, name)
        pod["metadata"]["ownerReferences"] = [
            {
                "apiVersion": "apps/v1",
                "kind": "ReplicaSet",
                "name": f"{deployment['metadata']['name']}-6d4cf56db6",
                "uid": deployment["metadata"]["uid"],
                "controller": True,
            }
        ]
        pod["spec"] = {
            **deployment["spec"]["template"]["spec"],
            "nodeName": f"worker-{self._dice.randrange(50)}",
        }
        pod["status"] = {"phase": "Pending"}
        self._pods.append(pod)
        return self._written("create", "pods", "", pod, user=CONTROLLER)

    def _pod_reported(self) -> dict[str, Any]:
        if not self._pods:
            return self._pod_made(self._one_of(self._deployments))
        pod = self._pods[self._dice.randrange(len(self._pods))]
        restarts = pod["status"].get("restarts", -1) + 1
        pod["status"] = {
            "phase": "Running",
            "restarts": restarts,
            "conditions": [{"type": "Ready", "status": "True" if restarts % 2 else "False"}],
            "containerStatuses": [
                {"name": "main", "ready": bool(restarts % 2), "restartCount": restarts,
                 "state": {"running": {"startedAt": self._at.strftime("%Y-%m-%dT%H:%M:%SZ")}}}
            ],
        }  # fmt: skip
        event = self._written("patch", "pods", "", pod, user="system:node:worker-1")
        event["objectRef"]["subresource"] = "status"
        return event

    def _pod_deleted(self) -> dict[str, Any]:
        at = self._dice.randrange(len(self._pods))
        pod, self._pods[at] = self._pods[at], self._pods[-1]
        self._pods.pop()
        event = self._event("delete", "pods", "", pod, CONTROLLER, "kube-controller-manager/v1.36")
        event["responseObject"] = {
            "kind": "Status", "apiVersion": "v1", "status": "Success",
            "details": {"name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]},
        }  # fmt: skip
        self.changes += 1
        return event

    def _looked(self) -> dict[str, Any]:
        deployment = self._one_of(self._deployments)
        return self._event(
            "get", "deployments", "apps", deployment, self._dice.choice(PEOPLE), KUBECTL
        )

    # --- how it is written ---------------------------------------------------------------

    def _next_version(self) -> str:
        self._version += 1
        return str(self._version)

    def _written(
        self,
        verb: str,
        resource: str,
        group: str,
        obj: dict[str, Any],
        *,
        user: str = "",
        patch: Any = None,
        manager: str = "",
    ) -> dict[str, Any]:
        obj["metadata"]["resourceVersion"] = self._next_version()
        agent = "kube-controller-manager/v1.36" if user == CONTROLLER else KUBECTL
        event = self._event(verb, resource, group, obj, user or self._dice.choice(PEOPLE), agent)
        if manager:
            event["requestURI"] += f"?fieldManager={manager}"
        if patch is not None:
            event["requestObject"] = patch
        event["responseObject"] = obj
        self.changes += 1
        return event

    def _event(
        self, verb: str, resource: str, group: str, obj: dict[str, Any], user: str, agent: str
    ) -> dict[str, Any]:
        self._number += 1
        self._at += timedelta(seconds=self._dice.uniform(0, 2 * self._between))
        stamp = self._at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        metadata = obj["metadata"]
        where = {"resource": resource, "namespace": metadata["namespace"], "name": metadata["name"]}
        groups = ["system:nodes"] if user.startswith("system:node:") else ["system:authenticated"]
        return {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "RequestResponse",
            "auditID": self._uuid(),
            "stage": "ResponseComplete",
            "requestURI": f"/apis/{group}/v1/namespaces/{metadata['namespace']}/{resource}",
            "verb": verb,
            "user": {"username": user, "groups": groups},
            "userAgent": agent,
            "objectRef": {**where, "apiGroup": group} if group else where,
            "responseStatus": {"metadata": {}, "code": 200},
            "requestReceivedTimestamp": stamp,
            "stageTimestamp": stamp,
        }


def write(changes: int, path: Path, seed: int = 1, *, owned: bool = False) -> int:
    """Write the audit log (gzip); returns how many events it has. `owned`: see History."""
    count = 0
    draft = path.with_suffix(".new")
    with gzip.open(draft, "wb", compresslevel=1) as file:
        for event in History(changes, seed, owned=owned).events():
            file.write(orjson.dumps(event) + b"\n")
            count += 1
    draft.replace(path)  # whoever finds it finds all of it
    return count


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
