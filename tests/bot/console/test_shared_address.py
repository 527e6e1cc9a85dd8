"""Several workspaces behind one address: what Slack refuses of an installation is refused here."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from aiohttp import ClientSession, web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from tests.support.slack_world import run

from kubectl_smart.bot.console.installation import Installation
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import HOST, Server, running
from kubectl_smart.bot.console.shared_address import CODE_LASTS, SharedAddress, shared
from kubectl_smart.bot.console.workspace import Workspace

CLIENT, SECRET, BACK = "1.2", "stand-in client secret", "http://127.0.0.1:1/slack/oauth_redirect"
ONE, OTHER = "T00000001", "T00000002"


@dataclass
class Stage:
    """Two workspaces, a browser, and an app that hears."""

    address: SharedAddress
    servers: dict[str, Server]
    browser: ClientSession
    heard: list[dict[str, Any]]
    later: list[float]

    def client(self, token: str | None = None) -> AsyncWebClient:
        """The app's."""
        return AsyncWebClient(token=token, base_url=f"{self.address.base}/api/")

    def token(self, team: str) -> str:
        """That of a workspace, whether in force or not."""
        return self.servers[team].slack.app.bot_token

    async def asked(self, **changed: str) -> tuple[int, str]:
        """Somebody opens the page that asks; (status, where it leads or what it says)."""
        query = {
            "client_id": CLIENT, "scope": "commands,chat:write", "redirect_uri": BACK,
            "team": ONE, "state": "s",
        } | changed  # fmt: skip
        page = f"{self.address.base}/oauth/v2/authorize?{urlencode(query)}"
        async with self.browser.get(page, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def code(self, team: str = ONE) -> str:
        """One that is good."""
        _, back = await self.asked(team=team)
        return parse_qs(urlsplit(back).query)["code"][0]

    async def exchange(self, code: str, **changed: str) -> Any:
        """oauth.v2.access."""
        given = {"client_id": CLIENT, "client_secret": SECRET, "redirect_uri": BACK} | changed
        return await self.client().oauth_v2_access(code=code, **given)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Everything, listening."""
    heard: list[dict[str, Any]] = []
    later = [0.0]

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.json())
        return web.Response()

    async with AsyncExitStack() as stack:
        app = web.Application()
        app.router.add_post("/slack/events", hear)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, HOST, 0).start()
        servers = {}
        for number, team in enumerate((ONE, OTHER), 1):
            workspace = Workspace(
                lambda: time.time() + later[0],
                team=team,
                domain=f"team{number}",
                first=number * 100,
            )
            bot = workspace.add_user("smart", is_bot=True)
            workspace.add_user("ada")
            installed = replace(
                Installation(
                    app="A1", name="smart", bot="B1", bot_user=bot.id,
                    scopes=frozenset({"commands", "chat:write"}),
                    events=frozenset({"app_uninstalled", "tokens_revoked"}), commands=("/smart",),
                ),
                bot_token=f"xoxb-stand-in-{number}",
            )  # fmt: skip
            server = Server(Platform(workspace, installed, rates_enforced=False))
            servers[team] = await stack.enter_async_context(running(server))
        address = SharedAddress(
            servers,
            client_id=CLIENT,
            client_secret=SECRET,
            redirects=[BACK],
            events=f"http://{HOST}:{runner.addresses[0][1]}/slack/events",
        )
        await stack.enter_async_context(shared(address))
        browser = await stack.enter_async_context(ClientSession(trust_env=False))
        yield Stage(address, servers, browser, heard, later)


def test_a_code_becomes_the_token_of_its_workspace() -> None:
    """Each call reaches the workspace whose token it is made with."""

    async def story() -> None:
        async with stage() as here:
            for team in (ONE, OTHER):
                told = await here.exchange(await here.code(team))
                assert told["team"]["id"] == team
                assert told["access_token"] == here.token(team)
                assert told["authed_user"]["id"] in here.servers[team].slack.workspace.users
                seen = await here.client(told["access_token"]).auth_test()
                assert seen["team_id"] == team

    run(story())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"client_id": "9.9"}, "Invalid client_id"),
        ({"redirect_uri": "http://127.0.0.1:2/elsewhere"}, "redirect_uri did not match"),
        ({"scope": "commands,admin"}, "Invalid permissions"),
        ({"scope": ""}, "Invalid permissions"),
        ({"team": "T00000009"}, "Choose a workspace"),
    ],
)
def test_the_page_refuses_what_slack_does(changed: dict[str, str], words: str) -> None:
    """Nobody is sent back with a code."""

    async def story() -> None:
        async with stage() as here:
            status, said = await here.asked(**changed)
            assert (status, words in said) == (400, True)

    run(story())


def test_who_says_no_is_sent_back_without_a_code() -> None:
    """With access_denied, and the state."""

    async def story() -> None:
        async with stage() as here:
            status, back = await here.asked(denied="1")
            assert (status, back) == (302, f"{BACK}?error=access_denied&state=s")

    run(story())


def test_a_code_is_good_once_for_its_app_and_not_for_long() -> None:
    """Each refusal in Slack's word; no token is in force after any of them."""

    async def story() -> None:
        async with stage() as here:
            for changed, error in (
                ({"client_secret": "wrong"}, "bad_client_secret"),
                ({"redirect_uri": "http://127.0.0.1:1/other"}, "bad_redirect_uri"),
            ):
                with pytest.raises(SlackApiError, match=error):
                    await here.exchange(await here.code(), **changed)
            with pytest.raises(SlackApiError, match="invalid_code"):
                await here.exchange("invented")
            old = await here.code()
            here.later[0] = CODE_LASTS + 1
            with pytest.raises(SlackApiError, match="code_expired"):
                await here.exchange(old)
            with pytest.raises(SlackApiError, match="account_inactive"):
                await here.client(here.token(ONE)).auth_test()
            code = await here.code()
            await here.exchange(code)
            with pytest.raises(SlackApiError, match="invalid_code"):
                await here.exchange(code)

    run(story())


def test_tokens_die_with_the_installation() -> None:
    """Revoked by the app, or removed by somebody, who is told of; the other one is in force."""

    async def story() -> None:
        async with stage() as here:
            for team in (ONE, OTHER):
                await here.exchange(await here.code(team))
            await here.client(here.token(ONE)).auth_revoke()
            with pytest.raises(SlackApiError, match="account_inactive"):
                await here.client(here.token(ONE)).auth_test()
            assert here.heard == []
            await here.address.uninstall(OTHER)
            told = [one["event"]["type"] for one in here.heard]
            assert sorted(told) == ["app_uninstalled", "tokens_revoked"]
            assert {one["team_id"] for one in here.heard} == {OTHER}
            with pytest.raises(SlackApiError, match="account_inactive"):
                await here.client(here.token(OTHER)).auth_test()
            with pytest.raises(SlackApiError, match="invalid_auth"):
                await here.client("xoxb-stand-in-of-nobody").auth_test()
            with pytest.raises(SlackApiError, match="not_authed"):
                await here.client().auth_test()

    run(story())
