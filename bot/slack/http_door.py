"""The address that Slack posts to: what is forged, late, sent twice or too large stays outside.

Bolt checks the signature, but answers 500 to a timestamp that is no number and to a signature that
is not ASCII, takes the same request twice within five minutes, and logs what it rejects. So all of
that is checked before it.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

WINDOW = 300
"""Seconds a request may be old or early, Slack's own figure."""
_LONGEST_SIGNATURE = 128
_MOST_KEPT = 100_000


def payload(content_type: str, body: bytes) -> dict[str, Any]:
    """What a request of Slack's holds: events are JSON, commands a form, all else JSON in a form.

    ValueError for anything else. (Bolt's own reading loses commands that hold the word "payload".)
    """
    text = body.decode()
    told: object
    if content_type == "application/json":
        told = json.loads(text)
    elif content_type == "application/x-www-form-urlencoded":
        form = dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
        told = json.loads(form["payload"]) if "payload" in form else form
    else:
        raise ValueError(content_type)
    if not isinstance(told, dict) or not told:
        raise ValueError("no object")
    return told


class HttpDoor:
    """In front of one app. `clock` gives seconds since 1970-01-01 UTC."""

    LARGEST = 1024 * 1024
    """Bytes of a request body."""

    def __init__(
        self, app: AsyncApp, signing_secret: str, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """401 for what Slack did not send or sent before; else the app's own answer."""
        body = await request.read()
        signature = request.headers.get("X-Slack-Signature", "")
        instant = request.headers.get("X-Slack-Request-Timestamp", "")
        if not self._genuine(signature, instant, body):
            return web.Response(status=401, text="This is not a request of Slack's.")
        if not self._is_new(f"{instant} {signature}"):
            return web.Response(status=401, text="This request came before.")
        try:
            told = payload(request.content_type, body)
        except ValueError:
            return web.Response(status=400, text="This is not what Slack sends.")
        # Read and verified here; Bolt, which would do both again, is told that it came so.
        answer = await self._app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=told))
        return await to_aiohttp_response(answer)

    def _genuine(self, signature: str, instant: str, body: bytes) -> bool:
        if not (instant.isascii() and instant.isdigit() and len(instant) <= len("9" * 12)):
            return False
        if not signature.isascii() or len(signature) > _LONGEST_SIGNATURE:
            return False
        if abs(self._clock() - int(instant)) > WINDOW:
            return False
        try:
            body.decode()
        except UnicodeDecodeError:  # which the verifier would trip over; Slack sends no such thing
            return False
        return bool(self._verifier.is_valid(body=body, timestamp=instant, signature=signature))

    def _is_new(self, request: str) -> bool:
        now = self._clock()
        while self._seen and (
            next(iter(self._seen.values())) < now or len(self._seen) >= _MOST_KEPT
        ):
            self._seen.popitem(last=False)
        if request in self._seen:
            return False
        self._seen[request] = now + 2 * WINDOW
        return True
