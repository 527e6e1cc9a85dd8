"""What pods of one template have in common, kept once.

A cluster of 150,000 pods has a few thousand different ones. A Shape is everything about a pod that
scheduling, budgets and losses depend on, except where it runs and what it is called: its namespace,
its labels and the part of its spec that matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.cluster.reading import Raw, items, mapping
from kubectl_smart.simulate.cluster.requests import Requests, requests_of

_KEPT = (
    "activeDeadlineSeconds", "affinity", "hostNetwork", "nodeSelector", "overhead",
    "preemptionPolicy", "priority", "priorityClassName", "resourceClaims", "resources",
    "restartPolicy", "runtimeClassName", "schedulerName", "schedulingGates",
    "terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints",
)  # fmt: skip
_CONTAINER = ("name", "image", "ports", "readinessProbe", "resources", "restartPolicy")
_TOKEN = "kube-api-access-"  # noqa: S105 - the beginning of a volume's name
_GRACE = 30


class Shape:
    """One kind of pod. Equal pods share one; never changed after it is made.

    id        its place among the shapes of a cluster
    spec      the part of the spec that matters, as JSON
    priority  the number that its PriorityClass stands for
    grace     terminationGracePeriodSeconds
    claims    the names of the PersistentVolumeClaims it mounts
    unzoned   the shape that it was before its pods were bound, if that is known; zoned: after
    """

    __slots__ = (
        "claims", "grace", "id", "labels", "namespace", "priority", "requests", "spec", "unzoned",
        "zoned",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        namespace: str,
        labels: dict[str, str],
        spec: dict[str, Any],
        requests: Requests | None = None,
    ) -> None:
        self.id = number
        self.namespace = namespace
        self.labels = labels
        self.spec = spec
        self.requests: Requests = requests_of(spec) if requests is None else requests
        self.priority = int(spec.get("priority") or 0)
        grace = spec.get("terminationGracePeriodSeconds")
        self.grace = float(_GRACE if grace is None else grace)
        self.claims = tuple(
            str(one["persistentVolumeClaim"].get("claimName"))
            for one in items(spec, "volumes")
            if isinstance(one.get("persistentVolumeClaim"), Mapping)
        )
        self.unzoned: Shape | None = None
        self.zoned: dict[tuple[tuple[str, str], ...], Shape] = {}


class Shapes:
    """The shapes of a cluster, each made once."""

    def __init__(self) -> None:
        self._by_content: dict[bytes, Shape] = {}
        self._owners: dict[tuple[str, str, str], tuple[str, str, str]] = {}
        self._all: list[Shape] = []
        self._by_pair: dict[tuple[str, str, str], list[Shape]] = {}
        self._by_namespace: dict[str, list[Shape]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def of(self, namespace: str, labels: Mapping[str, str], spec: Raw) -> Shape:
        """The shape of a pod in a namespace with these labels and this spec."""
        return self._found(namespace, labels, _reduced(spec))

    def _found(
        self,
        namespace: str,
        labels: Mapping[str, str],
        spec: dict[str, Any],
        requests: Requests | None = None,
    ) -> Shape:
        content = orjson.dumps(
            (namespace, labels, spec), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        )
        shape = self._by_content.get(content)
        if shape is None:
            shape = Shape(len(self._all), namespace, dict(labels), spec, requests)
            self._by_content[content] = shape
            self._all.append(shape)
            self._by_namespace.setdefault(namespace, []).append(shape)
            for key, value in shape.labels.items():
                self._by_pair.setdefault((namespace, key, value), []).append(shape)
        return shape

    def owner(self, found: tuple[str, str, str] | None) -> tuple[str, str, str] | None:
        """The same owner, kept once."""
        return None if found is None else self._owners.setdefault(found, found)

    def of_namespace(self, namespace: str) -> list[Shape]:
        """The shapes of a namespace."""
        return list(self._by_namespace.get(namespace, ()))

    def chosen(self, namespace: str, selector: Selector) -> Iterator[Shape]:
        """The shapes of a namespace that a selector chooses."""
        among = self._by_namespace.get(namespace, [])
        if selector.pairs:
            among = self._by_pair.get((namespace, *selector.pairs[0]), [])
        return (shape for shape in among if matches(selector, shape.labels))

    def labelled(self, shape: Shape, more: tuple[tuple[str, str], ...]) -> Shape:
        """The same with more labels: what admission adds when a pod is bound."""
        found = shape.zoned.get(more)
        if found is None:
            labels = {**shape.labels, **dict(more)}
            found = self._found(shape.namespace, labels, shape.spec, shape.requests)
            shape.zoned[more] = found
            if found is not shape and found.unzoned is None:
                found.unzoned = shape
        return found


def _reduced(spec: Raw) -> dict[str, Any]:
    kept = {key: spec[key] for key in _KEPT if spec.get(key)}
    if spec.get("terminationGracePeriodSeconds") == 0:
        kept["terminationGracePeriodSeconds"] = 0
    for name in ("containers", "initContainers"):
        found = spec.get(name)
        if found:
            kept[name] = [{key: one[key] for key in _CONTAINER if key in one} for one in found]
    volumes = spec.get("volumes")
    if volumes:
        volumes = [one for one in volumes if not one.get("name", "").startswith(_TOKEN)]
        if volumes:
            kept["volumes"] = volumes
    return kept


def emptied(shape: Shape) -> tuple[str, ...]:
    """The names of its volumes that are gone with the pod: emptyDir and ephemeral ones."""
    return tuple(
        str(one.get("name"))
        for one in items(shape.spec, "volumes")
        if "emptyDir" in one or "ephemeral" in one
    )


def host_paths(shape: Shape) -> tuple[str, ...]:
    """The paths of the node that it mounts."""
    return tuple(
        str(mapping(one, "hostPath").get("path"))
        for one in items(shape.spec, "volumes")
        if "hostPath" in one
    )
