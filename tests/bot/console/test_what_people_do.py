"""Typing, clicking, reacting: what reaches the app, and what Slack's own window refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from tests.support.slack_stage import Socket, Stage, run, stage

from kubectl_smart.bot.console.refusals import Unwanted

BUTTON = {
    "type": "actions",
    "block_id": "row",
    "elements": [
        {
            "type": "button",
            "action_id": "go",
            "value": "7",
            "text": {"type": "plain_text", "text": "Go"},
        }
    ],
}


async def heard(
    socket: Socket, act: Coroutine[Any, Any, None], answer: Any = None
) -> dict[str, Any]:
    """The envelope that an act brings; it is acknowledged with this answer."""
    going_on = asyncio.ensure_future(act)
    envelope = await socket.frame()
    await socket.ack(envelope, answer)
    await going_on
    return envelope


def test_a_command_has_the_members_of_slacks_form() -> None:
    """All of them words; no thread, for there are no commands in threads."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            act = one.server.acting.post(one.ada.id, one.general.id, "/ask  why @bob #general")
            envelope = await heard(socket, act)
            payload = envelope["payload"]
            assert envelope["type"] == "slash_commands"
            assert envelope["accepts_response_payload"]
            assert all(isinstance(value, str) for value in payload.values())
            assert (payload["command"], payload["text"]) == ("/ask", "why @bob #general")
            assert payload["response_url"].startswith(one.server.base)
            assert "thread_ts" not in payload
            assert not one.general.messages

    run(story())


def test_people_and_channels_are_spelled_out_where_the_manifest_says_so() -> None:
    """should_escape: with their ids and names."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            act = one.server.acting.post(one.ada.id, one.general.id, "/escaped @bob #general <b>")
            text = (await heard(socket, act))["payload"]["text"]
            bob, general = one.bob.id, one.general.id
            assert text == f"<@{bob}|bob> <#{general}|general> &lt;b&gt;"

    run(story())


def test_commands_that_do_not_go() -> None:
    """In threads, and those that no app has; the app hears nothing."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            with pytest.raises(Unwanted, match="not supported in threads"):
                await one.says(one.ada, "/ask why", thread=top.ts)
            with pytest.raises(Unwanted, match="not a valid command"):
                await one.says(one.ada, "/shout why")
            await one.slack.outbox.settle()
            kinds = {n.what for n in one.slack.journal.entries}
            assert kinds <= {"message.channels"}

    run(story())


def test_the_acknowledgement_of_a_command_may_be_its_answer() -> None:
    """For the one who typed it, or for all."""

    async def story() -> None:
        async with stage(events=[]) as one:
            socket = await one.socket()
            act = one.server.acting.post
            await heard(socket, act(one.ada.id, one.general.id, "/ask a"), {"text": "hers"})
            assert [said.text for said in one.ephemerals(one.ada)] == ["hers"]
            everybody = {"text": "all", "response_type": "in_channel"}
            await heard(socket, act(one.ada.id, one.general.id, "/ask b"), everybody)
            assert one.last().text == "all"
            broken = {"blocks": [{"type": "header"}]}
            await heard(socket, act(one.ada.id, one.general.id, "/ask c"), broken)
            assert "dispatch_failed" in one.ephemerals(one.ada)[-1].text
            assert "invalid_blocks" in one.complaints[0]

    run(story())


def test_words_become_what_slack_sends() -> None:
    """Entities for the three signs, tokens for names, and a mention beside the message."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            said = await one.says(one.ada, "@helper is 1 < 2 & @nobody @here?")
            assert said.text == f"<@{one.bot.id}> is 1 &lt; 2 &amp; @nobody <!here>?"
            events = []
            for _ in range(2):
                envelope = await socket.frame()
                await socket.ack(envelope)
                events.append(envelope["payload"]["event"])
            assert {event["type"] for event in events} == {"message", "app_mention"}
            assert {event["text"] for event in events} == {said.text}

    run(story())


def test_a_mention_where_the_bot_is_not() -> None:
    """Slack says so to the writer; the app hears nothing."""

    async def story() -> None:
        async with stage() as one:
            await one.says(one.ada, "@helper why", one.outside)
            assert "not in this channel" in one.ephemerals(one.ada, one.outside)[0].text
            await one.slack.outbox.settle()
            assert not one.slack.journal.entries

    run(story())


def test_direct_messages_are_no_mentions() -> None:
    """They come as message.im only."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            direct = one.workspace.direct(one.ada.id, one.bot.id)
            await one.says(one.ada, "@helper why", direct)
            envelope = await socket.frame()
            await socket.ack(envelope)
            assert envelope["payload"]["event"]["channel_type"] == "im"
            await one.slack.outbox.settle()
            sent = [n.what for n in one.slack.journal.entries if n.direction == "delivery"]
            assert sent == ["message.im"]

    run(story())


def test_events_need_their_scopes_and_their_subscription() -> None:
    """Without the scope it is a fault of the manifest; without the subscription, silence."""

    async def story() -> None:
        async with stage(scopes=["chat:write"], events=["message.channels"]) as one:
            said = await one.says(one.ada, "@helper why")
            await one.server.acting.react(one.ada.id, one.general.id, said.ts, "tada", add=True)
            await one.slack.outbox.settle()
            assert not [n for n in one.slack.journal.entries if n.direction == "delivery"]
            (complaint,) = one.complaints
            assert "channels:history" in complaint

    run(story())


def test_an_event_has_slacks_outer_members() -> None:
    """One authorisation, an id of its own, and whether the channel is shared."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            one.general.shared = True
            said = await one.says(one.ada, "x")
            await one.server.acting.react(one.bob.id, one.general.id, said.ts, "tada", add=True)
            bodies = []
            for _ in range(2):
                envelope = await socket.frame()
                assert not envelope["accepts_response_payload"]
                await socket.ack(envelope)
                bodies.append(envelope["payload"])
            assert len({body["event_id"] for body in bodies}) == 2
            for body in bodies:
                assert body["type"] == "event_callback"
                assert body["is_ext_shared_channel"] is True
                assert len(body["authorizations"]) == 1
                assert body["api_app_id"] == "A00000001"
            reaction = next(b["event"] for b in bodies if b["event"]["type"] == "reaction_added")
            assert reaction["item"] == {
                "type": "message",
                "channel": one.general.id,
                "ts": said.ts,
            }
            assert (reaction["user"], reaction["item_user"]) == (one.bob.id, one.ada.id)
            assert "text" not in reaction
            assert "thread_ts" not in reaction

    run(story())


async def with_a_button(one: Stage, **more: Any) -> Any:
    """A message of the app with a button."""
    told = await one.client.chat_postMessage(
        channel=one.general.id, text="a", blocks=[BUTTON], **more
    )
    return one.general.messages[told["ts"]]


def test_a_click_says_what_was_clicked_where() -> None:
    """With the message, a trigger and a response URL."""

    async def story() -> None:
        async with stage(events=[]) as one:
            socket = await one.socket()
            top = await one.says(one.ada, "top")
            message = await with_a_button(one, thread_ts=top.ts)
            act = one.server.acting.click(one.ada.id, one.general.id, message.ts, "row", "go")
            payload = (await heard(socket, act))["payload"]
            (action,) = payload["actions"]
            assert (action["action_id"], action["block_id"], action["value"]) == ("go", "row", "7")
            assert payload["container"]["thread_ts"] == top.ts
            assert payload["message"]["ts"] == message.ts
            assert payload["trigger_id"]
            assert payload["response_url"]
            with pytest.raises(Unwanted):
                await one.server.acting.click(one.ada.id, one.general.id, message.ts, "row", "no")

    run(story())


def test_a_click_on_an_ephemeral_message_brings_no_message() -> None:
    """Slack keeps none; only who sees it can click."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            await one.client.chat_postEphemeral(
                channel=one.general.id, user=one.ada.id, text="a", blocks=[BUTTON]
            )
            (hers,) = one.ephemerals(one.ada)
            click = one.server.acting.click
            payload = (await heard(socket, click(one.ada.id, one.general.id, hers.ts, "", "go")))[
                "payload"
            ]
            assert payload["container"]["is_ephemeral"]
            assert "message" not in payload
            with pytest.raises(Unwanted):
                await click(one.bob.id, one.general.id, hers.ts, "", "go")

    run(story())


def test_a_shortcut_brings_the_message() -> None:
    """As message_action, with a trigger."""

    async def story() -> None:
        async with stage(events=[]) as one:
            socket = await one.socket()
            said = await one.says(one.ada, "because")
            act = one.server.acting.shortcut(one.bob.id, one.general.id, said.ts, "keep")
            payload = (await heard(socket, act))["payload"]
            assert (payload["type"], payload["callback_id"]) == ("message_action", "keep")
            assert payload["message"]["text"] == "because"
            assert payload["user"]["id"] == one.bob.id
            with pytest.raises(Unwanted):
                await one.server.acting.shortcut(one.bob.id, one.general.id, said.ts, "none")

    run(story())


def test_where_people_may_not_write() -> None:
    """Archived channels, those they are not in, and others' messages."""

    async def story() -> None:
        async with stage(again=()) as one:
            hers = await one.says(one.ada, "x")
            one.outside.members.discard(one.ada.id)
            one.secret.members.discard(one.ada.id)
            for channel in (one.outside, one.secret):
                with pytest.raises(Unwanted):
                    await one.says(one.ada, "x", channel)
            with pytest.raises(Unwanted):
                await one.server.acting.edit(one.bob.id, one.general.id, hers.ts, "y")
            one.general.archived = True
            with pytest.raises(Unwanted):
                await one.says(one.ada, "x")

    run(story())


def test_opening_the_home_is_an_event() -> None:
    """app_home_opened, with the direct messages it stands beside."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            event = (await heard(socket, one.server.acting.open_home(one.ada.id)))["payload"][
                "event"
            ]
            assert (event["type"], event["tab"], event["user"]) == (
                "app_home_opened",
                "home",
                one.ada.id,
            )
            assert one.workspace.channels[event["channel"]].members == {one.ada.id, one.bot.id}

    run(story())


def test_a_click_in_the_home_brings_the_view() -> None:
    """And a trigger, but no channel and no response URL."""

    async def story() -> None:
        async with stage(events=[]) as one:
            socket = await one.socket()
            view = {"type": "home", "blocks": [BUTTON]}
            told = await one.client.views_publish(user_id=one.ada.id, view=view)
            act = one.server.acting.click_in_view(one.ada.id, told["view"]["id"], "row", "go")
            payload = (await heard(socket, act))["payload"]
            assert payload["view"]["id"] == told["view"]["id"]
            assert payload["trigger_id"]
            assert not {"channel", "response_url"} & payload.keys()
            with pytest.raises(Unwanted):
                await one.server.acting.click_in_view(one.bob.id, told["view"]["id"], "row", "go")

    run(story())
