"""A workspace with people in it, the stand-in of Slack around it, and the real bot connected to it.

    async with slack_world(memory) as world:
        await world.ada.says("/smart why deployment/payment-api")
        assert "5" in world.last_for(world.ada)

Nothing is mocked: the bot speaks to the stand-in through its sockets or by signed HTTP.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any, Literal, TypeVar

from kubectl_smart.bot.authorisation import EVERYTHING, Policy, Role
from kubectl_smart.bot.console.installation import Installation, installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.signed_http import SignedHttp
from kubectl_smart.bot.console.workspace import Channel, Message, User, Workspace
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import by_http, by_socket, web_client
from kubectl_smart.bot.slack.feed import FeedSettings
from kubectl_smart.bot.slack.manifest import manifest

Mode = Literal["socket", "http"]
_Made = TypeVar("_Made")


def run(work: Coroutine[Any, Any, _Made]) -> _Made:
    """Run a coroutine to its end; the tests' one door into asyncio."""
    return asyncio.run(work)


@dataclass
class Somebody:
    """A person at a keyboard."""

    world: World
    user: User

    @property
    def id(self) -> str:
        """The user id."""
        return self.user.id

    async def says(
        self, text: str, channel: Channel | None = None, thread: str | None = None
    ) -> None:
        """Types something and waits until everything that follows has happened."""
        place = channel or self.world.incidents
        await self.world.server.acting.post(self.id, place.id, text, thread)
        await self.world.settle()

    async def replies(self, message: Message, text: str) -> None:
        """Writes into the thread of a message."""
        place = self.world.workspace.channels[message.channel]
        await self.says(text, place, message.thread_ts or message.ts)

    async def edits(self, message: Message, text: str) -> None:
        """Changes a message of their own."""
        await self.world.server.acting.edit(self.id, message.channel, message.ts, text)
        await self.world.settle()

    async def deletes(self, message: Message) -> None:
        """Deletes a message of their own."""
        await self.world.server.acting.delete(self.id, message.channel, message.ts)
        await self.world.settle()

    async def reacts(self, message: Message, name: str, *, add: bool = True) -> None:
        """Puts an emoji on a message, or takes it away."""
        acting = self.world.server.acting
        await acting.react(self.id, message.channel, message.ts, name, add=add)
        await self.world.settle()

    async def chooses(self, message: Message, callback: str) -> None:
        """Chooses a shortcut from the menu of a message."""
        await self.world.server.acting.shortcut(self.id, message.channel, message.ts, callback)
        await self.world.settle()

    async def submits(self, values: dict[str, Any]) -> None:
        """Sends off the window that is open."""
        view = self.world.workspace.stack(self.id)[-1]
        await self.world.server.acting.submit(self.id, view.id, values)
        await self.world.settle()

    async def opens_home(self) -> None:
        """Opens the app's own page."""
        await self.world.server.acting.open_home(self.id)
        await self.world.settle()

    async def clicks(self, message: Message, action_id: str) -> None:
        """Uses a button of a message."""
        acting = self.world.server.acting
        await acting.click(self.id, message.channel, message.ts, "", action_id)
        await self.world.settle()


@dataclass
class World:
    """Everything of one test.

    incidents  a public channel with everybody of the workspace and the bot in it
    """

    workspace: Workspace
    slack: Platform
    server: Server
    bot: Bot
    incidents: Channel
    elsewhere: Channel
    shared: Channel
    people: dict[str, Somebody] = field(default_factory=dict)

    @property
    def ada(self) -> Somebody:
        """May see everything."""
        return self.people["ada"]

    @property
    def bob(self) -> Somebody:
        """May see the namespace payments only."""
        return self.people["bob"]

    async def settle(self) -> None:
        """Wait until nothing goes on, neither in the bot nor on the wire."""
        for _ in range(3):
            await self.slack.outbox.settle()
            await self.bot.settle()

    async def look(self) -> None:
        """The feed looks into the memory."""
        await self.bot.feeds[0].look()
        await self.settle()

    def seen(self, person: Somebody, channel: Channel | None = None) -> list[Message]:
        """What somebody sees in a channel, oldest first."""
        place = channel or self.incidents
        mine = [one for one in place.ephemerals.values() if one.only_for == person.id]
        return sorted([*place.messages.values(), *mine], key=lambda one: one.ts)

    def last_for(self, person: Somebody, channel: Channel | None = None) -> Message:
        """The newest message somebody sees."""
        return self.seen(person, channel)[-1]

    def from_bot(self, person: Somebody, channel: Channel | None = None) -> list[Message]:
        """What the bot said, as somebody sees it."""
        return [one for one in self.seen(person, channel) if one.bot]


def a_workspace(*, incident_channels: bool = False) -> tuple[Workspace, Installation]:
    """People, channels and the app in them."""
    workspace = Workspace(time.time, domain="example")
    bot = workspace.add_user("smart", "kubectl-smart", is_bot=True)
    app = installation(
        manifest(incident_channels=incident_channels),
        app="A00000001",
        bot="B00000001",
        bot_user=bot.id,
    )
    for name in ("ada", "bob", "carol"):
        workspace.add_user(name, name.capitalize() + " Example")
    workspace.add_user("guest", "Guest Example", is_restricted=True)
    workspace.add_user("stranger", "Stranger Elsewhere", team="T99999999")
    everybody = set(workspace.users)
    workspace.add_channel("incidents", members=set(everybody))
    workspace.add_channel("elsewhere", members=everybody - {bot.id})
    workspace.add_channel("partners", members=set(everybody), shared=True)
    return workspace, app


def a_policy(workspace: Workspace) -> Policy:
    """Ada sees everything, Bob the payments, Carol has no role."""
    by_name = {one.name: one.id for one in workspace.users.values()}
    return Policy(
        teams=frozenset({workspace.team}),
        roles=(
            Role(
                name="operators",
                users=frozenset({by_name["ada"]}),
                namespaces=frozenset({EVERYTHING}),
            ),
            Role(
                name="payments",
                users=frozenset({by_name["bob"]}),
                namespaces=frozenset({"payments"}),
            ),
        ),
    )


@asynccontextmanager
async def slack_world(
    memory: Path,
    *,
    mode: Mode = "socket",
    now: int | None = None,
    state: Path | None = None,
    feeds: dict[str, Any] | None = None,
    incident_channels: bool = False,
    bot_settings: dict[str, Any] | None = None,
    **platform: Any,
) -> AsyncIterator[World]:
    """The world around one memory; `platform` are arguments of Platform."""
    workspace, app = a_workspace(incident_channels=incident_channels)
    options = {"rates_enforced": False, "file_delay": 0.0, "again": (0.05, 0.05, 0.05), **platform}
    slack = Platform(workspace, app, **options)
    by_name = {one.name: one for one in workspace.users.values()}
    channels = {one.name: one for one in workspace.channels.values()}
    source = Source(
        memory=memory, index=None, zone=UTC, now=lambda: now or int(time.time() * 1_000_000)
    )
    place = channels["incidents"].id
    wanted = {"after": 0.0, **(feeds or {})}
    feed = FeedSettings(team=workspace.team, channel=place, **wanted)
    chosen: dict[str, Any] = {
        "workers": 2,
        "a_minute": 1_000,
        "picture_every": 0.05,
        "picture_within": 0.5,
        **(bot_settings or {}),
    }
    settings = BotSettings(
        policy=a_policy(workspace), local=True, state=state, feeds=(feed,), **chosen
    )
    clock = (lambda: now / 1_000_000) if now else time.time
    bot = Bot(settings, source, now=clock)
    async with AsyncExitStack() as stack:
        stack.callback(bot.close)
        server = await stack.enter_async_context(running(Server(slack)))
        client = web_client(app.bot_token, f"{server.base}/api/")
        secret = app.signing_secret if mode == "http" else None
        app_of_bot = bot.app(client, signing_secret=secret)
        if mode == "socket":
            await stack.enter_async_context(by_socket(app_of_bot, app.app_token))
        else:
            address = await stack.enter_async_context(by_http(app_of_bot, app.signing_secret))
            link = SignedHttp(slack, address)
            stack.push_async_callback(link.close)
            slack.outbox.travel_by(link)
        await bot.resume()
        world = World(
            workspace=workspace,
            slack=slack,
            server=server,
            bot=bot,
            incidents=channels["incidents"],
            elsewhere=channels["elsewhere"],
            shared=channels["partners"],
        )
        world.people = {name: Somebody(world, user) for name, user in by_name.items()}
        yield world
        await world.settle()
