"""Incidents, as somebody sees them who may not see everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from built_memory import Past, minutes
from tests.memory.questions.test_incident import API, ID, WEB, Opened, ask, outage

from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.questions.similar_incidents import similar
from kubectl_smart.memory.questions.visible_incidents import incidents_within
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.notes import Note


def as_seen(memory: Memory, *places: str) -> RestrictedIndex:
    """The index of somebody who sees these namespaces only."""
    return RestrictedIndex(memory.index, places, lambda: incidents_within(memory.index, places))


def test_who_may_not_see_all_of_an_incident_sees_nothing_of_it(opened: Opened) -> None:
    """Neither asked for nor as one that is alike, and in the words of one that never was."""
    memory = opened(outage())
    for places in ((), ("shop",), ("",)):
        restricted = as_seen(memory, *places)
        assert similar(restricted, "payment-api") == ()
        assert restricted.incidents(versions=True) == []
        with pytest.raises(NothingKnown) as hidden:
            incident(memory.store, restricted, ID, now=minutes(90))
        with pytest.raises(NothingKnown) as absent:
            incident(memory.store, restricted, "2025-11-23-never", now=minutes(90))
        assert str(hidden.value).replace(ID, "") == str(absent.value).replace(
            "2025-11-23-never", ""
        )


def test_who_sees_all_it_is_about_sees_an_incident_and_only_words_of_people(
    opened: Opened,
) -> None:
    """The card is the same; the sections written by machine are not shown."""
    text = (
        "The payment-api answers nobody.\n<!-- smart:similar -->\nvault\n<!-- /smart:similar -->\n"
    )
    past = outage(text=text)
    past.note(minutes(61), "quiet again", of_incident=ID)
    memory = opened(past)
    restricted = as_seen(memory, "payments")

    answer = incident(memory.store, restricted, ID, now=minutes(600))

    whole = ask(memory)
    assert (answer.fix, answer.people, answer.objects) == (whole.fix, whole.people, whole.objects)
    assert [one.text for one in answer.notes] == ["quiet again"]
    assert "answers nobody" in answer.incident.text
    assert "vault" not in "".join([answer.incident.text, *(one.reason for one in answer.items)])
    assert similar(restricted, "payment-api")[0].id == ID


def _in_the_title(past: Past) -> None:
    past.incident(minutes(16), ID, "web, and the payment-api", "")


def _in_a_note(past: Past) -> None:
    past.note(minutes(61), "web was slow, too", of_incident=ID)


def _by_a_pin(past: Past) -> None:
    past.note(minutes(61), "part of it", about=WEB, of_incident=ID)


def _by_a_change(past: Past) -> None:
    change = next(one for one in past.records if isinstance(one, Change) and one.object == WEB)
    past.note(minutes(61), "that, too", explains=change.id, of_incident=ID)


def _by_an_older_title(past: Past) -> None:
    past.incident(minutes(16), ID, "web is slow", "", opened_at=minutes(15))
    past.incident(minutes(17), ID, "payment-api is slow", "", opened_at=minutes(15))


def _by_a_name_it_had_once(past: Past) -> None:
    past.delete(WEB, minutes(26))
    past.note(minutes(300), "web is gone", of_incident=ID)


def _by_too_many_words(past: Past) -> None:
    past.note(minutes(61), " ".join(f"w{number}" for number in range(600)), of_incident=ID)


@pytest.mark.parametrize(
    "spoil",
    [
        _in_the_title, _in_a_note, _by_a_pin, _by_a_change, _by_an_older_title,
        _by_a_name_it_had_once, _by_too_many_words,
    ],
)  # fmt: skip
def test_one_hidden_thing_hides_an_incident(opened: Opened, spoil: Callable[[Past], None]) -> None:
    """Whichever way something of a hidden namespace gets into it, and whenever it lived."""
    assert incidents_within(opened(outage()).index, ["payments"]) == {ID}
    past = outage()
    spoil(past)

    memory = opened(past)

    assert incidents_within(memory.index, ["payments"]) == frozenset()
    if spoil is not _by_too_many_words:
        assert incidents_within(memory.index, ["payments", "shop"]) == {ID}


def test_words_of_a_hidden_incident_do_not_name_it(opened: Opened) -> None:
    """A note that is pinned to a visible object stays, without the id, which is a title."""
    past = outage()
    past.note(minutes(61), "web was slow, too", of_incident=ID)
    past.note(minutes(62), "it leaks", about=API, of_incident=ID)
    memory = opened(past)

    (seen,) = as_seen(memory, "payments").notes_about(API)

    assert isinstance(seen.record, Note)
    assert (seen.record.text, seen.record.incident) == ("it leaks", "")
