"""Who came to the node of those in trouble just before: pods share its memory and its processor.

A neighbour is a cause only where the node ran short, which Kubernetes says itself (an eviction, a
condition of the node, an OOM of the system) or a metric of the node shows. Where neither is known a
pod that came is there by chance as often as not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kubectl_smart.memory.graph.change_classes import Class, classes_of
from kubectl_smart.memory.graph.symptoms import SECOND, Symptom
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

BESIDE = frozenset({"beside", "carries"})
"""Kinds of steps to a neighbour: from a workload, and from the node itself."""

CAME_WITHIN = 1_800 * SECOND
"""So long before the trouble a neighbour has come."""

UNPRESSED = 0.2
"""Where it is not known that the node ran short."""

PRESSED = frozenset(
    {"Evicted", "SystemOOM", "MemoryPressure", "DiskPressure", "PIDPressure",
     "EvictionThresholdMet", "NodeHasInsufficientMemory", "NodeHasDiskPressure",
     "NodeHasInsufficientPID", "OutOfmemory", "OutOfcpu"}
)  # fmt: skip
"""Reasons by which Kubernetes says that a node ran short."""

_PRESSING = ("node was low on resource", "system oom encountered", "had memory pressure")

EFFECTS: Mapping[Class, float] = {
    Class.CREATED: 0.8,
    Class.REPLICAS_UP: 0.8,
    Class.RUN: 0.9,
    Class.REQUESTS: 0.9,
    Class.MEMORY_LIMIT: 0.8,
    Class.CPU_LIMIT: 0.7,
    Class.PLACEMENT: 0.7,
    Class.IMAGE: 0.4,
    Class.ENV: 0.3,
    Class.COMMAND: 0.3,
    Class.TEMPLATE: 0.2,
}
"""What a change can do to whoever shares a node with the pods made from it."""

_OF_NODES = frozenset({Symptom.SATURATION, Symptom.LATENCY})
_IF_PRESSED = frozenset({Symptom.AVAILABILITY, Symptom.RESTARTS})


class Arrival(NamedTuple):
    """A pod of a workload that came to a node; microseconds."""

    at: int
    node: str


def effect_beside(change: Change) -> tuple[Class, float]:
    """(the class of a change that does most to a neighbour, how much, 0 to 1)."""
    if change.gone:
        return Class.DELETED, 0.0
    weight, most = max((EFFECTS.get(one, 0.0), one) for one in classes_of(change))
    return most, weight


def is_pressed(seen: Iterable[Observation]) -> bool:
    """Whether these say that a node ran short."""
    return any(
        one.kind in PRESSED or any(words in one.message.lower() for words in _PRESSING)
        for one in seen
    )


def can_be(symptom: Symptom, *, pressed: bool) -> bool:
    """Whether a neighbour can have to do with trouble of a kind."""
    return symptom in _OF_NODES or (pressed and symptom in _IF_PRESSED)


def arrivals(
    bound: Iterable[Committed], nodes: Iterable[str], own: ObjectRef
) -> dict[ObjectRef, tuple[Arrival, ...]]:
    """Workload -> its pods that came to one of these nodes, by time; its own left out."""
    wanted = set(nodes)
    found: dict[ObjectRef, list[Arrival]] = {}
    for each in bound:
        change = each.record
        if not isinstance(change, Change) or change.object.kind != "Pod":
            continue
        owner = change.owner or change.object
        for edit in change.edits:
            if edit.path == "spec.nodeName" and edit.after in wanted and owner != own:
                came = Arrival(change.happened_at, str(edit.after))
                found.setdefault(owner, []).append(came)
    return {owner: tuple(sorted(several)) for owner, several in found.items()}


def crowded(nodes: Mapping[ObjectRef, str]) -> list[str]:
    """The nodes on which at least half of these pods are."""
    count = {node: sum(one == node for one in nodes.values()) for node in nodes.values()}
    return sorted(node for node, pods in count.items() if pods * 2 >= len(nodes))
