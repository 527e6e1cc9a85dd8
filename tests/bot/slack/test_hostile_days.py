"""Slack on bad days: busy, broken, slow, gone; each failure ends in a sentence, none doubles."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.bot.slack.test_reasons_in_slack import Cluster, announced
from tests.support.built_memory import minutes
from tests.support.slack_world import World, run, slack_world

from kubectl_smart.bot.console.faults import Planned, Trouble
from kubectl_smart.bot.slack.identities import KEPT

WHY = "why deployment/payment-api"


def answers(world: World) -> list[str]:
    """What the bot said to Ada or to everybody."""
    return [one.text for one in world.from_bot(world.ada)]


@pytest.mark.parametrize("door", ["/smart", "@smart"])
@pytest.mark.parametrize("kind", ["error", "ratelimited", "broken", "slow", "dropped"])
def test_trouble_with_the_answer_neither_loses_nor_doubles_it(
    tmp_path: Path, door: str, kind: Trouble
) -> None:
    """The request that brings the answer fails: it is there all the same, and once."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            method = "response_url" if door == "/smart" else "chat.postMessage"
            error = "invalid_blocks"
            world.slack.faults.plan(method, Planned(kind=kind, error=error, seconds=0.1))
            await world.ada.says(f"{door} {WHY}")
            (answer,) = answers(world)
            assert "payment-api" in answer
            assert not world.slack.journal.complaints

    run(story())


@pytest.mark.parametrize("kind", ["error", "broken", "dropped"])
@pytest.mark.parametrize(
    "method",
    ["files.getUploadURLExternal", "upload", "files.completeUploadExternal", "files.info"],
)
def test_an_answer_stays_without_its_picture(tmp_path: Path, method: str, kind: Trouble) -> None:
    """Whatever happens to the picture, the answer is not taken away."""
    cluster = Cluster(tmp_path)
    cluster.scale(5, 5)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            trouble = Planned(kind=kind, error="missing_scope")
            world.slack.faults.plan(method, trouble, trouble)
            await world.ada.says(f"/smart {WHY}")
            (answer,) = answers(world)
            assert "3 → 5" in answer
            assert world.last_for(world.ada).blocks

    run(story())


@pytest.mark.parametrize("kind", ["error", "ratelimited", "broken", "dropped"])
@pytest.mark.parametrize("method", ["users.info", "conversations.info", "usergroups.list"])
def test_who_cannot_be_known_is_not_let_in(tmp_path: Path, method: str, kind: Trouble) -> None:
    """An outage of what the gate asks refuses, in one sentence; nothing of the answer is told."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            world.slack.faults.plan(method, *[Planned(kind=kind)] * 4)
            await world.ada.says(f"/smart {WHY}")
            (said,) = answers(world)
            assert said.startswith("error: ")
            assert "replicas" not in said

    run(story())
    assert KEPT > 0


def test_an_answer_whose_address_is_used_up_is_told_another_way(tmp_path: Path) -> None:
    """A response URL that takes nothing any more: the person reads it as a message for them."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            gone = Planned(kind="error", error="used_url")
            world.slack.faults.plan("response_url", gone, gone)
            await world.ada.says(f"/smart {WHY}")
            (answer,) = answers(world)
            assert "payment-api" in answer
            assert world.from_bot(world.bob) == []

    run(story())


def test_words_are_recorded_or_their_loss_is_told(tmp_path: Path) -> None:
    """A reason that Slack's trouble keeps out is told to who gave it; without a tick it is kept."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            change = await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            world.slack.faults.plan("chat.getPermalink", Planned(kind="error"))
            await world.ada.replies(message, "for the sale")
            assert cluster.notes(change) == []
            assert "that was not recorded: Slack did not answer" in answers(world)[-1]

            world.slack.faults.plan("reactions.add", Planned(kind="error", error="missing_scope"))
            await world.ada.replies(message, "for the sale, again")
            assert [one.text for one in cluster.notes(change)] == ["for the sale, again"]
            assert "the reason of" in answers(world)[-1]

    run(story())


def test_an_announcement_is_there_once(tmp_path: Path) -> None:
    """The connection breaks after Slack took it: it is found, not posted again."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            world.slack.faults.plan("chat.postMessage", Planned(kind="dropped"))
            change = await announced(world, cluster)
            await world.look()
            (message,) = world.from_bot(world.ada)
            await world.ada.replies(message, "for the sale")
            assert len(cluster.notes(change)) == 1

    run(story())


@pytest.mark.parametrize("how", ["drop", "refresh"])
def test_a_socket_that_breaks_loses_no_answer(tmp_path: Path, how: str) -> None:
    """The socket goes while an answer is made: it comes once, and the next question too."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            world.slack.faults.plan("users.info", Planned(kind="slow", seconds=0.3))
            await world.server.acting.post(world.ada.id, world.incidents.id, f"@smart {WHY}")
            while not world.slack.journal.calls("users.info"):
                await asyncio.sleep(0.01)
            if how == "drop":
                await world.server.sockets.drop()
            else:
                await world.server.sockets.disconnect("refresh_requested")
            await world.settle()
            assert len(answers(world)) == 1
            for _ in range(400):
                if len(world.server.sockets):
                    break
                await asyncio.sleep(0.05)
            await world.ada.says(f"@smart {WHY}")
            assert len(answers(world)) == 2

    run(story())


def test_the_same_event_many_times_is_answered_once(tmp_path: Path) -> None:
    """Slack's repetitions, and one envelope on two sockets."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            await world.ada.says(f"@smart {WHY}")
            entries = world.slack.journal.entries
            (first,) = [
                one for one in entries if (one.direction, one.what) == ("delivery", "app_mention")
            ]
            await asyncio.gather(
                *(
                    world.server.acting._deliver("events_api", "app_mention", first.body)
                    for _ in range(4)
                )
            )
            await world.settle()
            assert len(answers(world)) == 1

    run(story())


def test_a_hundred_questions_at_once(tmp_path: Path) -> None:
    """By twenty people: each gets as many answers as they asked; who is too quick is told so."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(
            cluster.path, now=minutes(60), bot_settings={"a_minute": 1}, ack_within=60.0
        ) as world:
            people = [
                world.workspace.add_user(f"p{number}", f"Person {number}") for number in range(20)
            ]
            for one in people:
                world.incidents.members.add(one.id)
            await asyncio.gather(
                *(
                    world.server.acting.post(one.id, world.incidents.id, "/smart help")
                    for one in people
                    for _ in range(5)
                ),
                *(
                    world.server.acting.post(world.ada.id, world.incidents.id, f"/smart {WHY}")
                    for _ in range(15)
                ),
            )
            await world.settle()
            every = list(world.incidents.ephemerals.values())
            assert all(sum(m.only_for == one.id for m in every) == 5 for one in people)
            mine = [one.text for one in every if one.only_for == world.ada.id]
            assert len(mine) == 15
            assert sum("that is a lot at once" in one for one in mine) == 5

    run(story())


def test_scopes_that_are_optional_may_be_missing(tmp_path: Path) -> None:
    """Without user groups, file look-ups and reactions, questions and reasons work all the same."""
    cluster = Cluster(tmp_path)
    cluster.scale(5, 5)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            refused = [Planned(kind="error", error="missing_scope")] * 9
            for method in ("usergroups.list", "files.info", "reactions.add"):
                world.slack.faults.plan(method, *refused)
            await world.bob.says(f"/smart {WHY}")
            assert "3 → 5" in world.last_for(world.bob).text
            await world.bob.says("@smart because deployment/payment-api for the sale")
            assert "the reason of" in world.last_for(world.bob).text

    run(story())


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.postEphemeral"])
def test_a_revoked_token_breaks_nothing_else(tmp_path: Path, method: str) -> None:
    """What cannot be said is logged, nothing is owed, and the next question is answered."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            revoked = [Planned(kind="error", error="token_revoked")] * 4
            world.slack.faults.plan(method, *revoked)
            await world.ada.says(f"@smart {WHY}")
            assert world.bot.state.unfinished() == []
            await world.ada.says(f"/smart {WHY}")
            assert "payment-api" in answers(world)[-1]

    run(story())


def test_a_mark_that_cannot_be_followed_is_told(tmp_path: Path) -> None:
    """Slack does not show the message that was marked: whoever marked it reads so, alone."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            await world.bob.says("it was the sale")
            said = world.last_for(world.bob)
            world.slack.faults.plan("conversations.replies", Planned(kind="error"))
            await world.ada.reacts(said, "memo")
            assert "That was not recorded" in answers(world)[-1]
            assert world.from_bot(world.bob) == []

    run(story())
