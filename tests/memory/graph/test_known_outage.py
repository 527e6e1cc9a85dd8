"""The seed's own story is told as it was: from the slow gateway down to who dropped the index."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from built_memory import MINUTE, SARAH, TOM, Past, minutes
from outage_story import (
    API,
    API_CONFIG,
    BREAKS,
    DATABASE,
    JENKINS,
    MAINTENANCE,
    SLOW,
    USERS,
    dropped_index,
    service,
    shop,
    slow,
    workload,
)

from kubectl_smart.memory.answers.causes import StepKind, TraceAnswer
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.tracing import trace

Open = Callable[[Past], Memory]
GATEWAY = service("api-gateway", "prod")


def asked(memory: Memory, at: int, symptom: Symptom = Symptom.LATENCY) -> TraceAnswer:
    """`trace latency api-gateway --spike=…`."""
    return trace(
        memory.store, memory.index, ties_of(memory.index), ref=GATEWAY, symptom=symptom, at=at
    )


def test_the_chain_ends_at_the_edit_and_its_editor(opened: Open) -> None:
    """Gateway, services, database, job, configuration, the pipeline: an hour before, in order."""
    answer = asked(opened(dropped_index()), minutes(SLOW + 7))
    assert answer.known_from == "metric shifts"
    assert answer.onset[0] <= minutes(SLOW) <= answer.onset[1]
    (chain,) = answer.causes.chains
    assert (chain.root.object, chain.root.actor) == (MAINTENANCE, JENKINS)
    assert chain.root.at == minutes(BREAKS)
    assert chain.steps[0].kind is StepKind.SYMPTOM
    assert StepKind.RUN in [step.kind for step in chain.steps]
    on_the_way = [step.object for step in chain.steps]
    places = [on_the_way.index(service(name, where)) for name, where in
              (("user-service", "prod"), ("user-db", "data"))]  # fmt: skip
    assert places == sorted(places)
    assert {one.object for one in answer.seen} >= {GATEWAY, service("user-db", "data")}


def test_what_came_after_the_onset_is_ruled_out(opened: Open) -> None:
    """A rollout five minutes later is nearer to the time somebody typed, and is not it."""
    answer = asked(opened(dropped_index()), minutes(SLOW + 7))
    whys = {one.sentence: one.why for one in answer.causes.ruled_out}
    (why,) = [why for sentence, why in whys.items() if USERS.name in sentence]
    assert why == "it was made after the trouble began"


def test_a_spike_without_a_change_accuses_nobody(opened: Open) -> None:
    """A week of ordinary work, and then a shift of latency: no change stands out."""
    past = shop()
    slow(past, GATEWAY, minutes(SLOW), 80, 900)
    answer = asked(opened(past), minutes(SLOW))
    assert answer.causes.chains == ()
    assert [one.object for one in answer.causes.unexplained] == [GATEWAY]


def test_without_metrics_the_answer_says_what_it_rests_on(opened: Open) -> None:
    """Nothing was seen: the time asked about has to do, and the same change is found."""
    past = dropped_index()
    past.records = [one for one in past.records if getattr(one, "kind", "") != "MetricShift"]
    answer = asked(opened(past), minutes(SLOW))
    assert answer.known_from == "the time asked about"
    (chain,) = answer.causes.chains
    assert chain.root.object == MAINTENANCE


def test_a_field_that_was_set_back_is_no_cause(opened: Open) -> None:
    """The pipeline takes its flag back before the job runs."""
    past = dropped_index()
    past.write(MAINTENANCE, minutes(BREAKS + 10), by=SARAH,
               data={"TARGET_DB": "user-db.data", "DROP_UNUSED_INDEXES": "false"})  # fmt: skip
    answer = asked(opened(past), minutes(SLOW))
    assert MAINTENANCE not in [
        step.object
        for one in answer.causes.chains
        for step in one.steps
        if step.kind is StepKind.CHANGE and step.at == minutes(BREAKS)
    ]


def crashing(past: Past, at: int, *, made: int) -> None:
    """The api's pods run out of memory."""
    from built_memory import CONTROLLER, pod

    for number in range(3):
        one = pod(f"api-{made}-{number}", "prod")
        past.write(one, made, by=CONTROLLER, derived=True, owner=API, containers=())
        past.seen(one, at + number, "OOMKilled", owner=API, count=4)


@pytest.mark.parametrize("started", [True, False])
def test_configuration_acts_on_pods_that_started_since(opened: Open, *, started: bool) -> None:
    """A cache setting is the cause if the pods in trouble read it; older pods have not."""
    past = shop()
    edit = minutes(SLOW)
    past.write(API_CONFIG, edit, by=TOM, data={"CACHE_SIZE": "unlimited", "TIMEOUT_MS": "815"})
    made = edit + 2 * MINUTE if started else edit - 30 * MINUTE
    crashing(past, edit + 4 * MINUTE, made=made)
    memory = opened(past)
    found = causes(
        memory.store, memory.index, ties_of(memory.index), since=edit - MINUTE,
        until=edit + 30 * MINUTE,
    )  # fmt: skip
    roots = [chain.root.object for chain in found.chains]
    if started:
        assert roots[:1] == [API_CONFIG]
        assert any("edited in place" in one for one in found.chains[0].prevention)
    else:
        assert API_CONFIG not in roots
        assert "the pods in trouble are older" in [one.why for one in found.ruled_out]


def test_one_change_explains_trouble_in_several_places(opened: Open) -> None:
    """A bad image of the database: it crashes, and so do those who call it; one chain."""
    past = shop()
    at = minutes(SLOW)
    from built_memory import CONTROLLER, pod

    workload(past, DATABASE, at, by=TOM, image="postgres:17")
    one = pod("user-db-0", "data")
    past.write(one, at + MINUTE, by=CONTROLLER, derived=True, owner=DATABASE)
    past.seen(one, at + 2 * MINUTE, "CrashLoopBackOff", owner=DATABASE, count=9)
    other = pod("user-service-1", "prod")
    past.seen(other, at + 3 * MINUTE, "CrashLoopBackOff", owner=USERS, count=3)
    memory = opened(past)
    found = causes(
        memory.store, memory.index, ties_of(memory.index), since=at - MINUTE, until=at + 60 * MINUTE
    )
    (chain,) = found.chains
    assert (chain.root.object, chain.root.actor) == (DATABASE, TOM)
    assert {step.object for step in chain.symptoms} == {DATABASE, USERS}
    assert chain.explains == 12
