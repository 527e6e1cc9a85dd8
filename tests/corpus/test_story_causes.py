"""The recorded hour's incidents are explained by what caused them; ordinary work accuses nobody."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from built_memory import Past

from kubectl_smart.memory.answers.causes import Causes
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

SECOND = 1_000_000


@pytest.fixture(scope="module")
def memory(story_memory: Path) -> Iterator[Memory]:
    """The memory of the hour."""
    with open_memory(story_memory) as found:
        yield found


@pytest.fixture(scope="module")
def key(story: Path) -> list[dict[str, Any]]:
    """What each user ran, when, and why."""
    found: list[dict[str, Any]] = json.loads((story / "key.json").read_text())
    return found


def deed(key: list[dict[str, Any]], *words: str) -> tuple[int, str]:
    """(when, by whom) the first command was run that holds all these words."""
    for one in key:
        line = " ".join(one["argv"])
        if one["rc"] == 0 and all(word in line for word in words):
            return int(one["at"] * SECOND), one["user"]
    raise AssertionError(f"nobody ran {words}")


def between(memory: Memory, since: int, until: int) -> Causes:
    """What caused the trouble of a window."""
    index = memory.index
    return causes(memory.store, index, ties_of(index), since=since, until=until)


@pytest.mark.parametrize(
    ("words", "kind", "name", "lasting"),
    [
        (("set image", "5.1.0"), "Deployment", "payment-api", 15),
        (("patch networkpolicy", "tighten"), "NetworkPolicy", "data-ingress", 15),
        (("CACHE_SIZE", "unlimited"), "ConfigMap", "api-config", 20),
        (("delete node",), "Node", "worker-5", 60),
    ],
)
def test_an_incident_ends_at_its_change_and_editor(
    memory: Memory, key: list[dict[str, Any]], words: tuple[str, ...], kind: str, name: str,
    lasting: int,
) -> None:  # fmt: skip
    """The first chain of its window, whoever else was at work."""
    if "tighten" in words:
        entry = next(one for one in key if one["why"] == "tighten data access")
        at, user = int(entry["at"] * SECOND), entry["user"]
    else:
        at, user = deed(key, *words)
    found = between(memory, at - 5 * SECOND, at + lasting * SECOND)
    root = found.chains[0].root
    assert (root.object.kind, root.object.name) == (kind, name)
    assert root.actor is not None
    assert user in root.actor.name
    assert abs(root.at - at) < 2 * SECOND


def test_who_is_rather_suspected_than_not_is_told_where_nobody_is_accused(
    memory: Memory, key: list[dict[str, Any]]
) -> None:
    """A variable set three minutes before: too little to accuse, and not nothing."""
    at, _ = deed(key, "delete node")
    found = trace(
        memory.store, memory.index, ties_of(memory.index),
        ref=ObjectRef("apps", "Deployment", "payments", "payment-processor"),
        symptom=Symptom.LATENCY, at=at,
    ).causes  # fmt: skip
    assert found.chains == ()
    assert "FEATURE_B set to off" in found.others[0].root.sentence
    assert 0.5 <= found.others[0].score < 0.75


def test_one_pod_whose_node_is_gone_accuses_who_deleted_it(
    memory: Memory, key: list[dict[str, Any]]
) -> None:
    """Its own words are enough: of the rollouts around it none has to do with nodes."""
    at, user = deed(key, "delete node")
    found = trace(
        memory.store, memory.index, ties_of(memory.index),
        ref=ObjectRef("apps", "Deployment", "prod", "api"), symptom=Symptom.AVAILABILITY,
        at=at + 41 * SECOND,
    ).causes  # fmt: skip
    root = found.chains[0].root
    assert (root.object.kind, root.object.name) == ("Node", "worker-5")
    assert root.actor is not None
    assert user in root.actor.name


@pytest.mark.parametrize("later", [2, 4, 10, 25, 45])
def test_the_dropped_index_is_found_through_the_job(
    memory: Memory, key: list[dict[str, Any]], later: int
) -> None:
    """No metric was recorded: asked about latency afterwards, the gateway's way leads to it."""
    at, _ = deed(key, "DROP_UNUSED_INDEXES")
    answer = trace(
        memory.store, memory.index, ties_of(memory.index),
        ref=ObjectRef("", "Service", "prod", "api-gateway"), symptom=Symptom.LATENCY,
        at=at + later * SECOND,
    )  # fmt: skip
    root = answer.causes.chains[0].root
    assert (root.object.name, root.actor and root.actor.name) == (
        "maintenance-config",
        "jenkins@prod",
    )


def test_an_incident_of_latency_has_the_dropped_index_as_its_cause(
    story_memory: Path, key: list[dict[str, Any]], tmp_path: Path
) -> None:
    """Somebody opens an incident about the slow gateway: its report says whose edit it was."""
    at, _ = deed(key, "DROP_UNUSED_INDEXES")
    shutil.copytree(story_memory, tmp_path / "memory")
    past = Past()
    past.incident(at + 4 * SECOND, "2026-11-23-latency", "Latency", "service/api-gateway is slow\n")
    with GitStore.open(tmp_path / "memory") as store:
        past.commit_to(store)
    with open_memory(tmp_path / "memory") as found:
        answer = incident(
            found.store, found.index, "2026-11-23-latency", now=at + 20 * SECOND
        )  # fmt: skip
    assert [
        (one.root.object.name, one.root.actor and one.root.actor.name) for one in answer.root_causes
    ] == [("maintenance-config", "jenkins@prod")]


def test_a_decision_that_was_taken_back_is_the_cause(
    memory: Memory, key: list[dict[str, Any]]
) -> None:
    """Five replicas became three, and somebody else made them five: no crash was seen."""
    at, _ = deed(key, "scale deployment/payment-api", "--replicas=3")
    found = between(memory, at - 5 * SECOND, at + 10 * SECOND)
    root = found.chains[0].root
    assert (root.object.name, root.actor and root.actor.name, root.at // SECOND) == (
        "payment-api",
        "tom@example.com",
        at // SECOND,
    )
    witness = found.chains[0].steps[0].actor
    assert witness is not None
    assert witness.name == "sarah@example.com"
    assert len(found.chains) == len(found.taken_back) == 1


def test_a_number_that_goes_up_and_down_is_nobodys_fault(
    memory: Memory, key: list[dict[str, Any]]
) -> None:
    """The gateway was scaled by three people and an autoscaler; one of them came back to five."""
    at, _ = deed(key, "scale deployment/api-gateway", "--replicas=1")
    found = between(memory, at - SECOND, at + 100 * SECOND)
    assert "api-gateway" in {one.change.object.name for one in found.taken_back}
    assert "api-gateway" not in {one.root.object.name for one in found.chains}


def test_a_drain_is_told_with_what_it_moved(memory: Memory, key: list[dict[str, Any]]) -> None:
    """Nothing went wrong by it, and it is why a pod is new: the node, by whom, which workload."""
    at, user = deed(key, "drain worker-5")
    found = between(memory, at - SECOND, at + 10 * SECOND)
    assert found.chains == ()
    (chain,) = found.moved
    assert (chain.root.object.kind, chain.root.object.name) == ("Node", "worker-5")
    assert chain.root.actor is not None
    assert user in chain.root.actor.name
    assert [one.object.name for one in chain.symptoms] == ["payment-api"]


@pytest.mark.parametrize("seen", ["data", "prod"])
def test_who_may_not_see_nodes_is_told_nobody_instead(
    memory: Memory, key: list[dict[str, Any]], seen: str
) -> None:
    """Pods failed with their node; whoever sees one namespace reads of no innocent rollout."""
    at, _ = deed(key, "delete node")
    index = RestrictedIndex(memory.index, {seen})
    found = causes(
        memory.store, index, ties_of(index), since=at, until=at + 60 * SECOND
    )  # fmt: skip
    assert found.troubles >= 1
    assert found.chains == ()
    assert found.moved == ()
    assert len(found.unexplained) == found.troubles


def test_ordinary_work_accuses_nobody(memory: Memory, key: list[dict[str, Any]]) -> None:
    """From the first rollout to the first incident, and between incidents: no chain."""
    first, _ = deed(key, "apply")
    fewer, _ = deed(key, "scale deployment/payment-api", "--replicas=3")
    assert between(memory, first + 5 * SECOND, fewer).chains == ()
    annotated, _ = deed(key, "never-below=5")
    bad, _ = deed(key, "set image", "5.1.0")
    assert between(memory, annotated, bad).chains == ()
    undone, _ = deed(key, "rollout undo")
    policy = next(one["at"] for one in key if one["why"] == "tighten data access")
    assert between(memory, undone + 5 * SECOND, int(policy * SECOND)).chains == ()


def test_no_window_of_the_hour_accuses_anybody_else(
    memory: Memory, key: list[dict[str, Any]]
) -> None:
    """Twenty seconds, every ten, from end to end: the changes of its incidents and none else."""
    begin, end = int(key[0]["at"] * SECOND), int(key[-1]["at"] * SECOND)
    accused = {
        (chain.root.object.kind, chain.root.object.name)
        for since in range(begin, end, 10 * SECOND)
        for chain in between(memory, since, since + 20 * SECOND).chains
    }
    assert accused == {
        ("Deployment", "payment-api"),
        ("NetworkPolicy", "data-ingress"),
        ("ConfigMap", "api-config"),
    }
