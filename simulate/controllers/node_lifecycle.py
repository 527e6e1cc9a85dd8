"""Nodes: the taints that follow from a cordon, and from not being ready.

Rule: controller/nodelifecycle. A cordoned node gets `node.kubernetes.io/unschedulable`. One that is
not ready, or not heard, gets a taint that keeps new pods away at once, and in its turn one that
drives pods away: one node of a zone in ten seconds, in a hundred where most of a large zone is
gone, none where most of a small one is. Where no node of any zone is ready nobody is driven away.
A node that is ready again loses these taints at the next look. Readiness is as in the snapshot.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from kubectl_smart.simulate.cluster.reading import Raw, items, labels_of, mapping, name_of
from kubectl_smart.simulate.controllers.world import World
from kubectl_smart.simulate.scheduling.node_tree import REGION, ZONE
from kubectl_smart.simulate.scheduling.profile import taints_of

_CORDON = "node.kubernetes.io/unschedulable"
_LOST = {"False": "node.kubernetes.io/not-ready", "Unknown": "node.kubernetes.io/unreachable"}
_LARGE = 50
_MOST = 0.55
_FEW = 2


class NodeLifecycle:
    """The controller."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.changed.setdefault("Node", []).append(self._changed)
        self._begin()

    def _changed(self, _: Raw, after: Raw | None) -> None:
        if after is None:
            return
        world, name = self._world, name_of(after)
        closed = bool(mapping(after, "spec").get("unschedulable"))
        if closed != any(one.key == _CORDON for one in taints_of(after)):
            world.loop.soon(("cordon", name), world.timings.react, lambda: self._cordon(name))

    def _cordon(self, name: str) -> None:
        raw = self._world.cluster.get("Node", "", name)
        if raw is None:
            return
        spec = mapping(raw, "spec")
        others = [one for one in items(spec, "taints") if one.get("key") != _CORDON]
        if spec.get("unschedulable"):
            others.append({"key": _CORDON, "effect": "NoSchedule"})
        self._world.put({**raw, "spec": {**spec, "taints": others}})

    # --- readiness ----------------------------------------------------------------------

    def _begin(self) -> None:
        """Mend the taints that are not what the nodes' readiness asks for."""
        zones: dict[tuple[str | None, str | None], list[Raw]] = {}
        for raw in self._world.cluster.list("Node"):
            labels = labels_of(raw)
            zones.setdefault((labels.get(REGION), labels.get(ZONE)), []).append(raw)
        dead = all(_ready(raw) in _LOST for zone in zones.values() for raw in zone)
        for zone in zones.values():
            self._begin_zone(zone, dead=dead)

    def _begin_zone(self, zone: Sequence[Raw], *, dead: bool) -> None:
        """dead: no node of any zone is ready."""
        timings, loop = self._world.timings, self._world.loop
        pause, turn = self._pause(zone), 0
        for raw in zone:
            ready, name = _ready(raw), name_of(raw)
            if ready is None:
                continue
            lost = _LOST.get(ready)
            if _marked(raw, "NoSchedule") != ({lost} - {None}):
                loop.after(timings.react, partial(self._mark, name, "NoSchedule", lost))
            drives = None if dead else lost
            there = _marked(raw, "NoExecute")
            if there == ({drives} - {None}):
                continue
            if drives is None or there:
                loop.after(timings.node_tick / 2, partial(self._mark, name, "NoExecute", drives))
            elif pause is not None:
                when = timings.node_tick / 2 + turn * pause
                loop.after(when, partial(self._mark, name, "NoExecute", drives))
                turn += 1

    def _pause(self, zone: Sequence[Raw]) -> float | None:
        """Seconds from one node of a zone to the next; None if none is tainted."""
        lost = sum(_ready(raw) in _LOST for raw in zone)
        if lost > _FEW and _MOST <= lost / len(zone) < 1:
            return self._world.timings.taint_nodes_slowly if len(zone) > _LARGE else None
        return self._world.timings.taint_nodes

    def _mark(self, name: str, effect: str, key: str | None) -> None:
        """Of the taints that follow from readiness a node has this one, or none, of an effect."""
        raw = self._world.cluster.get("Node", "", name)
        if raw is None:
            return
        spec = mapping(raw, "spec")
        taints = [one for one in items(spec, "taints") if not _follows(one, effect)]
        if key is not None:
            taints.append({"key": key, "effect": effect})
        self._world.put({**raw, "spec": {**spec, "taints": taints}})


def _ready(raw: Raw) -> str | None:
    """The status of a node's condition Ready; None if nothing is said of it."""
    for one in items(raw, "status", "conditions"):
        if one.get("type") == "Ready":
            return str(one.get("status"))
    return None


def _follows(taint: Raw, effect: str) -> bool:
    return taint.get("key") in _LOST.values() and taint.get("effect") == effect


def _marked(raw: Raw, effect: str) -> set[str | None]:
    """The taints of an effect that a node has for its readiness."""
    found = items(raw, "spec", "taints")
    return {str(one.get("key")) for one in found if _follows(one, effect)}
