"""Two sockets, limited response URLs, requests that time out: one answer, or one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from tests.bot.slack.test_hostile_days import WHY, answers
from tests.bot.slack.test_reasons_in_slack import Cluster, announced
from tests.support.built_memory import minutes
from tests.support.slack_world import World, run, slack_world

from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.console.installation import APP_TOKEN
from kubectl_smart.bot.slack.connecting import by_socket


def in_turn(monkeypatch: pytest.MonkeyPatch, world: World) -> list[str]:
    """Envelopes take the sockets in turn; which each took, as they are sent."""
    took: list[str] = []
    turns: Iterator[int] = cycle((0, 1))

    def choice(tickets: list[str]) -> str:
        took.append(tickets[next(turns) % len(tickets)])
        return took[-1]

    monkeypatch.setattr(world.slack.random, "choice", choice)
    return took


def test_one_event_on_two_sockets_is_answered_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack repeats what it thinks was not heard, on the bot's other connection."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            assert world.bot._app is not None
            async with by_socket(world.bot._app, APP_TOKEN):
                assert len(world.server.sockets) == 2
                took = in_turn(monkeypatch, world)
                change = await announced(world, cluster)
                (message,) = world.from_bot(world.ada)
                await world.ada.replies(message, "for the sale")
                await world.ada.says(f"@smart {WHY}")
                events = [
                    one
                    for one in world.slack.journal.entries
                    if (one.direction, one.what) in (("delivery", "app_mention"),
                                                     ("delivery", "message.channels"))
                ]  # fmt: skip
                assert len({str(one.body) for one in events}) == len(events) > 1
                before, told = len(took), len(answers(world))
                for one in events:
                    for _ in range(2):
                        await world.server.acting._deliver("events_api", one.what, one.body)
                await world.settle()
                assert len(set(took[before:])) == 2
                assert len(answers(world)) == told
                assert [one.text for one in cluster.notes(change)] == ["for the sale"]
                assert not world.slack.journal.complaints

    run(story())


def test_a_limited_response_url_is_waited_for(tmp_path: Path) -> None:
    """429 with Retry-After: the same answer is sent again, not before, and it is there once."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            world.slack.faults.plan("response_url", Planned(kind="ratelimited", seconds=2))
            await world.ada.says(f"/smart {WHY}")
            (answer,) = answers(world)
            assert "payment-api" in answer
            first, second, *_ = said(world)
            assert (first.ok, second.ok) == (False, True)
            assert second.at - first.at >= 2

    run(story())


def test_a_response_url_that_stays_limited_is_left(tmp_path: Path) -> None:
    """However often it is limited: whoever asked reads the answer once, as a message of theirs."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            limited = [Planned(kind="ratelimited", seconds=0)] * 99
            world.slack.faults.plan("response_url", *limited)
            await world.ada.says(f"/smart {WHY}")
            (answer,) = answers(world)
            assert "payment-api" in answer
            assert len(world.slack.journal.calls("chat.postEphemeral")) == 1

    run(story())


def said(world: World) -> list[Any]:
    """What went to response URLs."""
    return [one for one in world.slack.journal.entries if one.what == "response_url"]


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "files.info"])
def test_an_answer_nobody_confirms_is_there_once(tmp_path: Path, method: str) -> None:
    """Slack does it and does not say so in time: the words are there, and once."""
    cluster = Cluster(tmp_path)
    cluster.scale(5, 5)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            impatient(world)
            world.slack.faults.plan(method, Planned(kind="slow", seconds=2))
            await world.ada.says(f"@smart {WHY}")
            assert sum("3 → 5" in one for one in answers(world)) == 1
            assert world.bot.state.unfinished() == []

    run(story())


@pytest.mark.parametrize("method", ["users.info", "conversations.info", "usergroups.list"])
def test_a_gate_that_gets_no_answer_refuses(tmp_path: Path, method: str) -> None:
    """Who somebody is does not come in time: one sentence, nothing of the answer."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            impatient(world)
            world.slack.faults.plan(method, *[Planned(kind="slow", seconds=2)] * 4)
            await world.ada.says(f"/smart {WHY}")
            (told,) = answers(world)
            assert told.startswith("error: ")
            assert "replicas" not in told
            await world.ada.says("/smart help")
            assert world.bot.state.unfinished() == []

    run(story())


def impatient(world: World) -> None:
    """Requests of the bot are given up after a second."""
    assert world.bot._app is not None
    world.bot._app.client.timeout = 1
