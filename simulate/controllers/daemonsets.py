"""DaemonSets: a pod on every node that suits.

Rule: controller/daemon. A node suits if the template's node selector and affinity match and its
NoSchedule and NoExecute taints are borne; a pod that is there stays as long as the NoExecute ones
are. The pod is bound to its node by an affinity to its name. A node that is gone takes with it
only the pods that were never placed. How it comes to a new template is in `daemon_rollouts.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from kubectl_smart.simulate.cluster.node_terms import matches, names_only, terms_of
from kubectl_smart.simulate.cluster.pods import Pod
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
from kubectl_smart.simulate.controllers.availability import Availability, wait_of
from kubectl_smart.simulate.controllers.daemon_rollouts import DaemonRollouts, Node
from kubectl_smart.simulate.controllers.refusals import Refusal
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
    _labels     what marks the pods of its template, for each set
    _revisions  the same by template, for each namespace and name: as for stateful sets
    _dirty  the nodes to look at, for each set
    _wanted  the nodes that suit, for each set, as far as they were looked at
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._labels: dict[str, str] = {}
        self._revisions: dict[tuple[str, str], dict[str, str]] = {}
        self._updated: set[str] = set()
        self._pods: dict[str, dict[str, dict[Pod, None]]] = {}
        self._dirty: dict[str, set[str]] = {}
        self._wanted: dict[str, set[str]] = {}
        self._availability = Availability(world)
        self._rolling = DaemonRollouts(self._availability)
        self._specs: dict[str, dict[str, Any]] = {}
        world.told["DaemonSet"] = self._told
        world.changed.setdefault("DaemonSet", []).append(self._changed)
        world.changed.setdefault("Node", []).append(self._node_changed)
        for raw in world.cluster.list("DaemonSet"):
            uid = uid_of(raw)
            marks = {pod.shape.labels.get(_REVISION) for pod in world.cluster.owned(uid)}
            self._labels[uid] = self._label(raw, marks.pop() if len(marks) == 1 else None)
            for pod in world.cluster.owned(uid):
                self._index(uid, pod)
            self._watch(raw, world.cluster.owned(uid))

    def _label(self, raw: Raw, first: str | None = None) -> str:
        """What marks the pods of a set's template; first: what does so in the snapshot."""
        template = self._world.hashes.of(mapping(raw, "spec", "template"))
        known = self._revisions.setdefault((namespace_of(raw), name_of(raw)), {})
        return known.setdefault(template, first or template)

    def _index(self, uid: str, pod: Pod) -> None:
        self._pods.setdefault(uid, {}).setdefault(_target(pod), {})[pod] = None

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        uid = uid_of(raw)
        self._specs.pop(uid, None)
        if after is None:
            return
        again = uid not in self._labels and (namespace_of(after), name_of(after)) in self._revisions
        label = self._label(after)
        if again or self._labels.setdefault(uid, label) != label:
            self._updated.add(uid)
        self._labels[uid] = label
        self._soon(uid, *self._pods.get(uid, ()))
        self._soon(uid, *(name_of(one) for one in self._world.cluster.list("Node")))

    def _told(self, pod: Pod) -> None:
        if pod.owner is None:
            return
        uid, target = pod.owner[2], _target(pod)
        if self._world.cluster.pods.get(pod.key) is pod:
            self._index(uid, pod)
        else:
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
            here = self._here(uid, name)
            node = world.cluster.get("Node", "", name)
            if node is not None:
                self._look(raw, uid, spec, node, here)
                continue
            self._wanted.get(uid, set()).discard(name)
            for pod in here:
                if pod.node is None:
                    world.delete(pod, "its node is gone")
        if uid in self._updated:
            self._roll(raw, uid, spec, sorted(names))

    def _here(self, uid: str, name: str) -> list[Pod]:
        """The pods of a set on a node; those that it has released are forgotten."""
        found = self._pods.get(uid, {}).get(name, {})
        for pod in list(found):
            if pod.owner is None or pod.owner[2] != uid:
                del found[pod]
        return list(found)

    def _look(self, raw: Raw, uid: str, spec: dict[str, Any], node: Raw, here: list[Pod]) -> None:
        world, name = self._world, name_of(node)
        should, may_stay = _suits(spec, node)
        if should:
            self._wanted.setdefault(uid, set()).add(name)
        else:
            self._wanted.setdefault(uid, set()).discard(name)
        running = []
        for pod in here:
            if pod.deleting is not None:
                continue
            if pod.finished:
                world.delete(pod, "ended", grace=0)
            elif not may_stay:
                world.delete(pod, "the node does not suit any more")
            else:
                running.append(pod)
        self._watch(raw, running)
        for pod in self._rolling.surplus(raw, running, lambda one: self._is_new(uid, one)):
            world.delete(pod, "updated")
        if should and not any(not pod.finished for pod in here):
            self._make(raw, uid, spec, name)

    def _watch(self, raw: Raw, pods: Iterable[Pod]) -> None:
        """Look again when pods that are ready count as available."""
        for pod in pods:
            again = partial(self._soon, uid_of(raw), _target(pod))
            self._availability.watch(pod, wait_of(raw), again)

    def _is_new(self, uid: str, pod: Pod) -> bool:
        return uid not in self._updated or pod.shape.labels.get(_REVISION) == self._labels[uid]

    def _roll(self, raw: Raw, uid: str, spec: dict[str, Any], names: Iterable[str]) -> None:
        """The next steps to the newest template. names: the nodes where something has changed."""
        for name in names:
            self._stand(raw, uid, name)
        step = self._rolling.step(raw, len(self._wanted.get(uid, ())))
        for pod in step.goes:
            self._world.delete(pod, "updated")
        for name in step.comes:
            self._make(raw, uid, spec, name)
            self._stand(raw, uid, name)

    def _stand(self, raw: Raw, uid: str, name: str) -> None:
        there = self._world.cluster.get("Node", "", name) is not None
        suits = name in self._wanted.get(uid, ())
        node = Node(name, self._here(uid, name), there, suits)
        self._rolling.look(raw, node, lambda pod: self._is_new(uid, pod))

    def _make(self, raw: Raw, uid: str, spec: dict[str, Any], node: str) -> None:
        world = self._world
        namespace, name = namespace_of(raw), name_of(raw)
        template = mapping(raw, "spec", "template")
        shape = world.admission.shape(
            namespace,
            {**template, "spec": _pinned(spec, node)},
            {_REVISION: self._labels.get(uid, "")},
        )
        owner = ("DaemonSet", name, uid)
        called = f"{name}-{world.suffix(namespace, name)}"
        made = world.create(namespace, called, shape, owner, node)
        if isinstance(made, str):
            refusal = Refusal(namespace, owner, made, lambda: self._soon(uid, node))
            world.turned_away([called], refusal, node)
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
