"""Notes that are rules, and changes that break them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from built_memory import START, TOM, Past, container, deployment, minutes

from kubectl_smart.memory.formats.quantities import compared, quantity
from kubectl_smart.memory.formats.rules import broken, rule_of
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Change, FieldEdit
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.rules import Rule

API = deployment("api")


def note(text: str, field: str = "replicas") -> Note:
    """A note pinned to a field."""
    return Past().note(START, text, about=API, of_field=field)


def rule(text: str, field: str = "replicas") -> Rule:
    """The rule that such a note says."""
    found = rule_of(note(text, field))
    assert found is not None
    return found


def change(after: object, path: str = "spec.replicas") -> Change:
    """A write that set one field."""
    return Past().fields(API, minutes(1), FieldEdit(path, 5, after), by=TOM)


@pytest.mark.parametrize(
    ("text", "form", "limit", "because"),
    [
        ("never below 5", "never below", "5", ""),
        (
            "Never  below 5 because the provider's SLA asks for it",
            "never below",
            "5",
            "the provider's SLA asks for it",
        ),
        ("never below 5: provider SLA", "never below", "5", "provider SLA"),
        ("never below 3 replicas: slow cache.", "never below", "3", "slow cache."),
        ("never above 512Mi, or it is evicted", "never above", "512Mi", "or it is evicted"),
        ("NEVER ABOVE 1.5", "never above", "1.5", ""),
        ("never below 250m.", "never below", "250m", ""),
        ("exactly 3 - a quorum", "exactly", "3", "a quorum"),
        ("exactly 3 (a quorum)", "exactly", "3", "(a quorum)"),
        ("exactly `3`\nsee the report", "exactly", "3", "see the report"),
        ("never latest because it moves", "never", "latest", "it moves"),
        ("never registry/api:1.7: it leaks", "never", "registry/api:1.7", "it leaks"),
        ('always "two words" since ever', "always", "two words", "ever"),
        ("always true", "always", "true", ""),
    ],
)  # fmt: skip
def test_a_note_that_begins_so_is_a_rule(text: str, form: str, limit: str, because: str) -> None:
    """The documented forms, with the reason that follows."""
    found = rule(text)

    assert (found.form.value, found.limit, found.because) == (form, limit, because)
    assert (found.object, found.field, found.author) == (API, "replicas", "sarah@example.com")


@pytest.mark.parametrize(
    "text",
    [
        "", "never", "never below", "never below five", "never below 5 and never above 9",
        "always ask Sarah first", "never restart this on a Friday", "It is never below 5",
        "always", "exactly this", "nevermore", "never above\x00", "`" * 9_000, "never " * 9_000,
        "never below 5" + " x" * 9_000, "exactly 3replicas",
    ],
)  # fmt: skip
def test_other_words_are_no_rule(text: str) -> None:
    """Prose demands nothing of a value."""
    assert rule_of(note(text)) is None


def test_a_rule_is_about_a_field_of_an_object() -> None:
    """Pinned to the whole object, or to none, it is only words."""
    assert rule_of(note("never below 5", "")) is None
    assert rule_of(replace(note("never below 5"), about=None)) is None


@pytest.mark.parametrize(
    ("text", "after", "breaks"),
    [
        ("never below 5", 4, True),
        ("never below 5", 5, False),
        ("never below 5", ABSENT, False),
        ("never below 5", UNKNOWN, False),
        ("never below 5", "four", False),
        ("never below 512Mi", "500M", True),
        ("never below 512Mi", "0.5Gi", False),
        ("never above 250m", 1, True),
        ("never above 250m", "0.25", False),
        ("never above 50%", "75%", True),
        ("never above 50%", 75, False),
        ("exactly 3", 3.0, False),
        ("exactly 3", 4, True),
        ("exactly 3", ABSENT, True),
        ("never latest", "registry/api:latest", True),
        ("never latest", "registry/api:1.7", False),
        ("never 0", 0, True),
        ("never 0", False, False),
        ("always true", True, False),
        ("always true", False, True),
        ("always true", 1, True),
        ("always api:1.7", "registry/api:1.7", False),
        ("always api:1.7", ABSENT, True),
        ("always 1Gi", "1024Mi", False),
        ("always 1Gi", {"a": 1}, False),
    ],
)
def test_a_change_of_the_field_breaks_it_or_not(text: str, after: object, breaks: bool) -> None:
    """Numbers are compared as quantities, other values as `why` compares them."""
    breach = broken(rule(text), change(after))

    assert (breach is not None) is breaks
    if breach is not None:
        assert (breach.path, breach.before, breach.after) == ("spec.replicas", 5, after)


def test_only_the_object_and_the_field_count() -> None:
    """Other fields, other objects and deletions break nothing; a create does."""
    mine = rule("never below 5")
    past = Past()
    made = past.write(API, replicas=2)
    other = past.write(deployment("web"), replicas=2)

    assert broken(mine, change(1, "spec.minReadySeconds")) is None
    assert broken(mine, other) is None
    assert broken(mine, past.delete(API, minutes(3))) is None
    breach = broken(mine, made)
    assert breach is not None
    assert (breach.before, breach.after, breach.change) == (ABSENT, 2, made.id)


def test_fields_inside_an_added_container_count() -> None:
    """The field is looked for inside what a change added."""
    past = Past()
    past.write(API, containers=[container("main", "api:1")])
    added = past.write(
        API, minutes(1), containers=[container("main", "api:1"), container("side", "x:latest")]
    )

    breach = broken(rule("never latest", "image"), added)

    assert breach is not None
    assert breach.path == "spec.template.spec.containers[side].image"


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        ("1", 1, 0), ("1Ki", 1024, 0), ("1k", 1000, 0), ("100m", "0.1", 0), ("1e3", "1k", 0),
        ("2E", "1e18", 1), ("-1", 0, -1), ("1n", 0, 1), ("0.1", 0.1, 0), (1e21, 1, 1),
        ("1", True, None), ("x", 1, None), ("", "", None), ("1 Gi", 1, None), ("5%", "0.05", None),
        ("9" * 41, 1, None), ("1.", 1, 0),
    ],
)  # fmt: skip
def test_quantities_compare_as_kubernetes_writes_them(
    one: object, other: object, order: int | None
) -> None:
    """Decimal and binary suffixes, exponents; exactly, without rounding."""
    assert compared(one, other) == order


def test_a_quantity_is_exact() -> None:
    """A tenth is a tenth."""
    found = quantity("100m")

    assert found is not None
    assert found.amount * 10 == 1
