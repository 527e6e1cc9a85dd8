"""How far rollouts are, and which of them have made no progress for too long.

Rule: controller/deployment progress.go. A rollout progresses when it has more new pods, fewer old
ones, or more that are ready or available than at the last look. Without any for
progressDeadlineSeconds its condition becomes `ProgressDeadlineExceeded`; it goes on nevertheless.
A Deployment that was complete and is scaled, or loses pods, has no deadline. Where no status tells
how far a rollout was, one with a single ReplicaSet is taken for complete.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    items,
    mapping,
    name_of,
    namespace_of,
    seconds,
    uid_of,
)
from kubectl_smart.simulate.controllers.events import Event, What
from kubectl_smart.simulate.controllers.world import World

REASON = "ProgressDeadlineExceeded"
_COMPLETE = "NewReplicaSetAvailable"
_MADE = "NewReplicaSetCreated"
_GOES_ON = "ReplicaSetUpdated"
_PAUSED, _RESUMED = "DeploymentPaused", "DeploymentResumed"
_COUNTS = frozenset({_MADE, _GOES_ON, _RESUMED, "FoundNewReplicaSet"})
"""Reasons with which time counts towards the deadline."""
_DEFAULT, _NEVER = 600, 2**31 - 1


class Counted(NamedTuple):
    """The pods of a Deployment: of its newest template, of older ones, ready and available ones."""

    new: int
    old: int
    ready: int
    available: int


@dataclass(slots=True)
class _State:
    """reason: of the condition Progressing, "" without one; since: its last update, since 1970."""

    reason: str
    since: float
    counted: Counted


class Progress:
    """The conditions of all Deployments. soon: looks at one, by its uid, some time later."""

    def __init__(self, world: World, soon: Callable[[str], None]) -> None:
        self._world = world
        self._soon = soon
        self._known: dict[str, _State] = {}
        for raw in world.cluster.list("Deployment"):
            found = _condition(raw)
            if found is not None and found[0] in _COUNTS:
                self._await(raw, found[1])

    def begin(self, raw: Raw, sets: Sequence[Raw], counted: Counted) -> None:
        """A Deployment is looked at; what it was before the first look is taken from its status."""
        uid = uid_of(raw)
        state = self._known.get(uid)
        if state is None:
            state = self._known[uid] = self._first(raw, sets, counted)
        paused = bool(at(raw, "spec", "paused"))
        if paused != (state.reason == _PAUSED) and state.reason != REASON:
            state.reason, state.since = _PAUSED if paused else _RESUMED, self._world.now
            if not paused:
                self._await(raw, state.since)

    def _first(self, raw: Raw, sets: Sequence[Raw], counted: Counted) -> _State:
        status = mapping(raw, "status")
        if "replicas" in status:
            new = int(status.get("updatedReplicas") or 0)
            counted = Counted(
                new,
                int(status.get("replicas") or 0) - new,
                int(status.get("readyReplicas") or 0),
                int(status.get("availableReplicas") or 0),
            )
        found = _condition(raw)
        if found is not None:
            return _State(*found, counted)
        if not sets:
            return _State("", self._world.now, counted)
        sized = sum(bool(at(one, "spec", "replicas")) for one in sets)
        return _State(_COMPLETE if sized <= 1 else _GOES_ON, self._world.epoch, counted)

    def made(self, raw: Raw) -> None:
        """A ReplicaSet was made for the newest template."""
        state = self._known[uid_of(raw)]
        state.reason, state.since = _MADE, self._world.now
        self._await(raw, state.since)

    def scaled(self, raw: Raw, counted: Counted) -> None:
        """Only its size was changed: nothing is concluded from that."""
        self._known[uid_of(raw)].counted = counted

    def look(self, raw: Raw, wanted: int, counted: Counted) -> bool:
        """Whether there is nothing left to wait for: it is complete, or has no deadline."""
        state, deadline = self._known[uid_of(raw)], _deadline(raw)
        before, state.counted = state.counted, counted
        if deadline is None or (state.reason == _COMPLETE and not counted.old):
            return True
        if counted == Counted(wanted, 0, counted.ready, wanted):
            state.reason = _COMPLETE
            self._world.failed.pop(_key(raw), None)
            return True
        if (
            counted.new > before.new
            or counted.old < before.old
            or counted.ready > before.ready
            or counted.available > before.available
        ):
            state.reason, state.since = _GOES_ON, self._world.now
            self._world.failed.pop(_key(raw), None)
        if state.reason in _COUNTS:
            if math.floor(state.since) + deadline < self._world.now:
                state.reason = REASON
                self._tell(raw)
            else:
                self._await(raw, state.since)
        return False

    def _await(self, raw: Raw, since: float) -> None:
        """Look again a second after the deadline, as the controller does."""
        deadline = _deadline(raw)
        if deadline is not None:
            uid, pause = uid_of(raw), math.floor(since) + deadline + 1 - self._world.now
            self._world.loop.soon(("deadline", uid), max(0.0, pause), lambda: self._due(uid))

    def _due(self, uid: str) -> None:
        state = self._known.get(uid)
        if state is None or state.reason in _COUNTS:
            self._soon(uid)

    def _tell(self, raw: Raw) -> None:
        world = self._world
        world.failed[_key(raw)] = (world.loop.now, REASON)
        said = f"Deployment {name_of(raw)}: {REASON}; the rollout goes on"
        waiting = [pod for pod in self._pods(uid_of(raw)) if pod.active and pod.ready is None]
        for pod in waiting:
            world.note(What.FAILED, pod, said)
        if not waiting:
            key = (namespace_of(raw), name_of(raw))
            owner = ("Deployment", name_of(raw), uid_of(raw))
            world.events.append(Event(world.loop.now, What.FAILED, key, None, owner, None, said))

    def _pods(self, uid: str) -> list[Pod]:
        cluster = self._world.cluster
        return [pod for _, one in cluster.controlled(uid) for pod in cluster.owned(uid_of(one))]


def _key(raw: Raw) -> tuple[str, str, str]:
    return namespace_of(raw), "Deployment", name_of(raw)


def _deadline(raw: Raw) -> int | None:
    found = at(raw, "spec", "progressDeadlineSeconds")
    number = _DEFAULT if found is None else int(found)
    return None if number == _NEVER else number


def _condition(raw: Raw) -> tuple[str, float] | None:
    """(reason, when it was last updated) of the condition Progressing."""
    for one in items(raw, "status", "conditions"):
        if one.get("type") == "Progressing":
            when = seconds(one.get("lastUpdateTime"))
            return None if when is None else (str(one.get("reason") or ""), when)
    return None
