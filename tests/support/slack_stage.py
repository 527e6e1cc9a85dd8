"""The stand-in of Slack with nobody's bot in it: a workspace, a clock by hand, and bare clients.

async with stage() as one:
await one.client.chat_postMessage(channel=one.general.id, text="here")
one.clock.on(3.1)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.console.installation import APP_TOKEN, BOT_TOKEN, installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Channel, Message, User, Workspace

SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
)
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "reaction_added",
    "reaction_removed",
)
_Made = TypeVar("_Made")


def run(work: Coroutine[Any, Any, _Made]) -> _Made:
    """Run a coroutine to its end."""
    return asyncio.run(work)


@dataclass
class Clock:
    """Seconds since 1970-01-01 UTC, moved by hand."""

    at: float = 1_763_900_000.0

    def now(self) -> float:
        """The second it shows."""
        return self.at

    def on(self, seconds: float) -> None:
        """Move it."""
        self.at += seconds


def a_manifest(
    scopes: Sequence[str] = SCOPES, events: Sequence[str] = EVENTS, *, home: bool = True
) -> dict[str, Any]:
    """Of an app that may do everything the stand-in knows, unless less is named."""
    return {
        "display_information": {"name": "helper"},
        "features": {
            "app_home": {"home_tab_enabled": home},
            "slash_commands": [
                {"command": "/ask", "description": "asks"},
                {"command": "/escaped", "description": "asks", "should_escape": True},
            ],
            "shortcuts": [{"name": "Keep", "type": "message", "callback_id": "keep"}],
        },
        "oauth_config": {"scopes": {"bot": list(scopes)}},
        "settings": {"event_subscriptions": {"bot_events": list(events)}},
    }


@dataclass
class Stage:
    """A running stand-in.

    general  public, with everybody and the bot; outside  public, without the bot
    secret   private, without the bot
    client   slack_sdk's own client, with the bot's token
    """

    clock: Clock
    workspace: Workspace
    slack: Platform
    server: Server
    client: AsyncWebClient
    session: ClientSession
    bot: User
    ada: User
    bob: User
    general: Channel
    outside: Channel
    secret: Channel
    sockets: list[Socket] = field(default_factory=list)

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Ask with JSON and the bot's token; the answer, whether ok or not."""
        return (await self.asked(method, json=arguments))[1]

    async def asked(
        self,
        method: str,
        *,
        token: str | None = BOT_TOKEN,
        verb: str = "POST",
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> tuple[int, dict[str, Any], Mapping[str, str]]:
        """(status, body, headers) of a request put together by hand; the token in the header."""
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"{self.server.base}/api/{method}"
        async with self.session.request(
            verb, address, headers={**sent, **(headers or {})}, **request
        ) as answer:
            return answer.status, await answer.json(), answer.headers

    async def says(
        self, user: User, text: str, channel: Channel | None = None, thread: str | None = None
    ) -> Message:
        """Somebody writes; their message."""
        place = channel or self.general
        await self.server.acting.post(user.id, place.id, text, thread)
        return list(place.messages.values())[-1]

    def last(self, channel: Channel | None = None) -> Message:
        """The newest message that everybody sees."""
        return list((channel or self.general).messages.values())[-1]

    def ephemerals(self, user: User, channel: Channel | None = None) -> list[Message]:
        """What only this person sees."""
        place = channel or self.general
        return [one for one in place.ephemerals.values() if one.only_for == user.id]

    async def socket(self) -> Socket:
        """A socket opened without any SDK; its hello is read."""
        _, told, _ = await self.asked("apps.connections.open", token=APP_TOKEN)
        wire = await self.session.ws_connect(told["url"])
        socket = Socket(wire)
        self.sockets.append(socket)
        socket.hello = await socket.frame()
        return socket

    async def until(self, what: Any) -> None:
        """Wait until this is true; the test hangs and fails where it never is."""
        async with asyncio.timeout(20):
            while not what():
                await asyncio.sleep(0.005)

    @property
    def complaints(self) -> list[str]:
        """What the stand-in minds."""
        return self.slack.journal.complaints


@dataclass
class Socket:
    """One connection of Socket Mode, spoken by hand."""

    wire: ClientWebSocketResponse
    hello: dict[str, Any] = field(default_factory=dict)

    async def frame(self) -> dict[str, Any]:
        """The next frame."""
        async with asyncio.timeout(20):
            told: dict[str, Any] = json.loads(await self.wire.receive_str())
        return told

    async def ack(self, envelope: Mapping[str, Any], payload: object = None) -> None:
        """Acknowledge an envelope."""
        told = {"envelope_id": envelope["envelope_id"]}
        await self.wire.send_json(told if payload is None else {**told, "payload": payload})


async def refused(work: Any) -> dict[str, Any]:
    """The body of the refusal that the SDK raises for this request."""
    with pytest.raises(SlackApiError) as error:
        await work
    told: dict[str, Any] = error.value.response.data
    return told


@asynccontextmanager
async def stage(
    *,
    scopes: Sequence[str] = SCOPES,
    events: Sequence[str] = EVENTS,
    home: bool = True,
    journal: Path | None = None,
    **platform: Any,
) -> AsyncIterator[Stage]:
    """A stand-in with two people and three channels; `platform` are arguments of Platform."""
    clock = Clock()
    workspace = Workspace(clock.now, domain="example")
    bot = workspace.add_user("helper", "Helper", is_bot=True)
    ada, bob = workspace.add_user("ada"), workspace.add_user("bob")
    everybody = {bot.id, ada.id, bob.id}
    general = workspace.add_channel("general", members=set(everybody))
    outside = workspace.add_channel("outside", members=everybody - {bot.id})
    secret = workspace.add_channel("secret", "private", members=everybody - {bot.id})
    app = installation(
        a_manifest(scopes, events, home=home), app="A00000001", bot="B00000001", bot_user=bot.id
    )
    options = {"rates_enforced": False, "again": (0.01, 0.01, 0.01), **platform}
    slack = Platform(workspace, app, journal=journal, **options)
    async with ClientSession(trust_env=False) as session, running(Server(slack)) as server:
        client = AsyncWebClient(token=app.bot_token, base_url=f"{server.base}/api/")
        client.proxy = None
        one = Stage(
            clock=clock,
            workspace=workspace,
            slack=slack,
            server=server,
            client=client,
            session=session,
            bot=bot,
            ada=ada,
            bob=bob,
            general=general,
            outside=outside,
            secret=secret,
        )
        try:
            yield one
        finally:
            for socket in one.sockets:
                await socket.wire.close()
