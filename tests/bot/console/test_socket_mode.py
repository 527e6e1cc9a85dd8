"""Socket Mode: hello, envelopes to any one socket, acknowledgements, refreshes and what goes wrong.

Sockets spoken by hand, and slack_bolt's own handler where it is the one that has to cope.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from tests.support.slack_stage import Stage, run, stage

from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.console.installation import APP_TOKEN


@asynccontextmanager
async def bolt(one: Stage) -> AsyncIterator[AsyncApp]:
    """A real app on a real handler; `/ask` is answered with its own words."""
    app = AsyncApp(client=one.client, ignoring_self_events_enabled=True)

    @app.command("/ask")
    async def asked(ack: Any, command: dict[str, Any]) -> None:
        await ack(f"you said {command['text']}")

    @app.command("/escaped")
    async def never(command: dict[str, Any]) -> None:
        """Acknowledges nothing."""

    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()
    try:
        yield app
    finally:
        await handler.close_async()


def test_hello_says_who_is_connected() -> None:
    """Each socket counts itself, and is told how long it will live."""

    async def story() -> None:
        async with stage() as one:
            for count in (1, 2):
                hello = (await one.socket()).hello
                assert (hello["type"], hello["num_connections"]) == ("hello", count)
                assert hello["connection_info"]["app_id"] == "A00000001"
                assert hello["debug_info"]["approximate_connection_time"] > 360

    run(story())


def test_an_address_is_good_for_one_socket() -> None:
    """A second one with it, or with a made-up ticket, is not let in."""

    async def story() -> None:
        async with stage() as one:
            _, told, _ = await one.asked("apps.connections.open", token=APP_TOKEN)
            async with one.session.ws_connect(told["url"]):
                pass
            for address in (told["url"], f"{one.server.base}/link?ticket=mine"):
                with pytest.raises(WSServerHandshakeError) as error:
                    await one.session.ws_connect(address)
                assert error.value.status == 403

    run(story())


def test_ten_sockets_and_no_more() -> None:
    """The eleventh is told why it has to go."""

    async def story() -> None:
        async with stage() as one:
            for _ in range(10):
                assert (await one.socket()).hello["type"] == "hello"
            told = await one.socket()
            assert told.hello == {"type": "disconnect", "reason": "too_many_websockets"}
            assert (await told.wire.receive()).type is WSMsgType.CLOSE
            assert len(one.server.sockets) == 10

    run(story())


def test_each_envelope_goes_to_any_one_socket() -> None:
    """To one only, and over time to each: nobody may count on a certain one."""

    async def story() -> None:
        async with stage(events=[], seed=3) as one:
            sockets = [await one.socket(), await one.socket()]
            got = [0, 0]

            async def listen(number: int) -> None:
                while True:
                    envelope = await sockets[number].frame()
                    got[number] += 1
                    await sockets[number].ack(envelope)

            listening = [asyncio.ensure_future(listen(number)) for number in (0, 1)]
            for _ in range(20):
                await one.server.acting.post(one.ada.id, one.general.id, "/ask x")
            for task in listening:
                task.cancel()
            assert sum(got) == 20
            assert min(got) >= 3

    run(story())


@pytest.mark.parametrize(("connected", "error"), [(True, "operation_timeout"), (False, "dispatch")])
def test_what_somebody_sees_when_no_acknowledgement_comes(connected: bool, error: str) -> None:
    """In time, or at all: the error stands in Slack's words, for them alone."""

    async def story() -> None:
        async with stage(events=[], ack_within=0.1) as one:
            socket = await one.socket() if connected else None
            await one.server.acting.post(one.ada.id, one.general.id, "/ask x")
            (said,) = one.ephemerals(one.ada)
            assert (said.user, error in said.text) == ("USLACKBOT", True)
            if socket is not None:
                await socket.ack(await socket.frame(), {"text": "late"})
                await one.until(lambda: one.complaints)
                assert "too late" in one.complaints[0]
                assert len(one.ephemerals(one.ada)) == 1

    run(story())


def test_commands_are_not_sent_again() -> None:
    """Somebody waits for them; only events are repeated."""

    async def story() -> None:
        async with stage(events=[], ack_within=0.05) as one:
            await one.socket()
            await one.server.acting.post(one.ada.id, one.general.id, "/ask x")
            await one.slack.outbox.settle()
            sent = [n for n in one.slack.journal.entries if n.direction == "delivery"]
            assert len(sent) == 1

    run(story())


def test_an_event_is_sent_again_until_it_is_acknowledged() -> None:
    """Three times at most, as the same event, with a number and a reason."""

    async def story() -> None:
        async with stage(events=["message.channels"], ack_within=0.1) as one:
            socket = await one.socket()
            await one.says(one.ada, "x")
            frames = [await socket.frame() for _ in range(3)]
            assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2]
            assert [frame["retry_reason"] for frame in frames] == ["", "timeout", "timeout"]
            assert len({frame["payload"]["event_id"] for frame in frames}) == 1
            await socket.ack(frames[-1])
            await one.slack.outbox.settle()
            await one.says(one.ada, "y")
            frames = [await socket.frame() for _ in range(4)]
            assert [frame["retry_attempt"] for frame in frames] == [0, 1, 2, 3]
            await one.slack.outbox.settle()
            assert not one.server.sockets._waiting

    run(story())


def test_an_event_of_a_broken_socket_goes_to_another() -> None:
    """It was not acknowledged, so it comes again."""

    async def story() -> None:
        async with stage(events=["message.channels"], again=(0.01,)) as one:
            first = await one.socket()
            await one.says(one.ada, "x")
            lost = await first.frame()
            second = await one.socket()
            await first.wire.close()
            again = await second.frame()
            await second.ack(again)
            assert again["payload"] == lost["payload"]
            assert (again["retry_attempt"], again["retry_reason"]) == (1, "connection_failed")

    run(story())


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("{", "acknowledges nothing"),
        ("[]", "acknowledges nothing"),
        ('{"envelope_id": ["x"]}', "acknowledges nothing"),
        ('{"envelope_id": "unknown"}', "too late, or twice"),
    ],
)
def test_frames_that_acknowledge_nothing(frame: str, words: str) -> None:
    """They are complained of, and the socket lives on."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            await socket.wire.send_str(frame)
            await one.until(lambda: one.complaints)
            assert words in one.complaints[0]
            assert len(one.server.sockets) == 1

    run(story())


def test_an_answer_where_none_is_taken_is_complained_of() -> None:
    """Events take none."""

    async def story() -> None:
        async with stage(events=["message.channels"]) as one:
            socket = await one.socket()
            await one.says(one.ada, "x")
            await socket.ack(await socket.frame(), {"text": "me too"})
            await one.slack.outbox.settle()
            assert "with an answer" in one.complaints[0]

    run(story())


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
def test_sockets_are_told_to_make_way(reason: Any) -> None:
    """A warning comes before; the others close at once."""

    async def story() -> None:
        async with stage() as one:
            socket = await one.socket()
            asking = asyncio.ensure_future(one.server.sockets.disconnect(reason))
            told = await socket.frame()
            assert (told["type"], told["reason"]) == ("disconnect", reason)
            if reason != "warning":
                assert (await socket.wire.receive()).type is WSMsgType.CLOSE
            await asking
            assert len(one.server.sockets) == (1 if reason == "warning" else 0)

    run(story())


def test_too_many_connections_are_told_when_to_come_again() -> None:
    """apps.connections.open is limited like any method: 429 with Retry-After."""

    async def story() -> None:
        async with stage(rates_enforced=True) as one:
            for _ in range(50):
                status, _, _ = await one.asked("apps.connections.open", token=APP_TOKEN)
                assert status == 200
            status, told, headers = await one.asked("apps.connections.open", token=APP_TOKEN)
            assert (status, told["error"]) == (429, "ratelimited")
            assert int(headers["Retry-After"]) >= 1

    run(story())


def test_a_real_app_answers_and_one_that_does_not_is_seen() -> None:
    """slack_bolt acknowledges with words, or sends no frame at all."""

    async def story() -> None:
        async with stage(events=[], ack_within=0.5) as one, bolt(one):
            await one.server.acting.post(one.ada.id, one.general.id, "/ask why")
            await one.server.acting.post(one.ada.id, one.general.id, "/escaped why")
            assert [said.text for said in one.ephemerals(one.ada)] == [
                "you said why",
                '/escaped failed with the error "operation_timeout"',
            ]
            assert not one.complaints

    run(story())


def test_a_real_app_comes_back_after_a_refresh() -> None:
    """The SDK opens a new socket, also after having been told to wait."""

    async def story() -> None:
        async with stage(events=[]) as one, bolt(one):
            one.slack.faults.plan("apps.connections.open", Planned(kind="ratelimited", seconds=1))
            opened = len(one.slack.journal.calls("apps.connections.open"))
            await one.server.sockets.disconnect("refresh_requested")
            await one.until(lambda: len(one.server.sockets) == 1)
            calls = one.slack.journal.calls("apps.connections.open")[opened:]
            assert [call.ok for call in calls][:2] == [False, True]
            heard: list[str] = []
            async with asyncio.timeout(20):
                while "you said again" not in heard:  # the SDK may be changing sockets once more
                    await one.server.acting.post(one.ada.id, one.general.id, "/ask again")
                    await asyncio.sleep(0.02)
                    heard = [said.text for said in one.ephemerals(one.ada)]

    run(story())
