"""chat.*: what is posted, changed and deleted, by slack_sdk's own client."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.slack_stage import SCOPES, Stage, refused, run, stage


def events(one: Stage, kind: str) -> list[dict[str, Any]]:
    """The events of this type that were sent out."""
    sent = [entry.body for entry in one.slack.journal.entries if entry.direction == "delivery"]
    return [body["event"] for body in sent if body["event"].get("subtype") == kind]


def test_a_post_comes_back_as_slack_gives_it() -> None:
    """With the app's id, its profile, and a block id for every block."""

    async def story() -> None:
        async with stage() as one:
            blocks = [{"type": "divider"}]
            told = await one.client.chat_postMessage(
                channel=one.general.id, text="here", blocks=blocks
            )
            message = told["message"]
            assert (message["app_id"], message["bot_id"]) == ("A00000001", "B00000001")
            assert message["bot_profile"]["app_id"] == "A00000001"
            assert message["blocks"] == [{"type": "divider", "block_id": "b00000001"}]
            history = await one.client.conversations_history(channel=one.general.id)
            assert history["messages"] == [message]

    run(story())


def test_where_the_bot_may_post() -> None:
    """Only where it is: Slack says why not, and hides private channels."""

    async def story() -> None:
        async with stage() as one:
            gone = one.workspace.add_channel("gone", members={one.bot.id}, archived=True)
            for channel, error in (
                (one.outside.id, "not_in_channel"),
                (one.secret.id, "channel_not_found"),
                ("C99999999", "channel_not_found"),
                (gone.id, "is_archived"),
            ):
                told = await refused(one.client.chat_postMessage(channel=channel, text="x"))
                assert told["error"] == error
            told = await one.client.chat_postMessage(channel=one.ada.id, text="x")
            assert one.workspace.channels[told["channel"]].kind == "im"

    run(story())


@pytest.mark.parametrize(
    ("thread", "error"),
    [
        ("1763900000", "invalid_thread_ts"),
        ("1763900000.1", "invalid_thread_ts"),
        ("1763900000.999999", "thread_not_found"),
    ],
)
def test_a_thread_is_named_by_its_parent(thread: str, error: str) -> None:
    """As text with six decimals, and it has to be there."""

    async def story() -> None:
        async with stage() as one:
            posting = one.client.chat_postMessage(
                channel=one.general.id, text="x", thread_ts=thread
            )
            assert (await refused(posting))["error"] == error

    run(story())


def test_a_reply_is_no_parent() -> None:
    """Slack would take it and put the message nowhere good."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            reply = await one.says(one.ada, "reply", thread=top.ts)
            channel = one.general.id
            posting = one.client.chat_postMessage(channel=channel, text="x", thread_ts=reply.ts)
            assert (await refused(posting))["error"] == "thread_not_found"
            await one.client.chat_postMessage(channel=channel, text="x", thread_ts=top.ts)
            assert [message.text for message in one.general.thread(top.ts)] == ["top", "reply", "x"]

    run(story())


def test_a_broadcast_reply_is_complained_of() -> None:
    """Nobody wants replies in the whole channel by accident."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            await one.client.chat_postMessage(
                channel=one.general.id, text="x", thread_ts=top.ts, reply_broadcast=True
            )
            assert "reply_broadcast" in one.complaints[0]

    run(story())


def test_metadata_is_shown_to_who_asks_for_it() -> None:
    """An update keeps it, an empty object takes it away, half of it is refused."""

    async def story() -> None:
        async with stage() as one:
            channel = one.general.id
            metadata = {"event_type": "answered", "event_payload": {"id": "1"}}
            told = await one.client.chat_postMessage(channel=channel, text="x", metadata=metadata)

            async def shown(**more: Any) -> Any:
                page = await one.client.conversations_history(channel=channel, **more)
                return page["messages"][0].get("metadata")

            assert await shown() is None
            assert await shown(include_all_metadata=True) == metadata
            await one.client.chat_update(channel=channel, ts=told["ts"], text="y")
            assert await shown(include_all_metadata=True) == metadata
            await one.client.chat_update(channel=channel, ts=told["ts"], text="y", metadata={})
            assert await shown(include_all_metadata=True) is None
            posting = one.client.chat_postMessage(
                channel=channel, text="x", metadata={"event_payload": {}}
            )
            assert (await refused(posting))["error"] == "invalid_metadata_format"

    run(story())


def test_another_name_needs_a_scope() -> None:
    """chat:write.customize, which a least-rights app has not."""

    async def story() -> None:
        async with stage() as one:
            posting = one.client.chat_postMessage(
                channel=one.general.id, text="x", username="Slack"
            )
            told = await refused(posting)
            assert told["needed"] == "chat:write.customize"
            assert told["provided"] == ",".join(sorted(SCOPES))

    run(story())


def test_an_update_changes_ones_own_message_only() -> None:
    """It leaves a mark, tells who listens, and needs words of 4,000 characters at most."""

    async def story() -> None:
        async with stage() as one:
            channel = one.general.id
            hers = await one.says(one.ada, "mine")
            changing = one.client.chat_update(channel=channel, ts=hers.ts, text="yours")
            assert (await refused(changing))["error"] == "cant_update_message"
            changing = one.client.chat_update(channel=channel, ts="1.000000", text="x")
            assert (await refused(changing))["error"] == "message_not_found"
            told = await one.client.chat_postMessage(channel=channel, text="a")
            changing = one.client.chat_update(channel=channel, ts=told["ts"], text="x" * 4_001)
            assert (await refused(changing))["error"] == "msg_too_long"
            changed = await one.client.chat_update(channel=channel, ts=told["ts"], text="b")
            assert changed["message"]["edited"]["user"] == one.bot.id
            await one.slack.outbox.settle()
            (event, *_) = events(one, "message_changed")
            assert (event["previous_message"]["text"], event["message"]["text"]) == ("a", "b")

    run(story())


def test_a_deleted_parent_leaves_a_stone() -> None:
    """Without replies nothing stays; with replies the thread keeps its head."""

    async def story() -> None:
        async with stage(again=()) as one:
            channel = one.general.id
            alone = await one.client.chat_postMessage(channel=channel, text="alone")
            head = await one.client.chat_postMessage(channel=channel, text="head")
            await one.says(one.ada, "reply", thread=head["ts"])
            for told in (alone, head):
                await one.client.chat_delete(channel=channel, ts=told["ts"])
            page = await one.client.conversations_history(channel=channel)
            (stone,) = page["messages"]
            assert (stone["subtype"], stone["reply_count"]) == ("tombstone", 1)
            assert "bot_id" not in stone
            await one.slack.outbox.settle()
            (gone,) = events(one, "message_deleted")
            assert gone["deleted_ts"] == alone["ts"]
            again = one.client.chat_delete(channel=channel, ts=alone["ts"])
            assert (await refused(again))["error"] == "message_not_found"
            hers = one.general.thread(head["ts"])[1]
            deleting = one.client.chat_delete(channel=channel, ts=hers.ts)
            assert (await refused(deleting))["error"] == "cant_delete_message"

    run(story())


def test_an_ephemeral_message_is_for_one_and_stays_as_it_is() -> None:
    """No history has it, and neither update nor delete finds it."""

    async def story() -> None:
        async with stage() as one:
            channel = one.general.id
            told = await one.client.chat_postEphemeral(channel=channel, user=one.ada.id, text="x")
            assert [message.text for message in one.ephemerals(one.ada)] == ["x"]
            assert not one.ephemerals(one.bob)
            assert not (await one.client.conversations_history(channel=channel))["messages"]
            ts = told["message_ts"]
            changing = one.client.chat_update(channel=channel, ts=ts, text="y")
            assert (await refused(changing))["error"] == "message_not_found"
            deleting = one.client.chat_delete(channel=channel, ts=ts)
            assert (await refused(deleting))["error"] == "message_not_found"
            assert not [entry for entry in one.slack.journal.entries if entry.direction != "call"]

    run(story())


def test_who_can_get_an_ephemeral_message() -> None:
    """Somebody of the channel, where the bot is too."""

    async def story() -> None:
        async with stage() as one:
            stranger = one.workspace.add_user("eve")
            posting = one.client.chat_postEphemeral(
                channel=one.general.id, user=stranger.id, text="x"
            )
            assert (await refused(posting))["error"] == "user_not_in_channel"
            posting = one.client.chat_postEphemeral(
                channel=one.outside.id, user=one.ada.id, text="x"
            )
            assert (await refused(posting))["error"] == "not_in_channel"

    run(story())


def test_an_ephemeral_message_needs_a_living_thread() -> None:
    """Slack shows it in a thread only where somebody replied before."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            given = {"channel": one.general.id, "user": one.ada.id, "thread_ts": top.ts}
            await one.client.chat_postEphemeral(text="unseen", **given)
            assert not one.ephemerals(one.ada)
            assert "not shown" in one.complaints[0]
            await one.says(one.bob, "reply", thread=top.ts)
            await one.client.chat_postEphemeral(text="seen", **given)
            (message,) = one.ephemerals(one.ada)
            assert (message.text, message.thread_ts) == ("seen", top.ts)

    run(story())


def test_a_permalink_leads_into_the_thread() -> None:
    """With the thread's own ts, where the message is a reply."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            reply = await one.says(one.ada, "reply", thread=top.ts)
            channel = one.general.id
            told = await one.client.chat_getPermalink(channel=channel, message_ts=reply.ts)
            address, _, query = told["permalink"].partition("?")
            assert address.endswith(f"/archives/{channel}/p{reply.ts.replace('.', '')}")
            assert query == f"thread_ts={top.ts}&cid={channel}"

    run(story())


def test_faults_come_with_their_pointers_over_the_wire() -> None:
    """As the SDK hands them to the app."""

    async def story() -> None:
        async with stage() as one:
            section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}
            posting = one.client.chat_postMessage(
                channel=one.general.id, text="x", blocks=[{"type": "divider"}, section]
            )
            told = await refused(posting)
            assert told["error"] == "invalid_blocks"
            (message,) = told["response_metadata"]["messages"]
            assert message.startswith("[ERROR] must be less than 3001 characters")
            assert message.endswith("[json-pointer:/blocks/1/text/text]")
            assert one.slack.journal.entries[-1].faults == ("invalid_blocks", message)

    run(story())


@pytest.mark.parametrize(
    ("given", "error", "place"),
    [
        ({"blocks": [{"type": "divider"}]}, None, ""),
        ({"blocks": [{"type": "header"}]}, "invalid_blocks", "/0"),
        ({"message": {"text": "x" * 40_001}}, "invalid_message", ""),
        ({"message": {"blocks": [{"type": "header"}]}}, "invalid_message", "/blocks/0"),
        ({"view": {"type": "modal", "blocks": []}}, "invalid_view", ""),
        ({"view": {"type": "home", "blocks": [{"type": "divider"}]}}, None, ""),
        ({}, "invalid_arguments", ""),
        ({"blocks": [], "view": {}}, "invalid_arguments", ""),
        ({"blocks": [{"text": "x" * 100_000}]}, "invalid_arguments", ""),
    ],
)
def test_blocks_can_be_validated_without_posting(
    given: dict[str, Any], error: str | None, place: str
) -> None:
    """blocks.validate takes exactly one of three, without a token; pointers begin at that one."""

    async def story() -> None:
        async with stage() as one:
            told = (await one.asked("blocks.validate", token=None, json=given))[1]
            assert told.get("error") == error
            assert told["ok"] is (error is None)
            if place:
                assert told["errors"][0]["pointer"] == place
                assert told["errors"][0]["code"]

    run(story())
