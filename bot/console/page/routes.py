"""The page's routes, on loopback, behind a session token.

GET /?token=…        sets the session's cookie and leads to /
GET /                the page; /page/page.css, page.js and page.svg belong to it
GET /page/NAME       fragments of HTML: people, channels, messages, thread, home, modal, journal,
                     rejected
GET /page/events     server-sent events: the workspace's revision whenever it changes
POST /page/act       an act in JSON; 204, 409 with Slack's words, 400
GET /page/files/ID   an uploaded file
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Final
from urllib.parse import quote

import orjson
from aiohttp import web
from jinja2 import Environment, Template
from markupsafe import Markup

from kubectl_smart.bot.console.page import fragments
from kubectl_smart.bot.console.page.acts import BadAct, do
from kubectl_smart.bot.console.page.guard import (
    COOKIE,
    HEADERS,
    from_here,
    refused,
    same_origin,
    same_token,
)
from kubectl_smart.bot.console.page.messages import SHOWN_INLINE
from kubectl_smart.bot.console.page.seam import Refusal, Workspace

_LARGEST_ACT: Final = 256 * 1024
_BEAT: Final = 15.0
"""Seconds of silence after which a comment keeps the stream of events alive."""
_STATIC: Final = {"page.css": "text/css", "page.js": "text/javascript", "page.svg": "image/svg+xml"}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_page(
    application: web.Application, workspace: Workspace, token: str, *, command: str = "/smart"
) -> None:
    """Serve the page of a workspace at `/` of an application that listens on loopback.

    `token`: given to the browser as /?token=…; `command`: what typing a slash offers.
    """
    if len(token) < 16:
        raise ValueError("a session's token has at least 16 characters")
    page = _Page(workspace, token, command)
    get, post = application.router.add_get, application.router.add_post
    get("/", page.guarded(page.index, cookie=False), allow_head=False)
    get("/page/events", page.guarded(page.events), allow_head=False)
    get("/page/files/{file}", page.guarded(page.file), allow_head=False)
    post("/page/act", page.guarded(page.act))
    get("/page/{name}", page.guarded(page.fragment), allow_head=False)
    application.on_shutdown.append(page.stop)


class _Page:
    """The handlers, and the streams that have to end when the server does."""

    def __init__(self, workspace: Workspace, token: str, command: str) -> None:
        self._workspace = workspace
        self._token = token
        self._command = command
        self._streams: set[asyncio.Task[None]] = set()

    def guarded(self, handler: _Handler, *, cookie: bool = True) -> _Handler:
        """The handler behind the checks, with the headers every answer has."""

        async def checked(request: web.Request) -> web.StreamResponse:
            if not from_here(request):
                answer: web.StreamResponse = refused(403, "This page is only for this machine.")
            elif cookie and not same_token(request.cookies.get(COOKIE), self._token):
                answer = refused(403, "Open the address with the token that the program printed.")
            else:
                answer = await handler(request)
            if not answer.prepared:
                answer.headers.update(HEADERS)
            return answer

        return checked

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page itself; the first time with the token, for which a cookie is given."""
        given = request.query.get("token")
        if given is None and same_token(request.cookies.get(COOKIE), self._token):
            return _html(_template().render(command=self._command))
        if not same_token(given, self._token):
            return refused(403, "Open the address with the token that the program printed.")
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict", path="/")
        return answer

    async def fragment(self, request: web.Request) -> web.StreamResponse:
        """Stylesheet, script, or one part of the page as HTML."""
        name = request.match_info["name"]
        if name in _STATIC:
            return web.Response(text=_resource(name), content_type=_STATIC[name])
        make = fragments.FRAGMENTS.get(name)
        if make is None:
            return refused(404, "There is no such part of the page.")
        try:
            return _html(make(self._workspace, request.query))
        except fragments.BadQuery as wrong:
            return refused(400, f"{wrong}.")

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Something a person does."""
        if not same_origin(request):
            return refused(403, "Only this page may act.")
        if request.content_type != "application/json":
            return refused(415, "An act is JSON.")
        if (request.content_length or 0) > _LARGEST_ACT:
            return refused(413, "That is too much for one act.")
        try:
            await do(self._workspace, orjson.loads(await request.read()))
        except (orjson.JSONDecodeError, BadAct) as wrong:
            return refused(400, f"{wrong}.")
        except Refusal as words:
            return web.json_response({"refusal": str(words)}, status=409)
        return web.Response(status=204)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """A picture to be shown, or any other file to be saved."""
        found = self._workspace.file(request.match_info["file"])
        if found is None:
            return refused(404, "There is no such file.")
        inline = found.mimetype in SHOWN_INLINE
        way = "inline" if inline else "attachment"
        return web.Response(
            body=found.bytes,
            headers={
                "Content-Type": found.mimetype if inline else "application/octet-stream",
                "Content-Disposition": f"{way}; filename*=UTF-8''{quote(found.name, safe='')}",
            },
        )

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Revisions, until the browser goes or the server stops."""
        answer = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await answer.prepare(request)
        task = asyncio.create_task(self._tell(answer))
        self._streams.add(task)
        try:
            await asyncio.wait([task])
        finally:
            task.cancel()
            self._streams.discard(task)
        if not task.cancelled() and isinstance(task.exception(), ConnectionError):
            return answer
        if not task.cancelled():
            task.result()
        return answer

    async def _tell(self, answer: web.StreamResponse) -> None:
        seen = -1
        while True:
            try:
                seen = await asyncio.wait_for(self._workspace.changed(seen), _BEAT)
                await answer.write(b"data: %d\n\n" % seen)
            except TimeoutError:
                await answer.write(b": still here\n\n")

    async def stop(self, _application: web.Application) -> None:
        """End the streams, which would otherwise hold the server up."""
        for task in tuple(self._streams):
            task.cancel()


def _html(text: str | Markup) -> web.Response:
    return web.Response(text=str(text), content_type="text/html")


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _template() -> Template:
    environment = Environment(autoescape=True)
    return environment.from_string(_resource("page.html"))
