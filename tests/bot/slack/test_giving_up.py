"""Questions that are cancelled, or take too long: their thread is free again, and it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.built_memory import TOM, Past, deployment, minutes
from tests.support.slack_world import World, run, slack_world

from kubectl_smart.bot.slack.questions import CANCEL
from kubectl_smart.memory.index import reading

LONG = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
    " SELECT i FROM n WHERE i < 0"
)
ASK = "replay --since 2025-11-23T08:00:00Z"


@pytest.fixture(autouse=True)
def long_replays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay reads for minutes, as of a very large memory."""
    monkeypatch.setattr(reading, "TEXTS", {**reading.TEXTS, "changes_between": LONG})


def a_memory(folder: Path) -> Path:
    """A cluster that was listened to."""
    past = Past()
    past.heard(minutes(-60), minutes(60))
    past.write(deployment("payment-api"), by=TOM, replicas=3)
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


async def until(world: World, holds: Callable[[], bool]) -> None:
    """Wait for something to happen; a minute at most."""
    for _ in range(1_200):
        if holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


@pytest.mark.parametrize("asked", [f"/smart {ASK}", f"@smart {ASK}"])
def test_cancel_frees_the_pool_and_says_who(tmp_path: Path, asked: str) -> None:
    """One worker, which reads for Ada until she cancels; then it answers the next question."""

    async def story() -> None:
        options = {"workers": 1, "slow": 0.05, "longest": 3_600.0}
        async with slack_world(a_memory(tmp_path), now=minutes(60), bot_settings=options) as world:
            asking = asyncio.create_task(world.ada.says(asked))
            await until(world, lambda: bool(world.from_bot(world.ada)))
            waiting = world.last_for(world.ada)
            assert waiting.text == "Looking it up …"
            if waiting.only_for is None:
                acting = world.server.acting
                await acting.click(world.bob.id, waiting.channel, waiting.ts, "", CANCEL)
                await until(world, lambda: "somebody else asked" in world.last_for(world.bob).text)
            await asyncio.wait_for(world.ada.clicks(waiting, CANCEL), 60)
            await asking
            told = next(one for one in world.seen(world.ada) if one.ts == waiting.ts)
            assert "cancelled by Ada Example" in told.text
            assert world.bot.state.trail(user=world.ada.id).deeds[-1].ending == "given up"

            await asyncio.wait_for(world.ada.says("/smart status"), 60)
            assert "error" not in world.last_for(world.ada).text

    run(story())


def test_an_overdue_question_frees_the_pool(tmp_path: Path) -> None:
    """It is given up in a sentence, and its worker answers the next question."""

    async def story() -> None:
        options = {"workers": 1, "slow": 0.05, "longest": 0.2}
        async with slack_world(a_memory(tmp_path), now=minutes(60), bot_settings=options) as world:
            await asyncio.wait_for(world.ada.says(f"/smart {ASK}"), 60)
            assert "was given up" in world.last_for(world.ada).text
            await asyncio.wait_for(world.ada.says("/smart why deployment/payment-api"), 60)
            assert "tom@example.com" in world.last_for(world.ada).text

    run(story())
