"""Deliveries by HTTP: signatures, forms, repetitions, and slack_bolt's own adapter at the end."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from tests.support.slack_stage import Stage, run, stage

from kubectl_smart.bot.console.installation import SIGNING_SECRET
from kubectl_smart.bot.console.signed_http import SignedHttp


@dataclass
class Door:
    """An app's address that keeps what came; `answers` are given in turn, then 200."""

    link: SignedHttp
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Callable[[], web.Response]] = field(default_factory=list)
    slow: float = 0.0


async def _serving(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"


@asynccontextmanager
async def door(one: Stage) -> AsyncIterator[Door]:
    """Whatever is delivered goes there."""

    async def take(request: web.Request) -> web.Response:
        held.requests.append((dict(request.headers), await request.read()))
        await asyncio.sleep(held.slow)
        return held.answers.pop(0)() if held.answers else web.Response()

    app = web.Application()
    app.router.add_post("/slack/events", take)
    runner, address = await _serving(app)
    held = Door(SignedHttp(one.slack, address))
    one.slack.outbox.travel_by(held.link)
    try:
        yield held
    finally:
        await held.link.close()
        await runner.cleanup()


def test_every_request_is_signed_at_the_workspaces_time() -> None:
    """HMAC-SHA256 over version, instant and the raw body."""

    async def story() -> None:
        async with stage(events=["message.channels"]) as one, door(one) as held:
            await one.says(one.ada, "€")
            await one.slack.outbox.settle()
            ((headers, body),) = held.requests
            instant = headers["X-Slack-Request-Timestamp"]
            assert instant == str(int(one.clock.now()))
            base = f"v0:{instant}:".encode() + body
            made = hmac.new(SIGNING_SECRET.encode(), base, hashlib.sha256).hexdigest()
            assert headers["X-Slack-Signature"] == f"v0={made}"
            assert headers["Content-Type"] == "application/json"
            assert json.loads(body)["event"]["text"] == "€"
            assert "X-Slack-Retry-Num" not in headers

    run(story())


def test_commands_are_forms_and_clicks_are_json_in_forms() -> None:
    """As Slack sends them."""

    async def story() -> None:
        async with stage(events=[]) as one, door(one) as held:
            said = await one.says(one.ada, "x")
            await one.server.acting.post(one.ada.id, one.general.id, "/ask a & b = c")
            await one.server.acting.shortcut(one.ada.id, one.general.id, said.ts, "keep")
            (headers, command), (_, click) = held.requests
            assert headers["Content-Type"] == "application/x-www-form-urlencoded"
            assert dict(parse_qsl(command.decode()))["text"] == "a & b = c"
            (payload,) = parse_qs(click.decode())["payload"]
            assert json.loads(payload)["type"] == "message_action"

    run(story())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda: web.Response(status=500), "http_error"),
        (lambda: web.Response(status=307, headers={"Location": "/slack/events"}),
         "too_many_redirects"),
    ],
)  # fmt: skip
def test_an_event_is_repeated_with_number_and_reason(answer: Any, reason: str) -> None:
    """Three times, the same bytes but for the signature's instant."""

    async def story() -> None:
        async with stage(events=["message.channels"]) as one, door(one) as held:
            held.answers = [answer] * 40
            await one.says(one.ada, "x")
            await one.slack.outbox.settle()
            attempts = {
                (headers.get("X-Slack-Retry-Num"), headers.get("X-Slack-Retry-Reason"))
                for headers, _ in held.requests
            }
            assert attempts == {(None, None), ("1", reason), ("2", reason), ("3", reason)}
            assert len({body for _, body in held.requests}) == 1

    run(story())


def test_an_app_that_thinks_too_long() -> None:
    """The event is repeated as `http_timeout`; a command fails for who typed it."""

    async def story() -> None:
        given = {"events": ["message.channels"], "ack_within": 0.1, "again": (0.01,)}
        async with stage(**given) as one, door(one) as held:
            held.slow = 0.5
            await one.says(one.ada, "x")
            await one.server.acting.post(one.ada.id, one.general.id, "/ask x")
            await one.slack.outbox.settle()
            reasons = [headers.get("X-Slack-Retry-Reason") for headers, _ in held.requests]
            assert sorted(reasons, key=str) == [None, None, "http_timeout"]
            assert "operation_timeout" in one.ephemerals(one.ada)[0].text

    run(story())


def test_two_redirects_are_followed() -> None:
    """And the third request may answer."""

    async def story() -> None:
        async with stage(events=["message.channels"]) as one, door(one) as held:
            there = {"Location": "/slack/events"}
            held.answers = [lambda: web.Response(status=307, headers=there)] * 2
            await one.says(one.ada, "x")
            await one.slack.outbox.settle()
            assert len(held.requests) == 3
            assert one.slack.journal.entries[-1].ok

    run(story())


def test_an_app_may_ask_not_to_be_told_again() -> None:
    """X-Slack-No-Retry on an answer that is no success."""

    async def story() -> None:
        async with stage(events=["message.channels"]) as one, door(one) as held:
            held.answers = [lambda: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]
            await one.says(one.ada, "x")
            await one.slack.outbox.settle()
            assert len(held.requests) == 1

    run(story())


def test_nobody_at_the_door() -> None:
    """The event is repeated as `connection_failed`; a command fails for who typed it."""

    async def story() -> None:
        async with stage(events=["message.channels"]) as one:
            link = SignedHttp(one.slack, "http://127.0.0.1:9/slack/events")
            one.slack.outbox.travel_by(link)
            await one.says(one.ada, "x")
            await one.server.acting.post(one.ada.id, one.general.id, "/ask x")
            await one.slack.outbox.settle()
            await link.close()
            acks = [n for n in one.slack.journal.entries if n.direction == "ack"]
            assert [n.faults for n in acks] == [("connection_failed",)] * 5
            assert "dispatch_failed" in one.ephemerals(one.ada)[0].text

    run(story())


def test_an_answer_of_words_is_a_message() -> None:
    """JSON as it is, words as its text, nothing as nothing."""

    async def story() -> None:
        async with stage(events=[]) as one, door(one) as held:
            held.answers = [
                lambda: web.Response(text="words"),
                lambda: web.json_response({"text": "json"}),
                web.Response,
            ]
            for _ in range(3):
                await one.server.acting.post(one.ada.id, one.general.id, "/ask x")
            assert [said.text for said in one.ephemerals(one.ada)] == ["words", "json"]

    run(story())


@pytest.mark.parametrize(
    ("secret", "away", "heard"),
    [
        (SIGNING_SECRET, 0, True),
        (SIGNING_SECRET, -290, True),
        (SIGNING_SECRET, -310, False),
        (SIGNING_SECRET, 310, False),
        ("another", 0, False),
    ],
)
def test_a_real_app_behind_a_real_door(secret: str, away: float, heard: bool) -> None:
    """slack_bolt takes what is signed with its secret within five minutes, and gives challenges."""

    async def story() -> None:
        async with stage(events=[]) as one:
            one.clock.at = time.time() + away
            app = AsyncApp(client=one.client, signing_secret=secret)

            @app.command("/ask")
            async def asked(ack: Any, command: dict[str, Any]) -> None:
                await ack(f"you said {command['text']}")

            runner, address = await _serving(app.web_app("/slack/events"))
            link = SignedHttp(one.slack, address)
            one.slack.outbox.travel_by(link)
            await one.server.acting.post(one.ada.id, one.general.id, "/ask why")
            assert await link.verify() is heard
            await link.close()
            await runner.cleanup()
            (said,) = one.ephemerals(one.ada)
            assert ("you said why" in said.text) is heard
            assert ("dispatch_failed" in said.text) is not heard

    run(story())
