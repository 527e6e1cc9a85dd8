"""What is said to whoever is about to write: in whose words, of what, and how much."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.admission_reviews import body, review, scaled
from tests.support.audit_events import deployment

from kubectl_smart.capture.reviews import request_in, review_of
from kubectl_smart.capture.warning import ALL, LONGEST, MOST, table_of, warnings_of
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

API = ObjectRef("apps", "Deployment", "prod", "api")
DAY = 86_400_000_000
KNOWN = deployment(8)


def note(text: str, field: str = "", number: int = 0, **more: Any) -> Note:
    """Something somebody said about the Deployment; `number` days after the first."""
    said: dict[str, Any] = {
        "id": f"{number:032x}", "author": Actor("sarah@example.com", ActorKind.HUMAN),
        "text": text, "about": API, "field": field, "explains": "", "incident": "",
        "happened_at": 1_606_435_200_000_000 + number * DAY,
    }  # fmt: skip
    return Note(**{**said, **more})


def said(asked: dict[str, Any], *notes: Note) -> tuple[str, ...]:
    """The warnings to a review."""
    return warnings_of(review_of(request_in(body(asked))), table_of(notes))


def image(name: str) -> dict[str, Any]:
    """An update of the image."""
    return review("UPDATE", deployment(8, image=name), KNOWN)


def test_a_rule_is_told_when_it_is_broken() -> None:
    """By the scale, by the whole object and by a creation; not by another change."""
    rule = note("Never below 5, the provider's SLA.", "replicas", incident="2020-11-blackfriday")
    words = "Never below 5, the provider's SLA, see 2020-11-blackfriday (sarah@example.com, "
    for asked in (
        review("UPDATE", scaled(KNOWN, 4), KNOWN, scale=True),
        review("UPDATE", scaled(KNOWN, 4), KNOWN),
        review("CREATE", scaled(KNOWN, 4)),
    ):
        assert said(asked, rule) == (f"{words}2020-11-27; this sets spec.replicas to 4)",)
    low = scaled(KNOWN, 4)
    other = deployment(4, image="api:2")
    assert said(review("UPDATE", other, low), rule) == ()
    assert said(review("UPDATE", scaled(KNOWN, 5), KNOWN, scale=True), rule) == ()


def test_a_value_that_is_no_quantity_is_not_repeated() -> None:
    """It may be a password; the field says enough."""
    (words,) = said(image("api:latest"), note("never latest", "image"))
    assert words.endswith("; this sets spec.template.spec.containers[main].image)")


def test_a_value_taken_away_is_told_so() -> None:
    """Where it must be something."""
    before = deployment(8, annotations={"team": "core"})
    asked = review("UPDATE", deployment(8, annotations={"a": "b"}), before)
    (words,) = said(asked, note("always core", "team"))
    assert words.endswith("; this removes metadata.annotations.team)")


def test_an_autoscaler_is_an_object_like_any_other() -> None:
    """Its least and most."""
    scaler = {
        "kind": "HorizontalPodAutoscaler", "apiVersion": "autoscaling/v2",
        "metadata": {"name": "api", "namespace": "prod", "uid": "u"},
        "spec": {"minReplicas": 5, "maxReplicas": 9},
    }  # fmt: skip
    ref = ObjectRef("autoscaling", "HorizontalPodAutoscaler", "prod", "api")
    changed = {**scaler, "spec": {"minReplicas": 2, "maxReplicas": 9}}
    rule = note("never below 5", "minReplicas", about=ref)
    (words,) = said(review("UPDATE", changed, scaler), rule)
    assert "this sets spec.minReplicas to 2" in words


def test_a_custom_object_is_found_by_its_plural() -> None:
    """Also its scale, which does not say of what it is."""
    widget = {
        "kind": "Widget", "apiVersion": "example.com/v1",
        "metadata": {"name": "w", "namespace": "prod", "uid": "u"}, "spec": {"replicas": 5},
    }  # fmt: skip
    rule = note("never below 5", "replicas", about=ObjectRef("example.com", "Widget", "prod", "w"))
    assert len(said(review("UPDATE", scaled(widget, 1), widget, scale=True), rule)) == 1


def test_an_object_of_no_namespace() -> None:
    """The review of a Namespace names itself as its namespace."""
    space = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "prod", "uid": "u"}}
    about = ObjectRef("", "Namespace", CLUSTER, "prod")
    asked = review("DELETE", None, space, where=("", "namespaces"), namespace="prod")
    assert len(said(asked, note("ask the data team first", about=about))) == 1


def test_knowledge_is_told_of_what_changes() -> None:
    """Of its field, and of the object; not where nothing changes."""
    field, whole = note("built nightly", "image"), note("owned by the core team")
    assert [one.partition(" (")[0] for one in said(image("api:2"), whole, field)] == [
        "built nightly", "owned by the core team",
    ]  # fmt: skip
    assert len(said(review("UPDATE", scaled(KNOWN, 9), KNOWN, scale=True), whole, field)) == 1
    touched = {**KNOWN, "metadata": {**KNOWN["metadata"], "resourceVersion": "9", "generation": 9}}
    assert said(review("UPDATE", {**touched, "status": {}}, KNOWN), whole, field) == ()


def test_a_deletion_is_told_everything() -> None:
    """With it all fields go."""
    notes = [note("holds the ledger"), note("never below 5", "replicas", 1)]
    assert len(said(review("DELETE", None, KNOWN), *notes)) == 2


def test_what_was_taken_back_is_not_told() -> None:
    """Nor what has no words, nor what is about another object."""
    other = ObjectRef("apps", "Deployment", "shop", "api")
    notes = [
        note("never below 5", "replicas", retracted=True),
        note("  ", "replicas"),
        note("never below 5", "replicas", about=other),
        note("never below 5", "replicas", about=None),
    ]
    assert said(review("UPDATE", scaled(KNOWN, 1), KNOWN, scale=True), *notes) == ()


def test_there_are_not_too_many() -> None:
    """Rules broken first, then the newest; the rest is a number and where to read it."""
    notes = [note(f"note {number}", number=number) for number in range(9)]
    rule = note("never below 5", "replicas")
    found = said(review("UPDATE", scaled(KNOWN, 1), KNOWN, scale=True), *notes, rule)
    assert len(found) == MOST + 1
    assert found[0].startswith("never below 5 (")
    assert found[1].startswith("note 8 (")
    assert found[-1] == "5 more notes: kubectl smart why deployment/api"


@pytest.mark.parametrize("text", ["a\x1b[31mred", "line\nline\tline", "\u202eevil", "a\x00b\x9bc"])
def test_nothing_moves_the_cursor(text: str) -> None:
    """Control characters and changes of direction are blanks."""
    (words,) = said(image("api:2"), note(text))
    assert words.isprintable()


@given(st.lists(st.text(min_size=1, max_size=2_000), max_size=12), st.text(max_size=300))
def test_all_of_it_fits(texts: list[str], author: str) -> None:
    """Each and all together, whatever was said by whoever."""
    who = Actor(author, ActorKind.HUMAN)
    notes = [note(text, number=at, author=who) for at, text in enumerate(texts)]
    found = said(image("api:2"), *notes)
    assert all(0 < len(one) <= LONGEST and one.isprintable() for one in found)
    assert sum(len(one.encode()) for one in found) <= ALL
