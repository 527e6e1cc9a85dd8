"""Answers to commands that everybody in the channel reads, where the configuration wants it.

What is said to somebody who may not see everything stays theirs: others in the channel may see
less. Refusals and errors never come here, they are said through the exchange's own voice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Literal

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.grammar.chat import without_entities
from kubectl_smart.bot.render.messages import Block, context
from kubectl_smart.bot.render.spans import Data, Ours, Told, as_mrkdwn
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.identities import Identities
from kubectl_smart.bot.slack.saying import Blocks, InThread, Unheard, Voice

Audience = Literal["ephemeral", "in_channel"]
"""Who reads the answer to a command: whoever asked, or the channel."""
_THERE = "The answer is in the channel."


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who reads answers: by the id of the channel, else `default`."""

    default: Audience = "ephemeral"
    channels: Mapping[str, Audience] = field(default_factory=dict)

    def published(self, exchange: Exchange, sight: Sight) -> Exchange:
        """The exchange, to be answered as it should be; `public` if the channel reads it."""
        wanted = self.channels.get(exchange.channel, self.default)
        if exchange.public or wanted == "ephemeral" or not sight.everything:
            return exchange
        aloud = InThread(exchange.client, exchange.channel, None)
        return replace(exchange, voice=InChannel(aloud, exchange.voice), public=True)


async def asked_by(identities: Identities, exchange: Exchange, text: str, zone: tzinfo) -> Block:
    """Who asked, and what: the line above an answer that everybody reads."""
    who = await identities.name(exchange.client, exchange.team, exchange.user)
    line = (Told(who, 80), Ours(" asked "), Data(without_entities(text), 200))
    return context(as_mrkdwn(line, zone))


class InChannel:
    """In the channel, where the bot may write there; else only for whoever asked."""

    def __init__(self, aloud: InThread, otherwise: Voice) -> None:
        self._aloud = aloud
        self._otherwise = otherwise
        self._quiet = False

    @property
    def edits(self) -> bool:
        """See Voice."""
        return self._otherwise.edits if self._quiet else self._aloud.edits

    @property
    def began(self) -> bool:
        """See Voice."""
        return self._otherwise.began if self._quiet else self._aloud.began

    @property
    def message(self) -> str:
        """See Voice."""
        return "" if self._quiet else self._aloud.message

    async def say(self, text: str, blocks: Blocks = (), *, anew: bool = False) -> None:
        """In the channel; whoever was told to wait is told that it is there."""
        if not self._quiet:
            first = not self._aloud.began
            try:
                await self._aloud.say(text, blocks, anew=anew)
            except Unheard:
                self._quiet = True
            else:
                if first and self._otherwise.began:
                    await self._otherwise.say(_THERE)
                return
        await self._otherwise.say(text, blocks, anew=anew)
