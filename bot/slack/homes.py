"""Shows people the app's own page."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from kubectl_smart.bot.authorisation import Refused, Sight
from kubectl_smart.bot.slack import home
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.gate import Gate
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus


class Homes:
    """Everybody's page. `command` is the slash command's name."""

    def __init__(self, answering: Answering, gate: Gate, command: str) -> None:
        self._answering = answering
        self._gate = gate
        self._command = command

    async def show(self, client: AsyncWebClient, team: str, user: str) -> None:
        """Make the page of one person as it should be now."""
        sight: Sight | None = None
        refusal: Refused | None = None
        incidents: list[Incident] = []
        try:
            seen = sight = await self._gate.at_home(client, team, user)
            incidents = await self._answering.read(lambda memory: _open_ones(seen.of(memory)))
        except Refused as problem:
            refusal = problem
        zone = self._answering.source.zone
        page = home.view(incidents, sight, self._command, zone, refusal)
        await client.views_publish(user_id=user, view=page)


def _open_ones(memory: Memory) -> list[Incident]:
    """The open incidents, newest first."""
    every = [each.record for each in reversed(memory.index.incidents())]
    return [one for one in every if isinstance(one, Incident) and one.status is IncidentStatus.OPEN]
