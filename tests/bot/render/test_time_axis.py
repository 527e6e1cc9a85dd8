"""Where instants stand on an axis, and which are written."""

from __future__ import annotations

from datetime import UTC
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.render.time_axis import TimeAxis, ticks
from kubectl_smart.memory.records.times import from_rfc3339

LOW = from_rfc3339("2024-01-15T14:30:07Z")


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(5, "14:30:07"), (50, "14:30:10"), (3_000, "14:40"), (80_000, "18:00"),
     (864_000, "2024-01-16"), (100_000_000, "2024-12-18")],
)  # fmt: skip
def test_ticks_are_round(seconds: int, first: str) -> None:
    """The first one written, from seconds to days; of years they are whole days."""
    axis = TimeAxis(LOW, LOW + seconds * 1_000_000, 0, 100)

    assert ticks(axis, UTC, 6)[0][1] == first


def test_ticks_are_round_in_the_zone_of_the_asker() -> None:
    """In a zone half an hour off, full hours are its own."""
    axis = TimeAxis(LOW, LOW + 5 * 3_600_000_000, 0, 100)

    assert ticks(axis, ZoneInfo("Asia/Kolkata"), 6)[0][1] == "21:00"


@given(st.integers(0, 4 * 10**15), st.integers(1, 10**15), st.integers(2, 10))
def test_ticks_are_few_inside_and_in_order(low: int, span: int, most: int) -> None:
    """Never more than asked for, and each a pixel of its own to the right of the one before."""
    axis = TimeAxis(low, low + span, 100, 1_100)
    found = [at for at, _ in ticks(axis, UTC, most)]

    assert len(found) <= most
    assert all(axis.low <= at <= axis.high for at in found)
    assert all(one < other for one, other in pairwise(found))
    assert all(100 <= axis.x(at) <= 1_100 for at in found)


def test_what_is_outside_stands_at_the_end() -> None:
    """Before the axis at its left, after it at its right; an axis of no length does not fail."""
    axis = TimeAxis(10, 20, 0, 100)

    assert [axis.x(at) for at in (5, 10, 15, 25)] == [0, 0, 50, 100]
    assert TimeAxis(10, 10, 0, 100).x(10) == 0
