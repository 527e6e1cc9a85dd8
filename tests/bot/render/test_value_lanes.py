"""Which values are numbers, and how texts that begin alike are shortened."""

from __future__ import annotations

import pytest
from made_answers import why_answer

from kubectl_smart.bot.render.value_lanes import common_beginning, courses, number, short_value
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Json, Unset


@pytest.mark.parametrize(
    ("value", "found"),
    [(5, 5.0), ("512", 512.0), ("-1.5", -1.5), (True, None), (None, None), ("512Mi", None),
     ("nan", None), ("1e9", None), ("1_000", None), ("9" * 400, None), (ABSENT, None),
     (UNKNOWN, None), ([1], None), ("", None)],
)  # fmt: skip
def test_what_is_a_number(value: Json | Unset, found: float | None) -> None:
    """Also one written as text, as in a ConfigMap; quantities are not."""
    assert number(value) == found


def test_a_beginning_all_have_is_left_out() -> None:
    """Only up to a boundary, and only if it is worth it."""
    images = ["registry.example/payment:5.0.0", "registry.example/payment:5.1.0", ABSENT]

    assert common_beginning(images) == "registry.example/payment:"
    assert short_value(images[1], common_beginning(images)) == "…5.1.0"
    assert short_value(ABSENT, "registry.example/") == "(absent)"
    assert common_beginning(["a:1", "a:2"]) == ""
    assert common_beginning(["unlimited", "unlimitet"]) == ""
    assert common_beginning(["registry.example/x"]) == ""


def test_a_mixed_course_is_not_numeric() -> None:
    """One value that is no number makes spans of all."""
    assert courses(why_answer(("512",), 3))[0].numeric
    assert not courses(why_answer(("512", "unlimited"), 3))[0].numeric
