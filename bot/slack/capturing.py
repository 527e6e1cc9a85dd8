"""Reasons taken from what people write to each other: a reply, an emoji, a message's menu.

Whoever marks a message is its capturer, whoever wrote it the author. A message that is edited or
deleted afterwards is followed; taking the mark away takes the words back.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.authorisation import Refused, Sight
from kubectl_smart.bot.grammar.statements import BecauseRequest, NoteRequest, StatementRequest
from kubectl_smart.bot.render import blocks, blocks_words
from kubectl_smart.bot.saying import Speaker
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.heard import Heard, fetched, tick, without_mention
from kubectl_smart.bot.slack.people import People, identity, instant, is_from_a_person
from kubectl_smart.bot.slack.saying import TROUBLE, OnlyFor, refusal
from kubectl_smart.bot.slack.state import About, State
from kubectl_smart.bot.slack.visible import visible
from kubectl_smart.bot.slack.writing import Writing
from kubectl_smart.bot.telling import Retraction, Statement
from kubectl_smart.capture.statements import statement_id
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.records.notes import Note

_log = logging.getLogger(__name__)
WHICH = (
    "Which change does that explain? Open the menu of the message, choose Record as rationale, and"
    " pick it there."
)
NOT_SHOWN = (
    "That was not recorded: Slack did not show the message; take the emoji back and put it there"
    " again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emojis:
    """Names of the reactions that mean something, without colons.

    rationale  the message is the reason of a change; timeline  it belongs to the incident
    """

    rationale: str = "memo"
    timeline: str = "pushpin"


class Capturing:
    """Everything that is captured without being said to the bot."""

    def __init__(
        self,
        answering: Answering,
        writing: Writing,
        gate: Gate,
        people: People,
        state: State,
        emojis: Emojis,
        on_reason: Callable[[str], None],
    ) -> None:
        """`on_reason` is told the id of a change that was explained."""
        self._answering = answering
        self._writing = writing
        self._gate = gate
        self._people = people
        self._state = state
        self._emojis = emojis
        self._on_reason = on_reason

    # --- replies ------------------------------------------------------------------------------

    async def replied(self, heard: Heard) -> None:
        """A reply below the announcement of a change that nobody explained is its reason."""
        about = self._state.about(heard.team, heard.channel, heard.thread)
        if not about.change or not is_from_a_person(heard.message) or heard.ts == heard.thread:
            return
        announced = self._state.announcement(about.change)
        if announced is None or announced.explained:
            return
        user = str(heard.message["user"])
        if str(heard.message.get("text", "")).lstrip().startswith("<@"):
            return  # said to somebody, perhaps to the bot, which then hears it as a mention
        request = BecauseRequest(about.change, None, "", None)
        await self._capture(heard, user, request, "because", once=True)

    # --- marks --------------------------------------------------------------------------------

    async def marked(self, client: AsyncWebClient, team: str, event: Mapping[str, Any]) -> None:
        """Somebody put an emoji on a message."""
        name, user = event["reaction"], event["user"]
        if name not in (self._emojis.rationale, self._emojis.timeline):
            return
        item = event["item"]
        if item.get("type") != "message":
            return
        heard = await fetched(client, team, item["channel"], item["ts"])
        if heard is None:
            unseen = Heard(client, team, item["channel"], {"ts": item["ts"]})
            await self._tell(
                unseen, user, "incident" if name == self._emojis.timeline else "because", NOT_SHOWN
            )
            return
        if not is_from_a_person(heard.message):
            return
        about = self._about(heard)
        if name == self._emojis.rationale and about.change:
            await self._capture(
                heard, user, BecauseRequest(about.change, None, "", None), "because"
            )
        elif name == self._emojis.rationale:
            await self._tell(heard, user, "because", WHICH)
        else:
            await self._capture(heard, user, NoteRequest(about.incident, ""), "incident")

    async def unmarked(self, client: AsyncWebClient, team: str, event: Mapping[str, Any]) -> None:
        """Somebody took their emoji back: what it had recorded is taken back, if it was theirs."""
        name, user, item = event["reaction"], event["user"], event["item"]
        if name not in (self._emojis.rationale, self._emojis.timeline):
            return
        if item.get("type") != "message":
            return
        note = await self._known(team, item["channel"], item["ts"])
        if note is None or note.retracted:
            return
        actor = await self._people.actor(client, team, user)
        if actor.name not in (note.captured_by or note.author.name, note.author.name):
            return
        await self._take_back(
            note,
            Retraction(
                note=note.id, author=actor, at=max(instant(event["event_ts"]), note.version_at)
            ),
        )

    # --- edits --------------------------------------------------------------------------------

    async def edited(self, heard: Heard) -> None:
        """A message was edited: the memory follows, if it knows the message."""
        note = await self._known(heard.team, heard.channel, heard.ts)
        if note is None or note.retracted:
            return
        text = await self._people.words(
            heard.client, heard.team, without_mention(str(heard.message.get("text", "")))
        )
        edit = heard.message.get("edited") or {}
        if not text or not edit:
            return
        statement = Statement(
            text=text,
            author=note.author,
            said_at=note.happened_at,
            identity=identity(heard.team, heard.channel, heard.ts),
            changed_at=instant(str(edit["ts"])),
        )
        await self._writing.tell([statement], _nothing)

    async def deleted(self, team: str, channel: str, ts: str, at: int) -> None:
        """A message was deleted: what it said is taken back."""
        note = await self._known(team, channel, ts)
        if note is not None and not note.retracted:
            gone = Retraction(note=note.id, author=note.author, at=max(at, note.version_at))
            await self._take_back(note, gone)

    # --- within -------------------------------------------------------------------------------

    async def capture(self, heard: Heard, user: str, change: str, text: str) -> None:
        """Record a message, or words instead of it, as the reason of a change."""
        request = BecauseRequest(change, None, text, None)
        await self._capture(heard, user, request, "because")

    async def said_in_window(self, heard: Heard, user: str, change: str, text: str) -> None:
        """Record what somebody wrote in a window: no message holds it, so it cannot be edited."""
        told = identity(heard.team, heard.channel, f"window/{change}/{user}")
        request = BecauseRequest(change, None, text, None)
        await self._capture(heard, user, request, "because", key=told)

    async def _capture(
        self,
        heard: Heard,
        user: str,
        request: BecauseRequest | NoteRequest,
        verb: str,
        *,
        key: tuple[str, ...] = (),
        once: bool = False,
    ) -> None:
        """Record a message as somebody with the rights of `user` may; tell them what came of it."""

        async def record(sight: Sight) -> None:
            await self._record(heard, user, request, sight, key)

        await self._if_they_may(heard, user, verb, record, once=once)

    async def _tell(self, heard: Heard, user: str, verb: str, sentence: str) -> None:
        """Say a sentence to somebody who may use the verb; to others what the gate says."""

        async def say(_: Sight) -> None:
            await self._only_for(heard, user).say(sentence)

        await self._if_they_may(heard, user, verb, say)

    async def _if_they_may(
        self,
        heard: Heard,
        user: str,
        verb: str,
        work: Callable[[Sight], Awaitable[None]],
        *,
        once: bool = False,
    ) -> None:
        """Do it with what somebody sees; tell them if they may not, or if it fails.

        once  a refusal is told the first time only: they reply to others, not to the bot
        """
        voice = self._only_for(heard, user)
        exchange = Exchange(
            client=heard.client,
            team=heard.team,
            user=user,
            channel=heard.channel,
            text="",
            voice=voice,
            ts=heard.ts,
            thread=heard.thread,
        )
        problem: SmartError
        try:
            sight = await self._gate.sight(exchange, verb)
            await work(sight)
        except Refused as refused:
            _log.info("not recorded: %s", refused.message)
            if once and not self._first(f"told {heard.team} {heard.thread} {user}"):
                return
            problem = refused
        except SmartError as found:
            problem = found
        except TROUBLE as trouble:
            _log.warning("not recorded: %s", refusal(trouble))
            problem = SmartError("Slack did not answer a request", "try it once more")
        else:
            return
        said = SmartError(f"that was not recorded: {problem.message}", problem.remedy)
        message = blocks.error(said, self._answering.source.zone)
        await voice.say(message.text, message.blocks)

    def _first(self, mark: str) -> bool:
        """Whether this is noted for the first time."""
        if self._state.mark(mark):
            return False
        self._state.set_mark(mark, "1")
        return True

    async def _record(
        self,
        heard: Heard,
        user: str,
        request: BecauseRequest | NoteRequest,
        sight: Sight,
        key: tuple[str, ...],
    ) -> None:
        client, team = heard.client, heard.team
        about = self._about(heard)
        if isinstance(request, NoteRequest):
            about = await visible(self._answering, about, sight)
            request = request._replace(incident=about.incident)
        raw = without_mention(str(heard.message.get("text", "")))
        text = request.text or await self._people.words(client, team, raw)
        if not text:
            raise SmartError("the message has no words", "write the reason in a reply")
        author = await self._people.actor(client, team, str(heard.message["user"]))
        capturer = await self._people.actor(client, team, user)
        link = await client.chat_getPermalink(channel=heard.channel, message_ts=heard.ts)
        speaker = Speaker(
            author=author,
            said_at=self._answering.source.now() if key else instant(heard.ts),
            captured_by=capturer.name if capturer != author else "",
            surface="slack",
            channel=heard.channel,
            thread=heard.thread,
            permalink=str(link["permalink"]),
            identity=key or identity(team, heard.channel, heard.ts),
            incident=about.incident,
        )
        voice = self._only_for(heard, user)

        async def on_wait() -> None:
            await voice.say("Somebody else is writing to the memory; it is recorded after that.")

        complete: StatementRequest = request._replace(text=text)
        recorded = await self._writing.record(complete, speaker, sight, on_wait)
        note = recorded.told[0].note
        if note is None:
            return
        if note.explains:
            self._on_reason(note.explains)
        if not key:
            await tick(heard)
        message = blocks_words.receipt(
            note,
            recorded.told[0].commit,
            recorded.changed,
            self._answering.source.zone,
            known=not recorded.told[0].recorded,
        )
        await voice.say(message.text, message.blocks)

    async def _take_back(self, note: Note, gone: Retraction) -> None:
        await self._writing.tell([gone], _nothing)
        if note.explains:
            self._on_reason(note.explains)

    async def _known(self, team: str, channel: str, ts: str) -> Note | None:
        """The note a message became; None if it became none."""
        wanted = statement_id(identity(team, channel, ts))

        def found(memory: Memory) -> Note | None:
            for each in memory.index.note(wanted):
                if isinstance(each.record, Note) and each.record.id == wanted:
                    return each.record
            return None

        return await self._answering.read(found)

    def _about(self, heard: Heard) -> About:
        found = self._state.about(heard.team, heard.channel, heard.thread)
        if found == About():
            incident = self._state.incident_of_channel(heard.team, heard.channel)
            return About(incident=incident)
        return found

    def _only_for(self, heard: Heard, user: str) -> OnlyFor:
        return OnlyFor(heard.client, heard.channel, user, heard.thread, heard.ts)


async def _nothing() -> None:
    """Nobody waits for this."""
