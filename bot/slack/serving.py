"""The bot as a process: connected until it is told to stop, then everything begun is answered."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

from slack_sdk.errors import SlackApiError

from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import SLACK, by_http, by_socket, web_client
from kubectl_smart.bot.slack.settings import Connection
from kubectl_smart.memory.records.errors import BadInput

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
    if how.base_url:
        for name in _PROXIES:
            os.environ.pop(name, None)  # the SDK would take loopback addresses to the proxy
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        bot = Bot(settings, source)
        stack.callback(bot.close)
        client = web_client(how.bot_token, how.base_url or SLACK)
        try:
            told = await client.auth_test()
        except SlackApiError as refused:
            why = refused.response.get("error")
            raise BadInput(
                f"Slack does not take the bot token ({why})",
                "copy it again from OAuth & Permissions of the app, or install the app anew",
            ) from None
        if told["team_id"] not in settings.policy.teams:
            raise BadInput(
                f"the token is of workspace {told['team_id']}, which is not among teams",
                "add it to slack.teams in the configuration",
            )
        secret = how.signing_secret if how.mode == "http" else None
        app = bot.app(client, signing_secret=secret)
        if how.mode == "http":
            place = by_http(app, how.signing_secret, host=how.host, port=how.port)
            tell(f"listening at {await stack.enter_async_context(place)}")
        else:
            await stack.enter_async_context(by_socket(app, how.app_token))
        tell(f"connected as {told['user']} in {told['team']}")
        await bot.resume()
        feeds = [asyncio.create_task(feed.run()) for feed in bot.feeds]
        await stop.wait()
        tell("stopping; what was begun is answered first")
        for feed in feeds:
            feed.cancel()
        await asyncio.gather(*feeds, return_exceptions=True)
        await bot.settle()
