"""Patterns in Slack: asked for, told by role, and told every week where that is wanted."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from built_memory import Past, deployment
from slack_world import run, slack_world

from kubectl_smart.bot.serve.schedule_settings import ScheduleModel
from kubectl_smart.bot.serve.scheduling import Schedule
from kubectl_smart.bot.serve.upkeep import upkeep
from kubectl_smart.memory.records.changes import FieldEdit

DAY = 86_400_000_000
MONDAY = 1_741_597_200_000_000
"""2025-03-10 09:00 UTC."""
NEVER = "0 0 1 1 *"
STATEMENT = "every Monday about 09:00: replicas of payments/deployment payment-api 3 → 8"


def _weekly(path: Path, weeks: int) -> int:
    """A memory in which replicas go up on Mondays, among other work; returns its end."""
    past, dice = Past(), random.Random(1)
    api, other = deployment("payment-api"), deployment("mail")
    for day in range(weeks * 7):
        at = MONDAY + day * DAY
        for number in range(3):
            edit = FieldEdit("spec.paused", day % 2 == 0, number)
            past.fields(other, at + dice.randrange(9 * 3_600_000_000), edit)
        if day % 7 == 0:
            past.fields(api, at, FieldEdit("spec.replicas", 3, 8))
            past.fields(api, at + 10 * 3_600_000_000, FieldEdit("spec.replicas", 8, 3))
    end = MONDAY + weeks * 7 * DAY
    past.heard(MONDAY - DAY, end)
    past.record(path)
    return end


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Half a year of Mondays, and its end."""
    folder = tmp_path_factory.mktemp("weekly") / "memory"
    return folder, _weekly(folder, 24)


def test_patterns_are_asked_for(weekly: tuple[Path, int]) -> None:
    """Statement and figures; what somebody may not see is in no figure."""
    memory, end = weekly

    async def story() -> None:
        async with slack_world(memory, now=end) as world:
            await world.ada.says("/smart patterns --operational")
            text = world.last_for(world.ada).text
            assert STATEMENT in text
            assert "(24 of 24)" in text
            assert "human: nothing beyond what chance explains" in text
            await world.ada.says("/smart patterns --human")
            assert STATEMENT not in world.last_for(world.ada).text
            await world.ada.says("/smart patterns deployment/payment-api")
            assert "takes options only" in world.last_for(world.ada).text
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


def test_the_digest_is_told_where_it_is_wanted(weekly: tuple[Path, int]) -> None:
    """By the clock's job, in a feed's channel; elsewhere nothing is said."""
    memory, end = weekly

    async def story(*, wanted: bool) -> list[str]:
        async with slack_world(memory, now=end, feeds={"digest": wanted, "after": 1e9}) as world:
            digests = world.bot.digests
            assert digests is not None
            model = ScheduleModel(maintain=NEVER, pack=NEVER, disk=NEVER, check=NEVER)
            (job,) = [
                one
                for one in upkeep(model, "UTC", memory, None, None, digests.say)
                if one.name == "digest"
            ]
            schedule = Schedule([job])
            await asyncio.wait_for(schedule.do(job), 60)
            assert schedule.figures["digest"].failures == 0
            return [one.text for one in world.incidents.messages.values() if one.bot]

    (told,) = asyncio.run(story(wanted=True))
    assert STATEMENT in told
    assert asyncio.run(story(wanted=False)) == []


def test_where_there_is_nothing_to_tell_nothing_is_said(tmp_path: Path) -> None:
    """Three Mondays are no rhythm."""
    memory = tmp_path / "memory"
    end = _weekly(memory, 3)

    async def story() -> None:
        async with slack_world(memory, now=end, feeds={"digest": True, "after": 1e9}) as world:
            assert world.bot.digests is not None
            await world.bot.digests.say()
            assert not [one for one in world.incidents.messages.values() if one.bot]

    run(story())
