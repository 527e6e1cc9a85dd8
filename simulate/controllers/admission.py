"""What the API server makes of a pod before it stores it: defaults, priority, overhead, quota.

Rule: admission plugins Priority, RuntimeClass, LimitRanger, DefaultTolerationSeconds and
ResourceQuota. A pod that a quota refuses never exists; its controller tries again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_smart.simulate.cluster.reading import Raw, at, items, mapping, name_of
from kubectl_smart.simulate.cluster.requests import amounts_of
from kubectl_smart.simulate.cluster.shapes import Shape
from kubectl_smart.simulate.cluster.store import Cluster

_LOST = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_BUILT_IN = {"system-cluster-critical": 2000000000, "system-node-critical": 2000001000}


class Admission:
    """Knows a cluster's classes, limit ranges and quotas."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made: dict[tuple[str, int], tuple[Raw, Shape]] = {}

    def shape(self, namespace: str, template: Raw, extra: Mapping[str, str] | None = None) -> Shape:
        """The shape of pods that a template makes, with some labels more."""
        key = (namespace, id(template))
        known = self._made.get(key)
        if known is None or known[0] is not template or extra:
            labels = {**mapping(template, "metadata", "labels"), **(extra or {})}
            spec = self.spec(namespace, mapping(template, "spec"))
            known = (template, self._cluster.shapes.of(namespace, labels, spec))
            if not extra:
                self._made[key] = known
        return known[1]

    def forget(self) -> None:
        """Classes or limits have changed."""
        self._made.clear()

    def spec(self, namespace: str, given: Raw) -> dict[str, Any]:
        """A spec as it is stored."""
        spec = dict(given)
        self._priority(spec)
        self._overhead(spec)
        self._limits(namespace, spec)
        spec["tolerations"] = _with_tolerations(items(given, "tolerations"))
        return spec

    def _priority(self, spec: dict[str, Any]) -> None:
        name = spec.get("priorityClassName")
        found: Raw | None = None
        if name:
            found = self._cluster.get("PriorityClass", "", str(name))
        elif spec.get("priority") is None:
            found = next(
                (one for one in self._cluster.list("PriorityClass") if one.get("globalDefault")),
                None,
            )
        if found is not None:
            spec["priorityClassName"] = name_of(found)
            spec["priority"] = int(found.get("value") or 0)
            spec["preemptionPolicy"] = found.get("preemptionPolicy") or "PreemptLowerPriority"
        elif name in _BUILT_IN:
            spec["priority"] = _BUILT_IN[str(name)]
        spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        if spec.get("priority") is None:
            spec["priority"] = 0

    def _overhead(self, spec: dict[str, Any]) -> None:
        name = spec.get("runtimeClassName")
        if name and not spec.get("overhead"):
            found = self._cluster.get("RuntimeClass", "", str(name))
            overhead = at(found, "overhead", "podFixed")
            if overhead:
                spec["overhead"] = overhead

    def _limits(self, namespace: str, spec: dict[str, Any]) -> None:
        for ranges in self._cluster.list("LimitRange", namespace):
            for limit in items(ranges, "spec", "limits"):
                if limit.get("type") == "Container":
                    for name in ("containers", "initContainers"):
                        if name in spec:
                            spec[name] = [_limited(one, limit) for one in items(spec, name)]

    def refusal(self, namespace: str, shape: Shape) -> str | None:
        """Why a quota refuses a pod; None if none does."""
        for quota in self._cluster.list("ResourceQuota", namespace):
            hard = mapping(quota, "spec", "hard")
            scoped = mapping(quota, "spec")
            if scoped.get("scopes") or scoped.get("scopeSelector"):
                continue
            used = self._used(namespace)
            more = _counted(shape)
            over = [
                name
                for name, limit in amounts_of(hard).items()
                if more.get(name) and used.get(name, 0) + more[name] > limit
            ]
            if over:
                return f"exceeded quota: {name_of(quota)}, limited: {', '.join(sorted(over))}"
        return None

    def _used(self, namespace: str) -> dict[str, int]:
        total: dict[str, int] = {}
        for pod in self._cluster.pods.values():
            if pod.namespace == namespace and not pod.finished:
                for name, value in _counted(pod.shape).items():
                    total[name] = total.get(name, 0) + value
        return total


def _counted(shape: Shape) -> dict[str, int]:
    found = {"pods": 1, "count/pods": 1}
    for name, value in shape.requests.amounts.items():
        found[f"requests.{name}"] = value
        found[name] = value
    return found


def _limited(container: Any, limit: Raw) -> dict[str, Any]:
    resources = mapping(container, "resources")
    limits = {**mapping(limit, "default"), **mapping(resources, "limits")}
    requests = {
        **{key: value for key, value in limits.items() if key in mapping(resources, "limits")},
        **mapping(resources, "requests"),
    }
    requests = {**mapping(limit, "defaultRequest"), **requests}
    return {**container, "resources": {**resources, "limits": limits, "requests": requests}}


def _with_tolerations(given: Any) -> list[Any]:
    found = list(given)
    for key in _LOST:
        borne = any(
            one.get("key") in (key, None, "") and one.get("effect") in ("NoExecute", None, "")
            for one in found
        )
        if not borne:
            found.append(
                {
                    "key": key,
                    "operator": "Exists",
                    "effect": "NoExecute",
                    "tolerationSeconds": 300,
                }
            )
    return found
