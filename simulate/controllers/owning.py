"""Whose pods and ReplicaSets are: those of nobody are adopted, those that do not match are let go.

Rule: controller_ref_manager.go. A controller takes what its selector chooses and nobody controls,
and releases what it controls and does not choose any more; a StatefulSet only what bears its name.
Orphans of the snapshot were left alone by the controllers that are in it, so that only what is new
is looked at: pods that were orphaned, made or labelled since, and controllers that were made since.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from kubectl_smart.memory.formats.wiring.selecting import full, matches, plain
from kubectl_smart.memory.records.wiring import Selector
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    controller_of,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.controllers.world import World

_OF_PODS = ("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job")
_OF_SETS = "Deployment"


class Owning:
    """What the controllers have in common."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: set[str] = set()
        for kind in (*_OF_PODS, _OF_SETS):
            self._known.update(uid_of(raw) for raw in world.cluster.list(kind))
            world.changed.setdefault(kind, []).append(partial(self._changed, kind))

    def _changed(self, kind: str, _: Raw, after: Raw | None) -> None:
        if after is None or uid_of(after) in self._known:
            return
        self._known.add(uid_of(after))
        selector = _selector(after)
        if selector is None:
            return
        cluster, namespace = self._world.cluster, namespace_of(after)
        if kind == _OF_SETS:
            for raw in cluster.list("ReplicaSet", namespace):
                if controller_of(raw) is None and matches(selector, labels_of(raw)):
                    self.look_at_set(raw)
        else:
            for pod in list(cluster.chosen(namespace, selector)):
                if pod.owner is None:
                    self.look(pod)

    # --- pods ---------------------------------------------------------------------------

    def look(self, pod: Pod) -> None:
        """A pod was made, labelled or orphaned."""
        world = self._world
        world.loop.soon(("owner", pod), world.timings.react, lambda: self._settle(pod))

    def _settle(self, pod: Pod) -> None:
        world = self._world
        if world.cluster.pods.get(pod.key) is not pod or pod.mirror:
            return
        if pod.owner is not None:
            raw = world.cluster.by_uid(pod.owner[2])
            if raw is None or pod.owner[0] not in _OF_PODS:
                return
            if _selector(raw) is None or _takes(raw, pod):
                return
            self._give(pod, None)
            world.touch(raw)
        found = None if not pod.active else next(self._takers(pod), None)
        if found is not None:
            self._give(pod, found)
            world.tell(pod)
            world.touch(found)

    def _takers(self, pod: Pod) -> Iterator[Raw]:
        for kind in _OF_PODS:
            for raw in self._world.cluster.list(kind, pod.namespace):
                if not at(raw, "metadata", "deletionTimestamp") and _takes(raw, pod):
                    yield raw

    def _give(self, pod: Pod, raw: Raw | None) -> None:
        cluster = self._world.cluster
        self._world.given.add(pod)
        cluster.remove(pod)
        pod.owner = None if raw is None else (str(raw.get("kind")), name_of(raw), uid_of(raw))
        cluster.add(pod)

    # --- ReplicaSets --------------------------------------------------------------------

    def look_at_set(self, raw: Raw) -> None:
        """A ReplicaSet was labelled or orphaned, or may belong to somebody new."""
        world, uid = self._world, uid_of(raw)
        world.loop.soon(("owner", uid), world.timings.react, lambda: self._settle_set(uid))

    def _settle_set(self, uid: str) -> None:
        cluster = self._world.cluster
        raw = cluster.by_uid(uid)
        if raw is None or controller_of(raw) is not None:
            return
        for above in cluster.list(_OF_SETS, namespace_of(raw)):
            selector = _selector(above)
            if selector is not None and matches(selector, labels_of(raw)):
                self._world.put(owned_by(raw, above))
                return

    def orphan(self, uid: str) -> None:
        """What a controller, which is gone, controlled is nobody's now."""
        world = self._world
        for kind, raw in world.cluster.controlled(uid):
            metadata = dict(mapping(raw, "metadata"))
            metadata["ownerReferences"] = [
                one for one in items(metadata, "ownerReferences") if one.get("uid") != uid
            ]
            world.put({**raw, "metadata": metadata})
            if kind == "ReplicaSet":
                self.look_at_set(raw)
        for pod in world.cluster.owned(uid):
            self._give(pod, None)
            self.look(pod)


def owned_by(raw: Raw, above: Raw) -> dict[str, Any]:
    """An object with somebody as its controller."""
    owner = {
        "apiVersion": above.get("apiVersion"),
        "kind": above.get("kind"),
        "name": name_of(above),
        "uid": uid_of(above),
        "controller": True,
    }
    metadata = mapping(raw, "metadata")
    owners = [*items(metadata, "ownerReferences"), owner]
    return {**raw, "metadata": {**metadata, "ownerReferences": owners}}


def _selector(raw: Raw) -> Selector | None:
    found = at(raw, "spec", "selector")
    return plain("", found) if raw.get("kind") == "ReplicationController" else full("", found)


def _takes(raw: Raw, pod: Pod) -> bool:
    selector = _selector(raw)
    if selector is None or not matches(selector, pod.shape.labels):
        return False
    return raw.get("kind") != "StatefulSet" or pod.name.rpartition("-")[0] == name_of(raw)
