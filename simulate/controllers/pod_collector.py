"""What becomes of the pods of a node that is gone.

Rule: controller/podgc. Every 20 s it looks for pods whose node is missing; 40 s later it looks
again, marks them failed and deletes them without grace: 40 to 80 s after the node went. Budgets are
not asked. Of a node that is not heard and bears the taint `node.kubernetes.io/out-of-service` it
takes the pods that are being deleted, at its next look.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, name_of
from kubectl_smart.simulate.controllers.world import World
from kubectl_smart.simulate.scheduling.profile import taints_of

_OUT = "node.kubernetes.io/out-of-service"
WHY = "its node is gone (DeletionByPodGC)"
WHY_OUT = "its node is out of service (DeletionByPodGC)"


class PodCollector:
    """The controller."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._free = -world.timings.burst
        self._next = 0.0
        world.changed.setdefault("Node", []).append(self._changed)
        world.stuck = self._stuck
        known = {name_of(one) for one in world.cluster.list("Node")}
        for name in world.cluster.by_node:
            if name not in known:
                self._await(name)

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        name = name_of(raw)
        if after is None:
            self._await(name)
        elif self._out(after):
            self._at_next_look(name)

    def _stuck(self, pod: Pod) -> None:
        raw = self._world.cluster.get("Node", "", pod.node or "")
        if raw is not None and self._out(raw):
            self._at_next_look(name_of(raw))

    def _out(self, raw: Raw) -> bool:
        """Whether a node is said to be out of service, and is not heard."""
        tainted = any(one.key == _OUT for one in taints_of(raw))
        return tainted and self._world.silent(name_of(raw))

    def _at_next_look(self, name: str) -> None:
        half = self._world.timings.gc_tick / 2
        self._world.loop.soon((_OUT, name), half, lambda: self._force(name))

    def _force(self, name: str) -> None:
        """Pods that cannot end on a node that is out of service are taken away."""
        for pod in list(self._world.cluster.by_node.get(name, {}).values()):
            if pod.deleting is not None:
                self._turn(pod, WHY_OUT)

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
            self._turn(pod, WHY)

    def _turn(self, pod: Pod, why: str) -> None:
        """Two requests for each pod, as fast as the controller may make them."""
        world, timings = self._world, self._world.timings
        pause = 2 / timings.calls
        now = world.loop.now
        self._free = max(self._free + pause, now - timings.burst / timings.calls)
        self._next = max(self._next + 2 * timings.request, now, self._free)
        world.loop.at(self._next, lambda: self._take(pod, why))

    def _take(self, pod: Pod, why: str) -> None:
        pod.disrupted = True
        if not pod.finished:
            self._world.finish(pod, "Failed", why)
        self._world.delete(pod, why, grace=0)
