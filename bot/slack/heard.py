"""A message of a channel, wherever it was heard of: fetched where only its ts is known, ticked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.slack.saying import TROUBLE, refusal

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a channel, as it came with an event or was fetched."""

    client: AsyncWebClient
    team: str
    channel: str
    message: Mapping[str, Any]

    @property
    def ts(self) -> str:
        """Its ts."""
        return str(self.message["ts"])

    @property
    def thread(self) -> str:
        """The ts of the first message of its thread; its own if it is that."""
        return str(self.message.get("thread_ts") or self.ts)


async def fetched(client: AsyncWebClient, team: str, channel: str, ts: str) -> Heard | None:
    """A message by its ts; replies are found too. None if Slack does not show it."""
    try:
        told = await client.conversations_replies(channel=channel, ts=ts, limit=1, inclusive=True)
    except TROUBLE as problem:
        _log.warning("conversations.replies: %s", refusal(problem))
        return None
    messages = [one for one in told["messages"] if one.get("ts") == ts]
    return Heard(client, team, channel, messages[0]) if messages else None


async def tick(heard: Heard) -> None:
    """Mark the message as recorded, where the bot may."""
    try:
        await heard.client.reactions_add(
            channel=heard.channel, timestamp=heard.ts, name="white_check_mark"
        )
    except TROUBLE as problem:
        if refusal(problem) != "already_reacted":
            _log.info("reactions.add: %s", refusal(problem))


def without_mention(text: str) -> str:
    """The words behind "@smart because": edits of a message that was said to the bot."""
    if not text.startswith("<@"):
        return text
    rest = text.partition(">")[2].strip()
    verb, _, words = rest.partition(" ")
    return words if verb.lower() in ("because", "note") else rest
