"""DaemonSets: a pod on every node that suits.

Rule: controller/daemon. A node suits if the template's node selector and affinity match and its
NoSchedule and NoExecute taints are borne; a pod that is there stays as long as the NoExecute ones
are. The pod is bound to its node by an affinity to its name. A node that is gone takes with it
only the pods that were never placed.
"""

from __future__ import annotations

from typing import Any

from kubectl_smart.simulate.cluster.node_terms import matches, names_only, terms_of
from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.quantities import portion
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.controllers.world import World
from kubectl_smart.simulate.scheduling.profile import borne, taints_of, tolerations_of

_REVISION = "controller-revision-hash"
_EVERYWHERE = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSets:
    """The controller. It looks only at nodes where something has changed.

    _pods   the pods of each set, by the node they belong to
    _dirty  the nodes to look at, for each set
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._templates: dict[str, str] = {}
        self._updated: set[str] = set()
        self._pods: dict[str, dict[str, dict[Pod, None]]] = {}
        self._dirty: dict[str, set[str]] = {}
        self._specs: dict[str, dict[str, Any]] = {}
        world.told["DaemonSet"] = self._told
        world.changed.setdefault("DaemonSet", []).append(self._changed)
        world.changed.setdefault("Node", []).append(self._node_changed)
        for raw in world.cluster.list("DaemonSet"):
            uid = uid_of(raw)
            self._templates[uid] = self._world.hashes.of(mapping(raw, "spec", "template"))
            for pod in world.cluster.owned(uid):
                self._index(uid, pod)

    def _index(self, uid: str, pod: Pod) -> None:
        self._pods.setdefault(uid, {}).setdefault(_target(pod), {})[pod] = None

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        uid = uid_of(raw)
        self._specs.pop(uid, None)
        if after is None:
            return
        template = self._world.hashes.of(mapping(after, "spec", "template"))
        if self._templates.setdefault(uid, template) != template:
            self._updated.add(uid)
        self._templates[uid] = template
        self._soon(uid, *(name_of(one) for one in self._world.cluster.list("Node")))

    def _told(self, pod: Pod) -> None:
        if pod.owner is None:
            return
        uid, target = pod.owner[2], _target(pod)
        if self._world.cluster.pods.get(pod.key) is not pod:
            self._pods.get(uid, {}).get(target, {}).pop(pod, None)
        self._soon(uid, target)

    def _node_changed(self, raw: Raw, after: Raw | None) -> None:
        for one in self._world.cluster.list("DaemonSet"):
            if after is not None:
                self._soon(uid_of(one), name_of(raw))
            else:  # a deleted node is seen when something else makes the controller look
                self._dirty.setdefault(uid_of(one), set()).add(name_of(raw))

    def _soon(self, uid: str, *names: str) -> None:
        world = self._world
        self._dirty.setdefault(uid, set()).update(names)
        world.loop.soon(("daemon", uid), world.timings.react, lambda: self.sync(uid))

    def sync(self, uid: str) -> None:
        """One look at a set, on the nodes where something has changed."""
        world = self._world
        raw = world.cluster.by_uid(uid)
        names = self._dirty.pop(uid, set())
        if raw is None or at(raw, "metadata", "deletionTimestamp"):
            return
        spec = self._specs.get(uid)
        if spec is None:
            spec = self._specs[uid] = _spec(mapping(raw, "spec", "template", "spec"))
        for name in sorted(names):
            here = list(self._pods.get(uid, {}).get(name, ()))
            node = world.cluster.get("Node", "", name)
            if node is not None:
                self._look(raw, uid, spec, node, here)
                continue
            for pod in here:
                if pod.node is None:
                    world.delete(pod, "its node is gone")
        if uid in self._updated:
            self._roll(raw, uid)

    def _look(self, raw: Raw, uid: str, spec: dict[str, Any], node: Raw, here: list[Pod]) -> None:
        world = self._world
        should, may_stay = _suits(spec, node)
        for pod in here:
            if pod.finished and pod.deleting is None:
                world.delete(pod, "ended", grace=0)
            elif not may_stay and pod.deleting is None:
                world.delete(pod, "the node does not suit any more")
        if should and not any(not pod.finished for pod in here):
            self._make(raw, uid, spec, name_of(node))

    def _roll(self, raw: Raw, uid: str) -> None:
        """Replace pods of the old template, at most maxUnavailable at a time."""
        strategy = mapping(raw, "spec", "updateStrategy")
        if strategy.get("type") == "OnDelete":
            return
        pods = [pod for pod in self._world.cluster.owned(uid) if pod.active]
        most = at(strategy, "rollingUpdate", "maxUnavailable")
        allowed = max(1, portion(1 if most is None else most, len(pods), up=True))
        old = [pod for pod in pods if pod.shape.labels.get(_REVISION) != self._templates[uid]]
        late = sum(pod.ready is None and pod not in old for pod in pods)  # old ones go anyway
        down = late + sum(pod.deleting is not None for pod in self._world.cluster.owned(uid))
        for pod in sorted(old, key=lambda one: one.ready is not None):
            if pod.ready is None:
                self._world.delete(pod, "updated")
            elif down < allowed:
                down += 1
                self._world.delete(pod, "updated")

    def _make(self, raw: Raw, uid: str, spec: dict[str, Any], node: str) -> None:
        world = self._world
        namespace, name = namespace_of(raw), name_of(raw)
        template = mapping(raw, "spec", "template")
        shape = world.admission.shape(
            namespace,
            {**template, "spec": _pinned(spec, node)},
            {_REVISION: self._templates.get(uid, "")},
        )
        made = world.create(
            namespace,
            f"{name}-{world.suffix(namespace, name)}",
            shape,
            ("DaemonSet", name, uid),
        )
        if isinstance(made, str):
            world.loop.after(15.0, lambda: self._soon(uid, node))
        else:
            self._index(uid, made)


def _spec(given: Raw) -> dict[str, Any]:
    """A template's spec with what every daemon's pod bears."""
    more = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in _EVERYWHERE]
    if given.get("hostNetwork"):
        more.append(
            {
                "key": "node.kubernetes.io/network-unavailable",
                "operator": "Exists",
                "effect": "NoSchedule",
            }
        )
    return {**given, "tolerations": [*items(given, "tolerations"), *more]}


def _suits(spec: dict[str, Any], node: Raw) -> tuple[bool, bool]:
    """(whether a pod should run there, whether one may stay)."""
    labels, name = labels_of(node), name_of(node)
    selector = mapping(spec, "nodeSelector")
    required = at(
        spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"
    )
    fits = all(labels.get(key) == value for key, value in selector.items()) and (
        required is None or any(matches(term, labels, name) for term in terms_of(required))
    )
    if not fits:
        return False, False
    tolerations = tolerations_of(spec)
    bad = [one for one in taints_of(node) if not borne(tolerations, one)]
    may_stay = not any(one.effect == "NoExecute" for one in bad)
    return may_stay and not any(one.effect == "NoSchedule" for one in bad), may_stay


def _pinned(spec: dict[str, Any], node: str) -> dict[str, Any]:
    """Bound to a node by affinity to its name, instead of the template's own: that was checked."""
    affinity = dict(mapping(spec, "affinity"))
    node_affinity = dict(mapping(affinity, "nodeAffinity"))
    pin = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    node_affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": [pin]}
    affinity["nodeAffinity"] = node_affinity
    return {**spec, "affinity": affinity}


def _target(pod: Pod) -> str:
    """The node a daemon's pod belongs to."""
    if pod.node is not None:
        return pod.node
    required = at(
        pod.shape.spec,
        "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution",
    )  # fmt: skip
    names = None if required is None else names_only(terms_of(required))
    return min(names) if names else ""
