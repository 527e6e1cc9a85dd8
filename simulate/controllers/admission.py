"""What the API server makes of the pods that controllers make, and which of them it refuses.

The rules are those of `simulate.admission`. A template is worked out once. What quotas count is
added up by shape, so that a large namespace costs no more than its different pods. A pod that is
refused never exists; its controller tries again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import repeat
from typing import Any

from kubectl_smart.simulate.admission import defaulted
from kubectl_smart.simulate.admission.amounts import Amounts, total
from kubectl_smart.simulate.admission.classes import class_refusal
from kubectl_smart.simulate.admission.limit_ranges import violations
from kubectl_smart.simulate.admission.quotas import counts, refused, usage
from kubectl_smart.simulate.cluster.reading import Raw, mapping, name_of
from kubectl_smart.simulate.cluster.shapes import Shape
from kubectl_smart.simulate.cluster.store import Cluster


class Admission:
    """Knows what a cluster's classes, limit ranges and quotas make of templates."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made: dict[tuple[str, int], tuple[Raw, Raw]] = {}
        self._shapes: dict[tuple[str, int], tuple[Raw, Shape]] = {}
        self._refused: dict[int, str] = {}

    def shape(self, namespace: str, template: Raw, extra: Mapping[str, str] | None = None) -> Shape:
        """The shape of pods that a template makes, with some labels more."""
        known_shape = None if extra else self._shapes.get((namespace, id(template)))
        if known_shape is not None and known_shape[0] is template:
            return known_shape[1]
        shape = self._shape(namespace, template, extra or {})
        if not extra:
            self._shapes[namespace, id(template)] = (template, shape)
        return shape

    def _shape(self, namespace: str, template: Raw, extra: Mapping[str, str]) -> Shape:
        labels = {**mapping(template, "metadata", "labels"), **extra}
        given = mapping(template, "spec")
        key = (namespace, id(given))
        known = self._made.get(key)
        if known is None or known[0] is not given:
            stored = defaulted(_pod(namespace, labels, given), self._cluster)["spec"]
            known = self._made[key] = (given, stored)
        return self._cluster.shapes.of(namespace, labels, known[1])

    def forget(self) -> None:
        """Classes or limits have changed."""
        self._made.clear()
        self._shapes.clear()
        self._refused.clear()

    def refusal(self, namespace: str, shape: Shape) -> str | None:
        """Why the API server would not have a pod; None if it would."""
        known = self._refused.get(shape.id)
        if known is None:
            pod = _pod(namespace, shape.labels, shape.spec)
            known = class_refusal(pod, self._cluster) or violations(pod, self._cluster)
            self._refused[shape.id] = known
        return known or self._over_quota(namespace, shape) or None

    def _over_quota(self, namespace: str, shape: Shape) -> str:
        quotas = self._cluster.list("ResourceQuota", namespace)
        if not quotas:
            return ""
        pod = _pod(namespace, shape.labels, shape.spec)
        quotas = [one for one in quotas if counts(one, pod)]
        if not quotas:
            return ""
        used = {name_of(one): total(self._counted(namespace, one)) for one in quotas}
        return refused(pod, quotas, used)

    def _counted(self, namespace: str, quota: Raw) -> Iterator[Amounts]:
        """What each pod that a quota counts uses of it."""
        for shape in self._cluster.shapes.of_namespace(namespace):
            pods = self._cluster.by_shape.get(shape.id)
            other = _pod(namespace, shape.labels, shape.spec)
            if pods and counts(quota, other):
                running = sum(not one.finished for one in pods.values())
                yield from repeat(usage(other), running)


def _pod(namespace: str, labels: Mapping[str, str], spec: Raw) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": namespace, "generateName": "new-", "labels": dict(labels)},
        "spec": dict(spec),
    }
