"""Outages planted into a made-up cluster, and the truth about each.

Each kind does what Kubernetes would do: pods made from a broken template crash, older ones do not;
a configuration that is read at the start shows when a pod starts, hours later if need be; a policy
acts at once. Trouble then goes up the calls, a while later at every hop, and not along all of
them. Around it ordinary work goes on, and others have a hand in things at the wrong time: shortly
before, on the way and off it, and after the beginning, when people try what helps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import outages_around
import outages_of_workloads
import troubles_without_change
from built_memory import MINUTE, START
from made_cluster import HOUR, SECOND, Cluster, raised
from ordinary_work import (
    configure,
    days,
    release,
    restart,
    scale,
    variable,
)
from planting import END, Case, Fault, Planting

from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

CAUSED: dict[str, Callable[[Planting], Fault]] = {
    one.__name__.replace("_", " "): one
    for one in (
        outages_of_workloads.bad_image,
        outages_of_workloads.no_such_image,
        outages_of_workloads.slow_release,
        outages_of_workloads.faulty_release,
        outages_of_workloads.memory_limit,
        outages_of_workloads.cpu_limit,
        outages_of_workloads.cache_setting,
        outages_of_workloads.timeout_setting,
        outages_of_workloads.too_few,
        outages_around.bounds,
        outages_around.policy,
        outages_around.selector,
        outages_around.port,
        outages_around.dropped_index,
        outages_around.schedule,
        outages_of_workloads.secret,
        outages_around.quota,
        outages_of_workloads.requests,
        outages_of_workloads.placement,
        outages_around.drained,
        outages_around.tainted,
        outages_around.node_deleted,
        outages_around.claim,
        outages_of_workloads.address,
        outages_of_workloads.address_in_config,
        outages_of_workloads.probe,
        outages_of_workloads.command,
        outages_around.front,
        outages_around.rights,
        outages_of_workloads.config_gone,
    )
}
UNCAUSED: dict[str, Callable[[Planting], Fault]] = {
    one.__name__.replace("_", " "): one
    for one in (
        troubles_without_change.surge,
        troubles_without_change.outside,
        troubles_without_change.hardware,
        troubles_without_change.leak,
        troubles_without_change.slow_disk,
    )
}


def plant(base: Cluster, kind: str, seed: int, *, late: int = 0, deaf: float = 0.0) -> Case:
    """One case.

    late  how much later than true metrics are stamped, microseconds
    deaf  the share of the services of which no metrics are heard
    """
    cluster = base.fork(seed)
    p = Planting(cluster, seed, late, deaf)
    fault = {**CAUSED, **UNCAUSED}[kind](p)
    p.go_on()
    began = {fault.part.name: p.begins}
    paths = _spread(p, fault, began)
    _decoys(p, fault, began)
    own = fault.pods is not None and (not fault.spreads or p.rng.random() < 0.4)
    if own:
        assert fault.pods is not None
        asked, symptom, at = fault.part.workload, fault.pods, p.begins
        true = [[fault.part.workload, *fault.tail]]
    else:
        fronts = [cluster.parts[name] for name in began if cluster.parts[name].layer == "edge"]
        apis = [cluster.parts[name] for name in began if cluster.parts[name].layer == "api"]
        several = fronts if fronts and (not apis or p.rng.random() < 0.65) else apis
        part = fault.asked or p.rng.choice(several or [cluster.parts[one] for one in began])
        asked, at = part.service, began[part.name]
        symptom = Symptom.ERRORS if fault.spreads == "errors" else Symptom.LATENCY
        true = [_objects(cluster, names, fault) for names in paths(part.name)]
    fresh = cluster.records[cluster.recorded :]
    cluster.heard(END, p.begins + 2 * HOUR)
    cluster.heard(END, p.begins + 2 * HOUR, "prometheus")
    fresh.sort(key=_when)
    cluster.records[cluster.recorded :] = [*fresh, *cluster.records[-2:]]
    noticed = at + int(p.rng.uniform(2, 15) * MINUTE)
    return Case(kind, cluster, asked, symptom, noticed, p.begins, fault.root, true)


def _when(record: Any) -> int:
    if isinstance(record, Change):
        return record.happened_at
    return record.first_at if isinstance(record, Observation) else 0


def _objects(cluster: Cluster, names: list[str], fault: Fault) -> list[ObjectRef]:
    found: list[ObjectRef] = []
    for name in names:
        part = cluster.parts[name]
        found += [part.service, part.workload]
    if fault.via_service:
        found.pop()
    return [*found, *fault.tail]


def _spread(p: Planting, fault: Fault, began: dict[str, int]) -> Callable[[str], list[list[str]]]:
    """Callers suffer, and their callers; (name) -> the ways trouble came there."""
    cluster, edges = p.cluster, {}
    wave = [(fault.part, p.rng.uniform(4, 14))] if fault.spreads else []
    while wave:
        part, factor = wave.pop(0)
        callers = sorted(cluster.callers(part.name), key=lambda one: one.name)
        sure = p.rng.choice(callers).name if callers else ""
        for caller in callers:
            if caller.name != sure and p.rng.random() > 0.75:
                continue
            edges.setdefault(caller.name, []).append(part.name)
            if caller.name in began:
                continue
            at = began[part.name] + int(p.rng.uniform(2, 60) * SECOND)
            began[caller.name] = at
            metric = "error ratio" if fault.spreads == "errors" else "latency p99"
            p.shifts(caller.service, metric, at, factor)
            if p.rng.random() < 0.3:
                other = "latency p99" if metric == "error ratio" else "error ratio"
                p.shifts(caller.service, other, at + 10 * SECOND, 3)
            wave.append((caller, max(2.0, 1 + (factor - 1) * 0.75)))

    def ways(name: str) -> list[list[str]]:
        if name == fault.part.name:
            return [[name]]
        return [[name, *rest] for one in edges.get(name, ()) for rest in ways(one)]

    return ways


def _decoys(p: Planting, fault: Fault, began: dict[str, int]) -> None:
    """Others at work: shortly before on the way and off it, and after the beginning."""
    cluster, rng = p.cluster, p.rng
    works = [release, configure, scale, variable]
    names = [name for name in cluster.parts if name != fault.part.name]
    names = [one for one in names if cluster.parts[one].layer != "job"]
    on = [name for name in began if name != fault.part.name]
    for _ in range(rng.choice((1, 2, 3))):
        part = cluster.parts[rng.choice(names)]
        rng.choice(works)(cluster, part, p.begins - int(rng.uniform(1, 45) * MINUTE))
    if on and rng.random() < 0.5:
        part = cluster.parts[rng.choice(on)]
        rng.choice(works)(cluster, part, p.begins - int(rng.uniform(2, 60) * MINUTE))
    if rng.random() < 0.6:
        part = cluster.parts[rng.choice(on or names)]
        later = p.begins + int(rng.uniform(2, 20) * MINUTE)
        rng.choice([restart, release, scale])(cluster, part, later)


def base_of(seed: int, first: Callable[[Cluster], None] | None = None) -> Cluster:
    """A fortnight of ordinary work; first: what is done to the cluster on its first day."""
    cluster = raised(seed)
    if first is not None:
        first(cluster)
    days(cluster, START + MINUTE, END)
    cluster.records.sort(key=_when)
    cluster.heard(START, END)
    cluster.heard(START, END, "prometheus")
    return cluster
