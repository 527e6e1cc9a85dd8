"""Whose pods came to the node of those in trouble just before it ran short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from built_memory import CONTROLLER, MINUTE, SARAH, TOM, Past, container, deployment, minutes, pod
from outage_story import API, API_CONFIG, DATABASE, SLOW, service, shop, slow

from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.graph.reach import Tie, reach
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.taking_effect import PROOF
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

Open = Callable[[Past], Memory]
AT = minutes(SLOW)
NODE = ObjectRef("", "Node", CLUSTER, "worker-3")
REPORTS = deployment("reports", "batch")
LOW = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 40Mi."


def on_node(past: Past, ref: ObjectRef, at: int, node: str) -> ObjectRef:
    """A pod of it is made and bound."""
    one = pod(f"{ref.name}-{at - AT}-{node}", ref.namespace)
    past.write(one, at, by=CONTROLLER, derived=True, owner=ref, containers=())
    past.write(one, at + 1, by=CONTROLLER, derived=True, owner=ref, nodeName=node, verb="bind")
    return one


def reports(past: Past, at: int, **spec: Any) -> Any:
    """The neighbour, of another team."""
    main = {**container("main", "reports:1"), "resources": spec.pop("resources", {})}
    return past.write(REPORTS, at, by=TOM, replicas=spec.get("replicas", 1),
                      template={"spec": {"containers": [main]}})  # fmt: skip


def crowded(past: Past, how: str, node: str = "worker-3") -> int:
    """The api has a pod on a node, and the neighbour's comes there; when it was changed."""
    reports(past, minutes(60))
    at = AT - 3 * MINUTE
    if how == "more replicas":
        reports(past, at, replicas=8)
    elif how == "requests removed":
        reports(past, at, resources={"limits": {"memory": "8Gi"}})
    else:
        past.write(deployment("fresh", "batch"), at, by=TOM, replicas=3)
    ref = deployment("fresh", "batch") if how == "new" else REPORTS
    on_node(past, ref, at + MINUTE // 4, "worker-5")
    on_node(past, ref, at + MINUTE // 2, node)
    past.write(API_CONFIG, AT - MINUTE, by=SARAH, data={"CACHE_SIZE": "1", "TIMEOUT_MS": "815"})
    return at


def asked(memory: Memory, symptom: Symptom, ref: ObjectRef = API) -> TraceAnswer:
    """`trace SYMPTOM`."""
    return trace(memory.store, memory.index, ties_of(memory.index), ref=ref, symptom=symptom,
                 at=AT + MINUTE)  # fmt: skip


@pytest.mark.parametrize("how", ["more replicas", "requests removed", "new"])
def test_an_eviction_leads_to_who_came_to_the_node(opened: Open, how: str) -> None:
    """Scaled up, without its requests, or new: its pod came half a minute later."""
    past = shop()
    victim = on_node(past, API, AT - 300 * MINUTE, "worker-3")
    at = crowded(past, how)
    past.seen(victim, AT, "Evicted", owner=API, message=LOW)
    chain = asked(opened(past), Symptom.AVAILABILITY).causes.chains[0]
    assert (chain.root.at, chain.root.actor) == (at, TOM)
    assert {one.value for one in chain.factors if one.name == "taken"} == {PROOF}
    assert "worker-3" in " ".join(step.evidence for step in chain.steps)


def test_a_neighbour_that_was_there_before_and_then_sent_more(opened: Open) -> None:
    """One of its pods had come ten minutes before; the scaling that sent the next is meant."""
    past = shop()
    victim = on_node(past, API, AT - 300 * MINUTE, "worker-3")
    on_node(past, REPORTS, AT - 10 * MINUTE, "worker-3")
    at = crowded(past, "more replicas")
    past.seen(victim, AT, "Evicted", owner=API, message=LOW)
    chain = asked(opened(past), Symptom.AVAILABILITY).causes.chains[0]
    assert (chain.root.at, chain.root.actor) == (at, TOM)


def test_who_came_to_another_node_is_none(opened: Open) -> None:
    """Its pods are on nodes of which none was in trouble."""
    past = shop()
    victim = on_node(past, API, AT - 300 * MINUTE, "worker-3")
    at = crowded(past, "more replicas", node="worker-4")
    past.seen(victim, AT, "Evicted", owner=API, message=LOW)
    roots = [one.root.at for one in asked(opened(past), Symptom.AVAILABILITY).causes.chains]
    assert at not in roots


def test_without_pressure_a_neighbour_is_chance(opened: Open) -> None:
    """A pod that was killed at its own limit has nothing to do with others."""
    past = shop()
    victim = on_node(past, API, AT - 300 * MINUTE, "worker-3")
    at = crowded(past, "more replicas")
    past.seen(victim, AT, "OOMKilled", owner=API, count=3)
    roots = [one.root.at for one in asked(opened(past), Symptom.RESTARTS).causes.chains]
    assert at not in roots


@pytest.mark.parametrize("known", [True, False])
def test_latency_of_what_runs_there_needs_a_node_that_shows_it(
    opened: Open, *, known: bool
) -> None:
    """The database is slow, and the gateway with it, while the processor of its node is busy."""
    past = shop()
    on_node(past, DATABASE, AT - 200 * MINUTE, "worker-3")
    at = crowded(past, "more replicas")
    if known:
        slow(past, NODE, AT - MINUTE // 12, 20, 99)
        shift: Any = past.records[-1]
        past.records[-1] = replace(shift, detail={**shift.detail, "metric": "cpu usage"})
    slow(past, service("user-db", "data"), AT, 5, 240)
    slow(past, service("user-service", "prod"), AT + MINUTE // 12, 30, 420)
    slow(past, service("api-gateway", "prod"), AT + MINUTE // 6, 80, 900)
    answer = asked(opened(past), Symptom.LATENCY, service("api-gateway", "prod"))
    roots = [one.root.at for one in answer.causes.chains]
    assert (at in roots) == known


def test_the_node_itself_is_explained(opened: Open) -> None:
    """It has too little memory: whose pods came there is asked of the node as well."""
    past = shop()
    past.write(NODE)
    at = crowded(past, "more replicas")
    past.seen(NODE, AT, "MemoryPressure", count=3)
    memory = opened(past)
    found = causes(memory.store, memory.index, ties_of(memory.index), since=AT - MINUTE,
                   until=AT + 10 * MINUTE)  # fmt: skip
    (chain,) = found.chains
    assert (chain.root.object, chain.root.at) == (REPORTS, at)


def test_a_neighbour_hides_no_other_way() -> None:
    """Whoever is reached in another way, however unsure, is reached in that one, and further on."""
    middle, far, told = (deployment(name, "batch") for name in ("middle", "far", "told"))
    ties = [
        Tie(API, far, "beside", "", "pods"),
        Tie(API, middle, "binds", "", ""),
        Tie(middle, far, "uses", "", ""),
        Tie(API, told, "beside", "", "pods"),
        Tie(far, told, "reads", "", ""),
    ]
    found = reach(API, lambda ref: [one for one in ties if one.caller == ref], Symptom.LATENCY)
    assert [step.kind for step in found[far].way] == ["binds", "uses"]
    assert [step.kind for step in found[told].way] == ["beside"]
