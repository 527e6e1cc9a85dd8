"""What was seen and done around an object in a window: what followed a decision.

A sequence, not a cause: that a warning came after a change is all that is claimed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.why import Followed
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.records.coverage import joined
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

_MOST_KINDS = 5
_NEAR = 6 * 3_600_000_000
"""Windows no further apart than this (microseconds) are looked up together: what lies between
them costs less than another look-up."""


class _Seen(NamedTuple):
    each: Committed
    observation: Observation


class Surroundings:
    """The warnings and steps around one object in a number of windows, looked up at once.

    windows  (since, until) pairs, half open: what will be asked for lies in one of them
    """

    def __init__(self, index: Index, ref: ObjectRef, windows: Iterable[tuple[int, int]]) -> None:
        wide = joined((low, high + _NEAR) for low, high in windows if low < high)
        seen = {
            one.observation.id: one for window in wide for one in _warnings(index, ref, *window)
        }
        self._seen = sorted(
            seen.values(), key=lambda one: (one.observation.first_at, one.observation.id)
        )
        done = {
            each.record.id: each.record
            for since, until in wide
            for each in index.steps(since, until, target=ref)
            if isinstance(each.record, Step)
        }
        self._steps = sorted(done.values(), key=lambda step: (step.happened_at, step.id))

    def followed(self, since: int, until: int) -> tuple[Followed, ...]:
        """The warnings that began in a window on the object or on what it owns, by kind.

        Of each kind the first, counts added up; the five most frequent kinds, in order of time.
        """
        kinds: dict[str, list[_Seen]] = {}
        first = bisect_left(self._seen, since, key=lambda one: one.observation.first_at)
        last = bisect_left(self._seen, until, key=lambda one: one.observation.first_at)
        for one in self._seen[first:last]:
            kinds.setdefault(one.observation.kind, []).append(one)
        found = [_added_up(kind, ones) for kind, ones in kinds.items()]
        found.sort(key=lambda one: (-one.count, one.first_at, one.kind))
        return tuple(sorted(found[:_MOST_KINDS], key=lambda one: (one.first_at, one.kind)))

    def steps(self, since: int, until: int) -> tuple[str, ...]:
        """The commands with which people looked at the object in a window, oldest first."""
        return tuple(
            step.command for step in self._steps if step.happened_at < until and step.until >= since
        )


def _warnings(index: Index, ref: ObjectRef, since: int, until: int) -> list[_Seen]:
    found = (
        *index.observations(since, until, owner=ref, warnings_only=True),
        *index.observations(since, until, about=ref, warnings_only=True),
    )
    return [_Seen(each, each.record) for each in found if isinstance(each.record, Observation)]


def _added_up(kind: str, ones: Sequence[_Seen]) -> Followed:
    first = ones[0]
    return Followed(
        kind=kind,
        about=first.observation.about,
        count=sum(one.observation.count for one in ones),
        first_at=first.observation.first_at,
        message=first.observation.message,
        citation=citation(first.each),
    )
