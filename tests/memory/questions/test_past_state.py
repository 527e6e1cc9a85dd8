"""`at` on real memories: who was alive, in which state, known how well, and what differs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
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
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.past_state import difference, past_state, state_file
from kubectl_smart.memory.records.changes import UNKNOWN, Facet, FieldEdit
from kubectl_smart.memory.records.errors import NotCovered
from kubectl_smart.memory.records.objects import ObjectRef

API = deployment("api")
Opened = Callable[[Past], Memory]


def at(memory: Memory, instant: int, **narrowed: Any) -> dict[ObjectRef, PastObject]:
    """The objects alive at an instant."""
    answer = past_state(memory.store, memory.index, instant, **narrowed)
    return {one.ref: one for one in answer.objects}


def test_an_object_is_as_it_was_and_says_whose_version_that_is(opened: Opened) -> None:
    """From create to deletion, the version in force at every instant, to the microsecond."""
    past = Past()
    past.heard(START, minutes(60))
    first = past.write(API, replicas=3)
    second = past.write(API, minutes(5), by=TOM, replicas=5)
    past.delete(API, minutes(9))
    memory = opened(past)

    before, after = at(memory, minutes(5) - 1)[API], at(memory, minutes(5))[API]
    assert before.state is not None
    assert after.state is not None
    assert (before.state["spec"], after.state["spec"]) == ({"replicas": 3}, {"replicas": 5})
    assert (before.citation.record, after.citation.record) == (first.id, second.id)
    assert (after.actor, after.at) == (TOM, minutes(5))
    assert not after.uncertain
    assert at(memory, minutes(9)) == {}


def test_the_file_of_a_state_is_the_very_one_in_git(opened: Opened) -> None:
    """What `-o yaml` prints stands in git under the object's path, byte by byte."""
    past = Past()
    past.heard(START, minutes(60))
    past.write(API, replicas=3, note="on")
    memory = opened(past)
    found = at(memory, minutes(1))[API]

    assert found.place is not None
    printed = state_file(memory.store, found.place)
    assert printed == memory.store.read_path("main", "state/payments/Deployment.apps/api.yaml")
    assert yaml.safe_load(printed) == found.state


def test_derived_objects_and_statuses_are_there_too(opened: Opened) -> None:
    """A pod of a Deployment as the journal has it; a declared Pod together with its status."""
    past = Past()
    past.heard(START, minutes(60))
    made = pod("api-1")
    for minute, phase in enumerate(("Pending", "Running", "Failed")):
        past.write(
            made, minutes(minute), by=CONTROLLER, derived=True, owner=API,
            status={"phase": phase},
        )  # fmt: skip
    alone = pod("alone")
    past.write(alone, nodeName="worker-1")
    past.write(
        alone, minutes(1), facet=Facet.STATUS, by=CONTROLLER, verb="patch",
        status={"phase": "Running"},
    )  # fmt: skip
    memory = opened(past)
    phases = [
        (at(memory, minutes(minute))[made].state or {})["status"]["phase"] for minute in range(3)
    ]

    assert phases == ["Pending", "Running", "Failed"]
    assert at(memory, minutes(1))[made].derived
    assert at(memory, minutes(1))[made].owner == API
    state = at(memory, minutes(1))[alone].state
    assert state is not None
    assert (state["status"], state["spec"]) == ({"phase": "Running"}, {"nodeName": "worker-1"})
    assert "status" not in (at(memory, START)[alone].state or {})


def test_what_is_known_in_part_is_put_in_and_marked(opened: Opened) -> None:
    """A scale without the object: its field is shown, the object uncertain, and no file is it."""
    past = Past()
    past.heard(START, minutes(60))
    past.write(API, replicas=3, paused=True)
    past.fields(API, minutes(1), FieldEdit("spec.replicas", UNKNOWN, 5), verb="scale", by=TOM)
    past.write(config("plain"), data={"a": "1"})
    past.fields(config("plain"), minutes(1), FieldEdit("data.a.b.c", UNKNOWN, "x"))
    past.fields(deployment("named"), minutes(1))
    memory = opened(past)
    found = at(memory, minutes(2))

    assert (found[API].state or {})["spec"] == {"replicas": 5, "paused": True}
    assert (found[API].uncertain, found[API].place, found[API].actor) == (True, None, TOM)
    assert (found[config("plain")].state or {})["data"] == {"a": "1"}
    assert found[config("plain")].uncertain
    assert (found[deployment("named")].state, found[deployment("named")].uncertain) == (None, True)


def test_an_eviction_leaves_the_version_in_force(opened: Opened) -> None:
    """An eviction known by name asks for a deletion; until that comes, nothing is uncertain."""
    past = Past()
    past.heard(START, minutes(60))
    made = past.write(pod("alone"), nodeName="worker-1")
    past.fields(pod("alone"), minutes(1), verb="evict", by=TOM)
    found = at(opened(past), minutes(2))[pod("alone")]

    assert not found.uncertain
    assert found.place is not None
    assert found.citation.record == made.id


def test_the_answer_can_be_narrowed(opened: Opened) -> None:
    """By namespace, kind and name."""
    past = Past()
    past.heard(START, minutes(60))
    other = deployment("api", "other")
    for ref in (API, other):
        past.write(ref, replicas=1)
    past.write(config("api"), data={})
    memory = opened(past)

    assert set(at(memory, minutes(1))) == {API, other, config("api")}
    assert set(at(memory, minutes(1), namespace="payments")) == {API, config("api")}
    assert set(at(memory, minutes(1), kinds=[("apps", "Deployment")])) == {API, other}
    assert set(at(memory, minutes(1), name="nothing")) == set()


def test_before_the_memory_begins_nothing_is_claimed(opened: Opened) -> None:
    """Too early is an error; in a gap or after the end the last known state is marked uncovered."""
    past = Past()
    past.heard(START, minutes(10))
    past.write(API, replicas=1)
    memory = opened(past)

    with pytest.raises(NotCovered, match="so early"):
        past_state(memory.store, memory.index, START - 1)
    assert past_state(memory.store, memory.index, minutes(10)).basis.covered
    late = past_state(memory.store, memory.index, minutes(11))
    assert (len(late.objects), late.basis.covered) == (1, False)
    assert late.basis.gaps == ((minutes(11), minutes(11)),)


def test_a_difference_says_what_came_went_and_changed(opened: Opened) -> None:
    """Added, removed and changed objects, each with the commit that is the cause."""
    past = Past()
    past.heard(START, minutes(60))
    gone, same, back = config("gone"), config("same"), config("back")
    past.write(API, replicas=3)
    for ref in (gone, same, back):
        past.write(ref, data={"a": "1"})
    raised = past.write(API, minutes(5), replicas=5)
    removed = past.delete(gone, minutes(6))
    past.write(back, minutes(6), data={"a": "2"})
    past.write(back, minutes(7), data={"a": "1"})
    added = past.write(config("new"), minutes(8), data={})
    past.write(pod("api-1"), minutes(8), derived=True, owner=API, by=CONTROLLER, nodeName="w")
    memory = opened(past)
    answer = difference(memory.store, memory.index, minutes(1), minutes(10))
    found = {one.ref: one for one in answer.objects}

    assert set(found) == {API, gone, config("new")}
    assert found[API].edits == (FieldEdit("spec.replicas", 3, 5),)
    assert (found[gone].removed, found[config("new")].added) == (True, True)
    causes = [found[ref].citation for ref in (API, gone, config("new"))]
    assert [one.record for one in causes if one] == [raised.id, removed.id, added.id]
    derived = difference(memory.store, memory.index, minutes(1), minutes(10), derived=True)
    assert pod("api-1") in {one.ref for one in derived.objects}


def test_a_status_alone_is_no_difference(opened: Opened) -> None:
    """A derived pod whose status changed is the same pod."""
    past = Past()
    past.heard(START, minutes(60))
    for minute, phase in enumerate(("Pending", "Running")):
        past.write(
            pod("api-1"), minutes(minute), derived=True, owner=API, by=CONTROLLER,
            status={"phase": phase},
        )  # fmt: skip
    memory = opened(past)

    assert difference(memory.store, memory.index, START, minutes(2), derived=True).objects == ()
