"""Whether a change had taken effect by the time trouble began, and on what was in trouble.

A pod template is only in pods made since; variables from a ConfigMap are read when a container
starts; a mounted one is read again within about a minute (the kubelet's sync period and cache); a
policy acts at once, and only on the connections it takes away; a node on the pods that were on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.reach import Reached, Step
from kubectl_smart.memory.graph.symptoms import Onset
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

IN_TEMPLATE = frozenset(
    {
        Class.IMAGE, Class.ENV, Class.COMMAND, Class.PROBE, Class.MEMORY_LIMIT, Class.CPU_LIMIT,
        Class.REQUESTS, Class.PLACEMENT, Class.VOLUMES, Class.SECURITY, Class.RESTART,
        Class.TEMPLATE,
    }
)  # fmt: skip
READ_AT_START = frozenset({Class.CONFIG, Class.SECRET})
PARTLY = 0.15
"""Where no pod is known to have started since."""
CUT_UNKNOWN = 0.5
"""Of a policy of which it is not known what it takes away."""


class Pods(NamedTuple):
    """The pods of one workload.

    made   pod -> when, microseconds UTC; of those made since `since`
    on     pod -> node
    since  from when on all that were made are known, microseconds UTC
    """

    made: Mapping[ObjectRef, int]
    on: Mapping[ObjectRef, str]
    since: int


class Taken(NamedTuple):
    """How far a change had taken effect, 0 to 1, and why, in words; at: since when, 0 at once."""

    weight: float
    words: str
    at: int = 0


AT_ONCE = Taken(1.0, "it acts at once")
MOUNTED = Taken(0.7, "it is mounted: running containers see it within a minute or two")


def taken_by(
    change: Change,
    of: Class,
    reached: Reached,
    troubled: tuple[ObjectRef, ...],
    pods_of: Callable[[ObjectRef], Pods],
    onset: Onset,
    *,
    cuts: bool | None,
) -> Taken:
    """See the module.

    troubled  the pods in trouble, of the object where the way begins
    cuts      of a policy: whether it took a connection of the way away
    """
    if of in IN_TEMPLATE and change.object.kind != "Pod":
        own = troubled if _near(reached.way) else ()
        return _in_pods(change, own, pods_of(change.object), onset, "made from it")
    if of in READ_AT_START and reached.way and reached.way[-1].kind in ("reads", "mounts"):
        reader = reached.way[-1].near
        own = troubled if _near(reached.way[:-1]) else ()
        read = _in_pods(change, own, pods_of(reader), onset, "started since and read it")
        if reached.way[-1].kind == "mounts" and read.weight < MOUNTED.weight:
            return MOUNTED
        return read
    if of is Class.POLICY:
        if cuts is None:
            return Taken(CUT_UNKNOWN, "which connections it allows is not known in full")
        if cuts:
            return Taken(1.0, "it took the connection away")
        return Taken(0.0, "the connection was allowed before and after, or not at all")
    if of is Class.NODE and troubled:
        on = pods_of(reached.way[0].near).on if reached.way else {}
        nodes = {on[one] for one in troubled if one in on}
        if nodes and change.object.name not in nodes:
            return Taken(0.0, "none of the pods in trouble was on it")
    return AT_ONCE


def _near(way: tuple[Step, ...]) -> bool:
    """Whether a way leads no further than to what is behind the object in trouble."""
    return all(step.kind in ("selects", "owned by") for step in way)


def _in_pods(
    change: Change, troubled: tuple[ObjectRef, ...], pods: Pods, onset: Onset, words: str
) -> Taken:
    at = change.happened_at
    known = [pods.made[one] for one in troubled if one in pods.made]
    if known:
        since = [one for one in known if one >= at]
        if not since:
            return Taken(0.0, "the pods in trouble are older")
        first = min(one for one in pods.made.values() if one >= at) if at >= pods.since else 0
        return Taken(1.0, f"{len(since)} of the {len(known)} pods in trouble {words}", first)
    since = [one for one in pods.made.values() if at <= one <= onset.high]
    if since:
        return Taken(1.0, f"{len(since)} pods {words}", min(since) if at >= pods.since else 0)
    if troubled and pods.made:
        return Taken(0.0, "the pods in trouble are older")
    return Taken(PARTLY, "no pod is known to have started since")
