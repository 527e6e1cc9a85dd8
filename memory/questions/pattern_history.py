"""What patterns are looked for in: the history of a window, kept small.

Of a million changes forty bytes each are kept, in columns; `pattern_reading` reads them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubectl_smart.memory.answers.basis import Citation
from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.patterns.deeds import Deeds
from kubectl_smart.memory.questions.pattern_acts import Words
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.objects import ObjectRef

Whole: TypeAlias = NDArray[np.int64]

PEOPLE, MACHINES, SEEN = range(3)
"""By what kind of actor things are done: people, automation, nobody."""
UP, DOWN, SET, MADE, GONE = range(5)
"""Which way a field went."""


class Field(NamedTuple):
    """One thing that is changed: a field of an object and which way; path "" for the object."""

    object: ObjectRef
    path: str
    way: int


class Shift(NamedTuple):
    """One metric of one object, and which way it went."""

    object: ObjectRef
    metric: str
    direction: str


class Seen(NamedTuple):
    """An observation, as much of it as patterns need."""

    at: int
    until: int
    cited: Citation


class Spell(NamedTuple):
    """One episode of trouble, without all that was seen of it.

    low, high  it began between these; times: so often something was seen
    cited      the first that was
    """

    object: ObjectRef
    symptom: Symptom
    low: int
    high: int
    until: int
    times: int
    cited: Citation


class Values(NamedTuple):
    """A number that became another, as they were written."""

    before: str
    after: str


@dataclass
class History:
    """All of it. Instants are microseconds since 1970-01-01 UTC.

    fields    what was changed; a stream's key is its place here
    classes   of each
    keys, times, numbers, values, actors   of each edit, by time
    edits     instants, persons, objects and numbers of changes by people; `edited` has the objects
    shifts, seen   what was seen, by time; cited: what deeds with a negative ref stand for
    """

    since: int
    until: int
    heard: list[tuple[int, int]]
    words: Words
    fields: list[Field] = field(default_factory=list)
    classes: list[Class] = field(default_factory=list)
    keys: array[int] = field(default_factory=lambda: array("q"))
    times: array[int] = field(default_factory=lambda: array("q"))
    numbers: array[int] = field(default_factory=lambda: array("q"))
    values: array[int] = field(default_factory=lambda: array("q"))
    actors: array[int] = field(default_factory=lambda: array("q"))
    pairs: list[Values] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    deeds: Deeds = field(default_factory=lambda: Deeds.of(()))
    edits: tuple[array[int], ...] = field(
        default_factory=lambda: tuple(array("q") for _ in range(4))
    )
    edited: list[ObjectRef] = field(default_factory=list)
    shifts: dict[Shift, list[Seen]] = field(default_factory=dict)
    seen: dict[tuple[ObjectRef, str], list[Seen]] = field(default_factory=dict)
    episodes: list[Spell] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    cited: list[Citation] = field(default_factory=list)
    namespaces: dict[str, int] = field(default_factory=lambda: {"": -1})

    def edits_by_place(self) -> Iterator[tuple[int, int, int, int]]:
        """(instant, person, object, place in `edits`) of each change by people, by time."""
        at, who, ref, _ = self.edits
        yield from zip(at, who, ref, range(len(at)), strict=True)

    @cached_property
    def instants(self) -> Whole:
        """`times`, as a column; to be asked for once everything is read."""
        return np.frombuffer(self.times, np.int64)

    @cached_property
    def of_keys(self) -> Whole:
        """`keys`, the same."""
        return np.frombuffer(self.keys, np.int64)

    @cached_property
    def known(self) -> dict[Field, int]:
        """The key of the stream of each field."""
        return {one: key for key, one in enumerate(self.fields)}

    def streams(self) -> Iterator[tuple[int, Whole]]:
        """(key, the places of its edits, rising) of every stream."""
        for key in range(len(self.fields)):
            yield key, self.places(key)

    def places(self, key: int) -> Whole:
        """The places of the edits of one stream, by time."""
        ends, places = self._grouped
        return places[ends[key] : ends[key + 1]]

    @cached_property
    def _grouped(self) -> tuple[list[int], Whole]:
        ends = np.cumsum(np.bincount(self.of_keys, minlength=len(self.fields)))
        return [0, *ends.tolist()], np.argsort(self.of_keys, kind="stable")
