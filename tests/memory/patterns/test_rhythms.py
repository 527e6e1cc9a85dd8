"""Rhythms of a calendar: found across daylight saving and holidays, broken, and not made up."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.patterns.calendars import (
    LAST_DAY,
    LAST_WORKDAY,
    Cell,
    Clock,
    Family,
    date_of,
    days_of,
)
from kubectl_smart.memory.patterns.rhythms import Profile, Rhythm, Stream, rhythms

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = date(2025, 3, 3)
DAY = 86_400_000_000


def at(day: date, hour: float, zone: ZoneInfo = BERLIN) -> int:
    """The instant of a local hour."""
    minutes = int(hour * 60)
    moment = datetime(day.year, day.month, day.day, minutes // 60, minutes % 60, tzinfo=zone)
    return int(moment.timestamp()) * 1_000_000


def mondays(weeks: int, hour: float = 9.0) -> list[int]:
    """One instant each Monday."""
    return [at(FIRST + timedelta(weeks=week), hour) for week in range(weeks)]


def office(count: int, seed: int = 1) -> list[int]:
    """Instants in office hours of workdays."""
    dice, found = random.Random(seed), []
    while len(found) < count:
        day = FIRST + timedelta(days=dice.randrange(364))
        if day.weekday() < 5:
            found.append(at(day, 8 + dice.random() * 10))
    return sorted(found)


def found(
    times: Sequence[int],
    others: Sequence[int] = (),
    zone: ZoneInfo = BERLIN,
    heard: Sequence[tuple[int, int]] | None = None,
) -> list[Rhythm]:
    """The rhythms of one stream among other acts."""
    clock = Clock(zone)
    profile = Profile()
    profile.add(clock.locals(np.array([*times, *others], np.int64)))
    profile.close()
    everything = [(at(FIRST, 0) - DAY, at(FIRST, 0) + 364 * DAY)]
    mine = np.array(sorted(times), np.int64)
    stream = Stream(0, 0, mine, clock.locals(mine))
    return rhythms([stream], [profile], clock, heard or everything)[0]


def test_a_weekly_rhythm_is_found_on_both_sides_of_daylight_saving() -> None:
    """Nine o'clock is nine o'clock in March, July and December."""
    (one,) = found(mondays(45), office(800))
    assert one.cell == Cell(Family.WEEKLY, 0, one.cell.window)
    assert (one.minute, len(one.hits), one.times) == (540, 45, 45)
    assert one.p < 1e-40


def test_in_another_zone_it_is_another_rhythm() -> None:
    """By the clock of UTC it moves with daylight saving, and its windows are others."""
    times = [one for one in mondays(52) if date_of(one // DAY).month in (6, 7, 8)]
    (one,) = found(times, office(800), ZoneInfo("UTC"))
    assert one.minute == 420


def test_misses_are_counted_and_told() -> None:
    """Two holidays of thirty weeks."""
    times = mondays(30)
    del times[20], times[10]
    (one,) = found(times, office(800))
    assert (len(one.hits), one.times, len(one.missed)) == (28, 30, 2)
    assert one.missed[0] <= at(FIRST + timedelta(weeks=10), 9) < one.missed[0] + 3_600_000_000


def test_a_day_on_which_nobody_listened_is_no_miss() -> None:
    """The memory was down for four weeks."""
    times = mondays(30)
    gap = at(FIRST + timedelta(weeks=12), 0), at(FIRST + timedelta(weeks=16), 0)
    times = [one for one in times if not gap[0] <= one < gap[1]]
    heard = [(at(FIRST, 0) - DAY, gap[0]), (gap[1], at(FIRST, 0) + 364 * DAY)]
    (one,) = found(times, office(800), heard=heard)
    assert (len(one.hits), one.times, one.missed) == (26, 26, ())


def test_what_has_stopped_is_broken() -> None:
    """Since the first Monday on which it did not come; one miss at the end is none yet."""
    (one,) = found(mondays(20), office(800))
    assert one.broken
    assert one.silent == 32
    assert one.since <= at(FIRST + timedelta(weeks=20), 9) < one.since + 3_600_000_000
    (whole,) = found(mondays(51), office(800))
    assert not whole.broken


def test_what_comes_every_day_is_told_once() -> None:
    """And not as a rhythm of each weekday."""
    times = [at(FIRST + timedelta(days=day), 2.1) for day in range(90)]
    (one,) = found(times, office(800))
    assert one.cell.family is Family.DAILY


@pytest.mark.parametrize(
    ("days", "cell"),
    [
        (days_of(Cell(Family.MONTHLY, 1, -1), 20_150, 20_500), Cell(Family.MONTHLY, 1, -1)),
        (
            days_of(Cell(Family.MONTHLY, LAST_DAY, -1), 20_150, 20_500),
            Cell(Family.MONTHLY, LAST_DAY, -1),
        ),
        (
            days_of(Cell(Family.MONTHLY, LAST_WORKDAY, -1), 20_150, 20_500),
            Cell(Family.MONTHLY, LAST_WORKDAY, -1),
        ),
        (
            days_of(Cell(Family.LAST_IN_MONTH, 4, -1), 20_150, 20_500),
            Cell(Family.LAST_IN_MONTH, 4, -1),
        ),
    ],
)
def test_rhythms_of_months(days: list[int], cell: Cell) -> None:
    """The first, the last day, the last working day, the last Friday."""
    assert found([at(date_of(day), 6.5) for day in days], office(800))[0].cell == cell


def test_the_last_friday_by_hand() -> None:
    """Of April 2025 the 25th, of May the 30th."""
    days = days_of(Cell(Family.LAST_IN_MONTH, 4, -1), 20_179, 20_238)
    assert [date_of(day) for day in days] == [date(2025, 4, 25), date(2025, 5, 30)]


def test_office_hours_are_no_rhythm() -> None:
    """Whoever works by day does nothing at night, like everybody else."""
    assert all(one.p > 1e-5 for one in found(office(60, seed=7), office(800)))


def test_a_week_of_work_on_one_thing_is_no_rhythm() -> None:
    """Seven days in a row at ten."""
    assert not found([at(FIRST + timedelta(days=day), 10) for day in range(7)], office(800))


def test_four_times_are_too_few() -> None:
    """Whatever chance says of them."""
    assert not found(mondays(4), office(800))


@given(st.permutations(range(26)), st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]))
def test_the_machine_and_the_order_change_nothing(order: list[int], zone: str) -> None:
    """Neither the order in which others are added nor the zone the machine is in."""
    times, others = mondays(26), office(100)
    shuffled = [others[place * 3] for place in order]
    plain = found(times, [others[place * 3] for place in range(26)])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TZ", zone)
        import time

        time.tzset()
        assert found(times, shuffled) == plain
    time.tzset()


@given(st.integers(0, 4_102_444_800_000_000), st.sampled_from(["Europe/Berlin", "Asia/Kolkata"]))
def test_local_minutes_are_those_of_the_clock_on_the_wall(instant: int, name: str) -> None:
    """Of any instant up to 2100."""
    zone = ZoneInfo(name)
    moment = datetime.fromtimestamp(instant // 1_000_000, UTC).astimezone(zone)
    day, minute = divmod(Clock(zone).local(instant), 1_440)
    assert (date_of(day), minute) == (moment.date(), moment.hour * 60 + moment.minute)


def test_when_people_begin_to_work_is_no_rhythm() -> None:
    """What is done all day long begins every morning; what is done in a busy hour may be one."""
    dice, busy = random.Random(11), []
    for day in range(200):
        if (FIRST + timedelta(days=day)).weekday() < 5:
            busy += [at(FIRST + timedelta(days=day), 8 + dice.random() * 9) for _ in range(40)]
    assert not [one for one in found(busy, office(800)) if one.cell.window >= 0]
    hour = [at(FIRST + timedelta(days=day), 14 + dice.random() / 2) for day in range(2, 300, 7)
            for _ in range(5)]  # fmt: skip
    (one,) = found(sorted(hour), office(800))
    assert one.cell.family is Family.WEEKLY


def test_a_shift_is_no_rhythm_and_a_job_of_some_minutes_is() -> None:
    """What goes on from three to eleven every workday comes not at three, though it begins then."""
    dice = random.Random(5)
    days = [FIRST + timedelta(days=number) for number in range(200)]
    workdays = [day for day in days if day.weekday() < 5]
    shift = [at(day, 15 + dice.random() * 8) for day in workdays for _ in range(40)]
    assert not [one for one in found(sorted(shift), office(9_000)) if one.cell.window >= 0]
    job = [at(day, 2 + third) for day in days for third in (0, 0.1, 0.2, 0.3, 0.4)]
    assert found(job, office(9_000))[0].minute == 120
