"""Nobody too often: so many commands a minute for each person, with short bursts."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

_MOST_KEPT = 200_000
_HAIR = 1e-9


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
        while len(self._left) > _MOST_KEPT:
            self._left.popitem(last=False)
        return wait
