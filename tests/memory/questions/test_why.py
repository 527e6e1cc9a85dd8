"""`why` on real memories: decisions, rollbacks, what followed, words, and what is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from built_memory import (
    CONTROLLER,
    START,
    TOM,
    Past,
    config,
    container,
    deployment,
    minutes,
    pod,
)

from kubectl_smart.memory.answers.why import WhyAnswer
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.why import why
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Facet, FieldEdit
from kubectl_smart.memory.records.errors import NotCovered, NothingKnown
from kubectl_smart.memory.records.objects import ObjectRef

API = deployment("api")
Opened = Callable[[Past], Memory]


def ask(memory: Memory, ref: ObjectRef, field: str = "", **more: object) -> WhyAnswer:
    """The answer about one object."""
    row = memory.index.find_objects([(ref.group, ref.kind)], ref.name, ref.namespace)[0]
    return why(memory.store, memory.index, row, field=field, **more)  # type: ignore[arg-type]


def sides(answer: WhyAnswer) -> list[tuple[str, object, object]]:
    """(path, before, after) of every value set, oldest first."""
    return [(one.path, one.before, one.after) for each in answer.decisions for one in each.values]


def test_each_value_has_who_when_how_why_and_how_long(opened: Opened) -> None:
    """The history of a field is its create and every change of it, each with its evidence."""
    past = Past()
    past.heard(START, minutes(60))
    made = past.write(API, replicas=3)
    raised = past.write(
        API, minutes(5), by=TOM, via="kubectl scale deployment/api --replicas=5",
        reason="the sale", replicas=5,
    )  # fmt: skip
    past.write(API, minutes(9), replicas=5, paused=True)
    memory = opened(past)

    answer = ask(memory, API, "replicas")

    assert sides(answer) == [("spec.replicas", ABSENT, 3), ("spec.replicas", 3, 5)]
    first, second = answer.decisions
    assert (first.at, first.values[0].until) == (START, minutes(5))
    assert (second.actor, second.reason, second.values[0].until) == (TOM, "the sale", None)
    assert second.via == "kubectl scale deployment/api --replicas=5"
    assert [each.citation.record for each in answer.decisions] == [made.id, raised.id]
    assert all(memory.store.change_of_commit(each.citation.commit) for each in answer.decisions)
    assert answer.current == (("spec.replicas", 5),)
    assert answer.basis.covered
    assert answer.basis.memory == memory.store.head()


def test_a_value_that_goes_back_is_a_rollback_with_what_was_seen(opened: Opened) -> None:
    """The rollback names what it undoes, after how long, and what was seen and done in between."""
    past = Past()
    past.write(API, replicas=3)
    raised = past.write(API, minutes(5), by=TOM, replicas=8)
    past.seen(pod("api-1"), minutes(6), "OOMKilled", owner=API, count=3)
    past.seen(pod("api-2"), minutes(7), "OOMKilled", owner=API)
    past.seen(pod("api-1"), minutes(6), "Pulled", owner=API, warning=False)
    past.seen(pod("other-1"), minutes(6), "Unhealthy", owner=deployment("other"))
    past.looked(minutes(7), "kubectl describe deployment api", API)
    past.write(API, minutes(9), replicas=3)
    answer = ask(opened(past), API, "replicas")

    _, up, back = answer.decisions
    rollback = back.values[0].rollback
    assert up.values[0].rollback is None
    assert rollback is not None
    assert rollback.undoes.record == raised.id
    assert (rollback.set_at, rollback.after) == (minutes(5), minutes(4) - START)
    assert rollback.back_to == START
    assert [(one.kind, one.count, one.about) for one in rollback.seen] == [
        ("OOMKilled", 4, pod("api-1"))
    ]
    assert rollback.steps == ("kubectl describe deployment api",)
    assert [one.kind for one in up.followed] == ["OOMKilled"]
    assert back.followed == ()


def test_what_followed_is_bounded_by_the_next_decision_and_an_hour(opened: Opened) -> None:
    """Nothing seen after the next decision, or more than an hour later, counts as following."""
    past = Past()
    past.write(API, replicas=1)
    past.seen(pod("api-1"), minutes(2), "Unhealthy", owner=API)
    past.write(API, minutes(5), replicas=2)
    past.seen(API, minutes(64), "BackOff")
    past.seen(pod("api-1"), minutes(66), "OOMKilled", owner=API)
    first, second = ask(opened(past), API, "replicas").decisions

    assert [one.kind for one in first.followed] == ["Unhealthy"]
    assert [one.kind for one in second.followed] == ["BackOff"]


def test_containers_are_histories_of_their_own(opened: Opened) -> None:
    """The image of each container is followed by its path."""
    past = Past()
    past.write(API, containers=[container("main", "reg/api:1"), container("proxy", "envoy:1")])
    past.write(
        API, minutes(1), containers=[container("main", "reg/api:2"), container("proxy", "envoy:1")]
    )
    past.write(API, minutes(2), containers=[container("main", "reg/api:2")])
    answer = ask(opened(past), API, "image", value="api:2")

    main = "spec.template.spec.containers[main].image"
    proxy = "spec.template.spec.containers[proxy].image"
    assert sides(answer) == [
        (main, ABSENT, "reg/api:1"),
        (proxy, ABSENT, "envoy:1"),
        (main, "reg/api:1", "reg/api:2"),
        (proxy, "envoy:1", ABSENT),
    ]
    assert [one.asked for each in answer.decisions for one in each.values] == [
        False, False, True, False,
    ]  # fmt: skip
    assert answer.current == ((main, "reg/api:2"),)


def test_an_environment_variable_and_a_data_key_are_fields(opened: Opened) -> None:
    """`CACHE_SIZE` is found in a ConfigMap's data and in a container's environment."""
    past = Past()
    past.write(config("api-config"), data={"CACHE_SIZE": "512"})
    past.write(config("api-config"), minutes(1), data={"CACHE_SIZE": "64"})
    past.write(API, containers=[container("main", "api:1", CACHE_SIZE="512")])
    memory = opened(past)

    assert sides(ask(memory, config("api-config"), "CACHE_SIZE"))[1] == (
        "data.CACHE_SIZE", "512", "64",
    )  # fmt: skip
    path = "spec.template.spec.containers[main].env[CACHE_SIZE].value"
    assert sides(ask(memory, API, "CACHE_SIZE")) == [(path, ABSENT, "512")]


def test_deleted_and_made_anew_is_no_rollback_of_the_same_value(opened: Opened) -> None:
    """The object's end and new beginning are entries; only another value in between is undone."""
    past = Past()
    past.write(API, replicas=3)
    past.delete(API, minutes(5), by=TOM)
    past.write(API, minutes(6), replicas=3)
    raised = past.write(API, minutes(7), replicas=4)
    past.delete(API, minutes(8))
    past.write(API, minutes(9), replicas=3)
    memory = opened(past)
    answer = ask(memory, API, "replicas")

    assert [each.gone for each in answer.decisions] == [False, True, False, False, True, False]
    assert sides(answer)[1] == ("spec.replicas", 3, ABSENT)
    backs = [one.rollback for each in answer.decisions for one in each.values]
    assert backs[:5] == [None] * 5
    assert backs[5] is not None
    assert backs[5].undoes.record == raised.id
    assert answer.exists
    assert not ask(memory, API, until=minutes(5.5)).exists


def test_an_object_made_anew_unheard_is_told_by_its_uid(opened: Opened) -> None:
    """Another uid without a deletion: its values are read from the new state."""
    past = Past()
    past.write(API, replicas=3)
    past.write(API, minutes(5), uid="another", by=TOM, replicas=7)
    past.write(API, minutes(6), uid="a third", verb="create", replicas=7)
    answer = ask(opened(past), API, "replicas")

    assert sides(answer) == [("spec.replicas", ABSENT, 3), ("spec.replicas", 3, 7)]
    assert answer.current == (("spec.replicas", 7),)


def test_a_part_of_the_object_is_followed_as_a_whole(opened: Opened) -> None:
    """Asked for a map, its first value ends when something inside changes; current is whole."""
    past = Past()
    past.write(API, strategy={"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}})
    past.write(API, minutes(5), strategy={"type": "Recreate"})
    answer = ask(opened(past), API, "spec.strategy")

    first = answer.decisions[0].values[0]
    assert (first.path, first.until) == ("spec.strategy", minutes(5))
    assert answer.current == (("spec.strategy", {"type": "Recreate"}),)


def test_known_in_part_then_in_full_credits_who_was_heard(opened: Opened) -> None:
    """A scale known by its field only, then a full update that left it: one entry, the scale's."""
    past = Past()
    past.write(API, replicas=3)
    past.fields(API, minutes(5), FieldEdit("spec.replicas", UNKNOWN, 5), verb="scale", by=TOM)
    past.write(API, minutes(6), replicas=5, paused=True)
    past.write(API, minutes(7), replicas=5, paused=False)
    answer = ask(opened(past), API, "replicas")

    assert sides(answer) == [("spec.replicas", ABSENT, 3), ("spec.replicas", UNKNOWN, 5)]
    assert answer.decisions[1].actor == TOM
    assert answer.current == (("spec.replicas", 5),)


def test_known_in_part_and_silently_undone_is_seen(opened: Opened) -> None:
    """The next full state shows the old value again: that is an entry, though no edit says so."""
    past = Past()
    past.write(API, replicas=3)
    past.fields(API, minutes(5), FieldEdit("spec.replicas", UNKNOWN, 5), verb="scale", by=TOM)
    past.write(API, minutes(6), replicas=3, paused=True)
    answer = ask(opened(past), API, "replicas")

    assert sides(answer)[2] == ("spec.replicas", 5, 3)
    assert answer.decisions[2].values[0].rollback is not None


def test_a_write_known_by_name_only_makes_the_next_value_unsure(opened: Opened) -> None:
    """Whether the change was made by the write that told nothing, or by the next: not claimed."""
    past = Past()
    past.write(API, replicas=3)
    past.fields(API, minutes(5), by=TOM)
    past.write(API, minutes(6), replicas=4)
    past.write(API, minutes(7), replicas=5)
    answer = ask(opened(past), API, "replicas")

    assert [one.unsure for each in answer.decisions for one in each.values] == [False, True, False]
    assert answer.unseen == 1


def test_the_first_full_state_after_a_name_is_read(opened: Opened) -> None:
    """Created unheard but for the name: the first state known tells the value, not its setter."""
    past = Past()
    past.fields(API, START, verb="create", by=TOM)
    past.write(API, minutes(6), verb="update", replicas=4)
    answer = ask(opened(past), API, "replicas")

    assert sides(answer) == [("spec.replicas", UNKNOWN, 4)]


def test_words_that_were_left_are_part_of_the_answer(opened: Opened) -> None:
    """Notes that explain a change, notes pinned to the object, and incidents that name it."""
    past = Past()
    made = past.write(API, replicas=3)
    past.note(minutes(1), "three, because of quorum", explains=made.id, by=TOM)
    past.note(minutes(2), "never below two", about=API, of_field="spec.replicas")
    past.note(minutes(3), "owned by team pay", about=API)
    past.note(minutes(4), "slow to start", about=API, of_field="spec.paused")
    past.incident(minutes(5), "2025-11-23-down", "Payments down", "deployment/api was slow.")
    past.incident(minutes(6), "2025-11-23-other", "The api-gateway", "api-gateway, not ours")
    answer = ask(opened(past), API, "replicas")

    assert [one.text for one in answer.decisions[0].reasons] == ["three, because of quorum"]
    assert [one.text for one in answer.knowledge] == ["never below two", "owned by team pay"]
    assert answer.incidents == (("2025-11-23-down", "Payments down"),)


def test_the_neighbours_of_a_window_are_those_next_to_it(opened: Opened) -> None:
    """From an answer one can walk to the declared changes next door in the namespace."""
    past = Past()
    before = past.write(config("first"), data={"a": "1"})
    past.write(API, minutes(1), replicas=1)
    past.write(deployment("elsewhere", "other"), minutes(2), replicas=1)
    past.write(pod("api-1"), minutes(3), derived=True, owner=API, by=CONTROLLER)
    after = past.write(config("last"), minutes(4), data={"a": "1"})
    answer = ask(opened(past), API)

    assert answer.before is not None
    assert answer.after is not None
    assert answer.before.citation.record == before.id
    assert answer.after.citation.record == after.id


def test_late_changes_stand_where_they_happened(opened: Opened) -> None:
    """A change heard of after its successor takes its place in time, and corrects the next."""
    past = Past()
    past.write(API, replicas=3)
    past.write(API, minutes(10), replicas=5)
    past.write(API, minutes(5), late=True, verb="update", by=TOM, replicas=4)
    answer = ask(opened(past), API, "replicas")

    assert sides(answer) == [
        ("spec.replicas", ABSENT, 3), ("spec.replicas", 3, 4), ("spec.replicas", 4, 5),
    ]  # fmt: skip
    assert [each.late for each in answer.decisions] == [False, True, False]


@pytest.mark.parametrize(
    ("asked", "error", "message", "remedy"),
    [
        ({"field": "replica"}, NothingKnown, "never seen with a field replica", "spec.replicas"),
        ({"field": "replicas", "value": "9"}, NothingKnown, "never seen to be 9", "3, 5"),
        (
            {"field": "replicas", "value": "3", "since": minutes(2)},
            NothingKnown,
            "not set to 3 in that window",
            "2025-11-23T09:00:00Z, by sarah@example.com",
        ),
        ({"until": minutes(-1)}, NothingKnown, "nothing is known of payments", "first known at"),
        ({"since": minutes(90)}, NotCovered, "not listening", "reaches from"),
        ({"until": minutes(-20)}, NotCovered, "not listening", "reaches from"),
    ],
)
def test_what_is_not_known_is_said_with_the_nearest_that_is(
    opened: Opened, asked: dict[str, object], error: type[Exception], message: str, remedy: str
) -> None:
    """Every kind of nothing has its own words and says where to go on."""
    past = Past()
    past.heard(minutes(-5), minutes(60))
    past.write(API, replicas=3)
    past.write(API, minutes(1), replicas=5)
    memory = opened(past)

    with pytest.raises(error) as raised:
        ask(memory, API, **asked)  # type: ignore[arg-type]

    assert isinstance(raised.value, NothingKnown | NotCovered)
    assert message in raised.value.message
    assert remedy in raised.value.remedy


def test_nothing_decided_in_a_window_that_was_heard_is_an_answer(opened: Opened) -> None:
    """Covered, and no change: that is known, not unknown."""
    past = Past()
    past.heard(START, minutes(60))
    past.write(API, replicas=3)
    answer = ask(opened(past), API, "replicas", since=minutes(10), until=minutes(20))

    assert answer.decisions == ()
    assert answer.basis.covered
    assert answer.current == (("spec.replicas", 3),)


def test_gaps_within_the_window_are_named(opened: Opened) -> None:
    """Between two intervals heard lies one that was not; its instants are exact."""
    past = Past()
    past.heard(START, minutes(10))
    past.write(API, minutes(1), replicas=3)
    past.heard(minutes(20), minutes(30))
    answer = ask(opened(past), API, since=minutes(5), until=minutes(40))

    assert answer.basis.gaps == ((minutes(10), minutes(20)), (minutes(30), minutes(40)))
    assert not answer.basis.covered


def test_true_is_not_one(opened: Opened) -> None:
    """A value is compared as JSON: `--paused=1` does not find `true`."""
    past = Past()
    past.write(API, paused=True)
    memory = opened(past)

    assert ask(memory, API, "paused", value="true").decisions[0].values[0].asked
    with pytest.raises(NothingKnown):
        ask(memory, API, "paused", value="1")


def test_an_object_known_by_its_status_alone_has_no_decisions(opened: Opened) -> None:
    """A node whose kubelet was heard before anybody wrote to it: an answer without entries."""
    node = ObjectRef("", "Node", "", "worker-1")
    past = Past()
    past.heard(START, minutes(60))
    past.write(node, facet=Facet.STATUS, by=CONTROLLER, verb="patch", status={"conditions": []})
    memory = opened(past)
    answer = ask(memory, node)

    assert (answer.decisions, answer.exists) == ((), True)
    with pytest.raises(NothingKnown, match="never seen with a field taints"):
        ask(memory, node, "taints")


def test_a_report_can_be_linked_by_a_note(opened: Opened) -> None:
    """A note about the object that belongs to a report brings the report in."""
    past = Past()
    past.write(API, replicas=3)
    note = past.note(minutes(1), "it began here", about=API)
    past.records[-1] = replace(note, incident="2025-11-23-down")
    past.incident(minutes(2), "2025-11-23-down", "Payments down", "Nobody could pay.")

    assert ask(opened(past), API).incidents == (("2025-11-23-down", "Payments down"),)


def test_of_a_long_history_the_newest_and_what_was_asked_for(opened: Opened) -> None:
    """What is left out is counted; what a value asked for needs comes along, with its evidence."""
    past = Past()
    past.heard(START, minutes(600))
    past.write(API, replicas=1)
    raised = past.write(API, minutes(1), by=TOM, replicas=99)
    for number in range(2, 40):
        past.write(API, minutes(number), replicas=number)
    memory = opened(past)

    answer = ask(memory, API, "replicas", limit=5)
    assert [after for _, _, after in sides(answer)] == [35, 36, 37, 38, 39]
    assert (len(answer.decisions), answer.left_out) == (5, 35)
    assert answer.decisions[0].values[0].before == 34

    answer = ask(memory, API, "replicas", value="99", limit=5)
    assert [after for _, _, after in sides(answer)] == [99, 35, 36, 37, 38, 39]
    assert answer.decisions[0].citation.record == raised.id
    assert answer.decisions[0].values[0].until == minutes(2)

    everything = ask(memory, API, "replicas")
    assert (len(everything.decisions), everything.left_out) == (40, 0)
    assert everything.decisions[-5:] == ask(memory, API, "replicas", limit=5).decisions
