"""A message of a channel, wherever it was heard of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient


@dataclass(frozen=True, slots=True)
class Heard:
    """A message of a channel, as it came with an event or was fetched."""

    client: AsyncWebClient
    team: str
    channel: str
    message: Mapping[str, Any]

    @property
    def ts(self) -> str:
        """Its ts."""
        return str(self.message["ts"])

    @property
    def thread(self) -> str:
        """The ts of the first message of its thread; its own if it is that."""
        return str(self.message.get("thread_ts") or self.ts)
