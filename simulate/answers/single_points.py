"""Single points of failure: what had all it needs in one place that was struck, or has it now.

A workload or a service whose ready pods were one, or all on one node or in one zone, and that had
none for some time: that was met. A workload whose pods were apart before and are together now: that
is left behind. What was asked for (a workload that is deleted or scaled to nothing) is neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from kubectl_smart.simulate.answers.before import Before, Workload
from kubectl_smart.simulate.answers.model import ServiceEnd, SinglePoint, WorkloadEnd
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.world import World

_WORKS = ("Job", "CronJob", "Pod")
Of = Callable[[Pod], Workload]


def single_points(
    world: World,
    was: Before,
    workloads: Sequence[WorkloadEnd],
    services: Sequence[ServiceEnd],
    of: Of,
) -> tuple[SinglePoint, ...]:
    """Those met, then those left behind. of: what a pod counts for at the end."""
    return (
        *_met(world, was, workloads),
        *_services_met(world, was, services),
        *_left(world, was, workloads, of),
    )


def _met(world: World, was: Before, workloads: Sequence[WorkloadEnd]) -> Iterator[SinglePoint]:
    struck = [
        one
        for one in workloads
        if one.before.ready
        and not one.least
        and one.wanted != 0
        and one.kind not in _WORKS
        and world.cluster.get(one.kind, one.namespace, one.name) is not None
    ]
    pods = _by_workload(((was.pods[pod][0], pod) for pod in _ready(was)), struck)
    for one in struck:
        yield from _shared(was, one[:3], pods[one[:3]], met=True)


def _services_met(
    world: World, was: Before, services: Sequence[ServiceEnd]
) -> Iterator[SinglePoint]:
    struck = {one[:2] for one in services if one.empty is not None and one.before}
    struck -= {key for _, key, _ in world.services}
    if not struck:
        return
    pods: dict[tuple[str, str], list[Pod]] = {key: [] for key in sorted(struck)}
    for pod in _ready(was):
        for key in was.chosen_by(pod):
            if key in pods:
                pods[key].append(pod)
    for (namespace, name), found in pods.items():
        yield from _shared(was, (namespace, "Service", name), found, met=True)


def _left(
    world: World, was: Before, workloads: Sequence[WorkloadEnd], of: Of
) -> Iterator[SinglePoint]:
    moved = [
        one
        for one in workloads
        if one.after.ready > 1 and one.kind not in _WORKS and one.before.ready > 1
    ]
    touched = set(map(of, {event.pod for event in world.events if event.pod is not None}))
    moved = [one for one in moved if one[:3] in touched]
    then = _by_workload(((was.pods[pod][0], pod) for pod in _ready(was)), moved)
    ready = (
        pod for pod in world.cluster.pods.values() if pod.ready is not None and pod.deleting is None
    )
    now = _by_workload(((of(pod), pod) for pod in ready), moved)
    for one in moved:
        for found in _shared(was, one[:3], now[one[:3]], met=False):
            before = {each.what for each in _shared(was, one[:3], then[one[:3]], met=False)}
            if found.what not in before and "node" not in before:
                yield found


def _ready(was: Before) -> Iterator[Pod]:
    return (pod for pod, (_, _, ready) in was.pods.items() if ready)


def _by_workload(
    pods: Iterable[tuple[Workload, Pod]], wanted: Sequence[WorkloadEnd]
) -> dict[Workload, list[Pod]]:
    found: dict[Workload, list[Pod]] = {one[:3]: [] for one in wanted}
    if found:
        for key, pod in pods:
            if key in found:
                found[key].append(pod)
    return found


def _shared(was: Before, key: Workload, pods: list[Pod], *, met: bool) -> Iterator[SinglePoint]:
    """The narrowest that all have in common, where a cluster has more than one of it."""
    if not pods:
        return
    nodes = {pod.node or "" for pod in pods}
    zones = {was.zones.get(node, "") for node in nodes}
    if len(pods) == 1:
        yield SinglePoint(*key, "pod", pods[0].name, 1, met)
    elif len(nodes) == 1 and len(was.nodes) > 1:
        yield SinglePoint(*key, "node", nodes.pop(), len(pods), met)
    elif len(zones) == 1 and "" not in zones and len(set(was.zones.values())) > 1:
        yield SinglePoint(*key, "zone", zones.pop(), len(pods), met)
