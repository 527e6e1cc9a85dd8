"""The selector by which pods without constraints of their own are spread.

Rule: plugins/helper DefaultSelector: the selectors of the services that choose the pod, and that of
the ReplicaSet, ReplicationController or StatefulSet that owns it. Nothing found, nothing spread.
"""

from __future__ import annotations

from kubectl_smart.memory.formats.wiring.selecting import full, plain
from kubectl_smart.memory.records.wiring import Requirement, Selector
from kubectl_smart.simulate.cluster.choosing import Choosers
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import at, namespace_of
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.plugins.topology_spread import defaults
from kubectl_smart.simulate.scheduling.profile import Spread

_OWNERS = frozenset({"ReplicaSet", "StatefulSet", "ReplicationController"})


class DefaultSpread:
    """Finds the constraints, once for each shape and owner."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._found: dict[tuple[int, str], tuple[Spread, ...]] = {}
        self._services: Choosers[Selector] | None = None

    def forget(self) -> None:
        """Services or controllers have changed."""
        self._found.clear()
        self._services = None

    def prepare(self) -> None:
        """Read the services now."""
        self._choosers()

    def of(self, pod: Pod) -> tuple[Spread, ...]:
        """The system's constraints for a pod."""
        key = (pod.shape.id, "" if pod.owner is None else pod.owner[2])
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = defaults(self._selector(pod))
        return found

    def _selector(self, pod: Pod) -> Selector | None:
        pairs: dict[str, str] = {}
        for selector in self._choosers().of(pod.shape):
            pairs.update(selector.pairs)
        requirements: tuple[Requirement, ...] = ()
        if pod.owner is not None and pod.owner[0] in _OWNERS:
            owner = self._cluster.by_uid(pod.owner[2])
            if pod.owner[0] == "ReplicationController":
                selector_of = plain("", at(owner, "spec", "selector"))
            else:
                selector_of = full("", at(owner, "spec", "selector"))
            if selector_of is not None:
                pairs.update(selector_of.pairs)
                requirements = selector_of.requirements
        if not pairs and not requirements:
            return None
        return Selector("", "", tuple(sorted(pairs.items())), requirements)

    def _choosers(self) -> Choosers[Selector]:
        if self._services is None:
            found = []
            for service in self._cluster.list("Service"):
                selector = plain("", at(service, "spec", "selector"))
                if selector is not None:
                    found.append((selector, namespace_of(service), selector))
            self._services = Choosers(found)
        return self._services
