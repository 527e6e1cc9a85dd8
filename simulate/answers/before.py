"""The cluster as it was before the command, as far as answers compare with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_smart.memory.formats.wiring.selecting import plain
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.answers.model import Name
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import at, controller_of, name_of, namespace_of, uid_of
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.controllers.budgets import Budgets, State

Workload = tuple[str, str, str]
"""(namespace, kind, name); the kind is Pod for a pod of its own."""

_RECLAIM = "persistentVolumeReclaimPolicy"


@dataclass(slots=True)
class Before:
    """What answers compare with.

    pods    (workload, bound, ready) of each that had not finished; ready: the ready ones
    sets    the workload of each ReplicaSet that was part of one, by its uid
    claims  of each claim whose volume is deleted with it (uid, volume), by namespace and name
    """

    pods: dict[Pod, tuple[Workload, bool, bool]]
    nodes: frozenset[str]
    services: dict[tuple[str, str], Selector]
    sets: dict[str, Workload]
    budgets: dict[tuple[str, str], State]
    workloads: dict[Workload, int | None]
    claims: dict[tuple[str, str], tuple[str, str]]

    def workload(self, pod: Pod, top: Name | None) -> Workload:
        """What a pod counts for: a ReplicaSet that was orphaned for what it was part of."""
        if top is not None and top[0] == "ReplicaSet" and pod.owner is not None:
            return self.sets.get(pod.owner[2]) or workload_of(pod, top)
        return workload_of(pod, top)


def workload_of(pod: Pod, top: Name | None) -> Workload:
    """The workload that a pod counts for."""
    return (pod.namespace, *top) if top is not None else (pod.namespace, "Pod", pod.name)


def before(cluster: Cluster) -> Before:
    """What is there now."""
    pods = {
        pod: (workload_of(pod, cluster.top(pod)), pod.node is not None, pod.ready is not None)
        for pod in cluster.pods.values()
        if not pod.finished
    }
    return Before(
        pods,
        frozenset(name_of(one) for one in cluster.list("Node")),
        dict(_services(cluster)),
        dict(_sets(cluster)),
        {(one.namespace, one.name): one for one in Budgets(cluster).states()},
        wanted(cluster),
        dict(_claims(cluster)),
    )


def wanted(cluster: Cluster) -> dict[Workload, int | None]:
    """The replicas that each workload asks for."""
    found: dict[Workload, int | None] = {}
    for kind in ("Deployment", "StatefulSet", "DaemonSet", "Job", "ReplicaSet"):
        for raw in cluster.list(kind):
            replicas = at(raw, "spec", "replicas")
            found[namespace_of(raw), kind, name_of(raw)] = (
                (1 if replicas is None else int(replicas))
                if kind in ("Deployment", "StatefulSet", "ReplicaSet")
                else None
            )
    return found


def _sets(cluster: Cluster) -> Iterator[tuple[str, Workload]]:
    for raw in cluster.list("ReplicaSet"):
        above = controller_of(raw)
        if above is not None:
            yield uid_of(raw), (namespace_of(raw), *above[:2])


def _claims(cluster: Cluster) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    for one in cluster.list("PersistentVolumeClaim"):
        volume = str(at(one, "spec", "volumeName") or "")
        found = cluster.get("PersistentVolume", "", volume) if volume else None
        if found is not None and at(found, "spec", _RECLAIM) == "Delete":
            yield (namespace_of(one), name_of(one)), (uid_of(one), volume)


def _services(cluster: Cluster) -> Iterator[tuple[tuple[str, str], Selector]]:
    for one in cluster.list("Service"):
        selector = plain("", at(one, "spec", "selector"))
        if selector is not None:
            yield (namespace_of(one), name_of(one)), selector
