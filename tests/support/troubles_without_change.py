"""Trouble that no change caused: traffic, something outside, a dead machine, a leak, a disk."""

from __future__ import annotations

from built_memory import MINUTE
from made_cluster import SECOND
from ordinary_work import (
    days,
)
from planting import END, Fault, Planting, on_node

from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef


def surge(p: Planting) -> Fault:
    """More requests than ever, at the edge and behind it."""
    part = p.part("edge")
    p.work_until(p.begins - 30 * SECOND)
    p.measured(part.service, "request rate", p.rng.uniform(2, 4), -40)
    p.measured(part.service, "latency p99", p.rng.uniform(2, 5))
    for name in p.rng.sample(part.calls, 2):
        other = p.cluster.parts[name]
        p.measured(other.service, "request rate", p.rng.uniform(2, 4), -30)
        p.measured(other.service, "latency p99", p.rng.uniform(2, 4), p.rng.uniform(-20, 40))
    return Fault(part, None, [], "latency", asked=part)


def outside(p: Planting) -> Fault:
    """Something outside the cluster that a service needs."""
    part = p.part("domain", "api")
    p.work_until(p.begins - 30 * SECOND)
    spreads = p.rng.choice(("errors", "latency"))
    p.measured(part.service, "error ratio" if spreads == "errors" else "latency p99", 8)
    return Fault(part, None, [], spreads)


def hardware(p: Planting) -> Fault:
    """A machine dies."""
    days(p.cluster, END, p.begins - SECOND)
    p.changed_at = p.begins - SECOND
    p.later = dict(p.cluster.parts)
    name, part = on_node(p)
    node = ObjectRef("", "Node", CLUSTER, name)
    p.cluster.sees(node, node, p.begins, "NodeNotReady", until=p.begins + 20 * MINUTE)
    for ref, several in list(p.cluster.pods.items()):
        for pod, place in several:
            if place == name:
                p.cluster.sees(pod, ref, p.begins + SECOND, "NodeNotReady")
    return Fault(part, None, [], "", Symptom.AVAILABILITY)


def leak(p: Planting) -> Fault:
    """One pod has filled its memory over days."""
    part = p.part("domain", "api")
    p.work_until(p.begins - 30 * SECOND)
    several = [one for one, _ in p.cluster.pods[part.workload]]
    p.crash(part, several[:1], "OOMKilled")
    return Fault(part, None, [], "", Symptom.RESTARTS)


def slow_disk(p: Planting) -> Fault:
    """A database is slow by itself."""
    part = p.part("database")
    p.work_until(p.begins - 30 * SECOND)
    p.measured(part.service, "latency p99", p.rng.uniform(3, 10))
    return Fault(part, None, [], "latency")
