"""How many pods were ready at each moment: of a workload, and behind a service."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from kubectl_smart.simulate.answers.before import Before, Workload
from kubectl_smart.simulate.answers.model import ServiceEnd
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.shapes import Shape
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World

Changes = list[tuple[float, Pod, int]]
Relabelled = tuple[float, Pod, Shape, Shape]
"""When which pod was written to, and its shape before and after."""

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
        key = was.workload(pod, world.tops.get(pod)) if known is None else known[0]
        first = now.get(key, 0)
        now[key] = first + change
        least, moment = found.get(key, (first, 0.0))
        if now[key] < least:
            least, moment = now[key], at
        found[key] = (least, moment)
    return found


def service_ends(
    was: Before,
    changed: Changes,
    relabelled: Sequence[Relabelled],
    apart: Collection[tuple[str, str]] = (),
) -> tuple[ServiceEnd, ...]:
    """The endpoints of each service that had or gets any, but for those that are told apart."""
    before = was.endpoints
    now, least = dict(before), dict(before)
    empty: dict[tuple[str, str], tuple[float, float | None]] = {}
    for at, keys, change in _endpoints(was, changed, relabelled):
        for key in keys:
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
        if key not in apart
    )


def _endpoints(
    was: Before, changed: Changes, relabelled: Sequence[Relabelled]
) -> Iterator[tuple[float, Iterable[tuple[str, str]], int]]:
    """(when, services, +1 or -1): a pod became ready or not, or came under another selector."""
    if not relabelled:
        for at, pod, change in changed:
            yield at, was.choosers.of(pod.shape), change
        return
    shapes = {pod: old for _, pod, old, _ in reversed(relabelled)}
    ready = {pod for pod in shapes if pod in was.pods and was.pods[pod][2]}
    both = [(at, 1, pod, change) for at, pod, change in changed]
    both += [(at, 0, pod, number) for number, (at, pod, _, _) in enumerate(relabelled)]
    for at, is_change, pod, number in sorted(both, key=lambda one: one[:2]):
        if is_change:
            (ready.add if number > 0 else ready.discard)(pod)
            yield at, was.choosers.of(shapes.get(pod, pod.shape)), number
            continue
        first = frozenset(was.choosers.of(shapes[pod]))
        shapes[pod] = relabelled[number][3]
        then = frozenset(was.choosers.of(shapes[pod]))
        if pod in ready:
            yield at, sorted(then - first), 1
            yield at, sorted(first - then), -1
