"""The bot on the wire: through Socket Mode, or behind an address that Slack posts to.

Both bring the same deliveries to the same app. Slack's own address can be replaced by that of a
stand-in on this machine, and by no other.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.slack.harmlessly import Harmlessly
from kubectl_smart.bot.slack.http_door import HttpDoor
from kubectl_smart.memory.records.errors import BadInput

SLACK = "https://slack.com/api/"


def web_client(token: str | None, base_url: str = SLACK) -> AsyncWebClient:
    """A client for Slack, or for a stand-in on this machine. BadInput for any other address."""
    if base_url != SLACK and not is_local(base_url):
        raise BadInput(
            f"{base_url} is neither Slack nor on this machine",
            "leave the address out, or name one that begins with http://127.0.0.1:",
        )
    if is_local(base_url) and token is not None and "stand-in" not in token:
        raise BadInput(
            "a token of Slack's was given together with the address of a stand-in",
            "use one or the other",
        )
    client = AsyncWebClient(token=token, base_url=base_url, timeout=30)
    client.proxy = None if is_local(base_url) else client.proxy
    client.retry_handlers = [
        AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        Harmlessly(max_retry_count=1),
    ]
    return client


def is_local(address: str) -> bool:
    """Whether it is one of this machine's own addresses."""
    found = urlsplit(address)
    return found.scheme == "http" and found.hostname == "127.0.0.1"


@asynccontextmanager
async def by_socket(app: AsyncApp, app_token: str) -> AsyncIterator[AsyncSocketModeHandler]:
    """Connected until the block ends; reconnecting is the SDK's affair."""
    _silence()
    handler = AsyncSocketModeHandler(app, app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def by_http(
    app: AsyncApp,
    signing_secret: str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    add_pages: Callable[[web.Application], None] | None = None,
) -> AsyncIterator[str]:
    """Listening until the block ends; gives the address for events. Port 0 for a free one.

    add_pages  puts further addresses beside it
    """
    _silence()
    site = web.Application(client_max_size=HttpDoor.LARGEST)
    if add_pages is not None:
        add_pages(site)
    site.router.add_post("/slack/events", HttpDoor(app, signing_secret).handle)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    try:
        yield f"http://{host}:{runner.addresses[0][1]}/slack/events"
    finally:
        await runner.cleanup()


def _silence() -> None:
    """Bolt and the SDK log whole requests at INFO and DEBUG, words and tokens with them."""
    for name in ("slack_bolt", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.WARNING)
