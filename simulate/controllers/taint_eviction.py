"""Pods that a NoExecute taint drives away, at once or when they have borne it for long enough.

Rule: controller/tainteviction. The time that a pod bears a taint runs from when the controller sees
both: from the taint, or from when the pod is placed. Once it runs, taints that come later do not
shorten it; it ends when the taints go, or are borne for ever. Budgets are not asked. Of the
snapshot's nodes it runs since the taint's `timeAdded`, which only the control plane writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import Raw, items, name_of, seconds
from kubectl_smart.simulate.controllers.world import World
from kubectl_smart.simulate.scheduling.profile import Taint, taints_of, tolerations_of

_ROUNDS = 3
WHY = "a NoExecute taint (DeletionByTaintManager)"


class TaintEviction:
    """The controller.

    _due    when it deletes which pod, seconds since the command; before 0 where it is late
    _gone   how many pods of a controller, by its uid, were placed on a node and driven away
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._due: dict[Pod, float] = {}
        self._gone: dict[tuple[str, str], int] = {}
        world.changed.setdefault("Node", []).append(self._changed)
        world.bound.append(self._placed)
        for raw in world.cluster.list("Node"):
            self._resume(raw)

    def _resume(self, raw: Raw) -> None:
        """Take up the clocks of a node's pods where they are."""
        world, name = self._world, name_of(raw)
        timed = [
            (seconds(one.get("timeAdded")), taint)
            for one, taint in zip(items(raw, "spec", "taints"), taints_of(raw), strict=True)
            if taint.effect == "NoExecute"
        ]
        if not timed:
            return
        steps = sorted((world.now if when is None else when, taint) for when, taint in timed)
        for pod in list(world.cluster.by_node.get(name, {}).values()):
            there = pod.created if pod.started is None else pod.started
            for end, (when, _) in enumerate(steps, 1):
                self._weigh(pod, [taint for _, taint in steps[:end]], max(when, there))
        if any(when is None for when, _ in timed) and any(
            pod in self._due for pod in world.cluster.by_node.get(name, {}).values()
        ):
            world.assumed.append(
                f"since when {name} bears its NoExecute taint: its pods' tolerationSeconds are "
                "counted from now"
            )

    def _changed(self, _: Raw, after: Raw | None) -> None:
        if after is None:
            return  # what is due stays due
        world, name = self._world, name_of(after)
        if any(one.effect == "NoExecute" for one in taints_of(after)) or any(
            pod in self._due for pod in world.cluster.by_node.get(name, {}).values()
        ):
            world.loop.soon(("taint", name), world.timings.react, lambda: self._drive(name))

    def _drive(self, name: str) -> None:
        for pod in list(self._world.cluster.by_node.get(name, {}).values()):
            self.look(pod)

    def _placed(self, pod: Pod) -> None:
        """A pod came to a node; one whose like was driven from there a few times is left alone."""
        self.look(pod)
        if pod not in self._due or pod.owner is None:
            return
        _, name, uid = pod.owner
        beside = self._world.cluster.by_node.get(pod.node or "", {}).values()
        peers = sum(one.active and one.owner == pod.owner for one in beside)
        if self._gone.get((uid, pod.node or ""), 0) >= _ROUNDS * peers:
            del self._due[pod]
            said = f"{pod.namespace}/{name}: placed on {pod.node} and driven away again and again"
            if said not in self._world.assumed:
                self._world.assumed.append(said)

    def look(self, pod: Pod) -> None:
        """A pod was placed, or what it bears has changed, or the taints of its node."""
        raw = self._world.cluster.get("Node", "", pod.node or "")
        if raw is not None:
            taints = [one for one in taints_of(raw) if one.effect == "NoExecute"]
            self._weigh(pod, taints, self._world.now)

    def _weigh(self, pod: Pod, taints: Sequence[Taint], since: float) -> None:
        """since: when the controller sees this, seconds since 1970."""
        if not pod.active:
            return
        borne, wait = _bearing(pod, taints)
        if not borne:
            self._schedule(pod, since)
        elif wait is None:
            self._due.pop(pod, None)
        elif pod not in self._due:
            self._schedule(pod, since + wait)

    def _schedule(self, pod: Pod, when: float) -> None:
        due = self._due[pod] = when - self._world.epoch
        if due <= self._world.loop.now and self._world.loop.now > 0:
            self._fire(pod, due)
        else:
            self._world.loop.at(due, lambda: self._fire(pod, due))

    def _fire(self, pod: Pod, due: float) -> None:
        if self._due.get(pod) == due:
            del self._due[pod]
            if pod.owner is not None and pod in self._world.placed:
                key = (pod.owner[2], pod.node or "")
                self._gone[key] = self._gone.get(key, 0) + 1
            pod.disrupted = True
            self._world.delete(pod, WHY)


def _bearing(pod: Pod, taints: Sequence[Taint]) -> tuple[bool, float | None]:
    """Whether a pod bears all taints, and for how many seconds; None for ever."""
    tolerations = tolerations_of(pod.shape.spec)
    used = []
    for taint in taints:
        bearing = [one for one in tolerations if one.tolerates(taint)]
        if not bearing:
            return False, None
        used += bearing
    limited = [max(0.0, one.seconds) for one in used if one.seconds is not None]
    return True, (min(limited) if limited else None)
