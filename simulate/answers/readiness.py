"""How many pods were ready at each moment: of a workload, and behind a service."""

from __future__ import annotations

from kubectl_smart.simulate.answers.before import Before, Workload, workload_of
from kubectl_smart.simulate.answers.model import ServiceEnd
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World

Changes = list[tuple[float, Pod, int]]
_LESS = (What.DELETED, What.FINISHED, What.GONE)


def changes(world: World, was: Before) -> Changes:
    """(when, pod, +1 or -1) of each pod that became ready or ceased to be."""
    ready: dict[Pod, bool] = {}
    found: Changes = []
    for event in world.events:
        pod = event.pod
        if pod is None:
            continue
        if event.what is What.READY and not _is(pod, ready, was):
            ready[pod] = True
            found.append((event.at, pod, 1))
        elif event.what in _LESS and _is(pod, ready, was):
            ready[pod] = False
            found.append((event.at, pod, -1))
    return found


def _is(pod: Pod, ready: dict[Pod, bool], was: Before) -> bool:
    """Whether a pod is ready by now; ready: those of which something was told."""
    known = ready.get(pod)
    if known is None:
        before = was.pods.get(pod)
        return before is not None and before[2]
    return known


def least_ready(world: World, was: Before, changed: Changes) -> dict[Workload, tuple[int, float]]:
    """(fewest ready pods, since when) of each workload that changed."""
    now = {key: counts.ready for key, counts in was.counts.items()}
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
    before = was.endpoints
    now, least = dict(before), dict(before)
    empty: dict[tuple[str, str], tuple[float, float | None]] = {}
    for at, pod, change in changed:
        for key in was.choosers.of(pod.shape):
            now[key] += change
            least[key] = min(least[key], now[key])
            since, until = empty.get(key, (at, None))
            if now[key] == 0 and before[key] > 0:
                empty[key] = (since, None)
            elif key in empty and until is None:
                empty[key] = (since, at)
    return tuple(
        ServiceEnd(
            *key,
            before[key],
            least[key],
            now[key],
            empty.get(key),
            beside=was.beside.get(key, 0),
        )
        for key in sorted(before)
    )
