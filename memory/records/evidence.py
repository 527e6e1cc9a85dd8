"""What there is to find a cause in: one incident's series, calls, events, changes and alerts.

The value the search for a cause works on, whether it was read from a file or gathered from the
memory. Standard library only; series share their axis of time, and nothing is copied.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import NamedTuple

CALLS = "calls"
RUNS_ON = "runs_on"
OWNS = "owns"
EDGE_KINDS = (CALLS, RUNS_ON, OWNS)
"""From depends on to: calls it, runs on it, or owns it."""


class Entity(NamedTuple):
    """Something that can be the cause: a service, a node, a database.

    kind  "Service", "Node" ...; "" if it is not known
    node  the node it runs on; "" if it is not known
    zone  where it stands; "" if it is not known
    """

    id: str
    kind: str = ""
    node: str = ""
    namespace: str = ""
    zone: str = ""


class Edge(NamedTuple):
    """`source` needs `target`; kind is one of EDGE_KINDS."""

    source: str
    target: str
    kind: str


class SeriesOf(NamedTuple):
    """One metric of one entity.

    times   array of "q": microseconds since 1970-01-01 UTC, rising; shared by series
    values  array of "d", as long; NaN where there is none
    """

    entity: str
    metric: str
    stat: str
    times: array[int]
    values: array[float]


class Event(NamedTuple):
    """What was seen on an entity without anyone deciding it; `times` says how often."""

    at: int
    entity: str
    kind: str
    type: str
    reason: str
    message: str
    times: int


class Effect(NamedTuple):
    """What a memory knows of one change and the trouble of one entity.

    weight    what speaks for it, against chance, by all but its time: 1 if nothing does either way
    expected  how many changes as suspicious fall so close before by accident
    """

    entity: str
    weight: float
    expected: float


class Edit(NamedTuple):
    """A change: who did what to an entity, and when.

    id      as the answer names it
    object  what was changed: "image", "env:CACHE_TTL", a path of a field
    before, after  its value; "" if it is not known
    text    in words
    effects what a memory knows of what it may have led to; see Evidence.weighed
    """

    id: str
    at: int
    actor: str
    entity: str
    kind: str
    object: str
    before: str
    after: str
    text: str
    effects: tuple[Effect, ...] = ()


class Alert(NamedTuple):
    """An alert that fired about an entity."""

    at: int
    entity: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """What the operator sees.

    entity  where; "" if that is not known
    metric, stat  in which series; "" if none is named
    at      when it was noticed, which is not when it began
    metric_kind  what kind of metric it is about, if no series is named; "" if that is open
    """

    entity: str
    metric: str
    stat: str
    at: int
    metric_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that is known of one incident; every tuple may be empty.

    name        what it is called
    candidates  ids of what may be the cause, in no order
    ordinary    (from, to) half-open stretches that were as ever, by time, disjoint
    incident    (from, to), half-open: where the symptom was
    notes       (key, value) of what the file says of itself
    weighed     by which rules a memory weighed every change against every trouble that is told of:
                then what has no effect has none; "" if none did
    Instants are microseconds since 1970-01-01 UTC.
    """

    name: str
    symptom: Symptom
    ordinary: tuple[tuple[int, int], ...]
    incident: tuple[int, int]
    candidates: tuple[str, ...]
    entities: tuple[Entity, ...]
    edges: tuple[Edge, ...]
    series: tuple[SeriesOf, ...]
    events: tuple[Event, ...]
    edits: tuple[Edit, ...]
    alerts: tuple[Alert, ...]
    notes: tuple[tuple[str, str], ...] = ()
    weighed: str = ""
