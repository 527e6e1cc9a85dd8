"""What is forged, late, sent twice, too large or not Slack's stays outside, and out of the log."""

from __future__ import annotations

import json
import logging
import time
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from slack_sdk.signature import SignatureVerifier
from tests.bot.slack.test_reasons_in_slack import Cluster
from tests.support.slack_world import World, run, slack_world

from kubectl_smart.bot.console.installation import SIGNING_SECRET
from kubectl_smart.bot.console.signed_http import SignedHttp
from kubectl_smart.bot.slack.http_door import payload

FORM = "application/x-www-form-urlencoded"
WORDS = "very-private-words"


def command(world: World) -> bytes:
    """A slash command, as Slack posts it."""
    told = {
        "team_id": world.workspace.team,
        "user_id": world.ada.id,
        "channel_id": world.incidents.id,
        "command": "/smart",
        "text": f"why deployment/{WORDS}",
        "response_url": world.slack.response_address(world.incidents.id, world.ada.id),
        "trigger_id": world.slack.tickets.trigger(world.ada.id),
    }
    return urlencode(told).encode()


def signed(body: bytes, shift: int = 0, secret: str = SIGNING_SECRET) -> dict[str, str]:
    """The two headers, for a request made so many seconds from now."""
    instant = str(int(time.time()) + shift)
    made = SignatureVerifier(secret).generate_signature(timestamp=instant, body=body)
    return {"X-Slack-Request-Timestamp": instant, "X-Slack-Signature": made or ""}


def link(world: World) -> str:
    """The bot's address."""
    found = world.slack.outbox._link
    assert isinstance(found, SignedHttp)
    return found._address


async def answer(address: str, body: bytes, headers: dict[str, str], kind: str = FORM) -> int:
    """The status of one request."""
    async with (
        ClientSession(trust_env=False) as session,
        session.post(
            address, data=BytesIO(body), headers={"Content-Type": kind, **headers}
        ) as told,
    ):
        await told.read()
        return told.status


def test_only_slacks_own_requests_come_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Forged, missing, odd, late and repeated ones: 401, nothing done, nothing of them logged."""
    cluster = Cluster(tmp_path)
    caplog.set_level(logging.DEBUG)

    async def story() -> None:
        async with slack_world(cluster.path, mode="http") as world:
            address, body = link(world), command(world)
            good = signed(body)
            odd: list[dict[str, str]] = [
                {},
                {"X-Slack-Request-Timestamp": good["X-Slack-Request-Timestamp"]},
                {"X-Slack-Signature": good["X-Slack-Signature"]},
                signed(body, secret="x" * 32),
                signed(body + b"x"),
                signed(body, shift=-301),
                signed(body, shift=302),
                {**good, "X-Slack-Signature": good["X-Slack-Signature"] + "é"},
                {**good, "X-Slack-Signature": "v0=" + "a" * 4_000},
                {**good, "X-Slack-Signature": good["X-Slack-Signature"].upper()},
                *(
                    {**good, "X-Slack-Request-Timestamp": one}
                    for one in ("", "soon", "1e9", "-5", "٣", "9" * 400, " 12 3")
                ),
            ]
            for headers in odd:
                assert await answer(address, body, headers) == 401, headers
            assert await answer(address, b"\xff\xfe", good) == 401
            assert await answer(address, b"x" * (1024 * 1024 + 1), good) == 413
            await world.settle()
            assert world.from_bot(world.ada) == []
            assert WORDS not in caplog.text

            assert await answer(address, body, good) == 200
            assert await answer(address, body, good) == 401, "it came before"
            await world.settle()
            assert len(world.from_bot(world.ada)) == 1

    run(story())


def test_what_is_signed_and_no_delivery_is_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Other content types and broken bodies are 400; events nobody listens to are taken."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode="http") as world:
            address = link(world)
            for kind, body in (
                ("text/plain", command(world)),
                ("multipart/form-data", command(world)),
                ("application/json", b"{" + WORDS.encode()),
                ("application/json", b"[]"),
                (FORM, b""),
                (FORM, b"payload={" + WORDS.encode()),
            ):
                assert await answer(address, body, signed(body), kind) == 400, (kind, body)
            assert WORDS not in caplog.text
            for told in (
                {"type": "app_rate_limited", "team_id": world.workspace.team},
                {"type": "event_callback", "event_id": "E1", "event": {"type": "tokens_revoked"}},
                {"type": "event_callback", "event_id": "E2", "event": {"type": "emoji_changed"}},
            ):
                body = json.dumps(told).encode()
                assert await answer(address, body, signed(body), "application/json") == 200
            assert "Slack says app_rate_limited" in caplog.text
            assert "Slack says tokens_revoked" in caplog.text
            assert world.bot.state.unfinished() == []

    run(story())


def test_a_command_may_hold_the_word_payload(tmp_path: Path) -> None:
    """The name of a form's field inside a command is a word like any other."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with slack_world(cluster.path, mode="http") as world:
            await world.ada.says("/smart why deployment/payload-api")
            assert "payload-api" in world.last_for(world.ada).text

    run(story())
    assert payload(FORM, b"text=why+payload-api") == {"text": "why payload-api"}
    with pytest.raises(ValueError, match="no object"):
        payload("application/json", b"null")
