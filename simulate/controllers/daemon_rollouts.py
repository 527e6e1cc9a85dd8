"""How a DaemonSet comes to a new template: which pods go, and where new ones come beside old ones.

Rule: controller/daemon update.go. Without maxSurge an old pod goes first, as long as fewer than
maxUnavailable nodes are without an available one, and its successor comes when it is gone. With
maxSurge the successor comes first, on so many nodes at a time, and the old pod goes when it is
available. An old pod that is not available goes, or gets its successor, at once. How a node stands
is worked out when something changes there, so that a step costs no more than what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.quantities import portion
from kubectl_smart.simulate.cluster.reading import Raw, at, uid_of
from kubectl_smart.simulate.controllers.availability import Availability, wait_of

Is = Callable[[Pod], bool]


class Step(NamedTuple):
    """What to do now: the pods that go, and the nodes to which a new one comes."""

    goes: tuple[Pod, ...]
    comes: tuple[str, ...]


class Node(NamedTuple):
    """A node that a set has pods on. there: whether it exists; suits: whether a pod should run."""

    name: str
    pods: Sequence[Pod]
    there: bool
    suits: bool


class _Stand(Enum):
    """How a node stands; with surge LATE means that it has two pods, and waits for the new one."""

    FINE = auto()
    LATE = auto()
    OLD = auto()
    SICK = auto()
    REPLACED = auto()
    LEAVING = auto()
    LOST = auto()


class _Nodes:
    """The nodes of one set by how they stand, each with its old pod if that is of interest."""

    def __init__(self) -> None:
        self.by: dict[_Stand, dict[str, Pod | None]] = {one: {} for one in _Stand}
        self.stands: dict[str, _Stand] = {}
        self.available: set[str] = set()

    def put(self, name: str, stand: _Stand | None, old: Pod | None, *, available: bool) -> None:
        """stand: None if the set has nothing there any more."""
        before = self.stands.pop(name, None)
        if before is not None and before is not stand:
            del self.by[before][name]
        self.available.discard(name)
        if available:
            self.available.add(name)
        if stand is not None:
            self.stands[name] = stand
            self.by[stand][name] = old

    def pods(self, stand: _Stand) -> list[Pod]:
        """The old pods of nodes that stand so."""
        return [pod for pod in self.by[stand].values() if pod is not None]


class DaemonRollouts:
    """Works out the next step of a set."""

    def __init__(self, availability: Availability) -> None:
        self._availability = availability
        self._nodes: dict[str, _Nodes] = {}

    def surplus(self, raw: Raw, running: Sequence[Pod], new: Is) -> list[Pod]:
        """Of the pods of one node, none of which is being deleted, those that are too many.

        new  whether a pod has the newest template
        """
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

    def look(self, raw: Raw, node: Node, new: Is) -> None:
        """Something has changed on a node of a set that is on its way to a new template."""
        nodes = self._nodes.setdefault(uid_of(raw), _Nodes())
        if not node.pods:
            nodes.put(node.name, None, None, available=False)
            return
        mine = [pod for pod in node.pods if pod.deleting is None and new(pod)]
        old = [pod for pod in node.pods if pod.deleting is None and not new(pod)]
        fresh = bool(mine) and self._available(raw, mine[0])
        aged = bool(old) and self._available(raw, old[0])
        odd = len(mine) > 1 or len(old) > 1
        stand = _Stand.LATE
        if _surge(raw, 1):
            stand = _Stand.LATE if odd else _surging(node, mine, old, fresh=fresh, aged=aged)
        elif not odd and bool(mine) is not bool(old):
            stand = (_Stand.FINE if fresh else _Stand.LATE) if mine else (
                _Stand.OLD if aged else _Stand.SICK
            )  # fmt: skip
        first = not odd and (aged if old else fresh)
        nodes.put(node.name, stand, old[0] if old else None, available=first)

    def step(self, raw: Raw, wanted: int) -> Step:
        """wanted: how many nodes suit."""
        nodes = self._nodes.get(uid_of(raw))
        if nodes is None or at(raw, "spec", "updateStrategy", "type") == "OnDelete":
            return Step((), ())
        sick, old, late = nodes.pods(_Stand.SICK), nodes.by[_Stand.OLD], nodes.by[_Stand.LATE]
        if not _surge(raw, 1):
            found = at(raw, "spec", "updateStrategy", "rollingUpdate", "maxUnavailable")
            most = portion(1 if found is None else found, wanted, up=True) or 1
            room = max(0, most - len(late) - len(sick))
            return Step((*sick, *(pod for pod in islice(old.values(), room) if pod)), ())
        if nodes.by[_Stand.LOST]:
            return Step((), ())  # the controller gives its look up: a node is not found
        room = max(0, _surge(raw, wanted) - len(late))
        spare = max(0, len(nodes.available) - wanted)
        goes = [*nodes.pods(_Stand.REPLACED), *nodes.pods(_Stand.LEAVING)[:spare]]
        return Step(tuple(goes), (*nodes.by[_Stand.SICK], *islice(old, room)))

    def _available(self, raw: Raw, pod: Pod) -> bool:
        return self._availability.of(pod, wait_of(raw))


def _surging(
    node: Node, mine: Sequence[Pod], old: Sequence[Pod], *, fresh: bool, aged: bool
) -> _Stand:
    if not old:
        return _Stand.FINE
    if mine:
        return _Stand.REPLACED if fresh else _Stand.LATE
    if not node.there:
        return _Stand.LOST
    if not aged:
        return _Stand.SICK if node.suits else _Stand.REPLACED
    return _Stand.OLD if node.suits else _Stand.LEAVING


def _surge(raw: Raw, nodes: int) -> int:
    """How many nodes may have two pods; 0 if none may."""
    found = at(raw, "spec", "updateStrategy", "rollingUpdate", "maxSurge")
    return portion(0 if found is None else found, nodes, up=True)
