"""Who may hand over to a door, as the configuration says it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field, model_validator

from kubectl_smart.bot.configuring import Strict
from kubectl_smart.bot.slack.credentials import Secret, secret
from kubectl_smart.capture.sources.receiving import Callers


class CallersModel(Strict):
    """Who may hand over."""

    tokens: tuple[Secret, ...] = Field(
        default=(), description="bearer tokens; two during a rotation"
    )
    names: tuple[str, ...] = Field(
        default=(), description="common names or DNS names of client certificates"
    )

    @model_validator(mode="after")
    def _somebody(self) -> CallersModel:
        if not self.tokens and not self.names:
            raise ValueError("give tokens or names, or nobody may hand over")
        return self

    def callers(self, key: str, environment: Mapping[str, str]) -> Callers:
        """With the secrets read. BadInput if one is not where the file says."""
        tokens = tuple(secret(one, f"{key}.tokens", environment) for one in self.tokens)
        return Callers(tokens=tokens, names=self.names)
