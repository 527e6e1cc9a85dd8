"""Simulated time: what is to happen next, in order, and nothing twice."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable

from kubectl_smart.memory.records.stopping import BATCH, look

Act = Callable[[], None]


class Loop:
    """now: seconds since the command was given."""

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Hashable, Act]] = []
        self._due: dict[Hashable, float] = {}
        self._turn = 0

    def at(self, when: float, act: Act) -> None:
        """Do something at a time."""
        self._turn += 1
        heapq.heappush(self._heap, (max(when, self.now), self._turn, None, act))

    def after(self, delay: float, act: Act) -> None:
        """Do something after some seconds."""
        self.at(self.now + delay, act)

    def soon(self, key: Hashable, delay: float, act: Act) -> None:
        """Do something after some seconds, unless the same is due until then anyway."""
        when = self.now + delay
        due = self._due.get(key)
        if due is not None and due <= when:
            return
        self._due[key] = when
        self._turn += 1
        heapq.heappush(self._heap, (when, self._turn, key, act))

    def run(self, horizon: float, done: Callable[[], bool] = lambda: False) -> bool:
        """Go on until it is done or nothing is left to do; False if the horizon came first.

        Stopped, where nobody waits for it any more.
        """
        acts = 0
        while self._heap and not done():
            acts += 1
            if acts % BATCH == 0:
                look()
            when, _, key, act = self._heap[0]
            if when > horizon:
                return False
            heapq.heappop(self._heap)
            if key is not None:
                if self._due.get(key) != when:
                    continue
                del self._due[key]
            self.now = when
            act()
        return True
