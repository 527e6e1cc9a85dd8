"""How many pods were ready at each moment: of a workload, and behind a service."""

from __future__ import annotations

from kubectl_smart.simulate.answers.before import Before, Workload, workload_of
from kubectl_smart.simulate.answers.model import ServiceEnd
from kubectl_smart.simulate.cluster.choosing import Choosers
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World

Changes = list[tuple[float, Pod, int]]
_LESS = (What.DELETED, What.FINISHED, What.GONE)


def changes(world: World, was: Before) -> Changes:
    """(when, pod, +1 or -1) of each pod that became ready or ceased to be."""
    ready = {pod for pod, (_, _, there) in was.pods.items() if there}
    found: Changes = []
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


def least_ready(world: World, was: Before, changed: Changes) -> dict[Workload, tuple[int, float]]:
    """(fewest ready pods, since when) of each workload that changed."""
    now: dict[Workload, int] = {}
    for key, _, there in was.pods.values():
        now[key] = now.get(key, 0) + there
    found: dict[Workload, tuple[int, float]] = {}
    for at, pod, change in changed:
        known = was.pods.get(pod)
        key = workload_of(pod, world.tops.get(pod)) if known is None else known[0]
        first = now.get(key, 0)
        now[key] = first + change
        least, moment = found.get(key, (first, 0.0))
        if now[key] < least:
            least, moment = now[key], at
        found[key] = (least, moment)
    return found


def service_ends(was: Before, changed: Changes) -> tuple[ServiceEnd, ...]:
    """The endpoints of each service that had or gets any."""
    choosers = Choosers((key, key[0], selector) for key, selector in was.services.items())
    now: dict[tuple[str, str], int] = dict.fromkeys(was.services, 0)
    for pod, (_, _, there) in was.pods.items():
        if there:
            for key in choosers.of(pod.shape):
                now[key] += 1
    before, least = dict(now), dict(now)
    empty: dict[tuple[str, str], tuple[float, float | None]] = {}
    for at, pod, change in changed:
        for key in choosers.of(pod.shape):
            now[key] += change
            least[key] = min(least[key], now[key])
            since, until = empty.get(key, (at, None))
            if now[key] == 0 and before[key] > 0:
                empty[key] = (since, None)
            elif key in empty and until is None:
                empty[key] = (since, at)
    return tuple(
        ServiceEnd(*key, before[key], least[key], now[key], empty.get(key))
        for key in sorted(was.services)
    )
