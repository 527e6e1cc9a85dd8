"""Several workspaces behind one address, as an app meets Slack that many of them install.

What is called with a workspace's token reaches that workspace. Beside it stand the three calls of
OAuth that need more than one: the page that asks people, `oauth.v2.access` and `auth.revoke`. Until
the app is installed in a workspace its token is no good, and nothing is delivered from there.
https://docs.slack.dev/authentication/installing-with-oauth
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientSession, web

from kubectl_smart.bot.console.arguments import arguments
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.server import HOST, LARGEST_REQUEST, Server
from kubectl_smart.bot.console.signed_http import SignedHttp

CODE_LASTS = 600.0
"""Seconds for which a code may be exchanged, and that once."""
_PASSED_ON = ("Authorization", "Content-Type")


@dataclass(frozen=True, slots=True)
class _Code:
    team: str
    user: str
    redirect_uri: str
    until: float


class SharedAddress:
    """One app in several workspaces.

    servers    by the id of their workspace, each running; all with the same app
    redirects  addresses people may be sent back to, as the app's configuration lists them
    events     where the app hears of what happens; it is told from the installation on
    """

    def __init__(
        self,
        servers: Mapping[str, Server],
        *,
        client_id: str,
        client_secret: str,
        redirects: Sequence[str],
        events: str,
    ) -> None:
        self.base = ""
        self._servers = servers
        self._client = (client_id, client_secret)
        self._redirects = tuple(redirects)
        self._events = events
        self._codes: dict[str, _Code] = {}
        self._links: dict[str, SignedHttp] = {}
        self._session = ClientSession(trust_env=False)

    def application(self) -> web.Application:
        """Its routes."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_get("/oauth/v2/authorize", self._asked)
        app.router.add_route("*", "/api/{method}", self._called)
        return app

    async def uninstall(self, team: str) -> None:
        """Somebody of the workspace removes the app: its token dies, and the app is told."""
        slack = self._servers[team].slack
        revoked = {"type": "tokens_revoked", "tokens": {"bot": [slack.app.bot_user]}}
        slack.event("tokens_revoked", revoked, channel=None)
        slack.event("app_uninstalled", {"type": "app_uninstalled"}, channel=None)
        await slack.outbox.settle()
        await self._leave(team)

    async def close(self) -> None:
        """No more."""
        for team in list(self._links):
            await self._leave(team)
        await self._session.close()

    async def _leave(self, team: str) -> None:
        link = self._links.pop(team, None)
        if link is not None:
            await link.close()

    # --- people -------------------------------------------------------------------------------

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        """Somebody is asked, and allows it: in the workspace `team`, in the name of `as`.

        `as` is the stand-in's own, for who is logged in; a `denied` beside it is who says no.
        """
        query = request.query
        slack = self._servers[query["team"]].slack if query.get("team") in self._servers else None
        wanted = {one for one in query.get("scope", "").split(",") if one}
        there = query.get("redirect_uri", "")
        if query.get("client_id") != self._client[0]:
            return web.Response(status=400, text="Invalid client_id parameter")
        if there not in self._redirects:
            return web.Response(status=400, text="redirect_uri did not match any configured URIs")
        if slack is None:
            return web.Response(status=400, text="Choose a workspace with team=")
        if not wanted or wanted - slack.app.scopes:
            return web.Response(status=400, text="Invalid permissions requested")
        state = {"state": query["state"]} if "state" in query else {}
        if "denied" in query:
            return _sent(there, {"error": "access_denied", **state})
        code = f"stand-in-code-{slack.workspace.next_id('code-')}"
        until = slack.workspace.now() + CODE_LASTS
        self._codes[code] = _Code(slack.workspace.team, query.get("as", ""), there, until)
        return _sent(there, {"code": code, **state})

    # --- the Web API --------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.StreamResponse:
        name, body = request.match_info["method"], await request.read()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        try:
            if name == "oauth.v2.access":
                return web.json_response(await self._exchanged(request, body))
            given = arguments(request.content_type, body, {})
            team = self._team_of(token or str(given.get("token") or ""))
            if name == "auth.revoke":
                await self._leave(team)
                return web.json_response({"ok": True, "revoked": True})
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status)
        address = f"{self._servers[team].base}{request.path_qs}"
        headers = {one: request.headers[one] for one in _PASSED_ON if one in request.headers}
        async with self._session.request(
            request.method, address, data=body, headers=headers
        ) as answer:
            passed = {
                one: answer.headers[one]
                for one in ("Content-Type", "Retry-After")
                if one in answer.headers
            }
            return web.Response(status=answer.status, body=await answer.read(), headers=passed)

    def _team_of(self, token: str) -> str:
        """The workspace a token is of. Refusal for none, and for one that is not in force."""
        if not token:
            raise Refusal("not_authed")
        for team, server in self._servers.items():
            if token == server.slack.app.bot_token:
                if team not in self._links:
                    raise Refusal("account_inactive")
                return team
        raise Refusal("invalid_auth")

    async def _exchanged(self, request: web.Request, body: bytes) -> dict[str, Any]:
        """oauth.v2.access: a code becomes a token, once."""
        given = arguments(request.content_type, body, {})
        if _client_of(request, given) != self._client:
            raise Refusal("bad_client_secret")
        code = self._codes.pop(str(given.get("code")), None)
        if code is None:
            raise Refusal("invalid_code")
        slack = self._servers[code.team].slack
        if slack.workspace.now() >= code.until:
            raise Refusal("code_expired")
        if given.get("redirect_uri") != code.redirect_uri:
            raise Refusal("bad_redirect_uri")
        await self._leave(code.team)  # installed anew
        link = SignedHttp(slack, self._events)
        slack.outbox.travel_by(link)
        self._links[code.team] = link
        return {
            "ok": True,
            "app_id": slack.app.app,
            "authed_user": {"id": code.user or next(iter(slack.workspace.users))},
            "scope": ",".join(sorted(slack.app.scopes)),
            "token_type": "bot",
            "access_token": slack.app.bot_token,
            "bot_user_id": slack.app.bot_user,
            "team": {"id": code.team, "name": slack.workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _client_of(request: web.Request, given: Mapping[str, Any]) -> tuple[str, str]:
    """Who exchanges: by HTTP Basic, which Slack prefers, or among the arguments."""
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return str(given.get("client_id", "")), str(given.get("client_secret", ""))
    try:
        name, _, secret = b64decode(encoded, validate=True).decode().partition(":")
    except (Error, UnicodeDecodeError):
        return "", ""
    return name, secret


def _sent(address: str, query: Mapping[str, str]) -> web.Response:
    return web.Response(status=302, headers={"Location": f"{address}?{urlencode(query)}"})


@asynccontextmanager
async def shared(address: SharedAddress) -> AsyncIterator[SharedAddress]:
    """Serve on the loopback address until the block ends."""
    runner = web.AppRunner(address.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    address.base = f"http://{HOST}:{runner.addresses[0][1]}"
    try:
        yield address
    finally:
        await address.close()
        await runner.cleanup()
