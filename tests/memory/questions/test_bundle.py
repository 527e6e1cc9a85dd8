"""A bundle from the memory: what stands in it, that it is read back, and what is not in it."""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson
import pytest
from built_memory import SARAH, TOM, Past, container, deployment, minutes, pod
from outage_story import (
    API,
    API_CONFIG,
    BREAKS,
    DATABASE,
    JENKINS,
    MAINTENANCE,
    SLOW,
    dropped_index,
    shop,
)

from kubectl_smart.memory.formats.bundle_writing import bundle_bytes
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.bundle import bundle_of_incident, bundle_of_window
from kubectl_smart.memory.questions.bundle_parts import entity_id
from kubectl_smart.memory.questions.bundle_trace import trace_bundle
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.evidence import CALLS, OWNS, RUNS_ON, Edge, Evidence
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.objects import ObjectRef

Opened = Callable[[Past], Memory]
ID = "2025-11-29-slow"


def slow_gateway() -> Past:
    """The dropped index, and an incident that names a service."""
    past = dropped_index()
    past.incident(minutes(SLOW + 3), ID, "It is slow", "Everybody waits for api-gateway.\n")
    return past


def crashing() -> tuple[Past, Change]:
    """A week of ordinary work; then the configuration of the api is edited and its pods die."""
    past = shop()
    own = pod("api-7f9c", "prod")
    past.write(own, minutes(1), derived=True, owner=API, nodeName="worker-1")
    past.seen(own, minutes(30), "Scheduled", owner=API, warning=False)
    data = {"CACHE_SIZE": "unlimited", "TIMEOUT_MS": "815"}
    edit = past.write(API_CONFIG, minutes(BREAKS), by=TOM, data=data, reason="misses were slow")
    for at in (3, 4, 6, 9):
        past.seen(own, minutes(BREAKS + at), "OOMKilled", owner=API, count=3)
    return past, edit


def of_incident(memory: Memory, *, anonymous: bool = False) -> Evidence:
    """The bundle of the only incident, half an hour after it began."""
    (report,) = {each.record for each in memory.index.incidents()}
    assert isinstance(report, Incident)
    return bundle_of_incident(
        memory.store, memory.index, report, now=minutes(SLOW + 30), anonymous=anonymous
    )


def of_crash(memory: Memory, *, anonymous: bool = False) -> Evidence:
    """The bundle of the hour in which the pods died."""
    return bundle_of_window(
        memory.store, memory.index, since=minutes(BREAKS - 30), until=minutes(BREAKS + 30),
        anonymous=anonymous,
    )  # fmt: skip


def test_what_is_written_is_read_back(opened: Opened) -> None:
    """The file holds all the evidence, and twice asked it is the same bytes."""
    memory = opened(slow_gateway())
    found = of_incident(memory)
    data = bundle_bytes(found)
    assert parse_bundle(orjson.loads(data)) == found
    assert bundle_bytes(of_incident(memory)) == data
    assert found.name == ID


def test_the_shop_and_what_it_needs(opened: Opened) -> None:
    """Calls over namespaces, configuration as a part of its reader, and where pods ran."""
    past, _ = crashing()
    found = of_crash(opened(past))
    edges = set(found.edges)
    assert Edge("prod/deployment/api-gateway", "prod/service/api", CALLS) in edges
    assert Edge("prod/service/api", "prod/deployment/api", CALLS) in edges
    assert Edge("prod/deployment/user-service", "data/service/user-db", CALLS) in edges
    assert Edge("prod/deployment/api", "prod/configmap/api-config", OWNS) in edges
    assert Edge("prod/deployment/api", "node/worker-1", RUNS_ON) in edges
    assert {one.id for one in found.entities} == set(found.candidates)
    assert {end for one in edges for end in (one.source, one.target)} <= set(found.candidates)


def test_the_change_behind_a_crash_comes_first(opened: Opened) -> None:
    """Events and changes are enough: no series, and the edit of the ConfigMap is accused."""
    past, edit = crashing()
    found = parse_bundle(orjson.loads(bundle_bytes(of_crash(opened(past)))))
    answer = trace_bundle(found)
    assert found.series == ()
    assert answer.causes[0].entity == entity_id(API)
    assert answer.change is not None
    assert answer.change.id == edit.id
    (written,) = (one for one in found.edits if one.id == edit.id)
    assert (written.actor, written.entity) == (TOM.name, entity_id(API_CONFIG))
    assert "misses were slow" in written.text


def test_shifts_of_metrics_are_alerts_and_not_made_into_series(opened: Opened) -> None:
    """The slow database comes first, for those who wait for it are explained by it."""
    found = of_incident(opened(slow_gateway()))
    assert found.symptom.entity == "prod/service/api-gateway"
    assert found.symptom.metric == "latency p99"
    assert [(one.kind, one.entity) for one in found.alerts] == [
        ("MetricShift", "data/service/user-db"),
        ("MetricShift", "prod/service/user-service"),
        ("MetricShift", "prod/service/api-gateway"),
    ]
    assert trace_bundle(found).causes[0].entity == "data/service/user-db"
    assert JENKINS.name in {one.actor for one in found.edits}


def test_ordinary_is_only_what_was_listened_to(opened: Opened) -> None:
    """A day before the window, less what nobody heard, up to when the trouble began."""
    past = Past()
    past.heard(minutes(0), minutes(20))
    past.heard(minutes(40), minutes(90))
    past.write(API, containers=[container("main", "api:1")])
    past.seen(pod("api-1", "prod"), minutes(60), owner=API)
    found = bundle_of_window(
        (memory := opened(past)).store, memory.index, since=minutes(50), until=minutes(80)
    )
    assert found.ordinary == ((minutes(0), minutes(20)), (minutes(40), minutes(60)))
    assert found.incident == (minutes(60), minutes(80))


def test_what_controllers_do_is_no_change(opened: Opened) -> None:
    """A person who deletes a pod is told of under its workload; a controller's pods are not."""
    past, _ = crashing()
    victim = pod("api-8888", "prod")
    past.write(victim, minutes(BREAKS + 1), derived=True, owner=API, nodeName="worker-2",
               by=Actor("kubelet", ActorKind.CONTROLLER))  # fmt: skip
    deed = past.delete(victim, minutes(BREAKS + 2), by=SARAH, derived=True, owner=API)
    found = of_crash(opened(past))
    edits = {one.id: one for one in found.edits}
    assert edits[deed.id].entity == entity_id(API)
    assert edits[deed.id].object == "prod/pod/api-8888"
    assert {one.actor for one in found.edits} <= {SARAH.name, TOM.name}


def test_pseudonyms(opened: Opened) -> None:
    """No name is left, in whatever text; the same person has the same one; the rest is equal."""
    past, edit = crashing()
    past.write(deployment("worker", "prod"), minutes(BREAKS + 1), by=SARAH, verb="create",
               reason="as Tom said, ask TOM@example.com or nobody@elsewhere.org",
               containers=[container("main", "worker:1")])  # fmt: skip
    past.delete(pod("api-7f9c", "prod"), minutes(BREAKS + 20), owner=API, derived=True,
                by=Actor("priya@example.com", ActorKind.HUMAN))  # fmt: skip
    memory = opened(past)
    named, found = of_crash(memory), of_crash(memory, anonymous=True)
    for name in ("sarah", "tom", "priya", "nobody", r"example\.com", r"elsewhere\.org"):
        word = re.compile(rf"\b{name}\b".encode(), re.IGNORECASE)
        assert word.search(bundle_bytes(named)), name
        assert not word.search(bundle_bytes(found)), name
    by_id = {one.id: one.actor for one in found.edits}
    people = {one.actor for one in named.edits}
    assert len(set(by_id.values())) == len(people)
    assert by_id[edit.id].startswith("human-")
    assert (found.edges, found.candidates, found.symptom) == (
        named.edges, named.candidates, named.symptom,
    )  # fmt: skip
    assert bundle_bytes(of_crash(memory, anonymous=True)) == bundle_bytes(found)


def test_what_is_hidden_is_not_in_it(opened: Opened) -> None:
    """Who sees prod gets nothing of the job, the database and their namespaces."""
    memory = opened(slow_gateway())
    index = RestrictedIndex(memory.index, {"prod"}, lambda: {ID})
    found = bundle_of_window(
        memory.store, index, since=minutes(SLOW - 60), until=minutes(SLOW + 30)
    )
    ids = {one.id for one in found.entities}
    assert "prod/service/api-gateway" in ids
    assert not [one for one in ids if one.startswith(("ops/", "data/"))]
    data = bundle_bytes(found)
    for hidden in (MAINTENANCE.name, DATABASE.name, JENKINS.name, "DROP_UNUSED"):
        assert hidden.encode() not in data, hidden


def test_an_incident_without_trouble_is_of_when_it_was_opened(opened: Opened) -> None:
    """Nothing says where; a window in which nothing began is refused in one sentence."""
    past = shop()
    past.incident(minutes(SLOW + 3), ID, "It is slow", "Everybody waits.\n")
    memory = opened(past)
    found = of_incident(memory)
    assert (found.symptom.entity, found.symptom.at) == ("", minutes(SLOW + 3))
    for since, until, refusal in ((0, 60, NothingKnown), (60, 0, BadInput)):
        with pytest.raises(refusal) as caught:
            bundle_of_window(memory.store, memory.index, since=minutes(since), until=minutes(until))
        assert caught.value.remedy


def test_names_of_entities() -> None:
    """The group only where it is none of Kubernetes' own."""
    assert entity_id(API) == "prod/deployment/api"
    assert entity_id(ObjectRef("", "Node", "", "worker-5")) == "node/worker-5"
    assert entity_id(ObjectRef("argoproj.io", "Rollout", "prod", "api")) == (
        "prod/rollout.argoproj.io/api"
    )
