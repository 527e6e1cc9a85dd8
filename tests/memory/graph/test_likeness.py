"""Past chains are alike by what they are made of, and an answer says in what."""

from __future__ import annotations

from dataclasses import replace

import pytest
from built_memory import config, deployment

from kubectl_smart.memory.answers.causes import Shape
from kubectl_smart.memory.graph.likeness import likeness

CACHE = Shape(
    symptom="restarts",
    reasons=("BackOff", "OOMKilled"),
    way=(("reads", "ConfigMap"),),
    of="configuration",
    fields=("data.CACHE_SIZE",),
    changed=config("api-config", "prod"),
    troubled=deployment("api", "prod"),
)
ELSEWHERE = replace(
    CACHE, changed=config("api-config", "staging"), troubled=deployment("api", "staging")
)


def test_the_same_is_wholly_alike() -> None:
    """Score 1, and nothing differs."""
    found = likeness(CACHE, CACHE)
    assert found is not None
    assert (found.score, found.other) == (1.0, ())
    assert found.same[0] == "configuration of a ConfigMap changed (CACHE_SIZE)"


def test_another_namespace_is_what_differs() -> None:
    """All but the place is the same, and is told."""
    found = likeness(CACHE, ELSEWHERE)
    assert found is not None
    assert found.score == pytest.approx(0.85)
    assert found.same == (
        "configuration of a ConfigMap changed (CACHE_SIZE)",
        "on the way: reads ConfigMap",
        "restarts (BackOff, OOMKilled)",
    )
    assert found.other == ("namespace (staging)",)


def test_the_formula_is_the_published_one() -> None:
    """Half of the fields, a way of one step more, half of what was seen, nothing of the place."""
    other = replace(
        CACHE,
        fields=("data.CACHE_SIZE", "data.TTL"),
        way=(("calls", "Service"), ("reads", "ConfigMap")),
        reasons=("OOMKilled",),
        changed=config("other", "staging"),
        troubled=deployment("other", "staging"),
    )
    found = likeness(CACHE, other)
    assert found is not None
    expected = 0.35 * (0.3 + 0.7 * 0.5) + 0.25 * 0.5 + 0.25 * (0.5 + 0.5 * 0.5)
    assert found.score == pytest.approx(expected, abs=1e-4)
    back = likeness(other, CACHE)
    assert back is not None
    assert back.score == found.score


def test_a_change_of_another_class_is_not_alike() -> None:
    """Wherever it was and whatever followed."""
    assert likeness(CACHE, replace(CACHE, of="image")) is None


def test_another_field_and_another_trouble_is_not_alike() -> None:
    """The same ConfigMap edited is no likeness."""
    other = replace(
        CACHE, fields=("data.SENDER",), symptom="latency", reasons=("p99",),
        way=(("calls", "Service"), ("selects", "Deployment"), ("reads", "ConfigMap")),
    )  # fmt: skip
    assert likeness(CACHE, other) is None
