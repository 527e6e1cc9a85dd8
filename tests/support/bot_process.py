"""The bot as a process of its own, to be killed: `python -m tests.support.bot_process SETTINGS`.

SETTINGS is JSON: `base` (the stand-in's address), `memory`, `state`, `team`, `user` (who may do
everything). It says "connected" on stdout and goes on until it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC
from pathlib import Path

from kubectl_smart.bot.authorisation import EVERYTHING, Policy, Role
from kubectl_smart.bot.console.installation import APP_TOKEN, BOT_TOKEN
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.bot import Bot, BotSettings
from kubectl_smart.bot.slack.connecting import by_socket, web_client


async def serve(told: dict[str, str]) -> None:
    """Until killed."""
    role = Role(name="all", users=frozenset({told["user"]}), namespaces=frozenset({EVERYTHING}))
    settings = BotSettings(
        policy=Policy(teams=frozenset({told["team"]}), roles=(role,)),
        local=True,
        state=Path(told["state"]),
        picture_every=0.05,
        picture_within=0.5,
    )
    source = Source(
        memory=Path(told["memory"]),
        index=None,
        zone=UTC,
        now=lambda: int(time.time() * 1_000_000),
    )
    bot = Bot(settings, source)
    app = bot.app(web_client(BOT_TOKEN, f"{told['base']}/api/"))
    async with by_socket(app, APP_TOKEN):
        await bot.resume()
        print("connected", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.argv[1])))
