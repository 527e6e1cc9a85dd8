"""What the model leaves out, in general and of this very cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from kubectl_smart.simulate.cluster.reading import at, name_of, namespace_of, seconds
from kubectl_smart.simulate.cluster.schedules import due
from kubectl_smart.simulate.cluster.store import Cluster

_ALWAYS = (
    "cluster autoscalers: pending pods stay pending although one might add nodes",
    "metrics: a HorizontalPodAutoscaler only keeps its bounds",
    "admission webhooks and policies of others",
    "the order in which controllers act within one second, and ties between nodes, are drawn",
)
_NAMED = 5
_OURS = frozenset(
    {
        "CronJob", "DaemonSet", "Deployment", "Job", "Node", "ReplicaSet",
        "ReplicationController", "StatefulSet",
    }
)  # fmt: skip


def not_modelled(
    cluster: Cluster,
    kinds: Mapping[str, int] | None = None,
    span: tuple[float, float] | None = None,
) -> tuple[str, ...]:
    """Sentences.

    kinds  how many objects of each it began with; None: as many as it has now
    span   from when to when, in seconds since 1970, things happened; None: what may ever happen
    """
    held = cluster.kinds() if kinds is None else kinds
    return (*_ALWAYS, *_of(cluster, held), *_crons(cluster, span))


def _crons(cluster: Cluster, span: tuple[float, float] | None) -> Iterator[str]:
    """The CronJobs that are due meanwhile, the first to start first."""
    active = [raw for raw in cluster.list("CronJob") if not at(raw, "spec", "suspend")]
    if span is None:
        if active:
            yield f"CronJobs: {len(active)} of them start nothing"
        return
    found: list[tuple[float, str, int]] = []
    for raw in active:
        title, schedule = f"{namespace_of(raw)}/{name_of(raw)}", str(at(raw, "spec", "schedule"))
        zone, began = at(raw, "spec", "timeZone"), at(raw, "metadata", "creationTimestamp")
        last = seconds(at(raw, "status", "lastScheduleTime")) or seconds(began) or span[0]
        times = due(schedule, None if zone is None else str(zone), *span, last)
        if times is None:
            yield f"CronJob {title}: its schedule {schedule!r} is not understood"
        elif times:
            found.append((times[0], title, len(times)))
    for when, title, number in sorted(found)[:_NAMED]:
        clock = f"{datetime.fromtimestamp(when, UTC):%H:%M:%S} UTC"
        more = f", and {number - 1} times more" if number > 1 else ""
        yield f"CronJob {title}, due {when - span[0]:.0f} s after the command ({clock}){more}"
    if len(found) > _NAMED:
        yield f"{len(found) - _NAMED} CronJobs more that are due meanwhile"


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
