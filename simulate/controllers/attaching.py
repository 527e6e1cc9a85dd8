"""Volumes that a node still holds although it is gone.

Rule: controller/volume/attachdetach. A volume in `status.volumesInUse` of a node that is gone is
taken from it by force six minutes after its pod has left; until then no other node can have it, and
a pod that is placed elsewhere waits for it. Volumes that are shared, or local, are not held.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, at, items, mapping, name_of
from kubectl_smart.simulate.cluster.store import Cluster

_SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})
_LOCAL = ("local", "hostPath", "nfs")


class Attaching:
    """Knows which nodes went with volumes in use, and when the pods that used them left."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self._cluster = cluster
        self._seconds = seconds
        self._gone: set[str] = set()
        self._left: dict[str, tuple[str, float]] = {}

    def node_gone(self, node: Raw) -> None:
        """A node was deleted."""
        if items(node, "status", "volumesInUse"):
            self._gone.add(name_of(node))

    def pod_left(self, pod: Pod, now: float) -> None:
        """A pod has ended, or is gone."""
        if pod.node in self._gone:
            for volume in self._volumes(pod):
                self._left[volume] = (pod.node or "", now)

    def wait(self, pod: Pod, now: float) -> float:
        """How many seconds a pod that was just placed waits for its volumes."""
        if not self._left:
            return 0.0
        held = (self._left.get(volume) for volume in self._volumes(pod))
        ends = [left + self._seconds for node, left in filter(None, held) if node != pod.node]
        return max(0.0, max(ends, default=0.0) - now)

    def _volumes(self, pod: Pod) -> list[str]:
        """The volumes of a pod that only one node can have."""
        found = []
        for claim in pod.shape.claims:
            raw = self._cluster.get("PersistentVolumeClaim", pod.namespace, claim)
            name = str(at(raw, "spec", "volumeName") or "")
            volume = self._cluster.get("PersistentVolume", "", name) if name else None
            spec = mapping(volume, "spec")
            shared = _SHARED.intersection(items(spec, "accessModes"))
            if volume is not None and not shared and not any(one in spec for one in _LOCAL):
                found.append(name)
        return found
