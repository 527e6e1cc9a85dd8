"""What kind of trouble the title of an incident names."""

from __future__ import annotations

import pytest

from kubectl_smart.memory.graph.symptoms import Symptom, symptom_named


@pytest.mark.parametrize(
    ("title", "symptom"),
    [
        ("Latency", Symptom.LATENCY),
        ("Slow", Symptom.LATENCY),
        ("payments time out", Symptom.LATENCY),
        ("requests are timing out", Symptom.LATENCY),
        ("p99 of checkout doubled", Symptom.LATENCY),
        ("500s", Symptom.ERRORS),
        ("502 Bad Gateway", Symptom.ERRORS),
        ("HighErrorRate", Symptom.ERRORS),
        ("OOMKilled", Symptom.RESTARTS),
        ("CrashLoopBackOff of api", Symptom.RESTARTS),
        ("Pods Pending", Symptom.UNSCHEDULABLE),
        ("disk", Symptom.SATURATION),
        ("API is down", Symptom.AVAILABILITY),
        ("TargetDown", Symptom.AVAILABILITY),
        ("connection refused by user-db", Symptom.AVAILABILITY),
    ],
)
def test_titles_name_trouble_in_the_words_of_people_and_of_alerts(
    title: str, symptom: Symptom
) -> None:
    """Short, plural, in two words, or run together as alerts are named."""
    assert symptom_named(title) is symptom


@pytest.mark.parametrize(
    "title",
    ["", "Payments are odd", "chat room is empty", "spending report is wrong",
     "after the scale-down of redis", "we scaled down", "6500 users", "countdown"],
)  # fmt: skip
def test_words_that_only_contain_such_a_word_name_none(title: str) -> None:
    """A room is no `oom`, spending is not pending, and what was scaled down is not down."""
    assert symptom_named(title) is None
