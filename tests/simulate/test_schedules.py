"""When CronJobs are due, and that an answer says so where their time falls into it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_snapshots import deployment, node, run, template

from kubectl_smart.simulate.cluster.schedules import due

MONDAY = datetime(2026, 11, 23, 2, 49, 41, tzinfo=UTC)


def times(
    schedule: str, hours: float, zone: str | None = None, since: datetime = MONDAY
) -> list[str]:
    """When it is due within some hours, in UTC."""
    start = since.timestamp()
    found = due(schedule, zone, start, start + hours * 3600, start)
    assert found is not None
    return [f"{datetime.fromtimestamp(one, UTC):%d %H:%M:%S}" for one in found]


@pytest.mark.parametrize(
    ("schedule", "hours", "expected"),
    [
        ("50 2 * * *", 48, ["23 02:50:00", "24 02:50:00"]),
        ("*/20 3 * * *", 24, ["23 03:00:00", "23 03:20:00", "23 03:40:00"]),
        ("5/25 3 * * *", 24, ["23 03:05:00", "23 03:30:00", "23 03:55:00"]),
        ("0 4 * * MON", 24, ["23 04:00:00"]),
        ("0 4 * * 0", 24, []),
        ("0 4 24 * *", 48, ["24 04:00:00"]),
        ("0 4 24 * TUE-WED", 72, ["24 04:00:00", "25 04:00:00"]),
        ("0 4 23 * WED", 72, ["23 04:00:00", "25 04:00:00"]),
        ("0 4 */2 * 3", 72, ["23 04:00:00", "25 04:00:00"]),
        ("0 4 ? nov *", 24, ["23 04:00:00"]),
        ("0 4 * dec *", 24, []),
        ("@hourly", 2, ["23 03:00:00", "23 04:00:00"]),
        ("@every 1h30m", 4, ["23 04:19:41", "23 05:49:41"]),
        ("CRON_TZ=Europe/Berlin 0 4 * * *", 24, ["23 03:00:00"]),
    ],
)
def test_a_schedule_comes_round(schedule: str, hours: float, expected: list[str]) -> None:
    """In UTC; where both days are given either will do, unless one begins with a plain star."""
    assert times(schedule, hours) == expected


def test_a_schedule_counts_in_its_zone() -> None:
    """Summer and winter; an hour that comes twice is counted twice, one that is left out never."""
    assert times("30 9 * * *", 24, "America/New_York") == ["23 14:30:00"]
    autumn = datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert times("30 1 * * *", 6, "America/New_York", autumn) == ["01 05:30:00", "01 06:30:00"]
    spring = datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert times("30 2 * * *", 6, "America/New_York", spring) == []


@pytest.mark.parametrize(
    "schedule", ["", "* * * *", "60 * * * *", "* * * * 7", "*/0 * * * *", "5-1 * * * *", "@never"]
)
def test_what_is_no_schedule_is_not_understood(schedule: str) -> None:
    """Nothing is guessed; an unknown zone neither."""
    assert due(schedule, None, 0, 3600, 0) is None
    assert due("* * * * *", "Mars/Olympus", 0, 3600, 0) is None


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    zone=st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"]),
)
def test_each_time_is_right_in_its_zone(minute: int, hour: int, start: datetime, zone: str) -> None:
    """Once a day, after the start and not after the end, at that minute of that hour."""
    until = start + timedelta(days=2)
    found = due(f"{minute} {hour} * * *", zone, start.timestamp(), until.timestamp(), 0)
    assert found is not None
    assert 1 <= len(found) <= 3
    for one in found:
        local = datetime.fromtimestamp(one, ZoneInfo(zone))
        assert (local.minute, local.hour) == (minute, hour)
        assert start.timestamp() < one <= until.timestamp()


def cron(name: str, schedule: str, **spec: Any) -> dict[str, Any]:
    """A CronJob."""
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}"},
        "spec": {
            "schedule": schedule,
            "jobTemplate": {"spec": {"template": template(name)}},
            **spec,
        },
    }


def said(*crons: dict[str, Any]) -> list[str]:
    """What an answer says of CronJobs, of a deleted node: some 60 s from 02:49:41 on."""
    answer = run(
        [*(node("one"), node("two")), *deployment("web", ["one"]), *crons],
        "kubectl delete node one",
    )
    return [one for one in answer.not_modelled if "CronJob" in one]


def test_a_cron_job_that_is_due_meanwhile_is_named() -> None:
    """With when; one that is suspended, due later, or of another hour in its zone is not."""
    assert said(
        cron("report", "50 2 * * *"),
        cron("late", "0 3 * * *"),
        cron("off", "50 2 * * *", suspend=True),
        cron("zoned", "50 2 * * *", timeZone="Europe/Berlin"),
    ) == ["CronJob shop/report, due 19 s after the command (02:50:00 UTC)"]


def test_a_schedule_that_is_not_understood_is_named() -> None:
    """So that nobody takes it for one that is not due."""
    assert said(cron("odd", "whenever")) == [
        "CronJob shop/odd: its schedule 'whenever' is not understood"
    ]


def test_many_cron_jobs_are_counted() -> None:
    """Five by name."""
    found = said(*(cron(f"c{at}", "50 2 * * *") for at in range(8)))
    assert len(found) == 6
    assert found[-1] == "3 CronJobs more that are due meanwhile"
