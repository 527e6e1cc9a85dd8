"""One bot, several workspaces: each installs it through Slack's own pages and has its own token."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession
from tests.bot.slack.test_reasons_in_slack import Cluster
from tests.support.built_memory import minutes
from tests.support.slack_world import run

from kubectl_smart.bot.authorisation import EVERYTHING, Policy, Role
from kubectl_smart.bot.console.installation import installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.bot.console.shared_address import SharedAddress, shared
from kubectl_smart.bot.console.workspace import Channel, Message, Workspace
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import by_http, web_client
from kubectl_smart.bot.slack.feed import FeedSettings
from kubectl_smart.bot.slack.installing import OAuth
from kubectl_smart.bot.slack.manifest import manifest
from kubectl_smart.bot.slack.saying import Unheard
from kubectl_smart.bot.slack.vault import new_key
from kubectl_smart.bot.slack.workspaces import Workspaces

SERVED, STRANGE = ("T00000001", "T00000002"), "T00000003"
NOW = minutes(60)
CLIENT, SECRET = "1.2", "stand-in client secret"


@dataclass
class Place:
    """One workspace: somebody, a channel, the stand-in around them."""

    server: Server
    ada: str
    channel: Channel

    @property
    def team(self) -> str:
        """Its id."""
        return self.server.slack.workspace.team

    def said(self) -> list[Message]:
        """What the bot said there."""
        every = [*self.channel.messages.values(), *self.channel.ephemerals.values()]
        return [one for one in every if one.bot]


@dataclass
class Stage:
    """Three workspaces behind one address, and a bot that may be started again."""

    memory: Path
    folder: Path
    port: int
    keys: str
    places: dict[str, Place] = field(default_factory=dict)
    address: SharedAddress | None = None
    browser: ClientSession | None = None
    bot: Bot | None = None

    @property
    def url(self) -> str:
        """Of the bot."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def slack(self) -> SharedAddress:
        """The one address."""
        assert self.address is not None
        return self.address

    @asynccontextmanager
    async def running_bot(self) -> AsyncIterator[Bot]:
        """The bot, listening."""
        how = OAuth(
            url=self.url,
            client_id=CLIENT,
            client_secret=SECRET,
            keys=self.keys,
            file=self.folder / "installations.sqlite",
        )
        users = frozenset(one.ada for one in self.places.values())
        role = Role(name="all", users=users, namespaces=frozenset({EVERYTHING}))
        feeds = tuple(
            FeedSettings(team=team, channel=self.places[team].channel.id, after=0.0)
            for team in SERVED
        )
        settings = BotSettings(
            policy=Policy(teams=frozenset(SERVED), roles=(role,)),
            local=True,
            state=self.folder / "state.sqlite",
            feeds=feeds,
            picture_every=0.05,
            picture_within=0.5,
        )
        source = Source(memory=self.memory, index=None, zone=UTC, now=lambda: NOW)
        workspaces = Workspaces(how, frozenset(SERVED), f"{self.slack.base}/api/")
        bot = Bot(settings, source, now=lambda: NOW / 1_000_000)
        try:
            client = web_client(None, f"{self.slack.base}/api/")
            app = bot.app(client, signing_secret=self.secret, workspaces=workspaces)
            async with by_http(app, self.secret, port=self.port, add_pages=workspaces.add_pages):
                await bot.resume()
                self.bot = bot
                yield bot
        finally:
            bot.close()

    @property
    def secret(self) -> str:
        """That signs deliveries; one app has one, wherever it is installed."""
        return self.places[SERVED[0]].server.slack.app.signing_secret

    async def visit(self, address: str, cookie: str = "") -> tuple[int, str, str, str]:
        """(status, text, where it leads, cookie) of a page."""
        assert self.browser is not None
        headers = {"Cookie": cookie} if cookie else {}
        async with self.browser.get(address, headers=headers, allow_redirects=False) as page:
            given = page.headers.get("Set-Cookie", "").partition(";")[0]
            return page.status, await page.text(), page.headers.get("Location", ""), given

    async def install(self, team: str, more: str = "") -> tuple[int, str]:
        """Somebody installs the app; (status, text) of the last page."""
        _, _, slack, cookie = await self.visit(f"{self.url}/slack/install?team={team}")
        _, refused, back, _ = await self.visit(f"{slack}&as={self.places[team].ada}{more}")
        assert back.startswith(f"{self.url}/slack/oauth_redirect?"), refused
        status, text, _, _ = await self.visit(back, cookie)
        return status, text

    async def settle(self) -> None:
        """Wait until nothing goes on."""
        assert self.bot is not None
        for _ in range(3):
            for place in self.places.values():
                await place.server.slack.outbox.settle()
            await self.bot.settle()

    async def ask(self, team: str, text: str) -> None:
        """Somebody asks in a workspace."""
        place = self.places[team]
        await place.server.acting.post(place.ada, place.channel.id, text)
        await self.settle()


def free_port() -> int:
    """A port that nobody listens on: the bot's public address must be known before it is up."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _workspace(number: int) -> tuple[Workspace, Platform]:
    workspace = Workspace(
        time.time, team=f"T{number:08d}", domain=f"team{number}", first=number * 1_000
    )
    bot = workspace.add_user("smart", "kubectl-smart", is_bot=True)
    app = replace(
        installation(manifest(), app="A00000001", bot=f"B{number:08d}", bot_user=bot.id),
        bot_token=f"xoxb-stand-in-{number}",
    )
    workspace.add_user("ada", "Ada Example")
    workspace.add_channel("incidents", members=set(workspace.users))
    return workspace, Platform(workspace, app, rates_enforced=False, file_delay=0.0)


@asynccontextmanager
async def stage(memory: Path, folder: Path) -> AsyncIterator[Stage]:
    """Everything but the bot."""
    here = Stage(memory, folder, free_port(), new_key())
    async with AsyncExitStack() as stack:
        for number in (1, 2, 3):
            workspace, slack = _workspace(number)
            server = await stack.enter_async_context(running(Server(slack)))
            ada = next(one.id for one in workspace.users.values() if one.name == "ada")
            channel = next(iter(workspace.channels.values()))
            here.places[workspace.team] = Place(server, ada, channel)
        here.browser = await stack.enter_async_context(ClientSession(trust_env=False))
        here.address = await stack.enter_async_context(
            shared(
                SharedAddress(
                    {team: one.server for team, one in here.places.items()},
                    client_id=CLIENT,
                    client_secret=SECRET,
                    redirects=manifest(url=here.url)["oauth_config"]["redirect_urls"],
                    events=f"{here.url}/slack/events",
                )
            )
        )
        yield here


def test_two_workspaces_install_and_ask(tmp_path: Path) -> None:
    """Each is answered with its own token; one leaves, and the other is answered still."""
    cluster = Cluster(tmp_path)
    one, other = SERVED

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot():
            for team in SERVED:
                status, text = await here.install(team)
                assert (status, "Installed" in text) == (200, True), text
                await here.ask(team, "/smart why deployment/payment-api")
            for team in SERVED:
                (answer,) = here.places[team].said()
                assert "payment-api" in answer.text
                assert here.places[team].server.slack.journal.complaints == []
            await here.slack.uninstall(one)
            await here.settle()
            await here.ask(other, "/smart help")
            assert len(here.places[other].said()) == 2
            with pytest.raises(Unheard, match="not installed"):
                await here.bot.feeds[0]._client(one)

    run(story())


def test_the_next_bot_knows_the_workspaces(tmp_path: Path) -> None:
    """What is sealed in the file outlives the process, and no token can be read in it."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here:
            async with here.running_bot():
                for team in SERVED:
                    await here.install(team)
            async with here.running_bot():
                for team in SERVED:
                    await here.ask(team, "@smart help")
                    assert len(here.places[team].said()) == 1

    run(story())
    kept = (tmp_path / "installations.sqlite").read_bytes()
    assert b"xoxb" not in kept
    assert b"T0000" not in kept


def test_announcements_speak_with_the_channels_own_token(tmp_path: Path) -> None:
    """Each workspace's feed announces there; one that has not installed waits and says so."""
    cluster = Cluster(tmp_path)
    one, other = SERVED

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot() as bot:
            await here.install(one)
            for feed in bot.feeds:
                await feed.look()
            cluster.scale(5, 5)
            with pytest.raises(Unheard, match="not installed"):
                await bot.feeds[1].look()
            await bot.feeds[0].look()
            assert len(here.places[one].said()) == 1
            await here.install(other)
            cluster.scale(6, 6)
            await bot.feeds[1].look()
            assert len(here.places[other].said()) == 1
            assert len(here.places[one].said()) == 1

    run(story())


def test_who_is_not_served_is_not_kept(tmp_path: Path) -> None:
    """A workspace that the configuration does not name: told so, its token revoked."""
    cluster = Cluster(tmp_path)

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot():
            status, text = await here.install(STRANGE)
            assert status == 403
            assert f"{STRANGE} is not among those" in text
            await here.ask(STRANGE, "@smart help")
            assert here.places[STRANGE].said() == []

    run(story())


def test_an_installation_is_good_for_one_browser_and_one_use(tmp_path: Path) -> None:
    """A state from elsewhere, a state used twice, a denied request, an invented code."""
    cluster = Cluster(tmp_path)
    team = SERVED[0]

    async def story() -> None:
        async with stage(cluster.path, tmp_path) as here, here.running_bot():
            status, text = await here.install(team, "&denied=1")
            assert (status, "Nothing was installed" in text) == (200, True)
            _, _, slack, cookie = await here.visit(f"{here.url}/slack/install?team={team}")
            _, _, back, _ = await here.visit(slack)
            status, text, _, _ = await here.visit(back)
            assert (status, "another browser" in text) == (400, True)
            invented = re.sub("code=[^&]*", "code=invented", back)
            status, text, _, _ = await here.visit(invented, cookie)
            assert (status, "does not take the code" in text) == (401, True)
            status, text, _, _ = await here.visit(back, cookie)
            assert (status, "or is done" in text) == (401, True)
            state = parse_qs(urlsplit(back).query)["state"][0]
            forged = f"{here.url}/slack/oauth_redirect?code=x&state={state}"
            status, _, _, _ = await here.visit(forged, cookie)
            assert status == 401
            assert here.places[team].said() == []

    run(story())
