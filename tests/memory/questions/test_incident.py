"""`incident` on real memories: what belongs to one, who did what, what ended it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from built_memory import CONTROLLER, START, TOM, Past, config, deployment, minutes, pod

from kubectl_smart.memory.answers.incident import Ground, IncidentAnswer
from kubectl_smart.memory.answers.timeline import ItemKind
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.questions.similar_incidents import similar
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

API = deployment("payment-api")
WEB = deployment("web", "shop")
CACHE = config("cache-config")
ID = "2025-11-23-cache"
FIXER = Actor("lena@example.com", ActorKind.HUMAN)
Opened = Callable[[Past], Memory]


def ask(memory: Memory, name: str = ID, *, now: int = minutes(600)) -> IncidentAnswer:
    """The answer about one incident."""
    return incident(memory.store, memory.index, name, now=now)


def outage(*, closed: bool = True, text: str = "The payment-api answers nobody.\n") -> Past:
    """A bad change at 10, warnings from 12 to 40, a rollback at 35, closed at 60."""
    past = Past()
    past.heard(START, minutes(120))
    past.write(API, replicas=3)
    past.write(CACHE, data={"CACHE_SIZE": "512"})
    past.write(CACHE, minutes(10), by=TOM, data={"CACHE_SIZE": "64"})
    seen(past, 12, 40)
    past.incident(minutes(15), ID, "The cache is out", text)
    past.looked(minutes(20), "kubectl logs payment-api-1 -n payments", pod("payment-api-1"))
    past.write(WEB, minutes(25), by=TOM, replicas=2)
    past.write(CACHE, minutes(35), by=FIXER, data={"CACHE_SIZE": "512"})
    if closed:
        past.incident(
            minutes(60), ID, "The cache is out", text, opened_at=minutes(15), closed_at=minutes(60)
        )
    return past


def seen(past: Past, first: float, last: float) -> Observation:
    """An OOM kill of the api's pod, repeated."""
    found = past.seen(pod("payment-api-1"), minutes(first), "OOMKilled", owner=API, count=4)
    past.records[-1] = replace(found, last_at=minutes(last))
    return found


def test_everything_of_its_namespaces_belongs_to_it(opened: Opened) -> None:
    """Objects are linked by name; changes, warnings, steps and turns come with their commits."""
    memory = opened(outage())

    answer = ask(memory)

    assert answer.objects == (API,)
    assert answer.namespaces == ("payments",)
    assert [(item.kind.value, item.at) for item in answer.items] == [
        ("change", START),
        ("change", START),
        ("change", minutes(10)),
        ("observation", minutes(12)),
        ("incident", minutes(15)),
        ("step", minutes(20)),
        ("change", minutes(35)),
        ("incident", minutes(60)),
    ]
    for item in answer.items:
        assert len(item.citation.commit) == 40
        assert item.citation.record
    assert (answer.since, answer.until) == (minutes(-45), minutes(60))
    assert answer.left_out == 0
    assert answer.basis.memory == memory.store.head()


def test_the_last_decision_before_the_warnings_ended_fixed_it(opened: Opened) -> None:
    """The rollback at 35, five minutes before the last warning; it was over at 40, after 25."""
    answer = ask(opened(outage()))

    assert answer.fix is not None
    assert answer.fix.item.at == minutes(35)
    assert answer.fix.item.actor == FIXER
    assert answer.fix.ground is Ground.WARNINGS_ENDED
    assert answer.fix.last_warning == minutes(40)
    assert answer.recovered_at == minutes(40)
    assert answer.recovery == minutes(25) - START


def test_a_decision_after_the_last_warning_fixed_it_if_none_was_near_before(
    opened: Opened,
) -> None:
    """Kills every few minutes, the last at 20; the change at 35 is the first after it."""
    past = outage()
    at = next(n for n, one in enumerate(past.records) if isinstance(one, Observation))
    past.records[at] = replace(past.records[at], last_at=minutes(22))  # type: ignore[call-arg]

    answer = ask(opened(past))

    assert answer.fix is not None
    assert (answer.fix.item.at, answer.fix.ground) == (minutes(35), Ground.QUIET_SINCE)
    assert answer.recovered_at == minutes(35)


def test_nothing_is_claimed_while_it_is_open(opened: Opened) -> None:
    """No fix, no recovery: it is not over."""
    answer = ask(opened(outage(closed=False)), now=minutes(90))

    assert (answer.fix, answer.recovered_at, answer.recovery) == (None, None, None)
    assert answer.until == minutes(90)


def test_nothing_is_claimed_where_warnings_went_on(opened: Opened) -> None:
    """The report was closed, the cluster did not agree."""
    past = outage()
    seen(past, 50, 80)

    answer = ask(opened(past))

    assert (answer.fix, answer.recovered_at) == (None, None)


def test_nothing_is_claimed_where_only_controllers_and_machines_wrote(opened: Opened) -> None:
    """No person decided anything: what fixed it is not known."""
    past = Past()
    past.heard(START, minutes(60))
    past.write(API, replicas=3, by=CONTROLLER)
    past.incident(minutes(5), ID, "payment-api is slow", "")
    past.write(API, minutes(6), by=CONTROLLER, replicas=4)
    past.incident(
        minutes(9), ID, "payment-api is slow", "", opened_at=minutes(5), closed_at=minutes(9)
    )

    answer = ask(opened(past))

    assert answer.fix is None
    assert answer.recovered_at == minutes(9)


def test_what_a_person_says_fixed_it_counts_more(opened: Opened) -> None:
    """A note that begins with "fixed by" and explains a change names it."""
    past = outage()
    other = past.write(API, minutes(30), by=TOM, replicas=9)
    past.note(
        minutes(70), "Fixed by more replicas", explains=other.id, of_incident=ID, by=FIXER
    )  # fmt: skip

    answer = ask(opened(past))

    assert answer.fix is not None
    assert (answer.fix.item.citation.record, answer.fix.ground) == (other.id, Ground.SAID)
    assert answer.fix.said_by == FIXER.name


def test_who_did_what_counts_people_from_the_opening_on(opened: Opened) -> None:
    """Changes, steps and notes of each person, with first and last time."""
    past = outage()
    past.note(minutes(50), "It was the cache", about=CACHE, of_incident=ID, by=FIXER)

    people = ask(opened(past)).people

    assert [(one.actor.name, one.changes, one.steps, one.notes) for one in people] == [
        ("sarah@example.com", 0, 1, 0),
        (FIXER.name, 1, 0, 1),
    ]
    assert (people[1].first_at, people[1].last_at) == (minutes(35), minutes(50))


def test_who_fixed_it_counts_even_before_the_opening(opened: Opened) -> None:
    """The rollback came while the warnings went on, the incident was opened after it."""
    past = Past()
    past.heard(START, minutes(120))
    past.write(API, replicas=3)
    seen(past, 12, 24)
    past.write(API, minutes(20), by=TOM, replicas=4)
    past.write(API, minutes(21), by=FIXER, replicas=3)
    past.incident(minutes(22), ID, "payment-api", "")
    past.incident(minutes(60), ID, "payment-api", "", opened_at=minutes(22), closed_at=minutes(60))

    answer = ask(opened(past))

    assert answer.fix is not None
    assert [(one.actor, one.changes, one.first_at) for one in answer.people] == [
        (FIXER, 1, minutes(21))
    ]


def test_what_fixed_it_is_told_in_full(opened: Opened) -> None:
    """A subject has 72 characters; the sentence of the fix names both values and the container."""
    past = Past()
    past.heard(START, minutes(120))
    image = "registry.example.com/payments/payment-api"
    before = [{"name": "payment-api-main", "image": f"{image}:1.7.20-build"}]
    after = [{"name": "payment-api-main", "image": f"{image}:1.7.21-build"}]
    past.write(API, containers=before)
    past.incident(minutes(5), ID, "payment-api", "")
    past.write(API, minutes(6), by=FIXER, containers=after)
    past.incident(minutes(9), ID, "payment-api", "", opened_at=minutes(5), closed_at=minutes(9))

    answer = ask(opened(past))

    assert answer.fix is not None
    assert answer.fix.item.sentence.endswith("(payment-api-main)")
    (line,) = [item for item in answer.items if item.at == minutes(6)]
    assert line.sentence.endswith("…")


def test_notes_mark_follow_ups_and_causes(opened: Opened) -> None:
    """By how they begin; other notes are lines of the timeline, whenever they were said."""
    past = outage()
    past.note(minutes(70), "Follow-up: alert on evictions", of_incident=ID)
    past.note(minutes(71), "root cause: CACHE_SIZE was cut", of_incident=ID)
    past.note(minutes(72), "todo:   ", of_incident=ID)
    past.note(minutes(73), "somewhere else", of_incident="another")

    answer = ask(opened(past))

    assert [one.text for one in answer.follow_ups] == ["alert on evictions"]
    assert [one.text for one in answer.causes] == ["CACHE_SIZE was cut"]
    assert len(answer.notes) == 3
    lines = [item.at for item in answer.items if item.kind is ItemKind.NOTE]
    assert lines == [minutes(70), minutes(71), minutes(72)]


def test_a_report_written_anew_is_no_news(opened: Opened) -> None:
    """Versions count where status or title change; sections of machines name no objects."""
    past = outage()
    text = "Mended.\n<!-- smart:timeline -->\nshop/deployment web\n<!-- /smart:timeline -->\n"
    for at in (70, 71):
        past.incident(
            minutes(at), ID, "The cache is out", f"{text}{at} payment-api",
            opened_at=minutes(15), closed_at=minutes(60),
        )  # fmt: skip

    answer = ask(opened(past))

    turns = [item.at for item in answer.items if item.kind is ItemKind.INCIDENT]
    assert turns == [minutes(15), minutes(60)]
    assert answer.objects == (API,)


def test_of_too_many_lines_the_least_telling_are_left_out(opened: Opened) -> None:
    """The steps and what is no warning go first, and are counted."""
    memory = opened(outage())

    answer = incident(memory.store, memory.index, ID, now=minutes(90), limit=6)

    assert answer.left_out == 2
    assert {item.kind for item in answer.items} == {ItemKind.CHANGE, ItemKind.INCIDENT}


def test_an_incident_is_found_by_the_beginning_of_its_id(opened: Opened) -> None:
    """Else the nearest known are named."""
    memory = opened(outage())

    assert ask(memory, "2025-11-23").incident.id == ID
    with pytest.raises(NothingKnown, match="no incident is called 2025-11-24-cache") as caught:
        ask(memory, "2025-11-24-cache")
    assert ID in caught.value.remedy


def test_similar_incidents_share_objects_places_and_words(opened: Opened) -> None:
    """Ranked by a published score, with what is shared; what shares nothing is no match."""
    past = outage()
    past.incident(minutes(100), "2025-11-24-disk", "The disk of the ledger is full", "")
    past.incident(minutes(110), "2025-11-25-slow", "payment-api is slow", "The cache again.")
    memory = opened(past)

    by_object = similar(memory.index, "why is payment-api slow")
    by_words = similar(memory.index, "a full disk")
    itself = ask(memory, "2025-11-25-slow").similar

    assert [one.id for one in by_object] == ["2025-11-25-slow", ID]
    assert by_object[0].score == 0.8364
    assert by_object[0].objects == (API,)
    assert by_object[0].words == ("slow", "payment-api")
    assert [(one.id, one.words) for one in by_words] == [("2025-11-24-disk", ("disk", "full"))]
    assert [one.id for one in itself] == [ID]
    assert similar(memory.index, "nothing of the kind") == ()


def test_a_place_is_shared_without_an_object(opened: Opened) -> None:
    """A past incident with a note about another Deployment of the same namespace."""
    past = outage()
    ledger = deployment("ledger")
    past.write(ledger, minutes(1), replicas=1)
    past.incident(minutes(2), "2025-11-22-old", "Zzz", "")
    past.note(minutes(3), "restarted", about=ledger, of_incident="2025-11-22-old")
    memory = opened(past)

    found = similar(memory.index, "", [API], other_than=ID)

    assert [(one.id, one.objects, one.places) for one in found] == [
        ("2025-11-22-old", (), (("payments", "Deployment"),))
    ]


def test_where_no_object_is_linked_all_of_the_cluster_counts_and_nothing_is_claimed(
    opened: Opened,
) -> None:
    """Decisions of everywhere are told; which of them ended it cannot be."""
    past = outage(text="Nobody answers.\n")

    answer = ask(opened(past))

    assert (answer.objects, answer.namespaces) == ((), ())
    assert minutes(25) in [item.at for item in answer.items]
    assert answer.fix is None


def test_objects_are_linked_by_notes_and_by_the_names_of_namespaces(opened: Opened) -> None:
    """What a note is about or explains; a namespace by its name; a pod brings what owns it."""
    past = outage(text="All of shop, and payment-api-1, say people.\n")
    past.write(ObjectRef("", "Namespace", "", "shop"), minutes(-5))
    past.write(pod("payment-api-1"), minutes(-4), derived=True, owner=API, by=CONTROLLER)
    scaled = past.write(deployment("ledger", "books"), minutes(30), replicas=1)
    past.note(minutes(31), "for the queue", explains=scaled.id, of_incident=ID)

    answer = ask(opened(past))

    assert answer.namespaces == ("books", "payments", "shop")
    assert set(answer.objects) == {
        API,
        pod("payment-api-1"),
        deployment("ledger", "books"),
        ObjectRef("", "Namespace", "", "shop"),
    }
