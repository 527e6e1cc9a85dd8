"""How many pods were ready at each moment: of a workload, and behind a service."""

from __future__ import annotations

from kubectl_smart.simulate.answers.before import Before, Workload, chosen, workload_of
from kubectl_smart.simulate.answers.model import ServiceEnd
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World

_LESS = (What.DELETED, What.FINISHED, What.GONE)


def _changes(world: World, was: Before) -> list[tuple[float, Pod, int]]:
    """(when, pod, +1 or -1) of each pod that became ready or ceased to be."""
    ready = {pod for pod, (_, _, there) in was.pods.items() if there}
    found: list[tuple[float, Pod, int]] = []
    for event in world.events:
        pod = event.pod
        if pod is None:
            continue
        if event.what is What.READY and pod not in ready:
            ready.add(pod)
            found.append((event.at, pod, 1))
        elif event.what in _LESS and pod in ready:
            ready.discard(pod)
            found.append((event.at, pod, -1))
    return found


def least_ready(world: World, was: Before) -> dict[Workload, tuple[int, float]]:
    """(fewest ready pods, since when) of each workload that changed."""
    now: dict[Workload, int] = {}
    for key, _, there in was.pods.values():
        now[key] = now.get(key, 0) + there
    owner = {pod: key for pod, (key, _, _) in was.pods.items()}
    found: dict[Workload, tuple[int, float]] = {}
    for at, pod, change in _changes(world, was):
        key = owner.get(pod) or workload_of(pod, world.tops.get(pod))
        first = now.get(key, 0)
        now[key] = first + change
        least, moment = found.get(key, (first, 0.0))
        if now[key] < least:
            least, moment = now[key], at
        found[key] = (least, moment)
    return found


def service_ends(world: World, was: Before) -> tuple[ServiceEnd, ...]:
    """The endpoints of each service that had or gets any."""
    changes = _changes(world, was)
    by_namespace: dict[str, list[tuple[float, Pod, int]]] = {}
    for one in changes:
        by_namespace.setdefault(one[1].namespace, []).append(one)
    ready: dict[str, list[Pod]] = {}
    for pod, (_, _, there) in was.pods.items():
        if there:
            ready.setdefault(pod.namespace, []).append(pod)
    found = []
    for (namespace, name), service in sorted(was.services.items()):
        before = now = least = sum(chosen(service, pod) for pod in ready.get(namespace, ()))
        empty_from: float | None = None
        empty: tuple[float, float | None] | None = None
        for at, pod, change in by_namespace.get(namespace, ()):
            if not chosen(service, pod):
                continue
            now += change
            least = min(least, now)
            if now == 0 and before > 0:
                empty_from = at if empty_from is None else empty_from
                empty = (empty_from, None)
            elif now > 0 and empty is not None and empty[1] is None:
                empty = (empty[0], at)
        found.append(ServiceEnd(namespace, name, before, least, now, empty))
    return tuple(found)
