"""Pods that quotas and limits keep from being made: who is short of them, and who tries again.

A controller tries again at ever longer pauses. What it asks for is refused in the same words until
room is made, so that only then is it simulated; and a refusal is told once for each of its words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kubectl_smart.simulate.cluster.pods import Owner
from kubectl_smart.simulate.controllers.loop import Loop

_RETRY = 15.0
"""Seconds from when there may be room until a controller tries again."""
Key = tuple[str, str]
"""(uid of a controller, what of it: the node, for a DaemonSet)"""


class Refusal(NamedTuple):
    """What a controller was told last. again: it looks again."""

    namespace: str
    owner: Owner
    words: str
    again: Callable[[], None]


class Refusals:
    """Those that hold now."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._now: dict[Key, Refusal] = {}
        self._told: dict[Key, str] = {}

    def add(self, found: Refusal, part: str = "") -> bool:
        """A pod was refused; whether in other words than the last time."""
        key = (found.owner[2], part)
        news = self._told.get(key) != found.words
        self._now[key] = found
        self._told[key] = found.words
        return news

    def made(self, owner: Owner, part: str = "") -> None:
        """A pod was made after all."""
        self._now.pop((owner[2], part), None)

    def room(self, namespace: str | None) -> None:
        """There may be room in a namespace, or in all: those that were refused try again."""
        for key, one in self._now.items():
            if namespace is None or one.namespace == namespace:
                self._loop.soon(("refused", *key), _RETRY, one.again)

    def left(self) -> list[Refusal]:
        """One of each pod, or of several that a controller is short of."""
        return list(self._now.values())
