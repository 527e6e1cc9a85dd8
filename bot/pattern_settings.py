"""The part `patterns` of the configuration: what may be told of people."""

from __future__ import annotations

from datetime import date, tzinfo
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from kubectl_smart.bot.configuring import Strict, a_zone
from kubectl_smart.memory.records.privacy import LEAST_GROUP, Privacy
from kubectl_smart.memory.records.zones import MovedZone


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

    zones: dict[date, str] = Field(
        default={},
        description="where the team moved, day: the zone of its calendar from then on",
    )

    @field_validator("zones")
    @classmethod
    def _zones(cls, given: dict[date, str]) -> dict[date, str]:
        return {day: a_zone(name) for day, name in given.items()}

    def calendar(self, zone: tzinfo) -> tzinfo:
        """Whose calendar rhythms are of; `zone` before the first day of `zones`."""
        moves = [(day, ZoneInfo(name)) for day, name in self.zones.items()]
        return MovedZone(zone, moves) if moves else zone

    def privacy(self) -> Privacy:
        """As the question takes it."""
        return Privacy(
            names=self.names,
            roles={name: role for role, names in sorted(self.roles.items()) for name in names},
            silent=frozenset(self.silent_people),
            least_group=self.least_group,
        )
