"""From what somebody sent to what they read, whatever happens on the way.

Doors (commands, mentions, buttons) make an `Exchange` and hand it to `Talking`. In this order: the
person is not too quick, the words are understood, the gate is passed, the work is done. Every way
this can end is something said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from secrets import token_hex
from typing import Protocol

from slack_sdk.errors import SlackApiError

from kubectl_smart.bot.authorisation import Person, Place, Refused, Sight, admit
from kubectl_smart.bot.grammar.chat import QUESTIONS
from kubectl_smart.bot.grammar.helping import VERBS, did_you_mean
from kubectl_smart.bot.render import blocks, blocks_status
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.faces import words_of_ours
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.pacing import Pace
from kubectl_smart.bot.slack.questions import Questions
from kubectl_smart.bot.slack.saying import Unheard, Voice
from kubectl_smart.memory.records.errors import BadInput, SmartError

_log = logging.getLogger(__name__)
LONGEST = 12_000
"""Characters of a message that are read at all."""


class Verb(Protocol):
    """What can be said besides questions."""

    async def __call__(self, exchange: Exchange) -> None:
        """Do it and say so. SmartError, in words, if that is not possible."""


class Talking:
    """Everything the bot says to somebody goes through here.

    verbs  what can be said besides questions, by the first word
    clock  seconds that never run backwards
    """

    def __init__(
        self,
        questions: Questions,
        gate: Gate,
        answering: Answering,
        command: str,
        clock: Callable[[], float],
        verbs: Mapping[str, Verb],
        *,
        a_minute: int = 20,
    ) -> None:
        self._questions = questions
        self._gate = gate
        self._answering = answering
        self._command = command
        self._pace = Pace(clock, a_minute=a_minute)
        self._verbs: dict[str, Verb] = {
            "help": self._help,
            "whoami": self._whoami,
            "status": self._status,
            **verbs,
        }

    async def hear(self, exchange: Exchange) -> None:
        """Answer a command or a mention."""
        await self.guarded(exchange, self._answer(exchange))

    async def press(self, exchange: Exchange, button: str, handle: str) -> None:
        """Answer a click on a button of an answer."""
        await self.guarded(exchange, self._questions.press(exchange, button, handle))

    async def guarded(self, exchange: Exchange, work: Coroutine[None, None, None]) -> None:
        """See to it that something is said, whatever comes of the work."""
        task = asyncio.ensure_future(work)
        await asyncio.wait({task})
        problem = task.exception()
        self._gate.ended(exchange, problem)
        if problem is None:
            return
        if not isinstance(problem, SmartError | Unheard):
            reference = token_hex(4)
            _log.error("reference %s", reference, exc_info=problem)
            what = "Slack refused a request" if isinstance(problem, SlackApiError) else "it failed"
            problem = SmartError(what, f"the bot's log tells more under {reference}")
        if isinstance(problem, SmartError):
            zone = self._answering.source.zone
            last = asyncio.ensure_future(_say(exchange.voice, blocks.error(problem, zone)))
            await asyncio.wait({last})
            problem = last.exception()
        if problem is not None:
            _log.error("nothing could be said: %s", problem)

    async def _answer(self, exchange: Exchange) -> None:
        wait = self._pace.wait(f"{exchange.team}/{exchange.user}")
        if wait:
            raise SmartError("that is a lot at once", f"ask again in {max(1, round(wait))} s")
        if len(exchange.text) > LONGEST:
            raise BadInput(f"that is {len(exchange.text):,} characters long", "use fewer words")
        verb = (exchange.text.split(None, 1) or ["help"])[0].lower()
        if verb in QUESTIONS:
            await self._questions.answer(exchange)
        elif verb in self._verbs:
            await self._verbs[verb](exchange)
        else:
            near = " or ".join(f"`{self._command} {one}`" for one in did_you_mean(verb))
            raise BadInput("there is no such command", f"did you mean {near}?")

    # --- words of ours ------------------------------------------------------------------------

    async def _help(self, exchange: Exchange) -> None:
        lines = ["Ask what the cluster's memory knows:"]
        lines += [f"`{self._command} {one.example}`  {one.purpose}" for one in VERBS]
        lines.append("In a thread, mention the bot instead of the command.")
        await _say(exchange.voice, words_of_ours("\n".join(lines)))

    async def _whoami(self, exchange: Exchange) -> None:
        person, place = await self._gate.who_and_where(exchange)
        lines = [f"You are `{person.user}` of workspace `{person.team}`. You may ask:"]
        lines += [f"`{verb}`: {self._may(person, place, verb)}" for verb in QUESTIONS]
        await _say(exchange.voice, words_of_ours("\n".join(lines)))

    async def _status(self, exchange: Exchange) -> None:
        sight = await self._gate.sight(exchange, "status")
        zone = self._answering.source.zone
        found = await self._answering.read(
            lambda memory: blocks_status.status(sight.of(memory), zone)
        )
        await _say(exchange.voice, found)

    def _may(self, person: Person, place: Place, verb: str) -> str:
        try:
            sight = admit(self._gate.policy, person, place, verb)
        except Refused as refusal:
            return f"no, {refusal.message}"
        return _seen(sight)


async def _say(voice: Voice, message: Message) -> None:
    await voice.say(message.text, message.blocks)


def _seen(sight: Sight) -> str:
    if sight.namespaces is None:
        return "about everything"
    places = sorted(place or "what has no namespace" for place in sight.namespaces)
    return f"about {', '.join(places)}" if places else "and see nothing"
