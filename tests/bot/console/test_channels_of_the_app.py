"""conversations.create, invite and setTopic, as their method references have them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.slack_stage import SCOPES, Stage, refused, run, stage

MAY = (*SCOPES, "channels:manage", "groups:write")


async def why(work: Any) -> str:
    """Slack's word for why it does not do this."""
    return str((await refused(work))["error"])


async def made(one: Stage, name: str = "inc-1", **more: bool) -> str:
    """The id of a new channel."""
    told = await one.client.conversations_create(name=name, **more)
    return str(told["channel"]["id"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("Inc", "invalid_name_specials"),
        ("inc 1", "invalid_name_specials"),
        ("#inc", "invalid_name_specials"),
        ("inc.1", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("x" * 81, "invalid_name_maxlength"),
        ("general", "name_taken"),
    ],
)
def test_names_are_checked(name: str, error: str) -> None:
    """Lower case, digits, - and _, at most 80, each once."""

    async def story() -> None:
        async with stage(scopes=MAY) as one:
            assert await why(one.client.conversations_create(name=name)) == error
            assert await made(one, "x" * 80)

    run(story())


@pytest.mark.parametrize("private", [False, True])
def test_the_app_makes_a_channel_and_is_its_first_member(private: bool) -> None:
    """Which it may read and write; the same name is taken then, whatever the kind."""

    async def story() -> None:
        async with stage(scopes=MAY) as one:
            told = await one.client.conversations_create(name="inc-1", is_private=private)
            channel = told["channel"]
            assert (channel["name"], channel["is_private"]) == ("inc-1", private)
            assert (channel["is_member"], channel["num_members"]) == (True, 1)
            await one.client.chat_postMessage(channel=channel["id"], text="here")
            assert await why(one.client.conversations_create(name="inc-1")) == "name_taken"
            assert not one.slack.journal.complaints

    run(story())


def test_people_are_invited_and_told_of() -> None:
    """Once each; nobody unknown, nobody of another organisation, and not the app itself."""

    async def story() -> None:
        async with stage(scopes=MAY) as one:
            channel = await made(one)
            told = await one.client.conversations_invite(
                channel=channel, users=[one.ada.id, one.bob.id]
            )
            assert told["channel"]["num_members"] == 3
            joined = one.slack.workspace.channels[channel].messages.values()
            assert [(m.user, m.subtype) for m in joined] == [
                (one.ada.id, "channel_join"),
                (one.bob.id, "channel_join"),
            ]
            stranger = one.slack.workspace.add_user("eve", team="T99999999")
            for user, error in (
                (one.ada.id, "already_in_channel"),
                ("U99999999", "user_not_found"),
                (one.slack.app.bot_user, "cant_invite_self"),
                (stranger.id, "cant_invite"),
                (",", "no_user"),
            ):
                work = one.client.conversations_invite(channel=channel, users=user)
                assert await why(work) == error
            carol = one.slack.workspace.add_user("carol")
            both = f"{one.ada.id},{carol.id}"
            work = one.client.conversations_invite(channel=channel, users=both)
            assert await why(work) == "already_in_channel"
            await one.client.conversations_invite(channel=channel, users=both, force=True)
            assert carol.id in one.slack.workspace.channels[channel].members

    run(story())


def test_a_topic_is_at_most_250_long_and_told_once() -> None:
    """It is what conversations.info then tells."""

    async def story() -> None:
        async with stage(scopes=MAY) as one:
            channel = await made(one)
            topic = "x" * 250
            for _ in range(2):
                await one.client.conversations_setTopic(channel=channel, topic=topic)
            told = await one.client.conversations_info(channel=channel)
            assert told["channel"]["topic"]["value"] == topic
            notices = one.slack.workspace.channels[channel].messages.values()
            assert [m.subtype for m in notices] == ["channel_topic"]
            work = one.client.conversations_setTopic(channel=channel, topic=topic + "x")
            assert await why(work) == "too_long"

    run(story())


def test_where_the_app_is_not_it_does_nothing() -> None:
    """Not a member, archived, a direct message: each in Slack's own word."""

    async def story() -> None:
        async with stage(scopes=MAY) as one:
            work = one.client.conversations_setTopic(channel=one.outside.id, topic="x")
            assert await why(work) == "not_in_channel"
            direct = (await one.client.conversations_open(users=one.ada.id))["channel"]["id"]
            work = one.client.conversations_invite(channel=direct, users=one.bob.id)
            assert await why(work) == "method_not_supported_for_channel_type"
            channel = await made(one)
            one.slack.workspace.channels[channel].archived = True
            work = one.client.conversations_invite(channel=channel, users=one.bob.id)
            assert await why(work) == "is_archived"

    run(story())


@pytest.mark.parametrize("private", [False, True])
def test_each_kind_of_channel_needs_its_scope(private: bool) -> None:
    """channels:manage for public ones, groups:write for private ones."""
    scope = "groups:write" if private else "channels:manage"

    async def story() -> None:
        async with stage(scopes=tuple(one for one in MAY if one != scope)) as one:
            create = one.client.conversations_create(name="inc-1", is_private=private)
            assert (await refused(create))["needed"] == scope

    run(story())
