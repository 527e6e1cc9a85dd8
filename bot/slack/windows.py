"""Windows: the menu of a message and the button under an announcement open one, and it comes back.

A trigger lives three seconds: so the window is opened at once with what is quickly known, the
changes of the last day, and nothing is asked of Slack before that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.authorisation import Refused
from kubectl_smart.bot.slack import modals
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.capturing import Capturing
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.heard import Heard
from kubectl_smart.bot.slack.modals import Choice, Filled, Origin
from kubectl_smart.bot.slack.people import People
from kubectl_smart.bot.slack.saying import TROUBLE, OnlyFor, refusal
from kubectl_smart.bot.slack.state import State
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change

RECENT = 24 * 3_600_000_000
"""Microseconds back from the newest change within which changes are offered."""
_OFFERED = 25


class Windows:
    """Opens them and takes what was filled in."""

    def __init__(
        self,
        answering: Answering,
        gate: Gate,
        people: People,
        state: State,
        capturing: Capturing,
    ) -> None:
        self._answering = answering
        self._gate = gate
        self._people = people
        self._state = state
        self._capturing = capturing

    async def of_message(
        self, client: AsyncWebClient, team: str, user: str, body: Mapping[str, Any]
    ) -> None:
        """Somebody chose the shortcut of a message, which explains one change or another."""
        message, channel = body["message"], str(body["channel"]["id"])
        thread = str(message.get("thread_ts") or message["ts"])
        origin = Origin(team, channel, str(message["ts"]), thread, str(message.get("user", "")))
        try:
            text = await self._people.words(client, team, str(message.get("text", "")))
        except TROUBLE:  # a name is missing: the words stand in the window as Slack sent them
            text = str(message.get("text", ""))
        about = self._state.about(team, channel, thread)
        await self._open(client, user, body["trigger_id"], origin, text, about.change)

    async def of_announcement(
        self, client: AsyncWebClient, team: str, user: str, body: Mapping[str, Any], change: str
    ) -> None:
        """Somebody pressed Why? below an announcement."""
        channel = str(body["channel"]["id"])
        thread = str(body["container"]["message_ts"])
        origin = Origin(team, channel, "", thread, user)
        await self._open(client, user, body["trigger_id"], origin, "", change)

    async def _open(
        self,
        client: AsyncWebClient,
        user: str,
        trigger: str,
        origin: Origin,
        text: str,
        change: str,
    ) -> None:
        exchange = Exchange(
            client=client,
            team=origin.team,
            user=user,
            channel=origin.channel,
            text="",
            voice=OnlyFor(client, origin.channel, user, origin.thread, origin.ts),
        )
        try:
            sight = await self._gate.sight(exchange, "because")
            choices = await self._answering.read(lambda memory: offered(sight.of(memory), change))
            view = (
                modals.reason(choices, origin, text)
                if choices
                else modals.sentence(
                    "Record as rationale", "No change by a person is known that it could explain."
                )
            )
        except Refused as refused:
            view = modals.sentence("Not allowed", f"{refused.message}; {refused.remedy}")
        except TROUBLE as trouble:
            view = modals.sentence(
                "Record as rationale", f"Slack did not answer ({refusal(trouble)}); try it again."
            )
        try:
            await client.views_open(trigger_id=trigger, view=view)
        except TROUBLE as error:
            why = refusal(error)
            late = why in ("expired_trigger_id", "exchanged_trigger_id", "invalid_arguments")
            await exchange.voice.say(
                "The window came too late; try it once more."
                if late
                else f"The window could not be opened ({why}); write `because` in the thread."
            )

    async def submitted(self, client: AsyncWebClient, team: str, user: str, filled: Filled) -> None:
        """Record what was filled in; the window is closed already."""
        origin = filled.origin
        message = {
            "ts": origin.ts or origin.thread,
            "thread_ts": origin.thread,
            "user": origin.author or user,
            "text": filled.text,
        }
        heard = Heard(client, team, origin.channel, message)
        if origin.ts:
            await self._capturing.capture(heard, user, filled.change, filled.text)
        else:
            await self._capturing.said_in_window(heard, user, filled.change, filled.text)


def offered(memory: Memory, first: str) -> list[Choice]:
    """Changes by people within RECENT of the newest, newest first; the one talked about before.

    first  id of the change talked about; "" for none
    """
    newest = memory.index.neighbours(1 << 62, None)[0]
    if newest is None or not isinstance(newest.record, Change):
        return []
    since = newest.record.happened_at - RECENT
    changes = [
        each.record
        for each in reversed(memory.index.changes_between(since, None))
        if isinstance(each.record, Change) and each.record.actor.kind is ActorKind.HUMAN
    ]
    if first and not any(one.id == first for one in changes):
        known = (each.record for each in memory.index.change(first))
        changes = [*(one for one in known if isinstance(one, Change)), *changes]
    changes.sort(key=lambda one: one.id != first)
    return [Choice(one.id, in_words(one)) for one in changes[:_OFFERED]]
