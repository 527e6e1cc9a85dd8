"""Deletions, and what goes with what is deleted.

Rule: controller/garbagecollector and the finalizers of storage. What an object controls goes with
it, unless its dependents are orphaned; a namespace takes all that is in it; a claim that a pod
uses stays until the pod is gone.
"""

from __future__ import annotations

from kubectl_smart.simulate.cluster.reading import (
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.commands.effects import Delete
from kubectl_smart.simulate.controllers.claims import let_go, with_set
from kubectl_smart.simulate.controllers.owning import Owning
from kubectl_smart.simulate.controllers.world import World


class Garbage:
    """Carries out deletions."""

    def __init__(self, world: World, owning: Owning) -> None:
        self._world = world
        self._owning = owning

    def delete(self, effect: Delete) -> None:
        """Delete an object and what depends on it."""
        world = self._world
        if effect.kind == "Pod":
            pod = world.cluster.pods.get((effect.namespace, effect.name))
            if pod is not None:
                grace = None if effect.grace_seconds is None else float(effect.grace_seconds)
                world.delete(pod, "deleted", grace=grace)
            return
        raw = world.cluster.get(effect.kind, effect.namespace, effect.name)
        if raw is None:
            return
        if effect.kind == "Namespace":
            self._empty(name_of(raw))
        if effect.kind == "PersistentVolumeClaim":
            let_go(world, raw)
            return
        claims = with_set(world.cluster, raw) if effect.kind == "StatefulSet" else []
        world.remove(effect.kind, effect.namespace, effect.name)
        if effect.propagation == "orphan":
            if effect.kind == "ReplicaSet":
                world.hashes.remember(raw)
            self._owning.orphan(uid_of(raw))
            return
        self._with(uid_of(raw))
        for claim in claims:
            let_go(world, claim)

    def _with(self, uid: str) -> None:
        world = self._world
        if not uid:
            return
        for kind, raw in world.cluster.controlled(uid):
            if kind == "PersistentVolumeClaim":
                continue  # that of a StatefulSet goes as its policy says
            world.remove(kind, namespace_of(raw), name_of(raw))
            self._with(uid_of(raw))
        for pod in world.cluster.owned(uid):
            world.delete(pod, "its controller was deleted")

    def _empty(self, namespace: str) -> None:
        world = self._world
        for kind in world.cluster.kinds():
            if kind == "Pod":
                continue
            for raw in list(world.cluster.list(kind, namespace)):
                if namespace_of(raw) == namespace:
                    world.remove(kind, namespace, name_of(raw))
        for pod in list(world.cluster.pods.values()):
            if pod.namespace == namespace:
                world.delete(pod, "its namespace was deleted")
