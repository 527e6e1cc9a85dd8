"""Files: pictures that stand inside an answer, and whole reports.

Slack shows a file inside a message only when it has looked into it, which takes a second or two; so
a picture is uploaded for nobody, waited for, and then put into the message. Where that is not
possible (a scope is missing, Slack takes too long) it is shared below the answer instead.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.render.messages import Block, Sketch
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.saying import TROUBLE, refusal

_log = logging.getLogger(__name__)
READY_WITHIN = 10.0
"""Seconds to wait until Slack has looked into a picture."""
_EVERY = 0.5


class Uploads:
    """Uploads; `every` seconds between two looks whether a picture is ready."""

    def __init__(self, *, every: float = _EVERY, within: float = READY_WITHIN) -> None:
        self._every = every
        self._within = within

    async def picture(self, client: AsyncWebClient, sketch: Sketch, png: bytes) -> Block | None:
        """An image block that shows the picture; None if it cannot be shown inside a message."""
        try:
            uploaded = await client.files_upload_v2(
                content=png, filename=sketch.filename, title=sketch.title, alt_txt=sketch.alt
            )
            file = str(uploaded["files"][0]["id"])
            if not await self._ready(client, file):
                return None
        except TROUBLE as problem:
            _log.warning("a picture was not uploaded: %s", refusal(problem))
            return None
        return {
            "type": "image",
            "slack_file": {"id": file},
            "alt_text": sketch.alt,
            "title": {"type": "plain_text", "text": sketch.title},
        }

    async def below(self, exchange: Exchange, sketch: Sketch, png: bytes) -> None:
        """Share the picture in the thread of the answer."""
        try:
            await exchange.client.files_upload_v2(
                channel=exchange.channel,
                thread_ts=exchange.thread or exchange.ts or exchange.voice.message or None,
                content=png,
                filename=sketch.filename,
                title=sketch.title,
                alt_txt=sketch.alt,
            )
        except TROUBLE as problem:
            _log.warning("a picture was not shared: %s", refusal(problem))

    async def report(self, exchange: Exchange, name: str, text: str) -> None:
        """A file for whoever asked: into their direct messages with the bot."""
        opened = await exchange.client.conversations_open(users=exchange.user)
        channel: dict[str, Any] = opened["channel"]
        await exchange.client.files_upload_v2(
            channel=channel["id"], content=text, filename=name, title=f"Full report: {name}"
        )
        await exchange.voice.say(
            "The full report is in your direct messages with this bot.", anew=True
        )

    async def _ready(self, client: AsyncWebClient, file: str) -> bool:
        """Whether Slack has looked into a file, after waiting for it."""
        for _ in range(max(1, round(self._within / self._every))):
            told = await client.files_info(file=file)
            if told["file"].get("mimetype"):
                return True
            await asyncio.sleep(self._every)
        _log.warning("Slack did not process file %s within %s s", file, self._within)
        return False
