"""Kubernetes Events that are repeated: each version counts, not each is worth a record.

The API server's clients raise the count of an Event object instead of making a new one, so the
newest version says it all. A pod that crashes for a day would fill the journal with them. A version
is recorded at once if it is the first, or has twice the count recorded, or comes ten minutes after
that; otherwise when ten minutes are over or the input ends, unless a newer one has come by then.
So of every Event the newest version stands in the memory, at most ten minutes late.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from immutables import Map

from kubectl_smart.memory.records.observations import Observation

PAUSE = 600_000_000
"""Microseconds between two records of an Event whose count has not doubled."""

_NEVER = 1 << 62
_MOST = 10_000


class _Recorded(NamedTuple):
    times: int
    last_at: int


class Repeats(NamedTuple):
    """What is recorded of Events, and the versions that wait, each with its sequence.

    due_at, low_water  not above what they would be if worked out anew
    room               so many may be held before what is long past is forgotten: twice what was
                       left the last time, so that forgetting costs each of them a constant
    """

    recorded: Map[str, _Recorded]
    waiting: Map[str, tuple[int, Observation]]
    due_at: int
    low_water: int | None
    room: int = _MOST


NO_REPEATS = Repeats(Map(), Map(), _NEVER, None)


def known(observations: Iterable[Observation]) -> Repeats:
    """What is recorded already; several versions of one in the order they were recorded."""
    recorded = {one.id: _Recorded(one.count, one.last_at) for one in observations}
    return NO_REPEATS._replace(recorded=Map(recorded))


def taken(
    repeats: Repeats, observation: Observation, sequence: int
) -> tuple[Repeats, Observation | None]:
    """A version came; it is returned if it is to be recorded now."""
    key = observation.id
    before = repeats.recorded.get(key)
    last_at = observation.last_at
    if before is not None:
        if observation.count <= before.times and last_at <= before.last_at:
            return repeats, None  # heard of before
        if observation.count < 2 * before.times and last_at - before.last_at < PAUSE:
            low = repeats.low_water
            return repeats._replace(
                waiting=repeats.waiting.set(key, (sequence, observation)),
                due_at=min(repeats.due_at, before.last_at + PAUSE),
                low_water=sequence if low is None else min(low, sequence),
            ), None
    recorded = repeats.recorded.set(key, _Recorded(observation.count, last_at))
    room = repeats.room
    if len(recorded) > room:
        kept = {k: v for k, v in recorded.items() if last_at - v.last_at < PAUSE}
        recorded = Map({**kept, **{k: recorded[k] for k in repeats.waiting}})
        room = max(_MOST, 2 * len(recorded))
    waiting = repeats.waiting
    if key in waiting:
        waiting = waiting.delete(key)
    if not waiting:
        return Repeats(recorded, waiting, _NEVER, None, room), observation
    return repeats._replace(recorded=recorded, waiting=waiting, room=room), observation


def swept(repeats: Repeats, now: int) -> tuple[Repeats, list[tuple[int, Observation]]]:
    """What has waited long enough by `now`, in order."""
    recorded, waiting = repeats.recorded, repeats.waiting
    done = []
    for key, (sequence, observation) in repeats.waiting.items():
        if now >= recorded[key].last_at + PAUSE:
            waiting = waiting.delete(key)
            recorded = recorded.set(key, _Recorded(observation.count, observation.last_at))
            done.append((sequence, observation))
    due = min((recorded[key].last_at + PAUSE for key in waiting), default=_NEVER)
    low = min((sequence for sequence, _ in waiting.values()), default=None)
    done.sort(key=lambda each: (each[0], each[1].id))
    return Repeats(recorded, waiting, due, low, repeats.room), done


def closed(repeats: Repeats) -> tuple[Repeats, list[tuple[int, Observation]]]:
    """Everything that waits: the input has ended."""
    return swept(repeats, _NEVER)
