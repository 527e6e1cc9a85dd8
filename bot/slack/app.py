"""The doors of the bot: Slack's deliveries become exchanges. Everything is acknowledged first.

The same handlers serve Socket Mode and signed HTTP; which of them it is the caller decides.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.render.messages import EVIDENCE, REPORT
from kubectl_smart.bot.slack.deliveries import Seen
from kubectl_smart.bot.slack.saying import Answered, InThread, Voice
from kubectl_smart.bot.slack.talking import Exchange, Talking

_MENTION = re.compile(r"^\s*<@[A-Z0-9]+(?:\|[^>]*)?>\s*")
_Payload = dict[str, Any]


class Doors:
    """Makes the app, and keeps what is being answered.

    command  the slash command, "/smart" unless another app of the workspace has that name
    local    that a stand-in of Slack on this machine may be answered
    """

    def __init__(
        self, talking: Talking, clock: Callable[[], float], *, command: str, local: bool = False
    ) -> None:
        self._talking = talking
        self._command = command
        self._local = local
        self._seen = Seen(clock)
        self._going_on: set[asyncio.Task[None]] = set()

    def app(self, client: AsyncWebClient, *, signing_secret: str | None = None) -> AsyncApp:
        """The app; without a signing secret it is for Socket Mode only."""
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
        app = AsyncApp(
            client=client,
            signing_secret=signing_secret or "none: deliveries come through a socket of our own",
            request_verification_enabled=signing_secret is not None,
        )
        app.command(self._command)(self._commanded)
        app.event("app_mention")(self._mentioned)
        for action in (EVIDENCE, REPORT):
            app.action(action)(self._clicked)
        return app

    async def settle(self) -> None:
        """Wait until everything that was begun has been answered."""
        while self._going_on:
            await asyncio.wait(self._going_on)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    async def _commanded(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        await ack()
        voice = Answered(body["response_url"], local=self._local)
        self._begin(self._talking.hear(_exchange(client, body, body.get("text", ""), voice)))

    async def _mentioned(self, body: _Payload, client: AsyncWebClient) -> None:
        event = body["event"]
        if event.get("bot_id") or not self._seen.is_new(body["event_id"]):
            return
        voice = InThread(client, event["channel"], event.get("thread_ts") or event["ts"])
        exchange = Exchange(
            client=client,
            team=body["team_id"],
            user=event["user"],
            channel=event["channel"],
            text=_MENTION.sub("", event.get("text", "")),
            voice=voice,
        )
        self._begin(self._talking.hear(exchange))

    async def _clicked(self, ack: AsyncAck, body: _Payload, client: AsyncWebClient) -> None:
        await ack()
        action = body["actions"][0]
        exchange = Exchange(
            client=client,
            team=body["team"]["id"],
            user=body["user"]["id"],
            channel=body["channel"]["id"],
            text="",
            voice=self._beside(body, client),
        )
        self._begin(self._talking.press(exchange, action["action_id"], action.get("value", "")))

    def _beside(self, body: _Payload, client: AsyncWebClient) -> Voice:
        """Where a click is answered: in the thread of the message, or only to who clicked."""
        container = body.get("container") or {}
        if container.get("is_ephemeral"):
            return Answered(body["response_url"], local=self._local)
        message = body.get("message") or {}
        thread = message.get("thread_ts") or container["message_ts"]
        return InThread(client, body["channel"]["id"], thread)


def _exchange(client: AsyncWebClient, body: _Payload, text: str, voice: Voice) -> Exchange:
    return Exchange(
        client=client,
        team=body["team_id"],
        user=body["user_id"],
        channel=body["channel_id"],
        text=text,
        voice=voice,
    )
