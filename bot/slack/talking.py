"""One exchange: from what somebody sent to what they read, whatever happens on the way.

Doors (commands, mentions, buttons) make an `Exchange` and hand it to `Talking`. In this order: the
person is known and not too quick, the words are understood, the gate is passed, the question is
answered in the pool. Every way this can end is something said.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from secrets import token_hex, token_urlsafe
from typing import TypeVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.authorisation import Person, Place, Policy, Refused, Sight, admit
from kubectl_smart.bot.grammar.chat import QUESTIONS, parse_question, typed
from kubectl_smart.bot.grammar.helping import VERBS, did_you_mean
from kubectl_smart.bot.grammar.requests import Request
from kubectl_smart.bot.render import blocks
from kubectl_smart.bot.render.messages import EVIDENCE, Message
from kubectl_smart.bot.slack.answering import Answering, Source
from kubectl_smart.bot.slack.deliveries import Pace
from kubectl_smart.bot.slack.faces import message_of, words_of_ours
from kubectl_smart.bot.slack.identities import Identities
from kubectl_smart.bot.slack.saying import Unheard, Voice
from kubectl_smart.memory.records.errors import BadInput, SmartError

_log = logging.getLogger(__name__)
SLOW = 2.0
"""Seconds after which somebody is told that it takes longer."""
LONGEST = 60.0
"""Seconds after which an answer is given up."""
KEPT = 12 * 3_600.0
"""Seconds for which the buttons of an answer work."""
_MOST_KEPT = 5_000
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was sent, by whom, where, and where to answer."""

    client: AsyncWebClient
    team: str
    user: str
    channel: str
    text: str
    voice: Voice


@dataclass(frozen=True, slots=True)
class Kept:
    """A question that was answered, for its buttons: no answer, for whoever clicks may see less."""

    verb: str
    request: Request
    team: str
    channel: str


class Talking:
    """Everything the bot says goes through here. `clock` gives seconds that never run backwards."""

    def __init__(
        self,
        answering: Answering,
        policy: Policy,
        command: str,
        clock: Callable[[], float],
    ) -> None:
        self._answering = answering
        self._policy = policy
        self._command = command
        self._clock = clock
        self._identities = Identities(clock)
        self._pace = Pace(clock)
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()

    # --- what was sent ----------------------------------------------------------------------

    async def hear(self, exchange: Exchange) -> None:
        """Answer a command or a mention."""
        await self._guarded(exchange.voice, self._answer(exchange))

    async def press(self, exchange: Exchange, button: str, handle: str) -> None:
        """Answer a click on EVIDENCE or REPORT (`render.messages`)."""
        await self._guarded(exchange.voice, self._pressed(exchange, button, handle))

    async def _answer(self, exchange: Exchange) -> None:
        wait = self._pace.wait(f"{exchange.team}/{exchange.user}")
        if wait:
            raise SmartError("that is a lot at once", f"ask again in {max(1, round(wait))} s")
        command = typed(exchange.text)
        verb = command.verb or "help"
        if verb not in {one.name for one in VERBS}:
            near = " or ".join(f"`{self._command} {one}`" for one in did_you_mean(verb))
            raise BadInput("there is no such command", f"did you mean {near}?")
        if verb == "help":
            await _say(exchange.voice, words_of_ours(self._help()))
            return
        person, place = await self._who_and_where(exchange)
        if verb == "whoami":
            await _say(exchange.voice, words_of_ours(self._whoami(person, place)))
            return
        sight = admit(self._policy, person, place, verb)
        request = parse_question(command, now=self._source.now(), zone=self._source.zone)
        handle = self._keep(Kept(verb, request, exchange.team, exchange.channel))
        found = await self._patiently(exchange.voice, self._found(request, sight, handle))
        await _say(exchange.voice, found)

    @property
    def _source(self) -> Source:
        return self._answering.source

    async def _who_and_where(self, exchange: Exchange) -> tuple[Person, Place]:
        return await asyncio.gather(
            self._identities.person(exchange.client, exchange.team, exchange.user),
            self._identities.place(exchange.client, exchange.team, exchange.channel),
        )

    async def _found(self, request: Request, sight: Sight, handle: str) -> Message:
        answer = await self._answering.answer(request, sight)
        return await self._answering.run(lambda: message_of(answer, self._source.zone, handle))

    async def _patiently(self, voice: Voice, work: Coroutine[None, None, _Made]) -> _Made:
        """What comes of the work; somebody who has to wait is told, and nobody waits for ever."""
        task = asyncio.ensure_future(work)
        done, _ = await asyncio.wait({task}, timeout=SLOW)
        if not done:
            await voice.say("Looking it up …")
            done, _ = await asyncio.wait({task}, timeout=LONGEST)
        if not done:
            task.cancel()
            raise SmartError(
                f"that took more than {LONGEST:.0f} s and was given up",
                "ask for a shorter time, or for one object",
            )
        return task.result()

    # --- buttons ----------------------------------------------------------------------------

    def _keep(self, kept: Kept) -> str:
        """The handle under which a question is kept."""
        now = self._clock()
        while self._kept and (
            len(self._kept) >= _MOST_KEPT or next(iter(self._kept.values()))[0] <= now
        ):
            self._kept.popitem(last=False)
        handle = token_urlsafe(12)
        self._kept[handle] = (now + KEPT, kept)
        return handle

    async def _pressed(self, exchange: Exchange, button: str, handle: str) -> None:
        until, kept = self._kept.get(handle, (0.0, None))
        if kept is None or until <= self._clock() or kept.team != exchange.team:
            raise SmartError("that answer is too old for its buttons", "ask again")
        person, place = await self._who_and_where(exchange)
        sight = admit(self._policy, person, place, kept.verb)
        found = await self._patiently(exchange.voice, self._found(kept.request, sight, handle))
        if button == EVIDENCE:
            for more in found.evidence:
                await exchange.voice.say(found.text, more, anew=True)
            return
        await self._upload(exchange, kept.verb, found.report)

    async def _upload(self, exchange: Exchange, verb: str, report: str) -> None:
        """The whole answer as a file, into the direct messages of whoever clicked."""
        opened = await exchange.client.conversations_open(users=exchange.user)
        await exchange.client.files_upload_v2(
            channel=opened["channel"]["id"],
            content=report,
            filename=f"{verb}.md",
            title=f"Full report: {verb}",
        )
        await exchange.voice.say(
            "The full report is in your direct messages with this bot.", anew=True
        )

    # --- whatever happens -------------------------------------------------------------------

    async def _guarded(self, voice: Voice, work: Coroutine[None, None, None]) -> None:
        """See to it that something is said, whatever comes of the work."""
        task = asyncio.ensure_future(work)
        await asyncio.wait({task})
        problem = task.exception()
        if problem is None:
            return
        if not isinstance(problem, SmartError | Unheard):
            reference = token_hex(4)
            _log.error("reference %s", reference, exc_info=problem)
            what = "Slack refused a request" if isinstance(problem, SlackApiError) else "it failed"
            problem = SmartError(what, f"the bot's log tells more under {reference}")
        if isinstance(problem, SmartError):
            last = asyncio.ensure_future(_say(voice, blocks.error(problem, self._source.zone)))
            await asyncio.wait({last})
            problem = last.exception()
        if problem is not None:
            _log.error("nothing could be said: %s", problem)

    # --- words ------------------------------------------------------------------------------

    def _help(self) -> str:
        lines = ["Ask what the cluster's memory knows:"]
        lines += [f"`{self._command} {one.example}`  {one.purpose}" for one in VERBS]
        lines.append("In a thread, mention the bot instead of the command.")
        return "\n".join(lines)

    def _whoami(self, person: Person, place: Place) -> str:
        lines = [f"You are `{person.user}` of workspace `{person.team}`. You may ask:"]
        for verb in QUESTIONS:
            try:
                sight = admit(self._policy, person, place, verb)
            except Refused as refusal:
                lines.append(f"`{verb}`: no, {refusal.message}")
            else:
                lines.append(f"`{verb}`: {_seen(sight)}")
        return "\n".join(lines)


async def _say(voice: Voice, message: Message) -> None:
    await voice.say(message.text, message.blocks)


def _seen(sight: Sight) -> str:
    if sight.namespaces is None:
        return "about everything"
    places = sorted(place or "what has no namespace" for place in sight.namespaces)
    return f"about {', '.join(places)}" if places else "and see nothing"
