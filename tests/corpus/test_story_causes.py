"""The recorded hour's incidents are explained by what caused them; ordinary work accuses nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_smart.memory.answers.causes import Causes
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.objects import ObjectRef

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
    """One unhealthy pod of the deleted node: too little to accuse, and not nothing."""
    at, _ = deed(key, "delete node")
    found = trace(
        memory.store, memory.index, ties_of(memory.index),
        ref=ObjectRef("apps", "Deployment", "prod", "api"), symptom=Symptom.AVAILABILITY,
        at=at - 11 * SECOND,
    ).causes  # fmt: skip
    assert found.chains == ()
    assert (found.others[0].root.object.kind, found.others[0].root.object.name) == (
        "Node",
        "worker-5",
    )
    assert 0.5 <= found.others[0].score < 0.75


def test_the_dropped_index_is_found_through_the_job(
    memory: Memory, key: list[dict[str, Any]]
) -> None:
    """No metric was recorded: asked about latency right after it, the gateway's way leads to it."""
    at, _ = deed(key, "DROP_UNUSED_INDEXES")
    answer = trace(
        memory.store, memory.index, ties_of(memory.index),
        ref=ObjectRef("", "Service", "prod", "api-gateway"), symptom=Symptom.LATENCY,
        at=at + 2 * SECOND,
    )  # fmt: skip
    root = answer.causes.chains[0].root
    assert (root.object.name, root.actor and root.actor.name) == (
        "maintenance-config",
        "jenkins@prod",
    )


def test_a_decision_that_was_taken_back_is_told(memory: Memory, key: list[dict[str, Any]]) -> None:
    """Five replicas became three, and somebody else made them five: no crash was seen."""
    at, _ = deed(key, "scale deployment/payment-api", "--replicas=3")
    found = between(memory, at - 5 * SECOND, at + 10 * SECOND)
    assert found.chains == ()
    (one,) = found.taken_back
    assert (one.change.object.name, one.change.actor and one.change.actor.name) == (
        "payment-api",
        "tom@example.com",
    )
    assert one.back.actor is not None
    assert one.back.actor.name == "sarah@example.com"


def test_ordinary_work_accuses_nobody(memory: Memory, key: list[dict[str, Any]]) -> None:
    """From the first rollout to the first incident, and between incidents: no chain."""
    first, _ = deed(key, "apply")
    bad, _ = deed(key, "set image", "5.1.0")
    assert between(memory, first + 5 * SECOND, bad).chains == ()
    undone, _ = deed(key, "rollout undo")
    policy = next(one["at"] for one in key if one["why"] == "tighten data access")
    assert between(memory, undone + 5 * SECOND, int(policy * SECOND)).chains == ()
