"""The objects of a cluster by kind, namespace and name: raw ones, and pods in short.

Whatever a snapshot holds is here. Pods are kept as `Pod` records that share their shapes; `get` and
`list` show them raw to those who parse commands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.cluster.pods import Pod, pod_of, raw_of
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    controller_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.cluster.shapes import Shape, Shapes

Key = tuple[str, str]
"""(namespace, name)"""

_GROUPS = {
    "CSIDriver": "storage.k8s.io", "CSINode": "storage.k8s.io",
    "CSIStorageCapacity": "storage.k8s.io", "CronJob": "batch", "DaemonSet": "apps",
    "Deployment": "apps", "EndpointSlice": "discovery.k8s.io",
    "HorizontalPodAutoscaler": "autoscaling", "Job": "batch",
    "LimitRange": "", "Namespace": "", "Node": "", "PersistentVolume": "",
    "PersistentVolumeClaim": "", "Pod": "", "PodDisruptionBudget": "policy",
    "PriorityClass": "scheduling.k8s.io", "ReplicaSet": "apps", "ReplicationController": "",
    "ResourceQuota": "", "RuntimeClass": "node.k8s.io", "Service": "", "StatefulSet": "apps",
    "StorageClass": "storage.k8s.io",
}  # fmt: skip
KINDS = frozenset(_GROUPS)
"""The kinds that a cluster is made of."""


def kind_of(raw: Raw) -> str:
    """The kind, with its group where another group's kind of that name is the known one."""
    kind = str(raw.get("kind", ""))
    version = str(raw.get("apiVersion", ""))
    group = version.rpartition("/")[0]
    return kind if not version or _GROUPS.get(kind, group) == group else f"{kind}.{group}"


class Cluster:
    """The store.

    pods      by (namespace, name), in the order of the snapshot
    by_owner  the pods of each controller, by its uid
    """

    def __init__(self) -> None:
        self.shapes = Shapes()
        self.pods: dict[Key, Pod] = {}
        self.by_owner: dict[str, dict[Key, Pod]] = {}
        self.by_node: dict[str, dict[Key, Pod]] = {}
        self.by_shape: dict[int, dict[Key, Pod]] = {}
        self._raw: dict[str, dict[Key, Raw]] = {}
        self._uids: dict[str, Raw] = {}
        self._tops: dict[str, tuple[str, str]] = {}
        self._controlled: dict[str, dict[tuple[str, str, str], Raw]] = {}

    # --- what commands see ------------------------------------------------------------

    def get(self, kind: str, namespace: str | None, name: str) -> Raw | None:
        """The raw object of that name; None if there is none."""
        key = (namespace or "", name)
        if kind == "Pod":
            pod = self.pods.get(key)
            return None if pod is None else raw_of(pod)
        return self._raw.get(kind, {}).get(key)

    def list(self, kind: str, namespace: str | None = None) -> Iterable[Raw]:
        """The raw objects of a kind, in one namespace or in all."""
        if kind == "Pod":
            return (
                raw_of(pod)
                for pod in self.pods.values()
                if namespace is None or pod.namespace == namespace
            )
        return [
            raw
            for key, raw in self._raw.get(kind, {}).items()
            if namespace is None or key[0] == namespace
        ]

    def kinds(self) -> Mapping[str, int]:
        """How many objects there are of each kind."""
        counted = {kind: len(found) for kind, found in self._raw.items() if found}
        return {**counted, "Pod": len(self.pods)}

    # --- raw objects ------------------------------------------------------------------

    def by_uid(self, uid: str) -> Raw | None:
        """The raw object of that uid; pods are not among them."""
        return self._uids.get(uid)

    def put(self, raw: Raw) -> None:
        """Add an object, or replace the one of its name. Pods are added with `add`."""
        kind, key = kind_of(raw), (namespace_of(raw), name_of(raw))
        found = self._raw.setdefault(kind, {})
        before = found.get(key)
        if before is not None:
            self._disown(kind, before)
        if (None if before is None else controller_of(before)) != controller_of(raw):
            self._tops.clear()
        found[key] = raw
        uid = uid_of(raw)
        if uid:
            self._uids[uid] = raw
        above = controller_of(raw)
        if above is not None:
            self._controlled.setdefault(above[2], {})[kind, *key] = raw

    def _disown(self, kind: str, raw: Raw) -> None:
        above = controller_of(raw)
        if above is not None:
            key = (kind, namespace_of(raw), name_of(raw))
            self._controlled.get(above[2], {}).pop(key, None)

    def controlled(self, uid: str) -> Sequence[tuple[str, Raw]]:
        """(kind, object) of what an object controls; pods are not among them."""
        return [(key[0], raw) for key, raw in self._controlled.get(uid, {}).items()]

    def drop(self, kind: str, namespace: str, name: str) -> Raw | None:
        """Take an object out; what it was."""
        raw = self._raw.get(kind, {}).pop((namespace, name), None)
        if raw is not None:
            self._uids.pop(uid_of(raw), None)
            self._disown(kind, raw)
            if controller_of(raw) is not None:
                self._tops.clear()
        return raw

    # --- pods -------------------------------------------------------------------------

    def add(self, pod: Pod) -> None:
        """Add a pod."""
        self.pods[pod.key] = pod
        self.by_shape.setdefault(pod.shape.id, {})[pod.key] = pod
        if pod.owner is not None:
            self.by_owner.setdefault(pod.owner[2], {})[pod.key] = pod
        if pod.node is not None:
            self.by_node.setdefault(pod.node, {})[pod.key] = pod

    def place(self, pod: Pod, node: str) -> None:
        """Note where a pod runs."""
        pod.node = node
        self.by_node.setdefault(node, {})[pod.key] = pod

    def reshape(self, pod: Pod, shape: Shape) -> None:
        """Note that a pod's labels or spec have changed."""
        self.by_shape.get(pod.shape.id, {}).pop(pod.key, None)
        pod.shape = shape
        self.by_shape.setdefault(shape.id, {})[pod.key] = pod

    def chosen(self, namespace: str, selector: Selector) -> Iterator[Pod]:
        """The pods of a namespace that a selector chooses."""
        for shape in self.shapes.chosen(namespace, selector):
            yield from self.by_shape.get(shape.id, {}).values()

    def remove(self, pod: Pod) -> None:
        """Take a pod out."""
        if self.pods.get(pod.key) is pod:
            del self.pods[pod.key]
        self.by_shape.get(pod.shape.id, {}).pop(pod.key, None)
        if pod.owner is not None:
            self.by_owner.get(pod.owner[2], {}).pop(pod.key, None)
        if pod.node is not None:
            self.by_node.get(pod.node, {}).pop(pod.key, None)

    def owned(self, uid: str) -> Iterator[Pod]:
        """The pods of a controller, oldest first as far as the snapshot says."""
        return iter(list(self.by_owner.get(uid, {}).values()))

    def top(self, pod: Pod) -> tuple[str, str] | None:
        """(kind, name) of the top-most controller: the Deployment, not its ReplicaSet."""
        if pod.owner is None:
            return None
        found = self._tops.get(pod.owner[2])
        if found is None:
            kind, name, uid = pod.owner
            raw = self.by_uid(uid)
            while raw is not None:
                above = controller_of(raw)
                if above is None:
                    break
                kind, name, uid = above
                raw = self.by_uid(uid)
            found = self._tops[pod.owner[2]] = (kind, name)
        return found


def load(objects: Iterable[dict[str, Any]]) -> Cluster:
    """A cluster out of the objects of a snapshot."""
    cluster = Cluster()
    for raw in objects:
        if raw["kind"] == "Pod" and raw.get("apiVersion", "v1") == "v1":
            pod = pod_of(raw, cluster.shapes)
            pod.old = True
            cluster.add(pod)
        else:
            cluster.put(raw)
    return cluster
