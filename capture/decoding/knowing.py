"""What the fold knows, as one immutable value, and how it is got from a memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from immutables import Map

from kubectl_smart.capture.decoding import admitted, joining, repeating, steps
from kubectl_smart.capture.decoding.admitted import NOTHING_ADMITTED, Admitted
from kubectl_smart.capture.decoding.joining import NOTHING_HELD, Held
from kubectl_smart.capture.decoding.observing import EVENT, Seen
from kubectl_smart.capture.decoding.repeating import NO_REPEATS, Repeats, known
from kubectl_smart.capture.decoding.state import NO_OBJECTS, Objects, SeedState, seeded
from kubectl_smart.capture.decoding.steps import NOTHING_OPEN, Open
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

Numbered = tuple[int, Record]
"""A record and the sequence it is recorded under."""


class FoldState(NamedTuple):
    """Everything the fold knows."""

    objects: Objects
    seen: Seen
    open: Open
    held: Held = NOTHING_HELD
    repeats: Repeats = NO_REPEATS
    admitted: Admitted = NOTHING_ADMITTED


EMPTY = FoldState(NO_OBJECTS, Map(), NOTHING_OPEN)


def resumed(seeds: Iterable[SeedState], observations: Iterable[Observation]) -> FoldState:
    """The state of a fold that goes on where a memory ends.

    observations  those of the last FOLDED microseconds, in any order
    """
    seen: dict[tuple[ObjectRef, str, str], Observation] = {}
    events: list[Observation] = []
    for one in sorted(observations, key=lambda each: (each.last_at, each.count)):
        if one.source == EVENT:
            events.append(one)
        else:
            seen[one.about, one.kind, one.source] = one
    return FoldState(seeded(seeds), Map(seen), NOTHING_OPEN, repeats=known(events))


def swept(state: FoldState, now: int) -> tuple[FoldState, list[Numbered]]:
    """Without what is complete by `now`, steps and repeated Events; and these."""
    if now <= state.open.due_at and now < state.repeats.due_at:
        return state, []
    still_open, done = steps.sweep(state.open, now)
    repeats, seen = repeating.swept(state.repeats, now)
    return state._replace(open=still_open, repeats=repeats), [*done, *seen]


def closed(state: FoldState) -> tuple[FoldState, list[Numbered]]:
    """The same with everything that is open: the input has ended."""
    still_open, done = steps.close(state.open)
    repeats, seen = repeating.closed(state.repeats)
    return state._replace(open=still_open, repeats=repeats), [*done, *seen]


def low_water(state: FoldState) -> int | None:
    """The lowest sequence of an entry that belongs to something open; None if none does."""
    lows = (
        state.open.low_water,
        state.held.low_water,
        state.repeats.low_water,
        state.admitted.low_water,
    )
    return min((one for one in lows if one is not None), default=None)


def open_entries(state: FoldState) -> set[int]:
    """Sequences of every entry that belongs to something still open."""
    bursts = (one.sequence for burst in state.open.bursts.values() for one in burst.looks)
    gathered = (n for one in state.open.steps.values() for n in one.sequences)
    waiting = (sequence for sequence, _ in state.repeats.waiting.values())
    asked = admitted.sequences(state.admitted)
    return {*bursts, *gathered, *waiting, *joining.sequences(state.held), *asked}
