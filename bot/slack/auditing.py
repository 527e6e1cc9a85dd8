"""`audit` in Slack: who asked what. Only for those who see everything, and only they read it."""

from __future__ import annotations

from kubectl_smart.bot.authorisation import Refused
from kubectl_smart.bot.grammar.audit import parse_audit
from kubectl_smart.bot.grammar.chat import typed
from kubectl_smart.bot.render import audit
from kubectl_smart.bot.slack.answering import Source
from kubectl_smart.bot.slack.exchange import Exchange
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.bot.slack.saying import OnlyFor
from kubectl_smart.bot.slack.state import State

VERB = "audit"


class Auditing:
    """Tells the trail of this bot."""

    def __init__(self, gate: Gate, state: State, source: Source) -> None:
        self._gate = gate
        self._state = state
        self._source = source

    async def tell(self, exchange: Exchange) -> None:
        """The newest deeds. Refused to whoever does not see every namespace."""
        sight = await self._gate.sight(exchange, VERB)
        if not sight.everything:
            raise Refused(
                "who asked what is only told to those who see every namespace",
                "ask whoever set up this bot",
            )
        now, zone = self._source.now(), self._source.zone
        request = parse_audit(typed(exchange.text), now=now, zone=zone)
        since = 0.0 if request.since is None else request.since / 1_000_000
        page = self._state.trail(
            team=exchange.team, since=since, user=request.user, limit=request.limit
        )
        names = {
            user: await self._gate.identities.name(exchange.client, exchange.team, user)
            for user in {one.user for one in page.deeds}
        }
        found = audit.message(page, names, zone)
        voice = exchange.voice
        if exchange.public:
            voice = OnlyFor(
                exchange.client, exchange.channel, exchange.user, exchange.thread, exchange.ts
            )
        await voice.say(found.text, found.blocks)
