"""What an app may say through a response URL, how often, and who sees it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.slack_stage import Stage, run, stage

from kubectl_smart.bot.console import payloads
from kubectl_smart.bot.console.workspace import Message


def of_a_command(one: Stage) -> str:
    """The response URL of a command that Ada typed."""
    told = payloads.slash_command(one.slack, one.ada.id, one.general, "/ask", "why")
    return str(told["response_url"])


def of_a_click(one: Stage, message: Message) -> str:
    """The response URL of Ada's click on something of a message."""
    told = payloads.click(one.slack, one.ada.id, message, {"type": "button", "action_id": "a"})
    return str(told["response_url"])


async def answer(one: Stage, url: str, **given: Any) -> int:
    """Post to it; the status of HTTP."""
    async with one.session.post(url, json=given) as told:
        return told.status


def test_five_times_within_thirty_minutes() -> None:
    """The sixth is not found, and neither is the first after the time."""

    async def story() -> None:
        async with stage() as one:
            url = of_a_command(one)
            assert [await answer(one, url, text="x") for _ in range(6)] == [200] * 5 + [404]
            assert len(one.ephemerals(one.ada)) == 5
            late = of_a_command(one)
            one.clock.on(1_800)
            assert await answer(one, late, text="in time") == 200
            one.clock.on(0.1)
            assert await answer(one, late, text="too late") == 404
            assert await answer(one, f"{one.server.base}/respond/R9", text="x") == 404

    run(story())


def test_it_is_for_one_person_unless_it_says_otherwise() -> None:
    """And it works where the bot is no member."""

    async def story() -> None:
        async with stage() as one:
            told = payloads.slash_command(one.slack, one.ada.id, one.outside, "/ask", "why")
            await answer(one, told["response_url"], text="hers")
            await answer(one, told["response_url"], text="all", response_type="in_channel")
            assert [said.text for said in one.ephemerals(one.ada, one.outside)] == ["hers"]
            assert not one.ephemerals(one.bob, one.outside)
            assert one.last(one.outside).text == "all"

    run(story())


def test_an_unknown_response_type_is_refused() -> None:
    """Nothing is shown."""

    async def story() -> None:
        async with stage() as one:
            url = of_a_command(one)
            assert await answer(one, url, text="x", response_type="everybody") == 400
            assert not one.general.messages
            assert not one.ephemerals(one.ada)

    run(story())


def test_an_original_is_replaced_and_deleted() -> None:
    """An ephemeral one too, which nothing else can change."""

    async def story() -> None:
        async with stage(again=()) as one:
            channel = one.general.id
            await one.client.chat_postEphemeral(channel=channel, user=one.ada.id, text="a")
            (hers,) = one.ephemerals(one.ada)
            url = of_a_click(one, hers)
            await answer(one, url, text="b", replace_original=True)
            assert [said.text for said in one.ephemerals(one.ada)] == ["b"]
            await answer(one, url, text="c")
            assert [said.text for said in one.ephemerals(one.ada)] == ["b", "c"]
            await answer(one, of_a_click(one, hers), delete_original=True)
            assert [said.text for said in one.ephemerals(one.ada)] == ["c"]

    run(story())


def test_replacing_keeps_who_sees_a_message() -> None:
    """What everybody saw is changed for everybody, whatever type is asked for, and is an edit."""

    async def story() -> None:
        async with stage(again=()) as one:
            await one.client.chat_postMessage(channel=one.general.id, text="a")
            url = of_a_click(one, one.last())
            await answer(one, url, text="b", replace_original=True, response_type="ephemeral")
            assert one.last().text == "b"
            assert one.last().edited
            assert not one.ephemerals(one.ada)
            await one.slack.outbox.settle()
            sent = [n.body for n in one.slack.journal.entries if n.direction == "delivery"]
            assert sent[-1]["event"]["subtype"] == "message_changed"
            await answer(one, url, delete_original=True)
            assert not one.general.messages

    run(story())


def test_a_command_of_a_person_cannot_be_replaced() -> None:
    """There is no original before the first answer; the answer is one from then on."""

    async def story() -> None:
        async with stage() as one:
            url = of_a_command(one)
            await answer(one, url, text="a", replace_original=True)
            await answer(one, url, text="b", replace_original=True)
            assert [said.text for said in one.ephemerals(one.ada)] == ["b"]
            await answer(one, of_a_command(one), delete_original=True)
            assert one.complaints

    run(story())


def test_in_a_thread_only_if_it_names_it() -> None:
    """For everybody it goes to the channel otherwise; for one person it stays where they were."""

    async def story() -> None:
        async with stage() as one:
            top = await one.says(one.ada, "top")
            told = await one.client.chat_postMessage(
                channel=one.general.id, text="a", thread_ts=top.ts
            )
            reply = one.general.messages[told["ts"]]
            url = of_a_click(one, reply)
            shared = {"response_type": "in_channel", "replace_original": False}
            await answer(one, url, text="channel", **shared)
            await answer(one, url, text="thread", thread_ts=top.ts, **shared)
            await answer(one, url, text="hers", replace_original=False)
            assert [said.text for said in one.general.top()] == ["top", "channel"]
            assert one.general.thread(top.ts)[-1].text == "thread"
            assert one.ephemerals(one.ada)[-1].thread_ts == top.ts

    run(story())


def test_faults_are_refused_here_too() -> None:
    """With the same words as anywhere, and the use is spent."""

    async def story() -> None:
        async with stage() as one:
            url = of_a_command(one)
            async with one.session.post(url, json={"blocks": [{"type": "header"}]}) as told:
                body = await told.json()
            assert body["error"] == "invalid_blocks"
            assert "json-pointer:/blocks/0" in body["errors"][0]
            assert [await answer(one, url, text="x") for _ in range(5)] == [200] * 4 + [404]

    run(story())


@pytest.mark.parametrize("argument", ["channel", "markdown", "link_names"])
def test_arguments_it_does_not_know_are_complained_of(argument: str) -> None:
    """Those of chat.postMessage are not all taken here."""

    async def story() -> None:
        async with stage() as one:
            await answer(one, of_a_command(one), text="x", **{argument: "1"})
            assert argument in one.complaints[0]

    run(story())
