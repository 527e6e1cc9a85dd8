"""When a ready pod counts as available: once it has been ready for minReadySeconds.

Rule: api/v1/pod IsPodAvailable, and the controllers of 1.36, which look again at the very moment.
Rollouts go by availability; disruption budgets and endpoints do not: they ask for ready pods only.
"""

from __future__ import annotations

from collections.abc import Callable

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, at
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World

_CLOSE = 0.001
"""Seconds by which sums of times may be off."""


def wait_of(raw: Raw) -> float:
    """spec.minReadySeconds of a workload; 0 if it is not said."""
    return float(at(raw, "spec", "minReadySeconds") or 0)


class Availability:
    """Knows who is available, and tells when somebody becomes it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._awaited: dict[Pod, float] = {}

    def of(self, pod: Pod, wait: float) -> bool:
        """Whether a pod has been ready for so many seconds."""
        return pod.ready is not None and (wait <= 0 or pod.ready + wait <= self._world.now + _CLOSE)

    def watch(self, pod: Pod, wait: float, told: Callable[[], None]) -> None:
        """Tell when a pod that is ready, but not for long enough, has been so."""
        if wait <= 0 or not pod.active or pod.ready is None or self.of(pod, wait):
            return
        when = pod.ready + wait - self._world.epoch
        if self._awaited.get(pod) != when:
            self._awaited[pod] = when
            self._world.loop.at(when, lambda: self._look(pod, when, told))

    def _look(self, pod: Pod, when: float, told: Callable[[], None]) -> None:
        if self._awaited.get(pod) != when:
            return
        del self._awaited[pod]
        if self._world.cluster.pods.get(pod.key) is pod and pod.active and pod.ready is not None:
            if not pod.old:
                self._world.note(What.AVAILABLE, pod)
            told()
