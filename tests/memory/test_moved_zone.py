"""The calendar of a team that moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.records.zones import MovedZone

BERLIN, YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
MOVED = MovedZone(BERLIN, [(date(2026, 1, 1), BERLIN), (date(2025, 9, 1), YORK)])
FIRST = datetime(2024, 1, 1, tzinfo=UTC)


@given(st.integers(0, 3 * 365 * 24 * 60))
def test_each_instant_has_the_clock_of_where_the_team_was(minute: int) -> None:
    """Berlin, from September on New York, in the new year Berlin again."""
    at = FIRST + timedelta(minutes=minute)
    away = datetime(2025, 9, 1, 4, tzinfo=UTC) <= at < datetime(2025, 12, 31, 23, tzinfo=UTC)
    here = at.astimezone(YORK if away else BERLIN)
    assert at.astimezone(MOVED).replace(tzinfo=None) == here.replace(tzinfo=None)


def test_nine_is_nine_in_the_weeks_in_which_only_one_has_put_its_clocks_back() -> None:
    """On the 27th of October 2025 Berlin is five hours ahead of New York, and not six."""
    nine = datetime(2025, 10, 27, 9, tzinfo=MOVED)
    assert nine.astimezone(UTC) == datetime(2025, 10, 27, 13, tzinfo=UTC)
    assert nine.tzname() == "EDT"
    assert nine.dst() == timedelta(hours=1)


def test_it_says_where_and_from_when() -> None:
    """In the order of the moves."""
    said = "Europe/Berlin, from 2025-09-01 America/New_York, from 2026-01-01 Europe/Berlin"
    assert str(MOVED) == said
    assert datetime(2025, 10, 27, tzinfo=MOVED).strftime("%z") == "-0400"
