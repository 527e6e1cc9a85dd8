"""What a thread talks about, for somebody who may not see all of it."""

from __future__ import annotations

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.slack.answering import Answering
from kubectl_smart.bot.slack.state import About
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.incidents import Incident


async def visible(answering: Answering, about: About, sight: Sight) -> About:
    """The same without an incident that is hidden: its id is its title, and errors name ids."""
    if not about.incident:
        return about

    def seen(memory: Memory) -> bool:
        found = (each.record for each in sight.of(memory).index.incidents())
        return any(isinstance(one, Incident) and one.id == about.incident for one in found)

    return about if await answering.read(seen) else about._replace(incident="")
