"""The cluster as it was before the command, as far as answers compare with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kubectl_smart.memory.formats.wiring.selecting import plain
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.answers.endpoints import disagreements, told
from kubectl_smart.simulate.answers.model import Counts, Name
from kubectl_smart.simulate.cluster.choosing import Choosers
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    controller_of,
    labels_of,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.controllers.budgets import Budgets, State
from kubectl_smart.simulate.scheduling.node_tree import ZONE

Workload = tuple[str, str, str]
"""(namespace, kind, name); the kind is Pod for a pod of its own."""

_RECLAIM = "persistentVolumeReclaimPolicy"


@dataclass(slots=True)
class Before:
    """What answers compare with.

    pods       (workload, bound, ready) of each that had not finished; ready: the ready ones
    counts     the same of each workload
    sets       the workload of each ReplicaSet that was part of one, by its uid
    choosers   which services choose a pod
    endpoints  of each service the ready pods that it chooses, and those beside them
    beside     of each service that has any: endpoints that others wrote, and no selector finds
    kinds      how many objects of each kind there are
    unlike     one sentence on EndpointSlices that do not tell what the pods tell; "" if none
    going      claims that were to be deleted already
    zones      the zone of each node that has one
    claims     of each claim whose volume is deleted with it (uid, volume), by namespace and name
    """

    pods: dict[Pod, tuple[Workload, bool, bool]]
    counts: dict[Workload, Counts]
    nodes: frozenset[str]
    services: dict[tuple[str, str], Selector]
    sets: dict[str, Workload]
    choosers: Choosers[tuple[str, str]]
    endpoints: dict[tuple[str, str], int]
    beside: dict[tuple[str, str], int]
    kinds: Mapping[str, int]
    unlike: str
    budgets: dict[tuple[str, str], State]
    workloads: dict[Workload, int | None]
    claims: dict[tuple[str, str], tuple[str, str]]
    zones: dict[str, str]
    going: frozenset[tuple[str, str]]

    def chosen_by(self, pod: Pod) -> Iterable[tuple[str, str]]:
        """The services that choose a pod."""
        return self.choosers.of(pod.shape)

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
    services = dict(_services(cluster))
    choosers = Choosers((key, key[0], selector) for key, selector in services.items())
    slices = told(cluster)
    ready = _endpoints(pods, services, choosers)
    beside = {
        key: number
        for key, number in slices.beside.items()
        if cluster.get("Service", *key) is not None
    }
    return Before(
        pods,
        counted(pods.values()),
        frozenset(name_of(one) for one in cluster.list("Node")),
        services,
        dict(_sets(cluster)),
        choosers,
        {key: ready.get(key, 0) + beside.get(key, 0) for key in (*ready, *beside)},
        beside,
        cluster.kinds(),
        disagreements(slices.of_pods, ready),
        {(one.namespace, one.name): one for one in Budgets(cluster).states()},
        wanted(cluster),
        dict(_claims(cluster)),
        {
            name_of(one): labels_of(one)[ZONE]
            for one in cluster.list("Node")
            if ZONE in labels_of(one)
        },
        frozenset(
            (namespace_of(one), name_of(one))
            for one in cluster.list("PersistentVolumeClaim")
            if at(one, "metadata", "deletionTimestamp")
        ),
    )


def counted(pods: Iterable[tuple[Workload, bool, bool]]) -> dict[Workload, Counts]:
    """The pods of each workload. pods: (workload, bound, ready) of each."""
    found: dict[Workload, list[int]] = {}
    for key, bound, ready in pods:
        numbers = found.setdefault(key, [0, 0, 0])
        numbers[0 if bound else 1] += 1
        numbers[2] += ready
    return {key: Counts(*numbers) for key, numbers in found.items()}


def _endpoints(
    pods: dict[Pod, tuple[Workload, bool, bool]],
    services: Iterable[tuple[str, str]],
    choosers: Choosers[tuple[str, str]],
) -> dict[tuple[str, str], int]:
    found = dict.fromkeys(services, 0)
    for pod, (_, _, ready) in pods.items():
        if ready:
            for key in choosers.of(pod.shape):
                found[key] += 1
    return found


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


def selector_of(service: Raw) -> Selector | None:
    """What chooses its pods; None for a service without."""
    return plain("", at(service, "spec", "selector"))


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
        selector = selector_of(one)
        if selector is not None:
            yield (namespace_of(one), name_of(one)), selector
