"""conversations.*, reactions.*, users.*, usergroups.*: what the app reads, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.slack_stage import Stage, refused, run, stage


async def five(one: Stage) -> list[str]:
    """The ts of five messages, oldest first."""
    told = []
    for number in range(5):
        one.clock.on(1)
        told.append((await one.says(one.ada, f"m{number}")).ts)
    return told


def words(told: Any) -> list[str]:
    """The texts of a page."""
    return [message["text"] for message in told["messages"]]


def test_a_history_is_newest_first_and_without_replies() -> None:
    """A parent tells how many replies there are and who wrote them."""

    async def story() -> None:
        async with stage() as one:
            first = (await five(one))[0]
            reply = await one.says(one.bob, "reply", thread=first)
            told = await one.client.conversations_history(channel=one.general.id)
            assert words(told) == ["m4", "m3", "m2", "m1", "m0"]
            parent = told["messages"][-1]
            assert (parent["thread_ts"], parent["latest_reply"]) == (first, reply.ts)
            assert (parent["reply_count"], parent["reply_users"]) == (1, [one.bob.id])

    run(story())


@pytest.mark.parametrize(
    ("oldest", "latest", "inclusive", "expected"),
    [
        (1, 3, False, ["m2"]),
        (1, 3, True, ["m3", "m2", "m1"]),
        (3, None, False, ["m4"]),
        (None, 1, False, ["m0"]),
        (None, 1, True, ["m1", "m0"]),
    ],
)
def test_a_stretch_of_a_history(
    oldest: int | None, latest: int | None, inclusive: bool, expected: list[str]
) -> None:
    """Its ends are left out unless `inclusive` says otherwise."""

    async def story() -> None:
        async with stage() as one:
            ts = await five(one)
            told = await one.client.conversations_history(
                channel=one.general.id,
                oldest=None if oldest is None else ts[oldest],
                latest=None if latest is None else ts[latest],
                inclusive=inclusive,
            )
            assert words(told) == expected
            assert not told["has_more"]

    run(story())


def test_an_instant_may_be_written_shorter_than_a_ts() -> None:
    """Whole seconds compare as numbers."""

    async def story() -> None:
        async with stage() as one:
            ts = await five(one)
            oldest = str(int(float(ts[2])) + 1)
            told = await one.client.conversations_history(channel=one.general.id, oldest=oldest)
            assert words(told) == ["m4"]

    run(story())


def test_cursors_lead_through_a_history_once() -> None:
    """Each message on one page, and no cursor on the last."""

    async def story() -> None:
        async with stage() as one:
            await five(one)
            found, cursor = [], None
            for more in (True, True, False):
                told = await one.client.conversations_history(
                    channel=one.general.id, limit=2, cursor=cursor
                )
                found += words(told)
                cursor = told["response_metadata"]["next_cursor"]
                assert (told["has_more"], bool(cursor)) == (more, more)
            assert found == ["m4", "m3", "m2", "m1", "m0"]

    run(story())


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"cursor": "2"}, "invalid_cursor"),
        ({"cursor": "bmV4dDotMQ=="}, "invalid_cursor"),
        ({"cursor": "bmV4dDo5OQ=="}, "invalid_cursor"),
        ({"limit": 0.5}, "invalid_limit"),
        ({"limit": -1}, "invalid_limit"),
        ({"limit": 1_001}, "invalid_limit"),
        ({"latest": "yesterday"}, "invalid_ts_latest"),
        ({"oldest": "1e9"}, "invalid_ts_oldest"),
    ],
)
def test_pages_that_are_none(given: dict[str, Any], error: str) -> None:
    """Made-up cursors, limits out of bounds, instants that are words."""

    async def story() -> None:
        async with stage() as one:
            reading = one.client.conversations_history(channel=one.general.id, **given)
            assert (await refused(reading))["error"] == error

    run(story())


def test_replies_are_found_by_the_parent() -> None:
    """Oldest first with the parent; by a reply's ts it is that message alone."""

    async def story() -> None:
        async with stage() as one:
            first = (await five(one))[0]
            replies = [await one.says(one.bob, f"r{n}", thread=first) for n in range(3)]
            channel = one.general.id
            told = await one.client.conversations_replies(channel=channel, ts=first)
            assert words(told) == ["m0", "r0", "r1", "r2"]
            told = await one.client.conversations_replies(
                channel=channel, ts=first, oldest=replies[0].ts
            )
            assert words(told) == ["m0", "r1", "r2"]
            told = await one.client.conversations_replies(
                channel=channel, ts=replies[1].ts, limit=1, inclusive=True
            )
            assert words(told) == ["r1"]
            reading = one.client.conversations_replies(channel=channel, ts="1763900000.999999")
            assert (await refused(reading))["error"] == "thread_not_found"

    run(story())


def test_reading_needs_membership() -> None:
    """History of a public channel only from within; a private one is not even there."""

    async def story() -> None:
        async with stage() as one:
            reading = one.client.conversations_history(channel=one.outside.id)
            assert (await refused(reading))["error"] == "not_in_channel"
            reading = one.client.conversations_history(channel=one.secret.id)
            assert (await refused(reading))["error"] == "channel_not_found"
            told = await one.client.conversations_info(channel=one.outside.id)
            assert told["channel"]["is_member"] is False
            assert (await one.client.conversations_join(channel=one.outside.id))["ok"]
            assert (await one.client.conversations_history(channel=one.outside.id))["ok"]

    run(story())


def test_lists_come_in_pages_too() -> None:
    """Members, channels and users."""

    async def story() -> None:
        async with stage() as one:
            client = one.client
            for method, member, count in (
                (lambda **more: client.conversations_members(channel=one.general.id, **more),
                 "members", 3),
                (client.conversations_list, "channels", 2),
                (client.users_list, "members", 3),
            ):  # fmt: skip
                whole = await method()
                assert len(whole[member]) == count
                first = await method(limit=1)
                cursor = first["response_metadata"]["next_cursor"]
                rest = await method(limit=100, cursor=cursor)
                assert [*first[member], *rest[member]] == whole[member]
            for refusal in (client.conversations_list(types="public_channel,secret"),):
                assert (await refused(refusal))["error"] == "invalid_types"

    run(story())


def test_a_list_shows_what_the_bot_may_know_of() -> None:
    """Private channels with the bot in them, and archived ones unless it does not want them."""

    async def story() -> None:
        async with stage() as one:
            one.workspace.add_channel("gone", members={one.bot.id}, archived=True)
            kept = one.workspace.add_channel("kept", "private", members={one.bot.id})

            async def names(**more: Any) -> list[str]:
                told = await one.client.conversations_list(**more)
                return [channel["name"] for channel in told["channels"]]

            assert await names() == ["general", "outside", "gone"]
            assert await names(exclude_archived=True) == ["general", "outside"]
            assert await names(types="private_channel") == [kept.name]

    run(story())


def test_reactions_are_added_once_and_taken_back_once() -> None:
    """Each refusal has its own word."""

    async def story() -> None:
        async with stage() as one:
            ts = (await one.says(one.ada, "well")).ts
            given = {"channel": one.general.id, "timestamp": ts}
            client = one.client
            await client.reactions_add(name="tada", **given)
            told = await client.reactions_get(**given)
            assert told["message"]["reactions"] == [
                {"name": "tada", "users": [one.bot.id], "count": 1}
            ]
            elsewhere = {"channel": one.outside.id, "timestamp": ts}
            none = {"channel": one.general.id, "timestamp": "1763900000.999999"}
            for refusal, error in (
                (client.reactions_add(name="tada", **given), "already_reacted"),
                (client.reactions_add(name=":tada:", **given), "invalid_name"),
                (client.reactions_remove(name="eyes", **given), "no_reaction"),
                (client.reactions_add(name="tada", **elsewhere), "not_in_channel"),
                (client.reactions_add(name="tada", **none), "message_not_found"),
            ):
                assert (await refused(refusal))["error"] == error
            await client.reactions_remove(name="tada", **given)
            assert "reactions" not in (await client.reactions_get(**given))["message"]

    run(story())


def test_user_groups_and_people() -> None:
    """Who is in a group, who somebody is, and nobody for a wrong id."""

    async def story() -> None:
        async with stage() as one:
            group = one.workspace.next_id("S")
            one.workspace.groups[group] = ("oncall", [one.ada.id])
            guest = one.workspace.add_user("guest", is_restricted=True)
            stranger = one.workspace.add_user("stranger", team="T99999999")
            client = one.client
            told = await client.usergroups_list(include_users=True)
            assert told["usergroups"][0]["users"] == [one.ada.id]
            assert "users" not in (await client.usergroups_list())["usergroups"][0]
            told = await client.usergroups_users_list(usergroup=group)
            assert told["users"] == [one.ada.id]
            wrong = client.usergroups_users_list(usergroup="S9")
            assert (await refused(wrong))["error"] == "no_such_subteam"
            assert (await client.users_info(user=guest.id))["user"]["is_restricted"]
            assert (await client.users_info(user=stranger.id))["user"]["is_stranger"]
            assert (await refused(client.users_info(user="U9")))["error"] == "user_not_found"

    run(story())


def test_direct_messages_are_opened_with_one_person() -> None:
    """Twice gives the same conversation."""

    async def story() -> None:
        async with stage() as one:
            first = await one.client.conversations_open(users=one.ada.id)
            again = await one.client.conversations_open(users=one.ada.id, return_im=True)
            assert first["channel"]["id"] == again["channel"]["id"]
            assert again["channel"]["is_im"]
            assert again["channel"]["user"] == one.ada.id
            for users, error in (
                ("U99999999", "user_not_found"),
                ("", "users_list_not_supplied"),
            ):
                opening = one.client.conversations_open(users=users)
                assert (await refused(opening))["error"] == error

    run(story())
