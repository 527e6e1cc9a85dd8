"""Whether a change had taken effect by the time trouble began, and on what was in trouble.

A pod template is only in pods made since; variables from a ConfigMap are read when a container
starts; a mounted one is read again within about a minute (the kubelet's sync period and cache); a
policy acts at once, and only on the connections it takes away; a node on the pods that were on it.

Where the way a change acts is seen in the case itself, that is evidence beyond its time (`PROOF`):
the first pods that could have it are the ones in trouble, soon after they were made; the connection
that was lost is one of the way; all pods in trouble were on that node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.reach import Reached
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
_CHECKED = frozenset({Class.ENV, Class.CONFIG, Class.COMMAND, Class.TEMPLATE})
"""Changes of addresses, labels and container ports are among these."""

LEADS_NOWHERE = "what is named there is not there any more: no Service, no pod or no port"
READ_AT_START = frozenset({Class.CONFIG, Class.SECRET, Class.DELETED})
HOLD_DATA = frozenset({"ConfigMap", "Secret"})
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


PROOF = 5.0
"""How much likelier such evidence is with a cause than by chance: one in five others fits as well,
with a handful of nodes, connections and workloads to choose from."""

_SOME = 0.3
"""At least so much is left where but a few of the pods that have it are in trouble: all are made
alike, but not all have the same to do."""

_AT_START = 900_000_000
"""Trouble of a pod so soon after it was made has to do with what it was made from."""


class Taken(NamedTuple):
    """How far a change had taken effect, 0 to 1, and why, in words; at: since when, 0 at once.

    proven  whether that is evidence by itself; then the weight is `PROOF`
    """

    weight: float
    words: str
    at: int = 0

    @property
    def proven(self) -> bool:
        """See the module."""
        return self.weight > 1.0


BY_LEARNING = Taken(1.0, "how it acts is not known, only that trouble followed before")
AT_ONCE = Taken(1.0, "it acts at once")
NAMED = Taken(PROOF, "it is named in what Kubernetes says of the trouble")
FROM_IT = Taken(PROOF, "what is not accepted is made from it")
OUTDATED = Taken(PROOF, "the pods in trouble have not started since: they hold the old one")
MOUNTED = Taken(0.7, "it is mounted: running containers see it within a minute or two")


def taken_by(
    change: Change,
    of: Class,
    reached: Reached,
    troubled: Callable[[ObjectRef], tuple[ObjectRef, ...]],
    pods_of: Callable[[ObjectRef], Pods],
    onset: Onset,
    *,
    cuts: bool | None,
    nodes: Mapping[ObjectRef, str],
    rejected: bool = False,
) -> Taken:
    """See the module.

    troubled  the pods of a workload that are in trouble
    nodes     pod -> node, of the pods in trouble where the way begins and of those that went before
    cuts      of a policy, a route, a bound, an address, a label or a port: whether it took away
              what the way needs
    rejected  whether a certificate or a credential was not accepted: those who have not read the
              new one still show the old
    """
    taken = _taken(change, of, reached, troubled, pods_of, onset, cuts=cuts, nodes=nodes)
    checked = of in _CHECKED or (of is Class.DELETED and change.object.kind == "Service")
    if checked and cuts and taken.weight >= MOUNTED.weight:
        return Taken(PROOF, LEADS_NOWHERE, taken.at)
    if of is Class.SECRET and rejected and reached.way:
        return _rejected(change, taken, reached, troubled, pods_of)
    return taken


def _rejected(
    change: Change,
    taken: Taken,
    reached: Reached,
    troubled: Callable[[ObjectRef], tuple[ObjectRef, ...]],
    pods_of: Callable[[ObjectRef], Pods],
) -> Taken:
    """Of a Secret where a credential was not accepted: the old one that is held, or the new one."""
    last = reached.way[-1]
    if change.object.kind != "Secret":
        return FROM_IT
    if last.kind == "mounts" and taken.weight <= MOUNTED.weight:
        return Taken(PROOF, MOUNTED.words)
    own, pods = troubled(last.near), pods_of(last.near)
    if last.kind != "reads" or not own or change.happened_at < pods.since:
        return taken
    since = [one for one in own if pods.made.get(one, 0) >= change.happened_at]
    return taken if since else OUTDATED


def _taken(
    change: Change,
    of: Class,
    reached: Reached,
    troubled: Callable[[ObjectRef], tuple[ObjectRef, ...]],
    pods_of: Callable[[ObjectRef], Pods],
    onset: Onset,
    *,
    cuts: bool | None,
    nodes: Mapping[ObjectRef, str],
) -> Taken:
    if of in IN_TEMPLATE and change.object.kind != "Pod":
        own = troubled(change.object)
        return _in_pods(change, own, pods_of(change.object), onset, "made from it")
    held = of in READ_AT_START and change.object.kind in HOLD_DATA
    if held and reached.way and reached.way[-1].kind in ("reads", "mounts"):
        reader = reached.way[-1].near
        own = troubled(reader)
        read = _in_pods(change, own, pods_of(reader), onset, "started since and read it")
        if reached.way[-1].kind == "mounts" and read.weight < MOUNTED.weight:
            return MOUNTED
        return read
    if of is Class.POLICY or (of is Class.DELETED and change.object.kind == "NetworkPolicy"):
        if cuts is None:
            return Taken(CUT_UNKNOWN, "which connections it allows is not known in full")
        if cuts:
            return Taken(PROOF, "it took the connection away")
        return Taken(0.0, "the connection was allowed before and after, or not at all")
    if of is Class.ROUTING and change.edits:
        if cuts is None:
            return Taken(0.5, "whether anybody listens there is not known")
        if cuts:
            return Taken(PROOF, "what it led to is no longer reached")
        return Taken(0.05, "it leads where it led before")
    if of is Class.BOUNDS and cuts:
        return Taken(PROOF, "the autoscaler stands at that bound")
    if change.object.kind == "Node" and nodes:
        here = [one for one, node in nodes.items() if node == change.object.name]
        if not here:
            return Taken(0.0, "none of the pods in trouble was on it")
        if len(here) == len(nodes):
            return Taken(PROOF, "every pod in trouble was on it")
        return Taken(len(here) / len(nodes), f"{len(here)} of {len(nodes)} pods were on it")
    if reached.way and reached.way[-1].kind == "learnt":
        return BY_LEARNING
    return AT_ONCE


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
        told = f"{len(since)} of the {len(known)} pods in trouble {words}"
        early = onset.high - min(since) <= _AT_START
        proven = first in since and early and len(since) == len(known)
        share = len(since) / max(sum(at <= one <= onset.high for one in pods.made.values()), 1)
        weight = (PROOF if proven else 1.0) * min(max(share, _SOME), 1.0)
        return Taken(weight, told, first)
    since = [one for one in pods.made.values() if at <= one <= onset.high]
    if since:
        return Taken(1.0, f"{len(since)} pods {words}", min(since) if at >= pods.since else 0)
    if troubled and pods.made:
        return Taken(0.0, "the pods in trouble are older")
    return Taken(PARTLY, "no pod is known to have started since")
