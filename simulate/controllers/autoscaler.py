"""The horizontal pod autoscaler's bounds.

Rule: controller/podautoscaler: whatever the metrics say, replicas below minReplicas or above
maxReplicas are corrected at its next look, except 0, which turns it off. What it makes of metrics
is not modelled.
"""

from __future__ import annotations

from functools import partial

from kubectl_smart.simulate.cluster.reading import Raw, at, mapping, name_of, namespace_of
from kubectl_smart.simulate.controllers.replicasets import replicas_of
from kubectl_smart.simulate.controllers.world import World

_TARGETS = ("Deployment", "StatefulSet", "ReplicaSet")


class Autoscaler:
    """The controller."""

    def __init__(self, world: World) -> None:
        self._world = world
        for kind in (*_TARGETS, "HorizontalPodAutoscaler"):
            world.changed.setdefault(kind, []).append(self._changed)

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        if after is None:
            return
        for scaler in self._world.cluster.list("HorizontalPodAutoscaler", namespace_of(raw)):
            target = mapping(scaler, "spec", "scaleTargetRef")
            mine = (target.get("kind"), target.get("name")) == (raw.get("kind"), name_of(raw))
            if mine or scaler is after:
                name = name_of(scaler)
                self._world.loop.soon(
                    ("hpa", namespace_of(raw), name),
                    self._world.timings.hpa,
                    partial(self._look, namespace_of(raw), name),
                )

    def _look(self, namespace: str, name: str) -> None:
        cluster = self._world.cluster
        scaler = cluster.get("HorizontalPodAutoscaler", namespace, name)
        target = mapping(scaler or {}, "spec", "scaleTargetRef")
        raw = cluster.get(str(target.get("kind")), namespace, str(target.get("name")))
        if scaler is None or raw is None or replicas_of(raw) == 0:
            return
        least = int(at(scaler, "spec", "minReplicas") or 1)
        most = int(at(scaler, "spec", "maxReplicas") or least)
        bounded = min(max(replicas_of(raw), least), most)
        if bounded != replicas_of(raw):
            self._world.put({**raw, "spec": {**mapping(raw, "spec"), "replicas": bounded}})
