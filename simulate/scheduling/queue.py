"""The pods that wait to be placed, and what wakes those that could not be.

Rule: backend/queue with queueing hints. The highest priority first, then who waited longest. A pod
that could not be placed waits until something happens that a plugin which turned it down says may
help. It then backs off (1 s, doubled to 10 s) unless nothing else is to do: then it goes at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.scheduling.hints import Happening, helps
from kubectl_smart.simulate.scheduling.profile import Profile

_LONGEST = 10.0


@dataclass(slots=True)
class Entry:
    """A pod in the queue. plugins: those that turned it down last."""

    pod: Pod
    profile: Profile
    since: float
    attempts: int = 0
    last: float = 0.0
    plugins: frozenset[str] = frozenset()


class Queue:
    """Active pods, those that back off, and those that wait for something to happen."""

    def __init__(self) -> None:
        self._active: list[tuple[int, float, int, Entry]] = []
        self._backing: list[tuple[float, int, float, int, Entry]] = []
        self._waiting: dict[tuple[int, frozenset[str]], dict[Pod, Entry]] = {}
        self._entries: dict[Pod, Entry] = {}
        self._turn = 0

    def __contains__(self, pod: Pod) -> bool:
        return pod in self._entries

    def __bool__(self) -> bool:
        return bool(self._active or self._backing)

    def push(self, pod: Pod, profile: Profile, now: float) -> None:
        """A pod that is new."""
        entry = self._entries[pod] = Entry(pod, profile, now)
        self._activate(entry)

    def wait(self, pod: Pod, profile: Profile, now: float, plugins: frozenset[str]) -> None:
        """A pod of the snapshot that was turned down before."""
        entry = self._entries[pod] = Entry(pod, profile, now, attempts=1, last=now)
        self.put_back(entry, now, plugins)

    def pop(self) -> Entry | None:
        """The pod whose turn it is; None if there is none."""
        while self._active or self._backing:
            entry = (
                heapq.heappop(self._active)[-1]
                if self._active
                else heapq.heappop(self._backing)[-1]
            )
            if self._entries.get(entry.pod) is entry:
                entry.attempts += 1
                return entry
        return None

    def put_back(self, entry: Entry, now: float, plugins: frozenset[str]) -> None:
        """A pod that could not be placed waits for what may help."""
        entry.last = entry.since = now
        entry.plugins = plugins
        self._waiting.setdefault((entry.profile.shape.id, plugins), {})[entry.pod] = entry

    def again(self, entry: Entry) -> None:
        """A pod whose attempt came to nothing backs off."""
        self._back_off(entry)

    def forget(self, pod: Pod) -> None:
        """The pod is placed, or gone."""
        entry = self._entries.pop(pod, None)
        if entry is not None:
            group = self._waiting.get((entry.profile.shape.id, entry.plugins))
            if group is not None:
                group.pop(pod, None)

    def wake(self, happenings: Iterable[Happening]) -> None:
        """Something happened: those whom it may help get another turn."""
        if not self._waiting:
            return
        for happening in happenings:
            for key, group in list(self._waiting.items()):
                if not group:
                    del self._waiting[key]
                    continue
                profile = next(iter(group.values())).profile
                if happening.up_to is not None and profile.priority > happening.up_to:
                    continue
                if any(helps(plugin, profile, happening) for plugin in key[1]):
                    del self._waiting[key]
                    for entry in group.values():
                        self._back_off(entry)

    def entries(self) -> list[Entry]:
        """All pods that wait for anything."""
        return list(self._entries.values())

    def _activate(self, entry: Entry) -> None:
        self._turn += 1
        heapq.heappush(self._active, (-entry.profile.priority, entry.since, self._turn, entry))

    def _back_off(self, entry: Entry) -> None:
        self._turn += 1
        until = entry.last + min(_LONGEST, 2.0 ** max(0, min(entry.attempts - 1, 10)))
        window = float(int(until))
        heapq.heappush(
            self._backing, (window, -entry.profile.priority, entry.since, self._turn, entry)
        )
