"""Entities and edges of a bundle: who needed whom in a window, in the three words of `rca-case/1`.

- calls: a workload calls a Service, an Ingress routes to it, a Service selects a workload;
- owns: a workload and what it reads or mounts, and the autoscalers, budgets and policies that are
  set on it: all that is part of how it runs, so a change of the one concerns the other;
- runs_on: a workload and the nodes on which its pods ran when the trouble began.

Pods, ReplicaSets and runs of jobs are told of under the declared object at the top of their owners.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.memory.graph.configured import edges_between
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.records import evidence, wiring
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.errors import NotCovered
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

_PASSED_ON = frozenset({wiring.CALLS, wiring.ROUTES})
_PART_OF = frozenset({wiring.READS, wiring.MOUNTS})
_SET_ON = frozenset({wiring.SCALES, wiring.SELECTS})
_JOBS = frozenset({"Job", "CronJob"})
_OWN_GROUPS = ("", "apps", "batch", "autoscaling", "policy")


class Tied(NamedTuple):
    """`source` needs `target`; kind is one of `records.evidence.EDGE_KINDS`."""

    source: ObjectRef
    target: ObjectRef
    kind: str


def entity_id(ref: ObjectRef) -> str:
    """What a bundle calls an object: `prod/deployment/api`, `node/worker-5`.

    The group stands there only if it is none of Kubernetes' own: `prod/rollout.argoproj.io/api`.
    """
    own = ref.group in _OWN_GROUPS or ref.group.endswith(".k8s.io")
    kind = ref.kind.lower() if own else f"{ref.kind.lower()}.{ref.group}"
    return "/".join(filter(None, (ref.namespace, kind, ref.name)))


def ties_between(index: Index, since: int, until: int) -> list[Tied]:
    """Every tie that held at some time of a window, each once, in order."""
    found = {_tied(one.caller, one.callee, one.kind) for one in edges_between(index, since, until)}
    for each in index.dependencies(since, until):
        if isinstance(one := each.record, Dependency):
            found.add(_tied(one.caller, one.callee, one.kind))
    return sorted(tie for tie in found if tie is not None and tie.source != tie.target)


def _tied(caller: ObjectRef, callee: ObjectRef, kind: str) -> Tied | None:
    """In the words of a bundle; None for what has none there."""
    if kind in _PASSED_ON or (kind == wiring.SELECTS and caller.kind == "Service"):
        return Tied(caller, callee, evidence.CALLS)
    if kind in _PART_OF:
        return Tied(caller, callee, evidence.OWNS)
    return Tied(callee, caller, evidence.OWNS) if kind in _SET_ON else None


def nodes_of(
    store: GitStore, index: Index, at: int, namespaces: Iterable[str] | None
) -> Iterator[Tied]:
    """On which nodes the pods of workloads ran at an instant; None: in all namespaces."""
    for namespace in [None] if namespaces is None else sorted(namespaces):
        try:
            pods = past_state(store, index, at, namespace=namespace, kinds=[("", "Pod")]).objects
        except NotCovered:
            return
        for pod in pods:
            spec = pod.state.get("spec") if isinstance(pod.state, dict) else None
            node = spec.get("nodeName") if isinstance(spec, dict) else None
            if isinstance(node, str) and node:
                ref = ObjectRef("", "Node", CLUSTER, node)
                yield Tied(pod.owner or pod.ref, ref, evidence.RUNS_ON)


def reached(starts: Iterable[ObjectRef], ties: Sequence[Tied]) -> set[ObjectRef]:
    """The objects, all they need, the jobs that call any of that, and what those need."""
    needs: dict[ObjectRef, list[ObjectRef]] = {}
    for one in ties:
        needs.setdefault(one.source, []).append(one.target)
    found = _closure(starts, needs)
    jobs = [one.source for one in ties if one.source.kind in _JOBS and one.kind == evidence.CALLS
            and one.target in found]  # fmt: skip
    return _closure([*found, *jobs], needs)


def _closure(
    starts: Iterable[ObjectRef], needs: Mapping[ObjectRef, Collection[ObjectRef]]
) -> set[ObjectRef]:
    found = set(starts)
    row = list(found)
    while row:
        fresh = set(needs.get(row.pop(), ())) - found
        found |= fresh
        row += fresh
    return found
