"""The gate as the bot passes it: who acts now and where, what they see, and a trail of it all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.access import Access
from kubectl_smart.bot.auditing import ending_of
from kubectl_smart.bot.authorisation import Person, Place, Policy, Refused, Sight, admit
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.identities import Identities
from kubectl_smart.bot.slack.state import State


class Gate:
    """Every door goes through it.

    clock   seconds that never run backwards; now  seconds since 1970-01-01 UTC
    access  the cluster's own word on what people may see; None: it is not asked
    """

    def __init__(
        self,
        policy: Policy,
        state: State,
        clock: Callable[[], float],
        now: Callable[[], float],
        access: Access | None = None,
    ) -> None:
        self.policy = policy
        self.identities = Identities(clock)
        self._state = state
        self._now = now
        self._access = access

    async def who_and_where(self, exchange: Exchange) -> tuple[Person, Place]:
        """The person who acts, and the channel."""
        return await asyncio.gather(
            self.identities.person(exchange.client, exchange.team, exchange.user),
            self.identities.place(exchange.client, exchange.team, exchange.channel),
        )

    async def sight(self, exchange: Exchange, verb: str) -> Sight:
        """What the person sees in answer to this verb. Refused, in one sentence, if nothing."""
        person, place = await self.who_and_where(exchange)
        try:
            found = await self._left(person, admit(self.policy, person, place, verb))
        except Refused as refusal:
            self._trail(exchange, verb, refusal.message)
            raise
        self._trail(exchange, verb, "")
        return found

    async def at_home(self, client: AsyncWebClient, team: str, user: str) -> Sight:
        """The same for the app's own home, which only the person sees."""
        person = await self.identities.person(client, team, user)
        found = admit(self.policy, person, Place(channel="", direct=True), "home")
        return await self._left(person, found)

    async def _left(self, person: Person, given: Sight) -> Sight:
        """What the cluster leaves of what a role gives; it is asked off the event loop."""
        if self._access is None:
            return given
        return await asyncio.to_thread(self._access.sight, person.user, given)

    def ended(self, exchange: Exchange, problem: BaseException | None) -> None:
        """Note in the trail how what was let in ended; None for well."""
        self._state.ended(exchange.delivery, ending_of(problem))

    def _trail(self, exchange: Exchange, verb: str, refusal: str) -> None:
        self._state.asked(
            self._now(),
            exchange.team,
            exchange.user,
            exchange.channel,
            verb,
            refusal,
            exchange.delivery,
        )
