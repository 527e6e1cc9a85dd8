"""The digest: in a channel that wants it, what patterns the last half year has.

Said by the clock (see `schedule.digest`); where there is nothing to tell nothing is said. Its
buttons ask the same question again, and show what the person may see who clicks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from secrets import token_urlsafe

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.grammar.chat import parse_question, typed
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.faces import message_of
from kubectl_smart.bot.slack.feed import FeedSettings
from kubectl_smart.bot.slack.saying import TROUBLE, Unheard, post
from kubectl_smart.bot.slack.state import Kept, State
from kubectl_smart.memory.answers.patterns import PatternsAnswer
from kubectl_smart.memory.records.errors import NotCovered, SmartError

QUESTION = "patterns --operational --since -180d"
"""What the digest answers."""


class Digests:
    """The digests of all channels that want one.

    client  gives that of a workspace, by its id; Unheard if there is none
    now     seconds since 1970-01-01 UTC
    """

    def __init__(
        self,
        client: Callable[[str], Awaitable[AsyncWebClient]],
        answering: Answering,
        state: State,
        feeds: Sequence[FeedSettings],
        now: Callable[[], float],
    ) -> None:
        self._client = client
        self._answering = answering
        self._state = state
        self._wanted = [one for one in feeds if one.digest]
        self._now = now

    async def say(self) -> None:
        """In every channel. SmartError if it could not be said in one of them."""
        unheard = []
        for one in self._wanted:
            try:
                await self._say(one)
            except (*TROUBLE, Unheard) as problem:
                unheard.append(f"{one.channel} ({problem})")
        if unheard:
            raise SmartError(
                f"Slack did not take the digest of {', '.join(unheard)}",
                "see whether the bot is a member of the channel",
            )

    async def _say(self, one: FeedSettings) -> None:
        source = self._answering.source
        asked_at = source.now()
        request = parse_question(typed(QUESTION), now=asked_at, zone=source.zone)
        try:
            answer = await self._answering.answer(request, one.sight)
        except NotCovered:
            return
        if not isinstance(answer, PatternsAnswer) or not answer.patterns:
            return
        handle = token_urlsafe(12)
        kept = Kept(one.team, one.channel, "", QUESTION, asked_at)
        self._state.keep(handle, kept, self._now())
        message = message_of(answer, source.zone, handle)
        client = await self._client(one.team)
        await post(client, one.channel, None, message.text, message.blocks)
