"""People as the memory knows them, and their messages as plain words.

A Slack account is a person of the cluster where the settings say which; otherwise the name in the
profile stands for it, and the permalink of the message tells whose it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.grammar.chat import without_entities
from kubectl_smart.bot.slack.identities import Identities
from kubectl_smart.memory.records.actors import Actor, ActorKind

_TOKEN = re.compile(r"<([@#!])([^<>|]*)(?:\|([^<>]*))?>")
_LINK = re.compile(r"<((?:https?://|mailto:)[^<>|\s]*)(?:\|([^<>]*))?>")


class People:
    """Names of accounts.

    known  user id -> the name they have in the cluster ("sarah@example.com")
    """

    def __init__(self, identities: Identities, known: Mapping[str, str]) -> None:
        self._identities = identities
        self._known = known

    async def actor(self, client: AsyncWebClient, team: str, user: str) -> Actor:
        """Who a user id is. SlackApiError if Slack does not say."""
        known = self._known.get(user)
        name = known or await self._identities.name(client, team, user)
        return Actor(name, ActorKind.HUMAN)

    async def words(self, client: AsyncWebClient, team: str, text: str) -> str:
        """The text of a message as its readers see it: names for ids, without entities."""
        return without_entities(_LINK.sub(_link, await self.named(client, team, text))).strip()

    async def named(self, client: AsyncWebClient, team: str, text: str) -> str:
        """The text of a message with names for the ids in it, and all else as Slack sends it."""
        names = {
            user: await self._identities.name(client, team, user)
            for user in set(re.findall(r"<@([A-Z0-9]+)", text))
        }

        def spelled(found: re.Match[str]) -> str:
            sign, inner, label = found[1], found[2], found[3]
            if sign == "@":
                return f"@{names.get(inner, inner)}"
            if sign == "#":
                return f"#{label or inner}"
            return f"@{inner.partition('^')[0]}"

        return _TOKEN.sub(spelled, text)


def _link(found: re.Match[str]) -> str:
    address, label = found[1].removeprefix("mailto:"), found[2]
    return address if not label or label in address else f"{label} ({address})"


def instant(ts: str) -> int:
    """A message's ts in microseconds since 1970-01-01 UTC. ValueError if it is none."""
    seconds, _, part = ts.partition(".")
    return int(seconds) * 1_000_000 + int(part.ljust(6, "0")[:6] or 0)


def identity(team: str, channel: str, ts: str) -> tuple[str, ...]:
    """What tells the words of a message from all others, for ever."""
    return ("slack", team, channel, ts)


def is_from_a_person(message: Mapping[str, Any]) -> bool:
    """Whether a person wrote it: no bot, and no notice of Slack's."""
    subtype = message.get("subtype")
    written = subtype in (None, "thread_broadcast", "file_share")
    return written and not message.get("bot_id") and bool(message.get("user"))
