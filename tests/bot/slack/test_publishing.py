"""Answers that everybody in the channel reads, where that is configured; and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bot.slack.test_asking_in_slack import a_memory
from tests.support.built_memory import minutes
from tests.support.slack_world import Mode, run, slack_world

from kubectl_smart.bot.slack.publishing import Answers

ALOUD = {"answers": Answers(default="in_channel")}
ASK = "/smart why deployment/payment-api --replicas=5"


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_answer_is_for_the_channel_where_that_is_configured(tmp_path: Path, mode: Mode) -> None:
    """Everybody reads who asked, the answer and its picture; evidence goes to its thread."""

    async def story() -> None:
        world = slack_world(
            a_memory(tmp_path), mode=mode, now=minutes(60), bot_settings={**ALOUD, "slow": 0.0}
        )
        async with world as world:
            await world.ada.says(ASK)
            (answer,) = world.from_bot(world.bob)
            assert "tom@example.com" in answer.text
            kinds = [one["type"] for one in answer.blocks]
            assert kinds[:3] == ["context", "section", "image"]
            assert "Ada Example asked" in str(answer.blocks[0])
            assert "smart_share" not in str(answer.blocks)
            mine = [one.text for one in world.from_bot(world.ada) if one.only_for]
            assert mine == ["The answer is in the channel."]

            await world.ada.clicks(answer, "smart_evidence")
            assert world.incidents.thread(answer.ts)[-1].only_for is None
            assert len(world.incidents.thread(answer.ts)) > 1
            assert not world.slack.journal.complaints, world.slack.journal.complaints

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_incidents_are_listed_for_the_channel(tmp_path: Path, mode: Mode) -> None:
    """`incident list` and `show` as questions; for Bob, who sees payments, to him alone."""

    async def story() -> None:
        memory = a_memory(tmp_path)
        async with slack_world(memory, mode=mode, now=minutes(60), bot_settings=ALOUD) as world:
            await world.ada.says('/smart incident open "payment-api is slow"')
            for command in ("list", "show"):
                await world.ada.says(f"/smart incident {command}")
                answer = world.last_for(world.people["carol"])
                assert "payment-api is slow" in answer.text
                assert f"incident {command}" in str(answer.blocks[0])
                await world.bob.says(f"/smart incident {command}")
                assert world.last_for(world.bob).only_for == world.bob.id

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_what_somebody_restricted_is_told_stays_theirs(tmp_path: Path, mode: Mode) -> None:
    """Bob's answer, Carol's refusal and Ada's mistake are read by nobody else."""

    async def story() -> None:
        async with slack_world(
            a_memory(tmp_path), mode=mode, now=minutes(60), bot_settings=ALOUD
        ) as world:
            await world.bob.says(ASK)
            await world.people["carol"].says(ASK)
            await world.ada.says("/smart why deployment/no-such-thing")
            assert "tom@example.com" in world.last_for(world.bob).text
            assert "you may not use" in world.last_for(world.people["carol"]).text
            assert "no-such-thing" in world.last_for(world.ada).text
            assert not [one for one in world.incidents.messages.values() if one.bot]

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_channel_of_its_own_rule(tmp_path: Path, mode: Mode) -> None:
    """What is said of one channel by its id goes before what is said of all."""

    async def story() -> None:
        async with slack_world(a_memory(tmp_path), mode=mode, now=minutes(60)) as found:
            place = found.incidents.id
        answers = Answers(default="in_channel", channels={place: "ephemeral"})
        async with slack_world(
            tmp_path / "memory", now=minutes(60), bot_settings={"answers": answers}
        ) as world:
            await world.ada.says(ASK)
            assert world.last_for(world.ada).only_for == world.ada.id
            assert world.from_bot(world.bob) == []

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_where_the_bot_may_not_write_only_who_asked_reads_it(tmp_path: Path, mode: Mode) -> None:
    """A channel it was not invited to: the answer comes, to Ada alone."""

    async def story() -> None:
        async with slack_world(
            a_memory(tmp_path), mode=mode, now=minutes(60), bot_settings=ALOUD
        ) as world:
            await world.ada.says(ASK, world.elsewhere)
            answer = world.last_for(world.ada, world.elsewhere)
            assert "tom@example.com" in answer.text
            assert answer.only_for == world.ada.id
            assert world.from_bot(world.bob, world.elsewhere) == []

    run(story())
