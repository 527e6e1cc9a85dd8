"""Trouble on order: what a network and Slack do on bad days."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal

Trouble = Literal["error", "ratelimited", "broken", "slow", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What happens to one request.

    error        ok: false with this code
    ratelimited  429, to be tried again after `seconds`
    broken       500, with a body that is no JSON
    slow         answered after `seconds`
    dropped      done, but the connection closes before the answer
    """

    kind: Trouble
    error: str = "internal_error"
    seconds: float = 1.0


class Faults:
    """What is planned for the next requests, by method; response URLs are "response_url"."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[Planned]] = {}

    def plan(self, method: str, *troubles: Planned) -> None:
        """The next requests of this method go so, one each."""
        self._planned.setdefault(method, deque()).extend(troubles)

    def take(self, method: str) -> Planned | None:
        """What happens to the request that comes now."""
        waiting = self._planned.get(method)
        return waiting.popleft() if waiting else None
