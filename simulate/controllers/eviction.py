"""Evictions, as `kubectl drain` asks for them, and what budgets say to that.

Rule: registry/core/pod eviction and kubectl/drain. Pending and ended pods go without asking. A pod
that is not ready goes if its budget is healthy, or always where the budget says so. Two budgets
for one pod are an error that is not tried again; a budget that allows nothing is asked again every
five seconds until the drain gives up.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.commands.effects import Evict
from kubectl_smart.simulate.controllers.events import What
from kubectl_smart.simulate.controllers.world import World

WHY = "evicted"


class Answer(Enum):
    """What the API server says to an eviction."""

    DONE = "evicted"
    LATER = "the disruption budget allows none now"
    NEVER = "more than one disruption budget: the API server answers 500"


class Evictions:
    """Carries out drains, one node after the other."""

    def __init__(self, world: World) -> None:
        self._world = world

    def drain(self, effects: Sequence[Evict]) -> None:
        """Drain nodes, each when the one before has been emptied or given up."""
        if effects:
            deadline = self._drain(effects[0])
            if len(effects) > 1:
                self._await(effects, deadline)

    def _await(self, effects: Sequence[Evict], deadline: float | None) -> None:
        """Go on with the next node as soon as the first one's pods are gone."""
        loop, pods = self._world.loop, self._world.cluster.pods
        over = deadline is not None and loop.now >= deadline
        if over or not any(
            key in pods and pods[key].node == effects[0].node for key in effects[0].pods
        ):
            self.drain(effects[1:])
            return
        loop.after(self._world.timings.poll, lambda: self._await(effects, deadline))

    def _drain(self, effect: Evict) -> float | None:
        """Ask for the eviction of all pods of a node, and again for those that are refused.

        When kubectl gives it up; None if it does not.
        """
        deadline = None
        if effect.timeout_seconds:
            deadline = self._world.loop.now + effect.timeout_seconds
        for key in effect.pods:
            pod = self._world.cluster.pods.get(key)
            if pod is not None:
                self._try(pod, effect, deadline)
        return deadline

    def _try(self, pod: Pod, effect: Evict, deadline: float | None) -> None:
        world = self._world
        if world.cluster.pods.get(pod.key) is not pod or pod.deleting is not None:
            return
        if deadline is not None and world.loop.now >= deadline:
            return
        grace = None if effect.grace_seconds is None else float(effect.grace_seconds)
        answer = Answer.DONE if effect.disable_eviction else self.ask(pod)
        if answer is Answer.DONE:
            pod.disrupted = not effect.disable_eviction
            world.delete(pod, WHY, grace=grace)
            return
        budgets = ", ".join(one.name for one in world.budgets.of(pod))
        world.note(What.BLOCKED, pod, f"{answer.value}: {budgets}")
        if answer is Answer.LATER:
            world.loop.after(world.timings.retry, lambda: self._try(pod, effect, deadline))

    def ask(self, pod: Pod) -> Answer:
        """Whether a pod may be evicted now."""
        if pod.node is None or pod.finished or pod.deleting is not None:
            return Answer.DONE
        found = self._world.budgets.of(pod)
        if not found:
            return Answer.DONE
        if len(found) > 1:
            return Answer.NEVER
        budget = found[0]
        if pod.ready is None and (
            budget.always or (budget.healthy >= budget.desired and budget.desired > 0)
        ):
            return Answer.DONE
        return Answer.DONE if budget.allowed > 0 else Answer.LATER
