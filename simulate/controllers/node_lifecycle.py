"""Nodes: the taint of a cordon, and pods that a NoExecute taint drives away.

Rule: controller/nodelifecycle and tainteviction. A cordoned node gets the taint
`node.kubernetes.io/unschedulable`. A pod that bears all NoExecute taints only for a time is deleted
after the shortest; one that does not bear them, at once. Budgets are not asked.
"""

from __future__ import annotations

from functools import partial

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, items, mapping, name_of
from kubectl_smart.simulate.controllers.world import World
from kubectl_smart.simulate.scheduling.profile import Taint, taints_of, tolerations_of

WHY = "a NoExecute taint (DeletionByTaintManager)"
_CORDON = "node.kubernetes.io/unschedulable"


class NodeLifecycle:
    """The controllers of nodes."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.changed.setdefault("Node", []).append(self._changed)

    def _changed(self, _: Raw, after: Raw | None) -> None:
        if after is None:
            return
        world, name = self._world, name_of(after)
        closed = bool(mapping(after, "spec").get("unschedulable"))
        if closed != any(one.key == _CORDON for one in taints_of(after)):
            world.loop.soon(("cordon", name), world.timings.react, lambda: self._taint(name))
        if any(one.effect == "NoExecute" for one in taints_of(after)):
            world.loop.soon(("taint", name), world.timings.react, lambda: self._drive(name))

    def _taint(self, name: str) -> None:
        raw = self._world.cluster.get("Node", "", name)
        if raw is None:
            return
        spec = mapping(raw, "spec")
        others = [one for one in items(spec, "taints") if one.get("key") != _CORDON]
        if spec.get("unschedulable"):
            others.append({"key": _CORDON, "effect": "NoSchedule"})
        self._world.put({**raw, "spec": {**spec, "taints": others}})

    def _drive(self, name: str) -> None:
        world = self._world
        raw = world.cluster.get("Node", "", name)
        if raw is None:
            return
        taints = [one for one in taints_of(raw) if one.effect == "NoExecute"]
        for pod in list(world.cluster.by_node.get(name, {}).values()):
            if pod.finished or pod.deleting is not None:
                continue
            seconds = _borne_for(pod, taints)
            if seconds == 0:
                world.delete(pod, WHY)
            elif seconds is not None:
                world.loop.after(seconds, partial(self._expire, pod, name))

    def _expire(self, pod: Pod, name: str) -> None:
        raw = self._world.cluster.get("Node", "", name)
        if raw is None or pod.finished:
            return
        taints = [one for one in taints_of(raw) if one.effect == "NoExecute"]
        if taints and _borne_for(pod, taints) is not None:
            self._world.delete(pod, WHY)


def _borne_for(pod: Pod, taints: list[Taint]) -> float | None:
    """How many seconds a pod bears taints; None for ever, 0 not at all."""
    tolerations = tolerations_of(pod.shape.spec)
    used = []
    for taint in taints:
        bearing = [one for one in tolerations if one.tolerates(taint)]
        if not bearing:
            return 0.0
        used += bearing
    limited = [max(0.0, one.seconds) for one in used if one.seconds is not None]
    return min(limited) if limited else None
