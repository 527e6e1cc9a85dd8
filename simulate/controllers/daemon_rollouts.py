"""How a DaemonSet comes to a new template: which pods go, and where new ones come beside old ones.

Rule: controller/daemon update.go. Without maxSurge an old pod goes first, as long as fewer than
maxUnavailable nodes are without an available one, and its successor comes when it is gone. With
maxSurge the successor comes first, on so many nodes at a time, and the old pod goes when it is
available. An old pod that is not available does not count: it goes, or gets its successor, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.quantities import portion
from kubectl_smart.simulate.cluster.reading import Raw, at, mapping
from kubectl_smart.simulate.controllers.availability import Availability, wait_of
from kubectl_smart.simulate.controllers.world import World

Is = Callable[[Pod], bool]


class Step(NamedTuple):
    """What to do now: the pods that go, and the nodes to which a new one comes."""

    goes: tuple[Pod, ...]
    comes: tuple[str, ...]


class DaemonRollouts:
    """Works out the next step of a set. new: whether a pod has the newest template."""

    def __init__(self, world: World, availability: Availability) -> None:
        self._world = world
        self._availability = availability

    def surplus(self, raw: Raw, running: Sequence[Pod], new: Is) -> list[Pod]:
        """Of the pods of one node, none of which is being deleted, those that are too many."""
        if len(running) < 2:
            return []
        ordered = sorted(running, key=lambda pod: (pod.node is None, pod.created, pod.name))
        if not _surge(raw, 1):
            return ordered[1:]
        mine = [pod for pod in ordered if new(pod)]
        old = [pod for pod in ordered if not new(pod)]
        goes = [*mine[1:], *old[1:]]
        if mine and old and (old[0].ready is None or self._available(raw, mine[0])):
            goes.append(old[0])
        return goes

    def step(
        self, raw: Raw, nodes: Mapping[str, Sequence[Pod]], wanted: Collection[str], new: Is
    ) -> Step:
        """nodes: the pods of each node that has any; wanted: the nodes that suit."""
        if at(raw, "spec", "updateStrategy", "type") == "OnDelete":
            return Step((), ())
        surge = _surge(raw, len(wanted))
        if surge:
            return self._surging(raw, nodes, wanted, new, surge)
        found = at(raw, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
        most = portion(1 if found is None else found, len(wanted), up=True) or 1
        missing, goes, may_go = 0, [], []
        for pods in nodes.values():
            pair = _pair(pods, new)
            if pair is None or (pair[0] is None) is (pair[1] is None):
                missing += 1
                continue
            mine, old = pair
            if mine is not None:
                missing += not self._available(raw, mine)
            elif old is not None and not self._available(raw, old):
                missing += 1
                goes.append(old)
            elif old is not None:
                may_go.append(old)
        return Step((*goes, *may_go[: max(0, most - missing)]), ())

    def _surging(
        self,
        raw: Raw,
        nodes: Mapping[str, Sequence[Pod]],
        wanted: Collection[str],
        new: Is,
        surge: int,
    ) -> Step:
        surging = available = 0
        goes: list[Pod] = []
        leaving: list[Pod] = []
        comes: list[str] = []
        may_come: list[str] = []
        for name, pods in nodes.items():
            pair = _pair(pods, new)
            if pair is None:
                surging += 1
                continue
            mine, old = pair
            first = old or mine
            available += first is not None and self._available(raw, first)
            if old is None:
                continue
            if mine is not None:
                if self._available(raw, mine):
                    goes.append(old)
                else:
                    surging += 1
            elif self._world.cluster.get("Node", "", name) is None:
                return Step((), ())  # the controller gives this look up: the node is not found
            elif not self._available(raw, old):
                if name in wanted:
                    comes.append(name)
                else:
                    goes.append(old)
            elif name in wanted:
                may_come.append(name)
            else:
                leaving.append(old)
        goes += leaving[: max(0, available - len(wanted))]
        return Step(tuple(goes), (*comes, *may_come[: max(0, surge - surging)]))

    def _available(self, raw: Raw, pod: Pod) -> bool:
        return self._availability.of(pod, wait_of(raw))


def _surge(raw: Raw, nodes: int) -> int:
    """How many nodes may have two pods; 0 if none may."""
    found = at(mapping(raw, "spec", "updateStrategy"), "rollingUpdate", "maxSurge")
    return portion(0 if found is None else found, nodes, up=True)


def _pair(pods: Sequence[Pod], new: Is) -> tuple[Pod | None, Pod | None] | None:
    """(the one with the newest template, the older one) of a node; None if there are more."""
    staying = [pod for pod in pods if pod.deleting is None]
    mine = [pod for pod in staying if new(pod)]
    old = [pod for pod in staying if not new(pod)]
    if len(mine) > 1 or len(old) > 1:
        return None
    return (mine[0] if mine else None), (old[0] if old else None)
