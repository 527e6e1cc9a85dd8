"""`replay`, `log` and `show` on real memories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from built_memory import (
    CONTROLLER,
    START,
    TOM,
    Past,
    config,
    deployment,
    minutes,
    pod,
)

from kubectl_smart.memory.answers.past_state import PastObject
from kubectl_smart.memory.answers.timeline import ItemKind, ReplayAnswer
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.health import unwell
from kubectl_smart.memory.questions.log import log, show
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.questions.replay import replay
from kubectl_smart.memory.records.errors import BadInput, NotCovered, NothingKnown
from kubectl_smart.memory.records.objects import ObjectRef

API = deployment("api")
Opened = Callable[[Past], Memory]


@pytest.fixture
def incident() -> Past:
    """Something of everything, in ten minutes, in two namespaces."""
    past = Past()
    past.heard(START, minutes(60))
    made = past.write(API, replicas=1)
    past.write(deployment("web", "shop"), minutes(1), by=TOM, replicas=1)
    for number in range(3):
        past.write(
            pod(f"api-{number}"), minutes(2) + number, by=CONTROLLER, derived=True, owner=API,
            status={"phase": "Running"},
        )  # fmt: skip
    past.seen(pod("api-0"), minutes(3), "OOMKilled", owner=API, count=2)
    past.seen(pod("api-1"), minutes(3) + 1, "OOMKilled", owner=API)
    past.write(
        pod("api-0"), minutes(4), by=CONTROLLER, derived=True, owner=API,
        status={
            "phase": "Running",
            "containerStatuses": [
                {"name": "main", "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
            ],
        },
    )  # fmt: skip
    past.looked(minutes(5), "kubectl get pods -n payments", API, by=TOM)
    past.note(minutes(6), "it was the cache", explains=made.id)
    past.incident(minutes(7), "2025-11-23-down", "Down", "api was down")
    past.write(
        pod("api-0"), minutes(8), by=CONTROLLER, derived=True, owner=API,
        status={"phase": "Running"},
    )  # fmt: skip
    return past


def played(memory: Memory, **asked: Any) -> ReplayAnswer:
    """Of the whole hour, unless it says otherwise."""
    window = {"since": START, "until": minutes(60), **asked}
    return replay(memory.store, memory.index, **window)


def test_a_replay_tells_everything_in_order(opened: Opened, incident: Past) -> None:
    """Changes, what controllers made folded by owner, observations, steps, words; each cited."""
    answer = played(opened(incident))

    assert [(item.kind, item.count) for item in answer.items] == [
        (ItemKind.CHANGE, 1),
        (ItemKind.CHANGE, 1),
        (ItemKind.DERIVED, 3),
        (ItemKind.OBSERVATION, 3),
        (ItemKind.STEP, 1),
        (ItemKind.NOTE, 1),
        (ItemKind.INCIDENT, 1),
    ]
    assert [item.at for item in answer.items] == sorted(item.at for item in answer.items)
    assert all(len(item.citation.commit) == 40 for item in answer.items)
    assert answer.items[3].warning
    assert answer.alive == (("Deployment", 2), ("Pod", 3))


def test_a_namespace_has_its_own_timeline(opened: Opened, incident: Past) -> None:
    """With the words about it; reports belong to no namespace."""
    memory = opened(incident)
    here = [item.kind for item in played(memory, namespace="payments").items]
    there = [item.kind for item in played(memory, namespace="shop").items]

    assert here.count(ItemKind.NOTE) == 1
    assert ItemKind.INCIDENT not in here
    assert there == [ItemKind.CHANGE]


def test_a_mistyped_namespace_is_no_quiet_one(opened: Opened, incident: Past) -> None:
    """Nobody reads that all is well where nothing is."""
    with pytest.raises(NothingKnown, match="namespace paymants") as caught:
        played(opened(incident), namespace="paymants")
    assert caught.value.remedy == "known are payments, shop"


def test_what_stood_at_the_moment_of_interest(opened: Opened, incident: Past) -> None:
    """Not well at the moment asked about, well again at the end."""
    memory = opened(incident)

    assert played(memory, at=minutes(5)).unwell == ((pod("api-0"), "CrashLoopBackOff"),)
    assert played(memory).unwell == ()
    assert played(memory, at=START - 5).moment == START


def test_a_window_that_was_not_heard_is_no_quiet_one(opened: Opened, incident: Past) -> None:
    """Nothing heard is an error; heard and empty is an answer."""
    memory = opened(incident)

    with pytest.raises(NotCovered):
        played(memory, since=minutes(70), until=minutes(80))
    assert played(memory, since=minutes(20), until=minutes(30)).items == ()


def test_the_last_microsecond_of_a_window_is_not_a_gap(opened: Opened, incident: Past) -> None:
    """A window that ends just after the memory does is covered."""
    answer = played(opened(incident), until=minutes(60) + 1)

    assert (answer.basis.covered, answer.basis.gaps) == (True, ())


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"phase": "Running"}, ""),
        ({"phase": "Succeeded", "conditions": [{"type": "Ready", "status": "False"}]}, ""),
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, "Failed: Evicted"),
        (
            {
                "phase": "Pending",
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
                ],
            },
            "Pending: Unschedulable",
        ),
        (
            {
                "phase": "Running",
                "conditions": [
                    {"type": "Ready", "status": "False", "reason": "ContainersNotReady"}
                ],
            },
            "ContainersNotReady",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled"}}}],
            },
            "OOMKilled",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}],
            },
            "ImagePullBackOff",
        ),
    ],
)  # fmt: skip
def test_a_pod_is_unwell_by_its_own_word(
    opened: Opened, status: dict[str, Any], reason: str
) -> None:
    """By what its containers wait for or ended with, its phase, or a condition it does not meet."""
    past = Past()
    past.heard(START, minutes(9))
    past.write(pod("one"), derived=True, by=CONTROLLER, status=status)
    memory = opened(past)
    found = unwell(past_state(memory.store, memory.index, minutes(1)).objects)

    assert list(found) == ([(pod("one"), reason)] if reason else [])


def test_a_node_is_unwell_when_not_ready_or_pressed(opened: Opened) -> None:
    """Every condition that is as it should not be is named; a pod being taken away is well."""
    node = ObjectRef("", "Node", "", "worker-1")
    past = Past()
    past.heard(START, minutes(9))
    conditions = [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown"},
        {"type": "DiskPressure", "status": "True"},
        {"type": "PIDPressure", "status": "False"},
    ]
    past.write(node, derived=True, by=CONTROLLER, status={"conditions": conditions})
    memory = opened(past)
    [found] = past_state(memory.store, memory.index, minutes(1)).objects

    assert list(unwell([found])) == [(node, "NodeStatusUnknown, DiskPressure=True")]
    assert list(unwell([_leaving(found)])) == []


def _leaving(node: PastObject) -> PastObject:
    """A pod that is being taken away."""
    state = {
        "metadata": {"deletionTimestamp": "2025-11-23T09:00:00Z"},
        "status": {"phase": "Failed"},
    }
    return replace(node, ref=pod("leaving"), state=state)


def test_a_log_is_newest_first_and_bounded(opened: Opened) -> None:
    """Of an object, a namespace, an actor, or all; `more` tells that there is more."""
    past = Past()
    past.heard(START, minutes(60))
    for number in range(5):
        past.write(API, minutes(number), by=TOM if number % 2 else CONTROLLER, replicas=number)
    past.write(config("other", "shop"), minutes(50), data={})
    memory = opened(past)

    def times(**asked: Any) -> list[int]:
        answer = log(memory.store, memory.index, **asked)
        return [(item.at - START) // 60_000_000 for item in answer.items]

    assert times() == [50, 4, 3, 2, 1, 0]
    assert times(ref=API, limit=2) == [4, 3]
    assert times(namespace="payments", actor="tom") == [3, 1]
    assert times(since=minutes(1), until=minutes(3)) == [2, 1]
    assert log(memory.store, memory.index, limit=5).more
    assert not log(memory.store, memory.index, limit=6).more


def test_one_change_is_shown_by_its_id_or_its_commit(opened: Opened) -> None:
    """The beginning of either is enough; with the state after it and its neighbours."""
    past = Past()
    past.heard(START, minutes(60))
    first = past.write(API, replicas=1)
    change = past.write(API, minutes(1), by=TOM, reason="the sale", replicas=2)
    past.note(minutes(2), "a big one", explains=change.id)
    past.delete(API, minutes(3))
    memory = opened(past)
    answer = show(memory.store, memory.index, change.id[:10])

    assert answer.item.citation.record == change.id
    assert (answer.state or {})["spec"] == {"replicas": 2}
    assert [one.text for one in answer.reasons] == ["a big one"]
    assert answer.before is not None
    assert answer.before.citation.record == first.id
    assert answer.after is not None
    assert show(memory.store, memory.index, answer.item.citation.commit[:12]).item == answer.item
    with pytest.raises(NothingKnown):
        show(memory.store, memory.index, "0123456789")
    with pytest.raises(BadInput):
        show(memory.store, memory.index, "no hex")


def test_people_are_not_folded_away(opened: Opened) -> None:
    """A person's deletion of a pod has a line of its own; controllers' updates in between none."""
    past = Past()
    past.heard(START, minutes(60))
    for number in range(2):
        past.write(
            pod(f"api-{number}"), minutes(number), by=CONTROLLER, derived=True, owner=API,
            status={"phase": "Pending"},
        )  # fmt: skip
        past.write(
            pod(f"api-{number}"), minutes(number + 1), by=CONTROLLER, derived=True, owner=API,
            status={"phase": "Running"},
        )  # fmt: skip
    for number, who in enumerate((TOM, CONTROLLER)):
        past.delete(pod(f"api-{number}"), minutes(10 + number), by=who, derived=True, owner=API)
    items = played(opened(past)).items

    assert [(item.actor, item.sentence.partition(": ")[2]) for item in items] == [
        (CONTROLLER, "created"),
        (CONTROLLER, "created"),
        (TOM, "deleted"),
        (CONTROLLER, "deleted"),
    ]


def test_an_id_that_several_changes_begin_with_is_refused(opened: Opened) -> None:
    """Six digits may be too few; the error names the candidates."""
    past = Past()
    past.heard(START, minutes(60))
    one, other = past.write(API, replicas=1), past.write(API, minutes(1), replicas=2)
    past.records = [replace(each, id=f"abcdef{each.id[6:]}") for each in (one, other)]
    memory = opened(past)

    with pytest.raises(BadInput, match="several"):
        show(memory.store, memory.index, "abcdef")
