"""The part `patterns` of the configuration: what may be told of people."""

from __future__ import annotations

from pydantic import Field

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.memory.records.privacy import LEAST_GROUP, Privacy


class PatternsModel(Strict):
    """What `patterns` may tell of people."""

    names: bool = Field(default=False, description="whether people are named; else by role")
    roles: dict[str, tuple[str, ...]] = Field(
        default={}, description="role: names in the cluster of the people who have it"
    )
    silent_people: tuple[str, ...] = Field(
        default=(), description="whose steps and changes count for no habit"
    )
    least_group: int = Field(
        default=LEAST_GROUP, ge=LEAST_GROUP, description="people who make a habit one of the team"
    )

    def privacy(self) -> Privacy:
        """As the question takes it."""
        return Privacy(
            names=self.names,
            roles={name: role for role, names in sorted(self.roles.items()) for name in names},
            silent=frozenset(self.silent_people),
            least_group=self.least_group,
        )
