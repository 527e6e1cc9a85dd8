"""The single losses that a cluster can have: each node, each zone, each workload."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.answers.before import workload_of
from kubectl_smart.simulate.cluster.reading import labels_of, name_of
from kubectl_smart.simulate.cluster.store import Cluster

ZONE = "topology.kubernetes.io/zone"
_AT_ONCE = 1_000
"""Names in one command."""


class Case(NamedTuple):
    """One loss.

    name   the node, the zone, or `namespace/kind/name` of the workload
    lines  the kubectl commands that it is like
    pods   how many pods are lost with it that had not finished
    """

    name: str
    lines: tuple[str, ...]
    pods: int


def cases(cluster: Cluster, what: str) -> list[Case]:
    """The losses of one of `sweeps.WHAT`, by name. BadInput if the cluster has none of them."""
    found = sorted(_MAKE[what](cluster))
    if not found:
        raise BadInput(*_NONE[what])
    return found


def _nodes(cluster: Cluster) -> Iterable[Case]:
    for raw in cluster.list("Node"):
        name = name_of(raw)
        line = f"kubectl delete node {shlex.quote(name)}"
        yield Case(name, (line,), _on(cluster, [name]))


def _zones(cluster: Cluster) -> Iterable[Case]:
    zones: dict[str, list[str]] = {}
    for raw in cluster.list("Node"):
        zone = labels_of(raw).get(ZONE)
        if zone:
            zones.setdefault(zone, []).append(name_of(raw))
    for zone, names in zones.items():
        line = f"kubectl delete nodes -l {shlex.quote(f'{ZONE}={zone}')}"
        yield Case(zone, (line,), _on(cluster, names))


def _workloads(cluster: Cluster) -> Iterable[Case]:
    """All pods of a workload at once, as when their image or their configuration kills them."""
    workloads: dict[tuple[str, str, str], list[str]] = {}
    for pod in cluster.pods.values():
        if not pod.finished:
            key = workload_of(pod, cluster.top(pod))
            workloads.setdefault(key, []).append(pod.name)
    for (namespace, kind, name), pods in workloads.items():
        lines = [
            shlex.join(["kubectl", "delete", "pods", "-n", namespace, "--wait=false", *names])
            for names in _parts(sorted(pods))
        ]
        yield Case(f"{namespace}/{kind.lower()}/{name}", tuple(lines), len(pods))


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE))


def _on(cluster: Cluster, nodes: Iterable[str]) -> int:
    return sum(not pod.finished for node in nodes for pod in cluster.by_node.get(node, {}).values())


_MAKE = {"nodes": _nodes, "zones": _zones, "workloads": _workloads}
_NONE = {
    "nodes": ("the cluster has no nodes", "write a snapshot that has them"),
    "zones": (f"no node has the label {ZONE}", "sweep nodes instead"),
    "workloads": ("the cluster has no pods", "write a snapshot that has them"),
}
