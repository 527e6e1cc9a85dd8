"""A channel of its own for an incident: made, its opener invited, its topic set, linked both ways.

It is public and named like the incident, so its title is read by everybody in the workspace: only
where the configuration says so. What is said in it is about the incident.
"""

from __future__ import annotations

import logging
import re

from slack_sdk.errors import SlackApiError

from kubectl_smart.bot.render.messages import Block, context
from kubectl_smart.bot.render.mrkdwn import prose
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.saying import TROUBLE, Blocks, InThread, refusal
from kubectl_smart.bot.slack.state import About, State
from kubectl_smart.memory.records.errors import BadInput, SmartError
from kubectl_smart.memory.records.incidents import Incident

_log = logging.getLogger(__name__)
_LONGEST_NAME = 80
_LONGEST_TOPIC = 250
_MOST_NAMES = 20
_STRANGE = re.compile(r"[^a-z0-9_-]+")
_A_PERMALINK = re.compile(r"https://[^|<>\s]+")


class Rooms:
    """Makes them. `wanted` says whether the configuration does."""

    def __init__(self, state: State, *, wanted: bool) -> None:
        self._state = state
        self._wanted = wanted

    def check(self) -> None:
        """BadInput if incidents have no channels of their own."""
        if not self._wanted:
            raise BadInput(
                "incidents have no channels of their own here",
                "leave out --channel, or ask whoever runs the bot to set slack.incidents.channels",
            )

    async def room(self, exchange: Exchange, incident: Incident) -> str:
        """The id of the incident's channel, made if there is none yet.

        SmartError, in words, if Slack does not let the bot.
        """
        mark = f"room {exchange.team} {incident.id}"
        known = self._state.mark(mark)
        if not known:
            known = await self._made(exchange, incident)
            self._state.set_mark(mark, known)
        try:
            await exchange.client.conversations_invite(channel=known, users=exchange.user)
        except TROUBLE as problem:
            if refusal(problem) != "already_in_channel":
                _log.warning("conversations.invite: %s", refusal(problem))
        return known

    async def furnish(
        self, exchange: Exchange, room: str, incident: Incident, text: str, blocks: Blocks, ts: str
    ) -> None:
        """Put the topic and the card into it, with a link to where it was opened; once.

        ts  of the message that says so where it was opened
        """
        if self._state.incident_of_channel(exchange.team, room) == incident.id:
            return
        try:
            topic = f"{incident.title} ({incident.id})"
            await exchange.client.conversations_setTopic(channel=room, topic=_cut(topic))
        except TROUBLE as problem:
            _log.warning("conversations.setTopic: %s", refusal(problem))
        voice = InThread(exchange.client, room, None)
        await voice.say(text, (*blocks, *await self._origin(exchange, ts)))
        about = About(incident=incident.id)
        self._state.talks_about(exchange.team, room, voice.message, about)

    async def _made(self, exchange: Exchange, incident: Incident) -> str:
        why = "name_taken"
        for number in range(1, _MOST_NAMES + 1):
            try:
                told = await exchange.client.conversations_create(
                    name=room_name(incident.id, number)
                )
            except SlackApiError as problem:
                why = refusal(problem)
                if why != "name_taken":
                    break
            except TROUBLE as problem:
                why = refusal(problem)
                break
            else:
                return str(told["channel"]["id"])
        raise SmartError(
            f"the incident is open, but it has no channel of its own (Slack says {why})",
            "the app needs the scope channels:manage; see `slack manifest --incident-channels`"
            if why == "missing_scope"
            else "open it once more with --channel to try again",
        )

    async def _origin(self, exchange: Exchange, ts: str) -> tuple[Block, ...]:
        try:
            told = await exchange.client.chat_getPermalink(channel=exchange.channel, message_ts=ts)
        except TROUBLE as problem:
            _log.warning("chat.getPermalink: %s", refusal(problem))
            return ()
        link = str(told["permalink"])
        return (context(f"<{link}|Where it was opened>"),) if _A_PERMALINK.fullmatch(link) else ()


def room_name(incident: str, number: int = 1) -> str:
    """A name that Slack takes for a channel: a-z, 0-9, - and _, at most 80 of them.

    number  for the second channel that would be called so, and so on
    """
    suffix = "" if number == 1 else f"-{number}"
    name = _STRANGE.sub("-", incident.lower()).strip("-_") or "incident"
    return name[: _LONGEST_NAME - len(suffix)].rstrip("-_") + suffix


def link_to(room: str) -> Block:
    """A line that leads to a channel, for the message that says that the incident is open."""
    return context(f"Its channel: <#{room}>")


def _cut(topic: str) -> str:
    """At most what Slack takes, with no format or mention in it."""
    return prose(topic, _LONGEST_TOPIC)
