"""What was seen and done around an object in a window: what followed a decision.

A sequence, not a cause: that a warning came after a change is all that is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.why import Followed
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

_MOST_KINDS = 5


class _Seen(NamedTuple):
    each: Committed
    observation: Observation


def followed(index: Index, ref: ObjectRef, since: int, until: int) -> tuple[Followed, ...]:
    """The warnings that began in a window on the object or on what it owns, by kind.

    Of each kind the first, counts added up; the five most frequent kinds, in order of time.
    """
    kinds: dict[str, list[_Seen]] = {}
    for one in _warnings(index, ref, since, until):
        kinds.setdefault(one.observation.kind, []).append(one)
    found = [_added_up(kind, ones) for kind, ones in kinds.items()]
    found.sort(key=lambda one: (-one.count, one.first_at, one.kind))
    return tuple(sorted(found[:_MOST_KINDS], key=lambda one: (one.first_at, one.kind)))


def steps(index: Index, ref: ObjectRef, since: int, until: int) -> tuple[str, ...]:
    """The commands with which people looked at the object in a window, oldest first."""
    found = (each.record for each in index.steps(since, until, target=ref))
    return tuple(one.command for one in found if isinstance(one, Step) and one.until >= since)


def _warnings(index: Index, ref: ObjectRef, since: int, until: int) -> list[_Seen]:
    if until <= since:
        return []
    found = {
        each.record.id: _Seen(each, each.record)
        for each in (
            *index.observations(since, until, owner=ref, warnings_only=True),
            *index.observations(since, until, about=ref, warnings_only=True),
        )
        if isinstance(each.record, Observation) and since <= each.record.first_at < until
    }
    return sorted(found.values(), key=lambda one: (one.observation.first_at, one.observation.id))


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
