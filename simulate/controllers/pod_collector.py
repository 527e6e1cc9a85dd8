"""What becomes of the pods of a node that is gone.

Rule: controller/podgc. Every 20 s it looks for pods whose node is missing; 40 s later it looks
again, marks them failed and deletes them without grace: 40 to 80 s after the node went. Budgets are
not asked.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, name_of
from kubectl_smart.simulate.controllers.world import World

WHY = "its node is gone (DeletionByPodGC)"


class PodCollector:
    """The controller."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._free = -world.timings.burst
        self._next = 0.0
        world.changed.setdefault("Node", []).append(self._changed)
        known = {name_of(one) for one in world.cluster.list("Node")}
        for name in world.cluster.by_node:
            if name not in known:
                self._await(name)

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        if after is None:
            self._await(name_of(raw))

    def _await(self, name: str) -> None:
        timings = self._world.timings
        noticed = timings.gc_tick / 2
        self._world.loop.after(noticed + timings.gc_quarantine, lambda: self._collect(name))

    def _collect(self, name: str) -> None:
        world = self._world
        if world.cluster.get("Node", "", name) is not None:
            return
        if world.collected is None:
            world.collected = world.loop.now
        for pod in list(world.cluster.by_node.get(name, {}).values()):
            self._turn(pod)

    def _turn(self, pod: Pod) -> None:
        """Two requests for each pod, as fast as the controller may make them."""
        world, timings = self._world, self._world.timings
        pause = 2 / timings.calls
        now = world.loop.now
        self._free = max(self._free + pause, now - timings.burst / timings.calls)
        self._next = max(self._next + 2 * timings.request, now, self._free)
        world.loop.at(self._next, lambda: self._take(pod))

    def _take(self, pod: Pod) -> None:
        if not pod.finished:
            self._world.finish(pod, "Failed", WHY)
        self._world.delete(pod, WHY, grace=0)
