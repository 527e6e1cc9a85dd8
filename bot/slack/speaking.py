"""What people say to the bot: notes, reasons, incidents; recorded, and a receipt given.

What a thread talks about (a change that was announced, an incident that was opened there) is what
words without a name are about.
"""

from __future__ import annotations

from collections.abc import Callable

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.grammar.chat_statements import parse_statement
from kubectl_smart.bot.grammar.statements import (
    BecauseRequest,
    IncidentQuestion,
    ListRequest,
    NoteRequest,
    OpenRequest,
    RememberRequest,
    StatementRequest,
    TurnRequest,
)
from kubectl_smart.bot.render import blocks_words
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.bot.saying import Speaker, incident_of
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.people import People, identity, instant
from kubectl_smart.bot.slack.publishing import Answers, asked_by
from kubectl_smart.bot.slack.rooms import Rooms, link_to
from kubectl_smart.bot.slack.saying import InThread
from kubectl_smart.bot.slack.state import About, State
from kubectl_smart.bot.slack.visible import visible
from kubectl_smart.bot.slack.writing import Recorded, Writing
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.incident import incident as ask_incident
from kubectl_smart.memory.questions.similar_incidents import similar_to
from kubectl_smart.memory.records.errors import BadInput, SmartError
from kubectl_smart.memory.records.incidents import Incident

WAITING = (
    "Somebody else is writing to the memory just now; your words are kept and recorded after that."
)


class Speaking:
    """Everything that is said. `now` gives seconds since 1970-01-01 UTC."""

    def __init__(
        self,
        answering: Answering,
        writing: Writing,
        gate: Gate,
        people: People,
        state: State,
        now: Callable[[], float],
        on_reason: Callable[[str], None],
        rooms: Rooms,
        answers: Answers,
    ) -> None:
        """`on_reason` is told the id of a change that was explained."""
        self._answering = answering
        self._writing = writing
        self._gate = gate
        self._people = people
        self._state = state
        self._now = now
        self._on_reason = on_reason
        self._rooms = rooms
        self._answers = answers

    async def say(self, exchange: Exchange) -> None:
        """Record what somebody said. SmartError, in words, if that is not possible."""
        verb = exchange.text.split(maxsplit=1)[0].lower()
        sight = await self._gate.sight(exchange, verb)
        text = await self._people.named(exchange.client, exchange.team, exchange.text)
        about = self.about(exchange)
        request = _understood(text, about)
        if not isinstance(request, BecauseRequest | RememberRequest):
            about = await visible(self._answering, about, sight)
        if isinstance(request, IncidentQuestion):
            await self._answer_about(exchange, request, sight, about)
            return
        if isinstance(request, OpenRequest) and request.channel:
            self._rooms.check()
        speaker = await self._speaker(exchange, about)
        if isinstance(request, TurnRequest):  # opened by our clock, so closed by it
            speaker = speaker._replace(said_at=self._answering.source.now())

        async def on_wait() -> None:
            await exchange.voice.say(WAITING)

        recorded = await self._writing.record(request, speaker, sight, on_wait)
        await self._said(exchange, request, recorded, sight)

    def about(self, exchange: Exchange) -> About:
        """What is talked about where this was said."""
        found = About()
        if exchange.thread:
            found = self._state.about(exchange.team, exchange.channel, exchange.thread)
        if found == About():
            incident = self._state.incident_of_channel(exchange.team, exchange.channel)
            return About(incident=incident)
        return found

    async def _speaker(self, exchange: Exchange, about: About) -> Speaker:
        said_at = instant(exchange.ts) if exchange.ts else self._answering.source.now()
        permalink = ""
        if exchange.ts:
            told = await exchange.client.chat_getPermalink(
                channel=exchange.channel, message_ts=exchange.ts
            )
            permalink = str(told["permalink"])
        return Speaker(
            author=await self._people.actor(exchange.client, exchange.team, exchange.user),
            said_at=said_at,
            surface="slack",
            channel=exchange.channel,
            thread=exchange.thread,
            permalink=permalink,
            identity=identity(exchange.team, exchange.channel, exchange.ts) if exchange.ts else (),
            incident=about.incident,
        )

    async def _said(
        self, exchange: Exchange, request: StatementRequest, recorded: Recorded, sight: Sight
    ) -> None:
        """The receipt; what was opened has a thread of its own from now on."""
        zone = self._answering.source.zone
        if isinstance(request, OpenRequest):
            await self._opened(exchange, request, recorded, sight)
            return
        for told in recorded.told:
            if told.note is not None:
                if told.note.explains:
                    self._on_reason(told.note.explains)
                message = blocks_words.receipt(
                    told.note, told.commit, recorded.changed, zone, known=not told.recorded
                )
            elif told.incident is not None:
                message = blocks_words.turned(told.incident, zone)
            else:
                continue
            await exchange.voice.say(message.text, message.blocks, anew=told != recorded.told[0])

    async def _opened(
        self, exchange: Exchange, request: OpenRequest, recorded: Recorded, sight: Sight
    ) -> None:
        incident = recorded.told[-1].incident
        if incident is None:
            raise BadInput("the incident was not opened", "try again")
        similar_ones = await self._answering.read(
            lambda memory: similar_to(sight.of(memory).index, incident, ())
        )
        message = blocks_words.opened(incident, similar_ones, self._answering.source.zone)
        room, problem = "", None
        if request.channel:
            try:
                room = await self._rooms.room(exchange, incident)
            except SmartError as found:
                problem = found
        voice = InThread(exchange.client, exchange.channel, exchange.thread or None)
        await voice.say(message.text, (*message.blocks, *((link_to(room),) if room else ())))
        self._state.talks_about(
            exchange.team,
            exchange.channel,
            exchange.thread or voice.message,
            About(incident=incident.id),
        )
        if room:
            await self._rooms.furnish(
                exchange, room, incident, message.text, message.blocks, voice.message
            )
        if problem is not None:
            raise problem

    async def _answer_about(
        self, exchange: Exchange, request: IncidentQuestion, sight: Sight, about: About
    ) -> None:
        zone, now = self._answering.source.zone, self._answering.source.now()

        def found(memory: Memory) -> Message:
            seen = sight.of(memory)
            if isinstance(request, ListRequest):
                every = [each.record for each in reversed(seen.index.incidents())]
                known = [one for one in every if isinstance(one, Incident)]
                return blocks_words.incident_list(known, zone)
            wanted = incident_of(seen, request.incident or about.incident).id
            answer = ask_incident(seen.store, seen.index, wanted, now=now)
            return blocks_words.report_card(answer, zone)

        message = await self._answering.read(found)
        shown = self._answers.published(exchange, sight)
        blocks = message.blocks
        if shown.public and not exchange.public:
            asked = await asked_by(self._gate.identities, exchange, exchange.text, zone)
            blocks = (asked, *blocks)
        await shown.voice.say(message.text, blocks)


def _understood(text: str, about: About) -> StatementRequest | IncidentQuestion:
    """The request, with what is talked about in the place of what was not named."""
    bare = text.strip().lower() == "incident"
    request = ListRequest() if bare else parse_statement(text)
    match request:
        case BecauseRequest(change="", named=None) if about.change:
            return request._replace(change=about.change)
        case BecauseRequest(change="", named=None):
            raise BadInput(
                "it is not clear which change that explains",
                "reply in the thread of a change, or name it: because deployment/payment-api …",
            )
        case NoteRequest(incident="") if about.change:
            return BecauseRequest(about.change, None, request.text, None)
    return request
