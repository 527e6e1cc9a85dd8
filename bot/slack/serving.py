"""The bot as a process: connected until it is told to stop, then everything begun is answered."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import SLACK, by_http, by_socket, web_client
from kubectl_smart.bot.slack.installing import INSTALL
from kubectl_smart.bot.slack.settings import Connection
from kubectl_smart.bot.slack.workspaces import Workspaces
from kubectl_smart.bot.slack.writing import Pen
from kubectl_smart.memory.records.errors import BadInput

_log = logging.getLogger(__name__)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def serve(
    settings: BotSettings, source: Source, how: Connection, tell: Callable[[str], None]
) -> None:
    """Until SIGTERM or SIGINT. BadInput if Slack does not take the tokens.

    tell  is told in sentences what goes on
    """
    asyncio.run(_served(settings, source, how, tell))


async def _served(
    settings: BotSettings, source: Source, how: Connection, tell: Callable[[str], None]
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with connected(settings, source, how, tell):
        await stop.wait()
        tell("stopping; what was begun is answered first")


@asynccontextmanager
async def connected(
    settings: BotSettings,
    source: Source,
    how: Connection,
    tell: Callable[[str], None],
    pen: Pen | None = None,
) -> AsyncIterator[Bot]:
    """The bot, connected until the block ends; then everything begun is answered.

    pen  see Bot

    BadInput if Slack does not take the tokens.
    """
    if how.base_url:
        for name in _PROXIES:
            os.environ.pop(name, None)  # the SDK would take loopback addresses to the proxy
    async with AsyncExitStack() as stack:
        bot = Bot(settings, source, pen=pen)
        stack.callback(bot.close)
        base_url = how.base_url or SLACK
        workspaces = None
        if how.oauth is not None:
            workspaces = Workspaces(how.oauth, settings.policy.teams, base_url)
            client, present = web_client(None, base_url), f"install at {how.oauth.url}{INSTALL}"
        else:
            client = web_client(how.bot_token, base_url)
            present = await _introduced(client, settings.policy.teams)
        secret = how.signing_secret if how.mode == "http" else None
        app = bot.app(client, signing_secret=secret, workspaces=workspaces)
        if how.mode == "http":
            add = None if workspaces is None else workspaces.add_pages
            place = by_http(app, how.signing_secret, host=how.host, port=how.port, add_pages=add)
            tell(f"listening at {await stack.enter_async_context(place)}")
        else:
            await stack.enter_async_context(by_socket(app, how.app_token))
        tell(present)
        for sentence in [] if workspaces is None else await workspaces.present():
            tell(sentence)
        await bot.resume()
        feeds = [asyncio.create_task(feed.run()) for feed in bot.feeds]
        for feed in feeds:
            feed.add_done_callback(_ended)
        try:
            yield bot
        finally:
            for feed in feeds:
                feed.cancel()
            await asyncio.gather(*feeds, return_exceptions=True)
            await bot.settle()


def _ended(feed: asyncio.Task[None]) -> None:
    """A feed goes on for ever; one that ends by a fault of ours must not do so in silence."""
    if not feed.cancelled() and (fault := feed.exception()) is not None:
        _log.error("a feed ended by a fault; it goes on with the next start", exc_info=fault)


async def _introduced(client: AsyncWebClient, teams: frozenset[str]) -> str:
    """As whom the token speaks, in words. BadInput if Slack does not take it."""
    try:
        told = await client.auth_test()
    except SlackApiError as refused:
        why = refused.response.get("error")
        raise BadInput(
            f"Slack does not take the bot token ({why})",
            "copy it again from OAuth & Permissions of the app, or install the app anew",
        ) from None
    if told["team_id"] not in teams:
        raise BadInput(
            f"the token is of workspace {told['team_id']}, which is not among teams",
            "add it to slack.teams in the configuration",
        )
    return f"connected as {told['user']} in {told['team']}"
