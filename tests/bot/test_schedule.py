"""What is done by the clock: when, one at a time, and beside a process that writes."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from tests.support import built_memory
from tests.support.audit_events import audit_event, deployment
from tests.support.built_memory import SARAH, Past, minutes
from tests.support.live_process import CAPTURE, LiveProcess, deliver, event_list
from tests.support.recordings import smart

from kubectl_smart.bot.configuring import parsed
from kubectl_smart.bot.serve.schedule_settings import ScheduleModel, cron
from kubectl_smart.bot.serve.scheduling import Job, Schedule
from kubectl_smart.bot.serve.settings import ServeModel
from kubectl_smart.bot.serve.upkeep import upkeep
from kubectl_smart.memory.graph.weighing import RULES
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.errors import BadInput, StorageFull
from kubectl_smart.memory.records.links import LINKS, SETTLE

NEVER = "0 0 1 1 *"


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("30 3 * * *", "UTC", "2026-01-02T03:30:00+00:00"),
        ("30 3 * * *", "Asia/Tokyo", "2026-01-02T03:30:00+09:00"),
        ("0 0 * * 0", "UTC", "2026-01-04T00:00:00+00:00"),
        ("0 0 * * 7", "UTC", "2026-01-04T00:00:00+00:00"),
        ("0 0 * * 1-5", "UTC", "2026-01-02T00:00:00+00:00"),
        ("0 0 * * mon,Tue", "UTC", "2026-01-05T00:00:00+00:00"),
        ("*/20 * * * * *", "UTC", "2026-01-01T12:00:20+00:00"),
    ],
)
def test_cron_expressions(expression: str, zone: str, expected: str) -> None:
    """Days are counted as cron does, from Sunday; 2026-01-01 12:00:01 UTC was a Thursday."""
    now = datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)
    found = cron(expression, ZoneInfo(zone)).get_next_fire_time(None, now)
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("maintain", "every hour", "line 2: schedule.maintain"),
        ("maintain", "61 * * * *", "is no cron expression"),
        ("pack", "0 0 1 * mon", "names days of the month and of the week"),
        ("zone", "Berlin", "Berlin is no time zone"),
        ("packs", "* * * * *", "schedule.packs is not known"),
    ],
)
def test_what_is_wrong_names_the_key(key: str, value: str, said: str) -> None:
    """And the line."""
    with pytest.raises(BadInput) as told:
        parsed(f"schedule:\n  {key}: '{value}'\n", ServeModel, "smart.yaml")
    assert said in str(told.value)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for it."""
    for _ in range(1_200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError


def job(name: str, work: Callable[[], Awaitable[None]]) -> Job:
    """Ten times a second."""
    return Job(name, IntervalTrigger(seconds=0.1), work)


def test_never_two_at_a_time_and_again_after_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """However often their time comes; what fails is counted, told, and done again."""
    busy: list[str] = []
    seen: list[int] = []

    async def slow() -> None:
        busy.append("slow")
        seen.append(len(busy))
        await asyncio.sleep(0.25)
        busy.pop()

    async def failing() -> None:
        seen.append(len(busy) + 1)
        raise StorageFull("the disk is full", "make room")

    async def story() -> Schedule:
        schedule = Schedule([job("slow", slow), job("failing", failing)])
        running = asyncio.create_task(schedule.run())
        await until(lambda: all(one.runs >= 3 for one in schedule.figures.values()))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return schedule

    schedule = asyncio.run(story())
    assert set(seen) == {1}
    assert schedule.figures["failing"].failures >= 3
    assert schedule.figures["slow"].failures == 0
    assert schedule.figures["slow"].seconds >= 0.25
    assert "failing failed, and is done again at its next time: the disk is full" in caplog.text


def test_a_fault_of_ours_ends_it() -> None:
    """Nothing swallows it."""

    async def broken() -> None:
        raise ZeroDivisionError

    async def story() -> None:
        await asyncio.wait_for(Schedule([job("broken", broken)]).run(), 60)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(story())


def test_upkeep_where_nobody_captures(tmp_path: Path) -> None:
    """The memory is opened for writing; while somebody else writes, that fails and is told."""
    memory = tmp_path / "memory"
    past = Past()
    past.write(built_memory.deployment("payment-api"), by=SARAH, replicas=3)
    with past.memory(memory):
        pass

    async def story(free: int) -> list[int]:
        model = ScheduleModel(
            maintain=NEVER, pack=NEVER, links=NEVER, disk=NEVER, check=NEVER, free=free
        )
        jobs = upkeep(model, UTC, memory, None, None)
        schedule = Schedule(jobs)
        for one in jobs:
            await schedule.do(one)
        return [one.failures for one in schedule.figures.values()]

    assert asyncio.run(story(0)) == [0, 0, 0, 0, 0]
    with open_for_writing(memory):
        assert asyncio.run(story(1 << 40)) == [1, 1, 1, 1, 0]
    assert list((memory / "objects" / "info").glob("commit-graph*"))


def test_trouble_is_linked_where_nobody_captures(tmp_path: Path) -> None:
    """And by `maintain`; what began less than seven hours ago waits."""
    memory = tmp_path / "memory"
    in_trouble(memory)

    async def story() -> int:
        (job,) = [
            one for one in upkeep(ScheduleModel(), UTC, memory, None, None) if one.name == "links"
        ]
        schedule = Schedule([job])
        await schedule.do(job)
        return schedule.figures["links"].failures

    asked = ("links", "--since", "2025-11-01T00:00:00Z", "-o", "json")
    before = smart(*asked, memory=memory).stdout
    assert linked(memory) is None
    assert asyncio.run(story()) == 0
    assert linked(memory) == (minutes(4_880) - SETTLE, 1)
    assert smart(*asked, memory=memory).stdout == before
    smart("reindex", memory=memory)
    assert linked(memory) is None
    assert smart("maintain", memory=memory).stdout == "packed\n"
    assert linked(memory) == (minutes(4_880) - SETTLE, 1)
    assert smart(*asked, memory=memory).stdout == before
    assert "no fault" in smart("verify", memory=memory).stdout


def test_the_committer_links_trouble(tmp_path: Path) -> None:
    """Of what stood in the memory before it was live; questions say the same as before."""
    memory = tmp_path / "memory"
    in_trouble(memory)
    asked = ("links", "--since", "2025-11-01T00:00:00Z", "--until", "2025-12-01T00:00:00Z")
    before = smart(*asked, "-o", "dot", memory=memory).stdout
    config = tmp_path / "smart.yaml"
    part = "schedule: {links: '* * * * * *', maintain: null, pack: null, disk: null, check: null}"
    config.write_text(CAPTURE.format(memory=memory) + part)
    process = LiveProcess(config)
    process.start()
    try:
        _wait(lambda: linked(memory) == (minutes(4_880) - SETTLE, 1))
        event = audit_event("create", "deployments", "api", group="apps", response=deployment(1))
        deliver(process, event_list([event]))  # of the first minute: all is to be linked again
        process.until("changes_total", 1)
        _wait(lambda: (linked(memory) or (0, 0))[1] == 1)
        assert process.figure("job_failures_total") == 0
        assert process.figure("committer_restarts_total") == 0
        assert process.stop() == 0
    finally:
        process.end()
    assert smart(*asked, "-o", "dot", memory=memory).stdout == before


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def in_trouble(memory: Path) -> None:
    """Three days, an edit that breaks a workload in each of the last two, and a quiet day."""
    past = Past()
    past.heard(minutes(0), minutes(4_880))
    api = built_memory.deployment("api", "shop")
    for at, image in ((0, "1"), (3_000, "2"), (3_100, "1"), (4_700, "3")):
        containers = [built_memory.container("main", f"api:{image}")]
        past.write(api, minutes(at), by=SARAH, containers=containers)
    for at in (3_002, 4_702):
        past.seen(built_memory.pod(f"api-{at}", "shop"), minutes(at), "BackOff", owner=api)
    with past.memory(memory):
        pass


def linked(memory: Path) -> tuple[int, int] | None:
    """Up to when trouble is linked in the index, and how many links to it that are."""
    index = open_index(memory / "smart" / "index.sqlite")
    until = index.trouble_linked(f"{RULES} {LINKS}")
    links = [] if until is None else index.trouble_links_between(None, until, RULES)
    index.close()
    return None if until is None else (until, len(links))


def test_the_committer_packs_beside_what_is_written(tmp_path: Path) -> None:
    """Every second, all anew, while changes come in: none is lost, and packs are few."""
    memory = tmp_path / "memory"
    config = tmp_path / "smart.yaml"
    often = "maintain: '* * * * * *', pack: '*/2 * * * * *', links: '* * * * * *'"
    often += ", check: '* * * * * *'"
    part = f"schedule: {{{often}, disk: null}}"
    config.write_text(CAPTURE.format(memory=memory) + part)
    process = LiveProcess(config)
    process.start()
    try:
        sent = 0
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and (sent < 200 or _runs(process, "pack") < 4):
            sent += 10
            events = [
                audit_event(
                    "create" if number == 1 else "update", "deployments", "api", group="apps",
                    at=number / 10, response=deployment(number % 50 + 1, rv=number),
                )
                for number in range(sent - 9, sent + 1)
            ]  # fmt: skip
            deliver(process, event_list(events))
            time.sleep(0.2)
        process.until("changes_total", sent)
        assert _runs(process, "maintain") >= 1
        assert _runs(process, "check") >= 1
        assert _runs(process, "links") >= 1
        assert process.figure("job_failures_total") == 0
        assert process.figure("committer_restarts_total") == 0
        assert process.stop() == 0
    finally:
        process.end()
    assert not [line for line in process.said if "Traceback" in line], process.said
    count = subprocess.run(
        ["git", "-C", memory, "rev-list", "--count", "--grep=^Audit-Id", "main"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert int(count) == sent
    assert len(list((memory / "objects" / "pack").glob("*.pack"))) < 40
    assert "no fault" in smart("verify", memory=memory).stdout


def _runs(process: LiveProcess, name: str) -> float:
    _, text = process.get("/metrics")
    found = [one for one in text.splitlines() if f'job_runs_total{{job="{name}"}}' in one]
    return float(found[0].split()[-1]) if found else 0.0
