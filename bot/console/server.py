"""The stand-in as a server on this machine: Web API, Socket Mode, uploads, response URLs.

Loopback only. No token but its own is taken, so that none of Slack's real ones can end up here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from aiohttp import web

from kubectl_smart.bot.console.acting import Acting
from kubectl_smart.bot.console.arguments import arguments
from kubectl_smart.bot.console.calls_files import receive
from kubectl_smart.bot.console.faults import Planned
from kubectl_smart.bot.console.journal import Direction
from kubectl_smart.bot.console.methods import FORM_ONLY, METHODS
from kubectl_smart.bot.console.page.routes import add_page
from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.responding import respond
from kubectl_smart.bot.console.sockets import Sockets
from kubectl_smart.bot.console.web_api import call
from kubectl_smart.bot.console.window import Window

LARGEST_REQUEST = 100 * 1024 * 1024
HOST = "127.0.0.1"


class Server:
    """One running stand-in.

    base     "http://127.0.0.1:PORT"; the Web API is at base + "/api/"
    acting   what people can do
    sockets  the app's connections, where it uses Socket Mode
    """

    def __init__(self, slack: Platform, *, page_token: str = "") -> None:
        """`page_token`: what the page in the browser is opened with; "" for no page."""
        self.slack = slack
        self._page_token = page_token
        self.acting = Acting(slack)
        self.sockets = Sockets(slack)
        slack.outbox.travel_by(self.sockets)

    @property
    def base(self) -> str:
        """Where it is reached."""
        return self.slack.base

    def application(self) -> web.Application:
        """Its routes."""
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_route("*", "/api/{method}", self._called)
        app.router.add_get("/link", self.sockets.serve)
        app.router.add_post("/respond/{name}", self._responded)
        app.router.add_post("/upload/{file}", self._uploaded)
        if self._page_token:
            command = next(iter(self.slack.app.commands), "/smart")
            window = Window(self.slack, self.acting)
            add_page(app, window, self._page_token, command=command)
        return app

    # --- the Web API --------------------------------------------------------------------------

    async def _called(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        given: dict[str, Any] = {}
        shown: dict[str, str] = {}

        async def answer() -> dict[str, Any]:
            given.update(self._given(name, request.content_type, await request.read(), request))
            token = _token(request, given)
            shown.update(self._granted(token))
            if name == "apps.connections.open":
                return self._connection(token, given)
            return call(self.slack, name, token, given)

        return await self._answered("call", name, given, answer, request, shown)

    def _granted(self, token: str) -> dict[str, str]:
        """The header in which Slack tells what a token that it knows may do."""
        app = self.slack.app
        if token not in (app.bot_token, app.app_token):
            return {}
        granted = sorted(app.scopes) if token == app.bot_token else ["connections:write"]
        return {"x-oauth-scopes": ",".join(granted)}

    def _given(
        self, name: str, content_type: str, body: bytes, request: web.Request
    ) -> dict[str, Any]:
        """The arguments, as far as Slack would look at them: no token from an address."""
        if name in FORM_ONLY and content_type == "application/json" and body:
            self.slack.journal.complain(f"{name}: Slack does not read a JSON body here")
            body = b""
        query = {key: value for key, value in request.query.items() if key != "token"}
        return arguments(content_type, body, query)

    def _connection(self, token: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if "token" in given:
            self.slack.journal.complain("apps.connections.open: the token belongs in the header")
        if not token:
            raise Refusal("not_authed")
        if token != self.slack.app.app_token:
            bot = token == self.slack.app.bot_token
            raise Refusal("not_allowed_token_type" if bot else "invalid_auth")
        self.slack.rates.call("apps.connections.open", METHODS["apps.connections.open"].tier)
        return self.sockets.address()

    # --- other addresses ----------------------------------------------------------------------

    async def _responded(self, request: web.Request) -> web.StreamResponse:
        given: dict[str, Any] = {}

        async def answer() -> dict[str, Any]:
            given.update(arguments(request.content_type, await request.read(), {}))
            respond(self.slack, request.match_info["name"], given)
            return {"ok": True}

        return await self._answered("response", "response_url", given, answer, request)

    async def _uploaded(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        about = {"file": request.match_info["file"], "bytes": len(content)}

        async def answer() -> dict[str, Any]:
            receive(self.slack, request.match_info["file"], content)
            return {"ok": True}

        return await self._answered("upload", "upload", about, answer, request)

    async def _answered(
        self,
        direction: Direction,
        what: str,
        given: Mapping[str, Any],
        answer: Callable[[], Any],
        request: web.Request,
        shown: Mapping[str, str] = MappingProxyType({}),
    ) -> web.StreamResponse:
        """The answer or the refusal, written down, with the trouble that was planned for it."""
        trouble = self.slack.faults.take(what)
        try:
            _before(trouble)
            told, status, headers = await answer(), 200, {}
        except Refusal as refusal:
            told, status = refusal.body(), refusal.status
            headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
        kept = {name: value for name, value in given.items() if name != "token"}
        faults = _faults(told)
        self.slack.journal.write(
            direction, what, kept, answer=told, ok=bool(told.get("ok")), faults=faults
        )
        if trouble is not None and trouble.kind == "slow":
            await asyncio.sleep(trouble.seconds)
        if trouble is not None and trouble.kind == "broken":
            return web.Response(status=500, text="Internal Server Error")
        if trouble is not None and trouble.kind == "dropped" and request.transport is not None:
            request.transport.abort()
        return web.json_response(told, status=status, headers={**headers, **shown})


@asynccontextmanager
async def running(server: Server, *, port: int = 0) -> AsyncIterator[Server]:
    """Serve on the loopback address until the block ends; port 0 for a free one."""
    runner = web.AppRunner(server.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port)
    await site.start()
    server.slack.base = f"http://{HOST}:{runner.addresses[0][1]}"
    server.slack.journal.base = server.slack.base
    try:
        yield server
    finally:
        await server.slack.outbox.stop()
        await server.sockets.drop()
        await runner.cleanup()


def _token(request: web.Request, given: Mapping[str, Any]) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind == "Bearer" else str(given.get("token") or "")


def _before(trouble: Planned | None) -> None:
    if trouble is None:
        return
    if trouble.kind == "error":
        raise Refusal(trouble.error)
    if trouble.kind == "ratelimited":
        raise Refusal("ratelimited", status=429, retry_after=max(1, round(trouble.seconds)))


def _faults(told: Mapping[str, Any]) -> list[str]:
    """Why it was refused, with Slack's pointers."""
    if told.get("ok"):
        return []
    messages = (told.get("response_metadata") or {}).get("messages") or ()
    return [str(told.get("error")), *map(str, messages)]
