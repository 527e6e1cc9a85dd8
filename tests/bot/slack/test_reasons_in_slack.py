"""Reasons from Slack: replies, emojis, windows, words; each is a commit linked to its change."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.built_memory import SARAH, TOM, Past, deployment, minutes
from tests.support.slack_world import Mode, World, run, slack_world

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.slack.feed import Feed
from kubectl_smart.bot.slack.manifest import RATIONALE
from kubectl_smart.memory.opening import open_for_writing, open_memory
from kubectl_smart.memory.records.notes import Note

API = deployment("payment-api")


class Cluster:
    """A memory that goes on while the bot is connected."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "memory"
        self.past = Past()
        self.past.write(API, by=SARAH, replicas=3)
        with self.past.memory(self.path):
            pass

    def scale(self, replicas: int, at: float) -> str:
        """Tom scales; the id of the change."""
        change = self.past.write(API, at=minutes(at), by=TOM, replicas=replicas)
        with self.past.memory(self.path):
            pass
        return change.id

    def notes(self, change: str) -> list[Note]:
        """What explains a change."""
        with open_memory(self.path) as memory:
            found = [each.record for each in memory.index.notes_explaining([change])]
        return [one for one in found if isinstance(one, Note)]


async def announced(world: World, cluster: Cluster, replicas: int = 5, at: float = 5) -> str:
    """A change that was announced; its id."""
    await world.look()
    change = cluster.scale(replicas, at)
    await world.look()
    return change


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_reply_below_an_announcement_is_the_reason(tmp_path: Path, mode: Mode) -> None:
    """The change is announced once; the reply explains it, and the announcement says so."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            change = await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            assert "Why?" in message.text
            await world.look()
            assert len(world.from_bot(world.ada)) == 1

            await world.ada.replies(message, "the queue grew, ask @bob & see #elsewhere")

            (note,) = cluster.notes(change)
            assert note.text == "the queue grew, ask @Bob Example & see #elsewhere"
            assert note.author.name == "Ada Example"
            assert note.permalink.startswith("https://example.slack.com/archives/")
            assert "because: the queue grew" in message.text
            assert not world.slack.journal.complaints

    run(story())
    log = subprocess.run(
        ["git", "-C", cluster.path, "log", "-1", "--format=%B", "main"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Explains: " in log
    assert "Slack-Permalink: " in log


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_reason_follows_its_message(tmp_path: Path, mode: Mode) -> None:
    """An edit changes it, a deletion takes it back, and git keeps every version."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            change = await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            await world.ada.replies(message, "too few")
            (reply,) = [
                one for one in world.incidents.thread(message.ts) if one.user == world.ada.id
            ]

            await world.ada.edits(reply, "too few for the *sale*")
            assert [one.text for one in cluster.notes(change)] == ["too few for the *sale*"]
            await world.ada.deletes(reply)
            assert cluster.notes(change) == []
            assert "Why?" in message.text

    run(story())
    count = subprocess.run(
        ["git", "-C", cluster.path, "rev-list", "--count", "--grep=^Note-Id:", "main"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert count.strip() == "3"


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_an_emoji_records_a_message_and_its_removal_takes_it_back(
    tmp_path: Path, mode: Mode
) -> None:
    """Author is who wrote it, capturer who marked it; only they can take the mark back."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            change = await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            await world.people["carol"].replies(message, "@smart help")
            await world.people["carol"].replies(message, "<!channel> *the sale* starts `now`")
            wanted = world.incidents.thread(message.ts)[-1]
            wanted = next(one for one in world.incidents.thread(message.ts) if "sale" in one.text)
            assert cluster.notes(change) == [], "carol has no role"

            await world.ada.reacts(wanted, "memo")
            (note,) = cluster.notes(change)
            assert note.text == "<!channel> *the sale* starts `now`"
            assert (note.author.name, note.captured_by) == ("Carol Example", "Ada Example")
            assert "white_check_mark" in wanted.reactions
            await world.bob.reacts(wanted, "memo")
            await world.bob.reacts(wanted, "memo", add=False)
            assert len(cluster.notes(change)) == 1
            await world.ada.reacts(wanted, "memo", add=False)
            assert cluster.notes(change) == []

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_a_window_asks_which_change_a_message_explains(tmp_path: Path, mode: Mode) -> None:
    """The shortcut offers recent changes; what is sent off is recorded with the message's link."""
    cluster = Cluster(tmp_path)
    change = cluster.scale(5, 5)
    cluster.scale(6, 6)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            await world.bob.says("five were enough for @ada")
            message = world.last_for(world.bob)
            await world.ada.chooses(message, RATIONALE)
            (view,) = world.workspace.stack(world.ada.id)
            change_block, reason_block = view.body["blocks"]
            options = change_block["element"]["options"]
            assert [one["text"]["text"].endswith("5 → 6") for one in options[:2]] == [True, False]
            assert reason_block["element"]["initial_value"] == "five were enough for @Ada Example"
            chosen = next(one for one in options if one["value"] == change)

            await world.ada.submits({"change": {"change": {"selected_option": chosen}}})
            assert view.errors == {"reason": "Please complete this required field."}
            await world.ada.submits(
                {
                    "change": {"change": {"selected_option": chosen}},
                    "reason": {"reason": {"value": "Five < six & enough"}},
                }
            )
            assert world.workspace.stack(world.ada.id) == []
            (note,) = cluster.notes(change)
            assert (note.text, note.author.name) == ("Five < six & enough", "Bob Example")
            assert note.captured_by == "Ada Example"
            assert not world.slack.journal.complaints

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_words_to_the_bot_are_about_the_thread(tmp_path: Path, mode: Mode) -> None:
    """@smart because needs no name in the thread of a change, and asks for one elsewhere."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            change = await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            await world.ada.says("@smart because nothing in particular")
            assert "it is not clear which change" in world.last_for(world.ada).text
            await world.ada.replies(message, '@smart because "it’s the sale"')
            assert [one.text for one in cluster.notes(change)] == ["it’s the sale"]
            assert "the reason of" in world.last_for(world.ada).text
            await world.bob.says("/smart because deployment/payment-api and Bob agrees")
            assert {one.text for one in cluster.notes(change)} == {
                "it’s the sale",
                "and Bob agrees",
            }

    run(story())


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_words_wait_while_somebody_else_writes(tmp_path: Path, mode: Mode) -> None:
    """They are announced as waiting, and recorded once the other has ended."""
    cluster = Cluster(tmp_path)
    change = cluster.scale(5, 5)

    async def story() -> None:
        async with slack_world(cluster.path, mode=mode, now=minutes(60)) as world:
            acting = world.server.acting
            with open_for_writing(cluster.path):
                words = "/smart because deployment/payment-api for the sale"
                await acting.post(world.ada.id, world.incidents.id, words)
                for _ in range(100):
                    await asyncio.sleep(0.05)
                    if world.from_bot(world.ada):
                        break
                assert "your words are kept" in world.last_for(world.ada).text
                assert cluster.notes(change) == []
            await world.settle()
            assert [one.text for one in cluster.notes(change)] == ["for the sale"]
            assert "the reason of" in world.last_for(world.ada).text

    run(story())


def test_feeds_that_see_different_things_leave_each_other_alone(tmp_path: Path) -> None:
    """A reason is said by the feed that announced; one that sees nothing of it holds nobody up."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, now=minutes(60)) as world:
            (first,) = world.bot.feeds
            blind = replace(
                first._settings, channel=world.shared.id, sight=Sight(frozenset({"shop"}))
            )
            world.bot.feeds.append(
                Feed(first._client, first._answering, first._state, blind, first._now)
            )
            await announced(world, cluster)
            (message,) = world.from_bot(world.ada)
            await world.server.acting.post(
                world.ada.id, world.incidents.id, "the queue grew", message.ts
            )
            await asyncio.wait_for(world.settle(), 30)
            assert "because: the queue grew" in message.text
            assert world.from_bot(world.ada, world.shared) == []

    run(story())
