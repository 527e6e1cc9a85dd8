"""Disruption budgets, as they are at each moment.

Rule: controller/disruption. Healthy pods are ready and not being deleted. How many are expected:
the matching pods for a plain minAvailable, the replicas of their controllers for percentages and
maxUnavailable, where pods of nobody count for nothing; owners without a scale (DaemonSet, Job) make
the budget allow nothing. Percentages round up.
"""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.memory.formats.wiring.selecting import full
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.cluster.choosing import Choosers
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.quantities import portion
from kubectl_smart.simulate.cluster.reading import Raw, at, mapping, name_of, namespace_of
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.preemption import Budget

_SCALED = frozenset({"ReplicaSet", "Deployment", "StatefulSet", "ReplicationController"})


class State(NamedTuple):
    """One budget: how many are healthy, how many must be, how many may be disrupted now."""

    namespace: str
    name: str
    selector: Selector
    healthy: int
    desired: int
    expected: int
    allowed: int
    always: bool


class Budgets:
    """The budgets of a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._found: list[tuple[Raw, Selector]] | None = None
        self._choosers: Choosers[tuple[Raw, Selector]] = Choosers(())

    def forget(self) -> None:
        """Budgets were made, changed or removed."""
        self._found = None

    def _all(self) -> list[tuple[Raw, Selector]]:
        if self._found is None:
            self._found = []
            for raw in self._cluster.list("PodDisruptionBudget"):
                selector = full("", at(raw, "spec", "selector"))
                if selector is not None:
                    self._found.append((raw, selector))
            self._choosers = Choosers((one, namespace_of(one[0]), one[1]) for one in self._found)
        return self._found

    def of(self, pod: Pod) -> list[State]:
        """The budgets that a pod is part of."""
        self._all()
        return [self._state(*one) for one in self._choosers.of(pod.shape)]

    def states(self) -> list[State]:
        """All budgets."""
        return [self._state(*one) for one in self._all()]

    def now(self) -> list[Budget]:
        """All budgets, as preemption reads them."""
        return [Budget(one.namespace, one.selector, one.allowed) for one in self.states()]

    def _state(self, raw: Raw, selector: Selector) -> State:
        namespace = namespace_of(raw)
        pods = list(self._cluster.chosen(namespace, selector))
        healthy = sum(pod.ready is not None and pod.active for pod in pods)
        expected, desired = self._expected(raw, [pod for pod in pods if not pod.finished])
        allowed = max(0, healthy - desired) if expected > 0 else 0
        always = mapping(raw, "spec").get("unhealthyPodEvictionPolicy") == "AlwaysAllow"
        return State(namespace, name_of(raw), selector, healthy, desired, expected, allowed, always)

    def _expected(self, raw: Raw, pods: list[Pod]) -> tuple[int, int]:
        """(expected, how many must stay healthy)."""
        spec = mapping(raw, "spec")
        least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
        if most is None and isinstance(least, int):
            return len(pods), least
        expected = self._scaled(pods)
        if expected is None:
            return 0, 0
        if most is not None:
            return expected, max(0, expected - portion(most, expected, up=True))
        return expected, portion(least, expected, up=True)

    def _scaled(self, pods: list[Pod]) -> int | None:
        total = 0
        seen: set[str] = set()
        owners = {pod.owner[2]: pod.owner[0] for pod in pods if pod.owner is not None}
        if not _SCALED.issuperset(owners.values()):
            return None  # nobody's pods are left out
        for uid in owners:
            raw = self._cluster.by_uid(uid)
            if raw is None:
                continue
            top = self._top(raw)
            key = str(at(top, "metadata", "uid"))
            if key not in seen:
                seen.add(key)
                replicas = at(top, "spec", "replicas")
                total += 1 if replicas is None else int(replicas)
        return total

    def _top(self, raw: Raw) -> Raw:
        for one in at(raw, "metadata", "ownerReferences") or ():
            if one.get("controller") and one.get("kind") == "Deployment":
                return self._cluster.by_uid(str(one.get("uid"))) or raw
        return raw
