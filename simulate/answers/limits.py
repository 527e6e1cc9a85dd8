"""What the model leaves out, in general and of this very cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kubectl_smart.simulate.cluster.store import Cluster

_ALWAYS = (
    "cluster autoscalers: pending pods stay pending although one might add nodes",
    "metrics: a HorizontalPodAutoscaler only keeps its bounds",
    "admission webhooks and policies of others",
    "the order in which controllers act within one second, and ties between nodes, are drawn",
)
_OURS = frozenset(
    {
        "CronJob", "DaemonSet", "Deployment", "Job", "Node", "ReplicaSet",
        "ReplicationController", "StatefulSet",
    }
)  # fmt: skip


def not_modelled(cluster: Cluster, kinds: Mapping[str, int] | None = None) -> tuple[str, ...]:
    """Sentences. kinds: how many objects of each it began with; None: as many as it has now."""
    return (*_ALWAYS, *_of(cluster, cluster.kinds() if kinds is None else kinds))


def _of(cluster: Cluster, kinds: Mapping[str, int]) -> Iterator[str]:
    schedulers: set[str] = set()
    owners: set[str] = set()
    claims = 0
    for pod in cluster.pods.values():
        scheduler = str(pod.shape.spec.get("schedulerName") or "default-scheduler")
        if scheduler != "default-scheduler":
            schedulers.add(scheduler)
        if pod.owner is not None and pod.owner[0] not in _OURS:
            owners.add(pod.owner[0])
        claims += bool(pod.shape.spec.get("resourceClaims"))
    if schedulers:
        yield f"schedulers of their own: {', '.join(sorted(schedulers))}; treated as the default"
    if owners:
        yield f"controllers of {', '.join(sorted(owners))}: their pods are not made again"
    if claims:
        yield f"dynamic resource allocation: the resource claims of {claims} pods"
    for kind, effect in (
        ("Namespace", "namespaceSelector of affinity terms matches none"),
        ("PriorityClass", "priorities of new pods are taken from nowhere"),
        ("PodDisruptionBudget", "evictions and preemption know of no budgets"),
        ("Service", "endpoints are not told, and spreading by default is by owner only"),
    ):
        if not kinds.get(kind):
            yield f"the snapshot has no {kind}: {effect}"
