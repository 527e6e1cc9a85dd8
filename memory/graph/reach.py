"""How far trouble can have come: from an object along everything it needs, the surest way to each.

An edge is walked from what suffers to what it needs: from a service to what is behind it, from a
workload to the configuration it reads, to the services it calls, to the nodes its pods ran on; and
to what acts on it: autoscalers, policies, budgets; and from a service to the jobs that touch it.
Each way has a weight between 0 and 1: the product of those of its steps (table WAYS).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.memory.formats.wiring.issuing import KEEPERS
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.objects import ObjectRef


class Tie(NamedTuple):
    """That one object needs another; kind as in `records.wiring`, or "runs on", "refuses" ….

    evidence  the field or query that proves it
    source    where that is known from: "configuration", "service graph", "pods"
    """

    caller: ObjectRef
    callee: ObjectRef
    kind: str
    evidence: str
    source: str


Ties = Callable[[ObjectRef], Sequence[Tie]]
"""The ties of an object, either way, that held when it is asked about."""


class Way(NamedTuple):
    """How trouble comes along one kind of dependency.

    weight   of one step
    words    what is said of it: `{far}` is what is walked to, `{near}` where from
    through  whether trouble may have come to that place from further on
    aside    whether it is only gone to what no other way leads to, however sure it is
    """

    weight: float
    words: str
    through: bool = True
    aside: bool = False


OUT: Mapping[str, Way] = {
    "calls": Way(0.9, "{near} calls {far}"),
    "routes": Way(0.95, "{near} routes to {far}"),
    "selects": Way(0.98, "{far} is behind {near}"),
    "mounts": Way(0.95, "{near} mounts {far}"),
    "reads": Way(0.95, "{near} reads {far}"),
    "uses": Way(0.6, "{near} uses {far}", through=False),
    "scales": Way(0.9, "{near} scales {far}"),
    "binds": Way(0.8, "{near} is bound to {far}"),
    "names": Way(0.85, "{near} names {far}"),
    "runs on": Way(0.9, "{near} ran on {far}", through=False),
    "beside": Way(0.6, "pods of {far} came to the node of {near}", through=False, aside=True),
    "carries": Way(0.9, "pods of {far} came to {near}", through=False, aside=True),
    "owned by": Way(0.95, "{near} is made by {far}"),
    "told": Way(0.98, "what is told of {near} names {far}", through=False),
    "refuses": Way(0.98, "{far} refuses what {near} needs"),
}
"""From what needs to what is needed."""

IN: Mapping[str, Way] = {
    "scales": Way(0.9, "{far} scales {near}", through=False),
    "selects": Way(0.9, "{far} selects {near}", through=False),
    "routes": Way(0.7, "{far} routes to {near}", through=False),
    "binds": Way(0.8, "{far} grants rights to {near}"),
}
"""From what is needed to what acts on it."""

TOUCHES = Way(0.85, "{far} touches {near}")
"""From a service to a job that calls it."""

ACTS_AS = Way(0.8, "{near} acts as {far}")
"""From a workload to its ServiceAccount, and on to what grants it rights."""

KEPT = Way(0.9, "{far} keeps {near} filled")
"""From a Secret to the certificate, or the external or sealed secret, that it is made from."""

ALONG_CALLS: Mapping[Symptom, float] = {
    Symptom.LATENCY: 1.0,
    Symptom.ERRORS: 1.0,
    Symptom.SATURATION: 0.7,
    Symptom.AVAILABILITY: 0.7,
    Symptom.RESTARTS: 0.6,
    Symptom.UNSCHEDULABLE: 0.0,
}
"""How readily trouble of a kind is passed on by a service to its callers: a caller waits for a slow
answer and passes an error on, and crashes only if it is made so; whether its pods find a node has
nothing to do with it."""

RUN_OF = OUT["owned by"]._replace(words="{far} is a run of {near}")
"""From a job's template to its runs."""

_JOBS = frozenset({"Job", "CronJob"})
_KEEPERS = frozenset({kind for _, kind in KEEPERS})
_LEAST = 0.1
_MOST = 2_000


class Step(NamedTuple):
    """One step of a way.

    near, far  where from and where to
    words      in words
    evidence   the field or query that proves it
    source     where that is known from
    """

    near: ObjectRef
    far: ObjectRef
    kind: str
    words: str
    evidence: str
    source: str


class Reached(NamedTuple):
    """An object, the surest way to it, and the weight of that way."""

    object: ObjectRef
    weight: float
    way: tuple[Step, ...]


def everywhere(_through: ObjectRef) -> float:
    """Nothing is known of what services show."""
    return 1.0


def reach(
    start: ObjectRef,
    ties: Ties,
    symptom: Symptom,
    through: Callable[[ObjectRef], float] = everywhere,
) -> dict[ObjectRef, Reached]:
    """Everything trouble of `start` can have come from, with the surest way; itself included.

    through  how likely trouble came to a service from one that it calls, 0 to 1, by what it shows

    Ways of less weight than a tenth are not walked. Of two equally sure ways the shorter, then the
    one first by name.
    """
    settled: dict[ObjectRef, Reached] = {}
    beside: list[tuple[float, int, ObjectRef, tuple[Step, ...]]] = []
    queue: list[tuple[float, int, ObjectRef, tuple[Step, ...], bool]] = [(-1.0, 0, start, (), True)]
    while queue and len(settled) < _MOST:
        negative, _, here, way, goes_on = heapq.heappop(queue)
        if here in settled:
            continue
        settled[here] = Reached(here, -negative, way)
        if not goes_on:
            continue
        for far, step, found in _steps(here, ties(here)):
            passed_on = ALONG_CALLS[symptom] * through(here) if step.kind == "calls" else 1.0
            weight = -negative * found.weight * passed_on
            if found.aside:
                beside.append((-weight, len(way) + 1, far, (*way, step)))
            elif far not in settled and weight >= _LEAST:
                heapq.heappush(queue, (-weight, len(way) + 1, far, (*way, step), found.through))
    for negative, _, far, way in sorted(beside):
        if far not in settled and -negative >= _LEAST:
            settled[far] = Reached(far, -negative, way)
    return settled


def _steps(here: ObjectRef, ties: Sequence[Tie]) -> list[tuple[ObjectRef, Step, Way]]:
    found = []
    for tie in ties:
        outwards = tie.caller == here
        far = tie.callee if outwards else tie.caller
        if far == here:
            continue
        way = OUT.get(tie.kind) if outwards else IN.get(tie.kind)
        if not outwards and tie.kind in ("calls", "names") and far.kind in _JOBS:
            way = TOUCHES
        if not outwards and tie.kind == "owned by" and here.kind in _JOBS:
            way = RUN_OF
        if tie.kind == "uses" and outwards and far.kind == "ServiceAccount":
            way = ACTS_AS
        if tie.kind == "uses" and not outwards and here.kind == "Secret" and far.kind in _KEEPERS:
            way = KEPT
        if tie.kind == "uses" and outwards and far.kind == "Secret":
            way = OUT["uses"]._replace(through=True)  # on to what keeps it filled
        if tie.kind == "binds" and not outwards and here.kind != "ServiceAccount":
            way = None
        if tie.kind == "binds" and outwards and far.kind == "ServiceAccount":
            way = None  # whoever else is granted the same has nothing to do with it
        if way is None:
            continue
        words = way.words.format(near=here.title, far=far.title)
        found.append((far, Step(here, far, tie.kind, words, tie.evidence, tie.source), way))
    return found
