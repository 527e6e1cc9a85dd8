"""What Slack sends to the app: each delivery until it is acknowledged or given up.

How it travels (a socket, signed HTTP) is a `Link`'s matter. Events are sent again when no
acknowledgement comes; commands and clicks are not, somebody is waiting for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

from kubectl_smart.bot.console.journal import Journal

Kind = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One payload on its way.

    answerable  whether the acknowledgement may carry an answer
    attempt     0 for the first; `reason` why it is sent again
    """

    id: str
    kind: Kind
    what: str
    payload: dict[str, Any]
    answerable: bool = False
    attempt: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The app's answer in time; `payload` None for an empty one."""

    payload: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer: "http_timeout" (none in time), "connection_failed", "http_error" and so on.

    final  the app asked not to be told again
    """

    reason: str
    final: bool = False


Outcome = Acknowledged | Failed


class Link(Protocol):
    """How payloads reach the app."""

    async def send(self, delivery: Delivery, within: float) -> Outcome:
        """Send it and wait this many seconds for the acknowledgement."""


class Outbox:
    """Everything on its way.

    within  seconds the app has for an acknowledgement, Slack's 3
    again   seconds before each repetition of an event, Slack's (0, 60, 300)
    """

    def __init__(
        self, journal: Journal, *, within: float = 3.0, again: Sequence[float] = (0, 60, 300)
    ) -> None:
        self._journal = journal
        self._within = within
        self._again = tuple(again)
        self._link: Link | None = None
        self._going_on: set[asyncio.Task[Any]] = set()

    def travel_by(self, link: Link) -> None:
        """From now on."""
        self._link = link

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Send it once."""
        link = self._link
        if link is None:
            outcome: Outcome = Failed("connection_failed")
        else:
            self._journal.write("delivery", delivery.what, delivery.payload)
            outcome = await link.send(delivery, self._within)
        match outcome:
            case Acknowledged(payload):
                self._journal.write("ack", delivery.what, payload)
                if payload and not delivery.answerable:
                    self._journal.complain(f"{delivery.what} was acknowledged with an answer")
            case Failed(reason):
                self._journal.write("ack", delivery.what, None, ok=False, faults=[reason])
        return outcome

    def post(self, delivery: Delivery) -> None:
        """Send an event, again and again if need be, while others go on."""
        self.begin(self._until_heard(delivery))

    async def _until_heard(self, delivery: Delivery) -> None:
        outcome = await self.deliver(delivery)
        for attempt, wait in enumerate(self._again, start=1):
            if not isinstance(outcome, Failed) or outcome.final:
                return
            await asyncio.sleep(wait)
            outcome = await self.deliver(replace(delivery, attempt=attempt, reason=outcome.reason))

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let something go on beside the rest."""
        task = asyncio.get_running_loop().create_task(work)
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)

    async def settle(self) -> None:
        """Wait until nothing is on its way."""
        while self._going_on:
            await asyncio.wait(set(self._going_on))

    async def stop(self) -> None:
        """Give up what is on its way."""
        for task in tuple(self._going_on):
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)
