"""How often Slack lets an app ask, per method and per channel."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil

from kubectl_smart.bot.console.refusals import Refusal

TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Requests a minute that Slack promises for the tiers of its methods."""
POSTS_BURST = 5
POSTS_A_SECOND = 1.0
"""Messages to one channel: about one a second, short bursts beside it."""


class Rates:
    """Buckets that fill with time. `now` in seconds; not `enforced`, nothing is refused."""

    def __init__(self, now: Callable[[], float], *, enforced: bool = True) -> None:
        self._now = now
        self._enforced = enforced
        self._buckets: dict[str, tuple[float, float]] = {}

    def call(self, method: str, tier: int | None) -> None:
        """Count a request. Refusal (429 with Retry-After) if it is one too many."""
        if tier is not None:
            self._take(method, TIERS[tier], TIERS[tier] / 60.0)

    def post(self, channel: str) -> None:
        """Count a message to a channel. Refusal if it is one too many."""
        self._take(f"post {channel}", POSTS_BURST, POSTS_A_SECOND)

    def _take(self, key: str, most: float, a_second: float) -> None:
        if not self._enforced:
            return
        now = self._now()
        left, at = self._buckets.get(key, (float(most), now))
        left = min(float(most), left + (now - at) * a_second)
        if left < 1.0:
            self._buckets[key] = (left, now)
            wait = max(1, ceil((1.0 - left) / a_second))
            raise Refusal("ratelimited", status=429, retry_after=wait)
        self._buckets[key] = (left - 1.0, now)
