"""Questions in Slack: asked in the pool, answered in one message, with buttons for the rest.

The answer comes first and as it is; the picture is drawn beside it and put into the same message
when it is there.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, TypeVar

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.grammar.chat import parse_question, typed
from kubectl_smart.bot.grammar.requests import Request
from kubectl_smart.bot.render.messages import EVIDENCE, REPORT, Block, Message
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.faces import message_of
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.publishing import Answers, asked_by
from kubectl_smart.bot.slack.saying import TROUBLE, Unheard, post, refusal
from kubectl_smart.bot.slack.state import Kept, State
from kubectl_smart.bot.slack.uploads import Uploads
from kubectl_smart.memory.records.errors import SmartError, Stopped

_log = logging.getLogger(__name__)
CANCEL = "smart_cancel"
"""action_id of the button that gives up a question that takes long."""
SHARE = "smart_share"
"""action_id of the button that shows an answer to the channel."""
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_MARKS = str.maketrans("", "", "`*")
SLOW = 2.0
"""Seconds after which somebody is told that it takes longer."""
LONGEST = 60.0
"""Seconds after which an answer is given up."""
_Made = TypeVar("_Made")


@dataclass(slots=True)
class _GoingOn:
    """A question somebody waits for; cancelled_by is the name of who did not want to."""

    asker: str
    task: asyncio.Task[Any]
    cancelled_by: str = ""


class Questions:
    """Everything that is asked. `now` gives seconds since 1970-01-01 UTC."""

    def __init__(
        self,
        answering: Answering,
        gate: Gate,
        state: State,
        uploads: Uploads,
        now: Callable[[], float],
        answers: Answers,
        *,
        slow: float = SLOW,
        longest: float = LONGEST,
    ) -> None:
        self._answering = answering
        self._gate = gate
        self._state = state
        self._uploads = uploads
        self._now = now
        self._answers = answers
        self._slow = slow
        self._longest = longest
        self._going_on: dict[str, _GoingOn] = {}

    async def answer(self, exchange: Exchange) -> None:
        """Answer a question. SmartError, in words, if that is not possible."""
        command = typed(exchange.text)
        sight = await self._gate.sight(exchange, command.verb)
        asked_at = self._answering.source.now()
        request = parse_question(command, now=asked_at, zone=self._answering.source.zone)
        handle = token_urlsafe(12)
        kept = Kept(exchange.team, exchange.channel, exchange.user, exchange.text, asked_at)
        self._state.keep(handle, kept, self._now())
        found = await self._patiently(exchange, handle, self._found(request, sight, handle))
        shown = self._answers.published(exchange, sight)
        head: tuple[Block, ...] = ()
        if shown.public and not exchange.public:
            head = (await self._asked(exchange, exchange.text),)
        blocks = found.blocks if shown.public else _shareable(found.blocks, handle)
        await shown.voice.say(found.text, (*head, *blocks))
        if found.sketches and shown.voice.edits:
            try:
                await self._with_pictures(shown, found, head, blocks)
            except (*TROUBLE, Unheard) as problem:
                _log.warning("the answer stays without a picture: %s", refusal(problem))

    async def press(self, exchange: Exchange, button: str, handle: str) -> None:
        """Answer a click on EVIDENCE, REPORT, SHARE or CANCEL: by what the clicker may see."""
        if button == CANCEL:
            await self._cancel(exchange, handle)
            return
        kept = self._state.kept(handle, self._now())
        if kept is None or (kept.team, kept.channel) != (exchange.team, exchange.channel):
            raise SmartError("that answer is too old for its buttons", "ask again")
        command = typed(kept.text)
        sight = await self._gate.sight(exchange, command.verb)
        zone = self._answering.source.zone
        request = parse_question(command, now=kept.asked_at, zone=zone)
        found = await self._patiently(exchange, "", self._found(request, sight, handle))
        if button == EVIDENCE:
            for more in found.evidence:
                await exchange.voice.say(_read_out(more), more, anew=True)
        elif button == REPORT:
            await self._uploads.report(exchange, f"{command.verb}.md", found.report)
        elif button == SHARE:
            await self._share(exchange, kept, found)

    # --- within -------------------------------------------------------------------------------

    async def _found(self, request: Request, sight: Sight, handle: str) -> Message:
        zone = self._answering.source.zone
        answer = await self._answering.answer(request, sight)
        return await self._answering.run(lambda: message_of(answer, zone, handle))

    async def _patiently(
        self, exchange: Exchange, handle: str, work: Coroutine[None, None, _Made]
    ) -> _Made:
        """What comes of the work; somebody who has to wait is told, and nobody waits for ever."""
        task = asyncio.ensure_future(work)
        going_on = _GoingOn(exchange.user, task)
        done, _ = await asyncio.wait({task}, timeout=self._slow)
        if not done:
            try:
                if handle:
                    self._going_on[handle] = going_on
                await exchange.voice.say("Looking it up …", _waiting(handle))
                done, _ = await asyncio.wait({task}, timeout=self._longest)
            finally:
                self._going_on.pop(handle, None)
        if not done:
            task.cancel()
            raise Stopped(
                f"that took more than {self._longest:.0f} s and was given up",
                "ask for a shorter time, or for one object",
            )
        if task.cancelled():
            raise Stopped(f"cancelled by {going_on.cancelled_by}", "ask again whenever you like")
        return task.result()

    async def _cancel(self, exchange: Exchange, handle: str) -> None:
        going_on = self._going_on.get(handle)
        if going_on is None:
            raise SmartError("that question is no longer being answered", "ask again")
        if going_on.asker != exchange.user:
            raise SmartError("somebody else asked that", "ask them to cancel it")
        going_on.cancelled_by = await self._gate.identities.name(
            exchange.client, exchange.team, exchange.user
        )
        going_on.task.cancel()

    async def _with_pictures(
        self,
        exchange: Exchange,
        found: Message,
        head: tuple[Block, ...],
        blocks: tuple[Block, ...],
    ) -> None:
        """Put the pictures into the message, or below it; without them the answer is whole."""
        images: tuple[Block, ...] = ()
        for sketch in found.sketches:
            png = await self._answering.draw(sketch.draw)
            image = await self._uploads.picture(exchange.client, sketch, png)
            if image is not None:
                images = (*images, image)
                await exchange.voice.say(found.text, (*head, blocks[0], *images, *blocks[1:]))
            elif exchange.public:
                await self._uploads.below(exchange, sketch, png)

    async def _share(self, exchange: Exchange, kept: Kept, found: Message) -> None:
        asked = await self._asked(exchange, kept.text)
        await post(
            exchange.client,
            exchange.channel,
            exchange.thread or None,
            found.text,
            (asked, *found.blocks),
        )

    async def _asked(self, exchange: Exchange, text: str) -> Block:
        zone = self._answering.source.zone
        return await asked_by(self._gate.identities, exchange, text, zone)


def _read_out(blocks: tuple[Block, ...]) -> str:
    """The words of blocks for those who cannot see them, at most 3,900 characters."""
    texts = [one["text"]["text"] for one in blocks if one["type"] == "section"]
    said = _DATE.sub(r"\1", "\n".join(texts)).translate(_MARKS)
    return said if len(said) <= 3_900 else f"{said[:3_800]} … (more in the message itself)"


def _waiting(handle: str) -> tuple[Block, ...]:
    words: Block = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "Looking it up …", "verbatim": True},
    }
    if not handle:
        return (words,)
    return (words, {"type": "actions", "elements": [button("Cancel", CANCEL, handle)]})


def _shareable(blocks: tuple[Block, ...], handle: str) -> tuple[Block, ...]:
    """The same with a button that shows it to everybody in the channel."""
    *rest, last = blocks
    if last.get("type") != "actions":
        return blocks
    share = button("Share in channel", SHARE, handle)
    return (*rest, {**last, "elements": [*last["elements"], share]})


def button(label: str, action: str, value: str) -> dict[str, Any]:
    """A button of Block Kit; label at most 75 characters, value at most 2,000."""
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label},
        "value": value,
    }
