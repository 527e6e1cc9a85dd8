"""The stage: a workspace of people, the stand-in of Slack around it, the real bot, a recording.

The clock begins where the recording ends, so that what happened in it is a few minutes old.
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import orjson

from kubectl_smart.bot.authorisation import EVERYTHING, Policy, Role, Sight
from kubectl_smart.bot.console.installation import installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.workspace import Channel, Message, Workspace
from kubectl_smart.bot.importing import import_audit
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import by_socket, web_client
from kubectl_smart.bot.slack.feed import FeedSettings
from kubectl_smart.bot.slack.manifest import manifest
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.times import from_rfc3339

PEOPLE = {"you": "You, a newcomer", "sarah": "Sarah", "tom": "Tom", "priya": "Priya"}
"""Handles and names; the last three are people of the recording, `<handle>@example.com`."""
NAMESPACE = "payments"
_SPLIT = "2026-11-23T02:49:22Z"
"""Until then the recording is known when the curtain rises; the rest arrives while you watch."""
_ENDS = "2026-11-23T02:52:30Z"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything a story needs.

    channel  #payments, with everybody and the bot in it
    """

    workspace: Workspace
    slack: Platform
    server: Server
    bot: Bot
    channel: Channel
    memory: Path
    recording: Path

    def id_of(self, handle: str) -> str:
        """Somebody's user id."""
        return next(one.id for one in self.workspace.users.values() if one.name == handle)

    async def says(self, handle: str, text: str, thread: str | None = None) -> None:
        """Somebody types something, and all that follows from it happens."""
        await self.server.acting.post(self.id_of(handle), self.channel.id, text, thread)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing goes on, neither in the bot nor on the wire."""
        for _ in range(3):
            await self.slack.outbox.settle()
            await self.bot.settle()

    async def goes_on(self) -> None:
        """The rest of the recording arrives, and the bot looks at it."""
        feed = self.bot.feeds[0]
        await feed.look()
        await self.bot.answering.run(lambda: take_in(self.memory, self.recording))
        await feed.look()
        await self.settle()

    def seen_by(self, handle: str) -> list[Message]:
        """Everything somebody sees in the channel and its threads, oldest first."""
        user = self.id_of(handle)
        mine = [one for one in self.channel.ephemerals.values() if one.only_for == user]
        return sorted([*self.channel.messages.values(), *mine], key=lambda one: one.ts)


def first_part(recording: Path, target: Path) -> None:
    """The events of a recording until _SPLIT, as a file of their own."""
    with gzip.open(recording, "rb") as lines, gzip.open(target, "wb") as out:
        for line in lines:
            if orjson.loads(line)["stageTimestamp"] <= _SPLIT:
                out.write(line)


def take_in(memory: Path, recording: Path) -> None:
    """Import a recording; what is known already is passed over."""
    with open_for_writing(memory, create=True) as opened:
        import_audit(opened, str(recording), clock=lambda: int(time.time() * 1_000_000))


@asynccontextmanager
async def stage(
    memory: Path, recording: Path, *, page_token: str = "", port: int = 0
) -> AsyncIterator[Stage]:
    """The stage, until the block ends; `memory` holds the first part of the recording.

    page_token  what the page in the browser is opened with; "" for no page
    """
    for name in _PROXIES:
        os.environ.pop(name, None)  # the SDK would take loopback addresses to the proxy
    now = _clock()
    workspace = Workspace(now, domain="example")
    bot_user = workspace.add_user("smart", "kubectl-smart", is_bot=True)
    app = installation(manifest(), app="A00000001", bot="B00000001", bot_user=bot_user.id)
    ids = {handle: workspace.add_user(handle, name).id for handle, name in PEOPLE.items()}
    channel = workspace.add_channel(NAMESPACE, members=set(workspace.users))
    workspace.add_channel("random", members=set(ids.values()))
    slack = Platform(workspace, app, rates_enforced=True, file_delay=0.5)
    source = Source(memory=memory, index=None, zone=UTC, now=lambda: int(now() * 1_000_000))
    settings = BotSettings(
        policy=_policy(workspace, ids),
        local=True,
        people={ids[one]: f"{one}@example.com" for one in ("sarah", "tom", "priya")},
        feeds=(
            FeedSettings(
                team=workspace.team,
                channel=channel.id,
                sight=Sight(frozenset({NAMESPACE})),
                after=0.0,
                most_an_hour=3,
            ),
        ),
        picture_every=0.25,
    )
    async with AsyncExitStack() as stack:
        bot = Bot(settings, source, now=now)
        stack.callback(bot.close)
        server = await stack.enter_async_context(
            running(Server(slack, page_token=page_token), port=port)
        )
        client = web_client(app.bot_token, f"{server.base}/api/")
        await stack.enter_async_context(by_socket(bot.app(client), app.app_token))
        yield Stage(workspace, slack, server, bot, channel, memory, recording)
        await bot.settle()


def _clock() -> Callable[[], float]:
    """Seconds since 1970-01-01 UTC, beginning at _ENDS."""
    begin = from_rfc3339(_ENDS) / 1_000_000 - time.monotonic()
    return lambda: begin + time.monotonic()


def _policy(workspace: Workspace, ids: dict[str, str]) -> Policy:
    everything = Role(
        name="everybody",
        users=frozenset(ids.values()),
        namespaces=frozenset({EVERYTHING}),
    )
    return Policy(teams=frozenset({workspace.team}), roles=(everything,))
