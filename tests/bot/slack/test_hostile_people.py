"""Who may not see something reads nothing of it, whichever door they try."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.bot.slack.test_reasons_in_slack import Cluster, announced
from tests.support.built_memory import TOM, Past, deployment, minutes
from tests.support.slack_world import World, run, slack_world
from tests.support.wire import strings

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.render.messages import EVIDENCE, REPORT
from kubectl_smart.bot.slack.manifest import RATIONALE
from kubectl_smart.bot.slack.questions import CANCEL, SHARE
from kubectl_smart.bot.slack.state import KEPT_FOR

HIDDEN = deployment("vault-keeper", "treasury")
SECRETS = ("vault-keeper", "treasury", "gold-reserve")
ASK = "why deployment/vault-keeper -n treasury"


def a_memory(folder: Path) -> Path:
    """Something in the namespace that only Ada sees, and something in the one of Bob."""
    past = Past()
    past.heard(minutes(-60), minutes(60))
    past.write(deployment("payment-api"), replicas=3)
    past.write(HIDDEN, at=minutes(1), replicas=1)
    past.write(HIDDEN, at=minutes(5), by=TOM, reason="the gold-reserve grew", replicas=7)
    with past.memory(folder / "memory"):
        pass
    return folder / "memory"


def sent_since(world: World, at: int) -> str:
    """All the bot sent after so many entries of the journal, in whatever form."""
    entries = world.slack.journal.entries[at:]
    mine = [one for one in entries if one.direction in ("call", "response", "upload", "ack")]
    return "\n".join(text for one in mine for text in strings(one.body))


def sees_nothing(told: str) -> None:
    """None of the hidden words is there."""
    assert [line for line in told.split("\n") if any(one in line for one in SECRETS)] == []


def test_buttons_are_judged_by_who_clicks(tmp_path: Path) -> None:
    """Bob clicks below Ada's answer: one sentence in the thread, and nothing of what he lacks."""
    memory = a_memory(tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(60)) as world:
            await world.ada.says(f"@smart {ASK}")
            answer = world.last_for(world.ada)
            assert "gold-reserve" in answer.text
            for button in (EVIDENCE, REPORT):
                begin = len(world.slack.journal.entries)
                for name in ("bob", "carol", "guest", "stranger"):
                    await world.people[name].clicks(answer, button)
                told = sent_since(world, begin)
                assert told.count("error: ") == 2 * 4  # in words and in blocks
                assert "gold-reserve" not in told
                assert not [one for one in world.slack.journal.entries[begin:]
                            if one.direction == "upload"]  # fmt: skip

    run(story())


@pytest.mark.parametrize("name", ["bob", "carol", "guest", "stranger"])
def test_no_door_tells_what_may_not_be_seen(tmp_path: Path, name: str) -> None:
    """Lists, windows, the home, an emoji, incidents: nothing hidden in any, and no silence."""
    memory = a_memory(tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(60)) as world:
            await world.ada.says('/smart incident open "gold-reserve of treasury is empty"')
            who = world.people[name]
            begin = len(world.slack.journal.entries)
            for command in (
                "log",
                "replay --since 2025-11-23T08:00:00Z",
                "at 2025-11-23T09:30:00Z dump",
                "incident list",
                "incident show",
                "incident note who took it",
                "incident close",
                'incident open "the reserve is empty again"',
            ):
                before = len(world.from_bot(who))
                await who.says(f"/smart {command}")
                assert len(world.from_bot(who)) > before, command
            await who.opens_home()
            await who.says("it was me")
            said = next(one for one in reversed(world.seen(who)) if not one.bot)
            await who.chooses(said, RATIONALE)
            assert world.workspace.stack(who.id)
            before = len(world.from_bot(who))
            await who.reacts(said, "memo")
            await who.reacts(said, "pushpin")
            assert len(world.from_bot(who)) > before
            sees_nothing(sent_since(world, begin))

    run(story())


def test_elsewhere_nothing_is_told(tmp_path: Path) -> None:
    """In a channel of two organisations, and in one the bot is not in: a sentence, no answer."""
    memory = a_memory(tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(60)) as world:
            begin = len(world.slack.journal.entries)
            await world.ada.says(f"/smart {ASK}", world.shared)
            assert "another organisation" in world.last_for(world.ada, world.shared).text
            await world.ada.says(f"@smart {ASK}", world.shared)
            assert "another organisation" in world.last_for(world.ada, world.shared).text
            private = world.workspace.add_channel("private", members={world.ada.id}, kind="private")
            await world.ada.says(f"/smart {ASK}", private)
            assert "does not know this channel" in world.last_for(world.ada, private).text
            assert "gold-reserve" not in sent_since(world, begin)

    run(story())


def test_a_channel_with_a_sight_of_its_own_reads_nothing_else(tmp_path: Path) -> None:
    """The feed of a restricted channel neither names nor counts what is hidden there."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        feed = {"sight": Sight(frozenset({"payments"})), "most_an_hour": 1}
        async with slack_world(cluster.path, now=minutes(60), feeds=feed) as world:
            await world.look()
            for at in (5, 6, 7):
                cluster.past.write(HIDDEN, at=minutes(at), by=TOM, replicas=at)
            cluster.scale(5, 8)
            await world.look()
            (message,) = world.from_bot(world.ada)
            assert "payment-api" in message.text
            sees_nothing(sent_since(world, 0))

    run(story())


def test_buttons_grow_old_and_stay_in_their_channel(tmp_path: Path) -> None:
    """After a year, with a handle of another channel, or one that never was: ask again."""
    memory = a_memory(tmp_path)

    async def story() -> None:
        async with slack_world(memory, now=minutes(60)) as world:
            await world.ada.says(f"/smart {ASK}")
            answer = world.last_for(world.ada)
            handle = next(
                str(one["value"])
                for block in answer.blocks
                for one in block.get("elements", [])
                if one.get("action_id") == REPORT
            )
            assert world.bot.state.kept(handle, minutes(60) / 1e6 + KEPT_FOR - 1)
            assert world.bot.state.kept(handle, minutes(60) / 1e6 + 365 * 86_400) is None
            for action in (EVIDENCE, REPORT, SHARE, CANCEL):
                for value in (handle if action != CANCEL else "x", "never-was", ""):
                    place = world.shared if value == handle else world.incidents
                    ts = answer.ts
                    body = {
                        "type": "block_actions",
                        "team": {"id": world.workspace.team},
                        "user": {"id": world.ada.id},
                        "channel": {"id": place.id},
                        "container": {"is_ephemeral": True, "message_ts": ts},
                        "response_url": world.slack.response_address(place.id, world.ada.id),
                        "trigger_id": world.slack.tickets.trigger(world.ada.id),
                        "actions": [{"type": "button", "action_id": action, "value": value}],
                    }
                    before = len(world.from_bot(world.ada, place))
                    await world.server.acting._deliver("interactive", "old", body)
                    await world.settle()
                    assert len(world.from_bot(world.ada, place)) == before + 1
                    assert world.last_for(world.ada, place).text.startswith("error: ")

    run(story())


def test_a_refused_reply_is_told_once(tmp_path: Path) -> None:
    """Somebody without a role talks below an announcement: told once, and nothing is kept."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            change = await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            for words in ("I think", "it was", "the sale"):
                await world.people["carol"].replies(message, words)
            mine = [one for one in world.from_bot(world.people["carol"]) if one.only_for]
            assert len(mine) == 1
            assert "that was not recorded: you may not use because" in mine[0].text
            assert cluster.notes(change) == []

    run(story())


def test_an_emoji_is_answered_behind_the_gate(tmp_path: Path) -> None:
    """On a message that explains nothing: Ada is told how, Carol that she may not."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            carol = world.people["carol"]
            await world.ada.says("we ship on Fridays")
            said = world.incidents.top()[-1]
            for who in (world.ada, carol):
                await who.reacts(said, "memo")
            assert "Which change does that explain?" in world.last_for(world.ada).text
            told = [one.text for one in world.from_bot(carol)]
            assert len(told) == 1
            assert "that was not recorded: you may not use because" in told[0]

            world.slack.faults.plan(
                "conversations.replies", Planned(kind="error", error="fatal_error")
            )
            await carol.reacts(said, "pushpin")
            assert "you may not use incident" in world.last_for(carol).text
            trail = world.bot.state.trail().deeds
            assert [(one.user, one.verb, bool(one.refusal)) for one in reversed(trail)] == [
                (world.ada.id, "because", False),
                (carol.id, "because", True),
                (carol.id, "incident", True),
            ]

    run(story())


def test_a_window_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Metadata that is none of ours: the window says that it is too old; nothing is recorded."""
    cluster = Cluster(tmp_path)
    change = cluster.scale(5, 5)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            await world.ada.says("for the sale")
            for broken in ("", "{}", "null", "[1]", json.dumps(["a"] * 9)):
                await world.ada.chooses(world.incidents.top()[-1], RATIONALE)
                view = world.workspace.stack(world.ada.id)[-1]
                chosen = view.body["blocks"][0]["element"]["options"][0]
                view.body["private_metadata"] = broken
                await world.ada.submits(
                    {
                        "change": {"change": {"selected_option": chosen}},
                        "reason": {"reason": {"value": "for the sale"}},
                    }
                )
                assert "too old" in str(world.workspace.stack(world.ada.id)[-1].body)
                await world.server.acting.close(world.ada.id, view.id)
            assert cluster.notes(change) == []
            assert world.bot.state.unfinished() == []

    run(story())
