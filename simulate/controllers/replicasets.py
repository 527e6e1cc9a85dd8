"""ReplicaSets and ReplicationControllers: as many active pods as asked for.

Rule: controller/replicaset. Pods that ended or are being deleted do not count, so that they are
replaced at once. Too many: the least useful go first (`ActivePodsWithRanks`), and of those that
are equal in all the most likely ones (`walks.py`, `made_order.py`).
"""

from __future__ import annotations

import math

from kubectl_smart.simulate.cluster.pods import FINISHED, Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    controller_of,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.controllers.availability import Availability, wait_of
from kubectl_smart.simulate.controllers.made_order import as_made
from kubectl_smart.simulate.controllers.refusals import Refusal
from kubectl_smart.simulate.controllers.walks import PLACES, likeliest
from kubectl_smart.simulate.controllers.world import World

_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}
KINDS = ("ReplicaSet", "ReplicationController")


class ReplicaSets:
    """The controller."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._availability = Availability(world)
        for kind in KINDS:
            world.told[kind] = self._told
            world.changed.setdefault(kind, []).append(self._changed)
            for raw in world.cluster.list(kind):
                self._watch(raw)

    def _watch(self, raw: Raw) -> None:
        """Tell its deployment when pods that are ready count as available."""
        if wait_of(raw) > 0:
            for pod in self._world.cluster.owned(uid_of(raw)):
                self._watch_one(pod, uid_of(raw))

    def _watch_one(self, pod: Pod, uid: str) -> None:
        raw = self._world.cluster.by_uid(uid)
        if raw is not None:
            self._availability.watch(pod, wait_of(raw), lambda: self._above(uid))

    def _changed(self, raw: Raw, after: Raw | None) -> None:
        if after is not None:
            self.soon(uid_of(raw))

    def _told(self, pod: Pod) -> None:
        if pod.owner is None:
            return
        if not pod.active:
            self.soon(pod.owner[2])
        elif pod.node is not None:
            self._above(pod.owner[2])  # placed, or ready: its deployment may go on
            self._watch_one(pod, pod.owner[2])

    def soon(self, uid: str) -> None:
        """Look at a ReplicaSet soon."""
        world = self._world
        world.loop.soon(("replicas", uid), world.timings.react, lambda: self.sync(uid))

    def sync(self, uid: str) -> None:
        """Make or delete pods until the number is right."""
        world = self._world
        raw = world.cluster.by_uid(uid)
        if raw is None or at(raw, "metadata", "deletionTimestamp"):
            return
        self._watch(raw)
        active = [
            pod
            for pod in world.cluster.owned(uid)
            if pod.deleting is None and pod.phase not in FINISHED  # `active`, for speed
        ]
        wanted = replicas_of(raw)
        if len(active) < wanted:
            self._make(raw, uid, wanted - len(active))
        elif len(active) > wanted:
            for pod in self._least_useful(raw, uid, active, len(active) - wanted):
                world.delete(pod, "scaled down")
        self._above(uid)

    def _above(self, uid: str) -> None:
        """Its deployment may go on."""
        raw = self._world.cluster.by_uid(uid)
        above = None if raw is None else controller_of(raw)
        if above is not None:
            self._world.rolled(above[2])

    def _make(self, raw: Raw, uid: str, number: int) -> None:
        world = self._world
        namespace, name = namespace_of(raw), name_of(raw)
        shape = world.admission.shape(namespace, mapping(raw, "spec", "template"))
        owner = (str(raw.get("kind")), name, uid)
        names = (f"{name}-{world.suffix(namespace, name)}" for _ in range(number))
        for one in names:
            made = world.create(namespace, one, shape, owner)
            if isinstance(made, str):
                refusal = Refusal(namespace, owner, made, lambda: self.sync(uid))
                world.turned_away([one, *names], refusal)
                return

    def _least_useful(self, raw: Raw, uid: str, pods: list[Pod], number: int) -> list[Pod]:
        if number >= len(pods):
            return pods
        above = controller_of(raw)
        related = pods
        if above is not None:
            related = [
                pod
                for _, other in self._world.cluster.controlled(above[2])
                for pod in self._world.cluster.owned(uid_of(other))
                if pod.active
            ]
        beside: dict[str, int] = {}
        for pod in related:
            if pod.node is not None:
                beside[pod.node] = beside.get(pod.node, 0) + 1
        now = self._world.now

        def before(one: Pod, other: Pod) -> bool:
            left, right = _rank(one, beside), _rank(other, beside)
            return left < right if left != right else _by_age(one, other, now) < 0

        came = sorted(self._world.cluster.owned(uid), key=lambda pod: pod.uid)
        if len(came) <= PLACES:
            came = as_made(self._world.scheduler, came)
        return likeliest(came, lambda pod: pod.active, before, number)


def replicas_of(raw: Raw) -> int:
    """spec.replicas; 1 if it is not said."""
    found = at(raw, "spec", "replicas")
    return 1 if found is None else int(found)


def _rank(pod: Pod, beside: dict[str, int]) -> tuple[bool, int, bool, int, int]:
    return (
        pod.node is not None,
        _PHASES.get(pod.phase, 2),
        pod.ready is not None,
        pod.cost,
        -beside.get(pod.node or "", 0),
    )


def _by_age(one: Pod, other: Pod, now: float) -> int:
    """The newer first, in steps that double; inside a step by uid. 0: of the same second."""
    if one.ready is not None and other.ready is not None and int(one.ready) != int(other.ready):
        step = _step(one.ready, now) - _step(other.ready, now)
        return step or _order(one.uid, other.uid)
    if one.restarts != other.restarts:
        return other.restarts - one.restarts
    if int(one.created) != int(other.created):
        return _step(one.created, now) - _step(other.created, now) or _order(one.uid, other.uid)
    return 0


def _step(since: float, now: float) -> int:
    age = (now - int(since)) * 1e9
    return int(math.log2(age)) if age > 0 else -1


def _order(one: str, other: str) -> int:
    return (one > other) - (one < other)
