"""The part `capture.alertmanager` of the configuration: who may hand over, which alerts page."""

from __future__ import annotations

from pydantic import Field, field_validator

from kubectl_smart.bot.alarming import Rules, matcher
from kubectl_smart.bot.configuring import Strict
from kubectl_smart.bot.serve.callers_settings import CallersModel


class AlertIncidentsModel(Strict):
    """Alerts for which there is an incident."""

    match: tuple[str, ...] = Field(
        min_length=1,
        description="conditions on an alert's labels, all of which must hold: `severity=page`, "
        '`team=~"web.*"`',
    )
    again: float = Field(
        default=86_400,
        ge=0,
        description="seconds after its closing in which an incident is opened again when its "
        "group fires; later it is a new one",
    )
    close: bool = Field(
        default=False, description="whether it is closed when none of its group fires any more"
    )

    @field_validator("match")
    @classmethod
    def _matchers(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for one in given:
            matcher(one)
        return given

    def rules(self) -> Rules:
        """As what opens them takes it."""
        return Rules(tuple(matcher(one) for one in self.match), self.again, self.close)


class AlertmanagerModel(CallersModel):
    """Alertmanager's webhook."""

    incidents: AlertIncidentsModel | None = Field(
        default=None, description="alerts that open incidents; else none does"
    )
