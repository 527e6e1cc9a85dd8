"""Each delivery once, and nobody too often.

Slack delivers an event again when it is not sure it arrived, and to any of several connections;
neither Bolt nor the SDK notices. Both memories here are bounded and forget with time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

SEEN_FOR = 25 * 3_600.0
"""Seconds: Slack repeats for up to a day where delayed events are switched on."""
_MOST_SEEN = 200_000
_HAIR = 1e-9


class Seen:
    """The ids of what was delivered. `clock` gives seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: OrderedDict[str, float] = OrderedDict()

    def is_new(self, delivery: str) -> bool:
        """Whether this is the first time; it is not from now on."""
        now = self._clock()
        while self._until and (
            next(iter(self._until.values())) <= now or len(self._until) >= _MOST_SEEN
        ):
            self._until.popitem(last=False)
        if delivery in self._until:
            return False
        self._until[delivery] = now + SEEN_FOR
        return True


class Pace:
    """So many commands a minute for each person, with short bursts."""

    def __init__(self, clock: Callable[[], float], *, burst: int = 10, a_minute: int = 20) -> None:
        self._clock = clock
        self._burst = float(burst)
        self._rate = a_minute / 60.0
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, person: str) -> float:
        """0 if the person may go on; else the seconds until they may."""
        now = self._clock()
        left, at = self._left.pop(person, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        wait = 0.0 if left > 1.0 - _HAIR else (1.0 - left) / self._rate
        self._left[person] = (left if wait else left - 1.0, now)
        while len(self._left) > _MOST_SEEN:
            self._left.popitem(last=False)
        return wait
