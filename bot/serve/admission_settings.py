"""The part `capture.admission` of the configuration, and the webhook made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import Field, model_validator

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.bot.slack.credentials import Secret, secret
from kubectl_smart.capture.sources.admission import Admission, Keeping
from kubectl_smart.capture.sources.receiving import Callers, Door, Limits, Waiting

if TYPE_CHECKING:
    from kubectl_smart.bot.serve.live import LiveMemory
    from kubectl_smart.bot.serve.pinned import PinnedNotes


class AdmissionModel(Strict):
    """Whoever is about to write is warned; the API server asks."""

    tokens: tuple[Secret, ...] = Field(
        default=(), description="bearer tokens of the API server; two during a rotation"
    )
    names: tuple[str, ...] = Field(
        default=(), description="common names or DNS names of its client certificate"
    )
    anyone: bool = Field(
        default=False,
        description="it need not show who it is: warnings only, nobody's word is recorded",
    )
    within: float = Field(
        default=0.7,
        ge=0.05,
        le=10,
        description="seconds until it answers, ready or not; less than `timeoutSeconds`",
    )

    @model_validator(mode="after")
    def _somebody(self) -> AdmissionModel:
        if self.anyone and (self.tokens or self.names):
            raise ValueError("give either anyone, or tokens and names")
        if not (self.anyone or self.tokens or self.names):
            raise ValueError("give tokens or names, or say anyone: true, or nobody is warned")
        return self

    def callers(self, key: str, environment: Mapping[str, str]) -> Callers:
        """With the secrets read. BadInput if one is not where the file says."""
        tokens = tuple(secret(one, f"{key}.tokens", environment) for one in self.tokens)
        return Callers(tokens=tokens, names=self.names, anyone=self.anyone)

    def keeping(self, *, audited: bool, watched: bool) -> Keeping:
        """What is kept of a review, by what else is heard."""
        if audited or self.anyone:
            return Keeping.NOTHING
        return Keeping.UNTIL_SEEN if watched else Keeping.UNHEARD


def admission(
    model: AdmissionModel, environment: Mapping[str, str], limits: Limits, waiting: Waiting,
    live: LiveMemory, pinned: PinnedNotes, clock: Callable[[], int], keeping: Keeping,
) -> Admission:  # fmt: skip
    """The webhook. BadInput if a secret is not where the file says."""
    callers = model.callers("capture.admission", environment)
    door = Door(callers, replace(limits, within=model.within), waiting)
    return Admission(
        door,
        live,
        live.redactor,
        live.hearing,
        clock,
        pinned=lambda: pinned.table,
        keeping=keeping,
        within=model.within,
    )
