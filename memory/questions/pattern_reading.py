"""Reads the history of a window, once, into what patterns are looked for in.

Changes are read page by page as rows of numbers; observations and steps are read by months. What a
restricted index hides is never read, and so is in no figure.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from kubectl_smart.memory.formats.quantities import compared
from kubectl_smart.memory.graph.change_classes import Class, class_of_field
from kubectl_smart.memory.graph.symptoms import episodes, symptom_of
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import Act
from kubectl_smart.memory.patterns.deeds import Deeds
from kubectl_smart.memory.questions.grounds import citation
from kubectl_smart.memory.questions.pattern_acts import Acts, Words, changed, looked_at
from kubectl_smart.memory.questions.pattern_history import (
    DOWN,
    GONE,
    MACHINES,
    MADE,
    PEOPLE,
    SET,
    UP,
    Field,
    History,
    Seen,
    Shift,
    Spell,
    Values,
)
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import FieldEdit, Json, Unset
from kubectl_smart.memory.records.coverage import joined
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

_WHOLE = FieldEdit("", None, None)
_MONTH = 30 * 86_400_000_000
_MOST_EDITS = 20
"""Edits of one change that count; a whole manifest written anew is not twenty habits."""
_LONGEST_VALUE = 24
_NUMERIC = frozenset("0123456789+-.")  # what a quantity begins with


def _decides(kind: ActorKind) -> int:
    """By what kind of actor something is decided; -1: by none that decides anything."""
    if kind is ActorKind.HUMAN:
        return PEOPLE
    return MACHINES if kind in (ActorKind.AUTOMATION, ActorKind.UNKNOWN) else -1


class _Stream(NamedTuple):
    """What is known of one thing that is changed: its place in `History.fields`, or -1 for none.

    whats  the names of the act, of changes by people
    """

    key: int
    whats: tuple[int, ...]


class _Known:
    """What is known of one object when its next change is read.

    ref, namespace  their numbers, the first -1 as long as no person has edited it
    streams         by path and way
    """

    __slots__ = ("namespace", "ref", "streams")

    def __init__(self, namespace: int) -> None:
        self.ref = -1
        self.namespace = namespace
        self.streams: dict[tuple[str, int], _Stream] = {}


class _Reading:
    """Numbers for what is met again and again."""

    def __init__(self, history: History, silent: Collection[str]) -> None:
        self.history = history
        self.silent = silent
        self.objects: dict[ObjectRef, _Known] = {}
        self.pairs: dict[tuple[str, str], int] = {}
        self.whole: dict[tuple[Any, Any], int] = {}
        self.actors: dict[int, tuple[int, Actor]] = {}
        self.acts = Acts(history.words)
        self.looks: dict[tuple[str, ObjectRef | None, str], tuple[int, ...]] = {}
        self.doers: dict[str, tuple[int, bool]] = {}
        self.changes = array("q")  # the rows of `History.keys` and its neighbours
        self.edits = array("q")  # those of `History.edits`
        self.deeds = array("q")  # those of `Deeds`

    def act(self, act: Act) -> None:
        """A change by people or automation; controllers and nodes decide nothing."""
        order, number, ref, verb, actor, gone, edits = act
        known_as = self.actors.get(id(actor))  # the index gives the same one for the same writer
        if known_as is None:
            known_as = self.actors[id(actor)] = _decides(actor.kind), actor
        by = known_as[0]
        if by < 0:
            return
        at = order[0]
        known = self.objects.get(ref)
        if known is None:
            known = self.objects[ref] = _Known(self.namespace(ref.namespace))
        first: _Stream | None = None
        if gone or verb in ("create", "delete"):
            first = self._stream(ref, known, _WHOLE, GONE if gone else MADE)
            self.changes.extend((first.key, at, number, -1, by))
        else:
            streams = known.streams
            for edit in edits[:_MOST_EDITS] if len(edits) > _MOST_EDITS else edits:
                path, before, after = edit
                higher = _higher(before, after)
                way = SET if not higher else UP if higher > 0 else DOWN
                stream = streams.get((path, way))
                if stream is None:
                    stream = streams[path, way] = self._new_stream(ref, edit, way)
                if stream.key < 0:
                    continue
                value = self._value(before, after) if higher else -1
                self.changes.extend((stream.key, at, number, value, by))
                first = first or stream
        if first is not None and by == PEOPLE:
            who, silent = self._person(actor.name)
            if known.ref < 0:
                known.ref = len(self.history.edited)
                self.history.edited.append(ref)
            if not silent:
                self.edits.extend((at, who, known.ref, number))
                self._deed(at, who, first.whats, known.namespace, number, look=False)

    def _stream(self, ref: ObjectRef, known: _Known, edit: FieldEdit, way: int) -> _Stream:
        found = known.streams.get((edit.path, way))
        if found is None:
            found = known.streams[edit.path, way] = self._new_stream(ref, edit, way)
        return found

    def _new_stream(self, ref: ObjectRef, edit: FieldEdit, way: int) -> _Stream:
        history = self.history
        if way in (MADE, GONE):
            kind, act = Class.OTHER, Class.CREATED if way == MADE else Class.DELETED
        else:
            kind = act = class_of_field(ref, edit)
            if kind is Class.NOTHING:
                return _Stream(-1, ())
        history.fields.append(Field(ref, edit.path, way))
        history.classes.append(kind)
        return _Stream(len(history.fields) - 1, self.acts.of(changed(act, ref)))

    def _value(self, before: Json | Unset, after: Json | Unset) -> int:
        """The number of a pair of values, as they are told; -1 if they are too long for that."""
        whole = type(before) is int and type(after) is int
        if whole:
            known = self.whole.get((before, after))
            if known is not None:
                return known
        told = str(before), str(after)
        if max(map(len, told)) > _LONGEST_VALUE:
            return -1
        pairs = self.history.pairs
        value = self.pairs.setdefault(told, len(pairs))
        if value == len(pairs):
            pairs.append(Values(*told))
        if whole:
            self.whole[before, after] = value
        return value

    def _deed(
        self, at: int, who: int, whats: tuple[int, ...], namespace: int, ref: int, *, look: bool
    ) -> None:
        coarse = whats[1] if len(whats) > 1 else -1
        self.deeds.extend((at, who, whats[0], coarse, namespace, ref, look))

    def _person(self, name: str) -> tuple[int, bool]:
        found = self.doers.get(name)
        if found is None:
            found = self.doers[name] = len(self.history.people), name in self.silent
            self.history.people.append(name)
        return found

    def namespace(self, name: str) -> int:
        """A number of a namespace; -1 for none."""
        numbers = self.history.namespaces
        return numbers.setdefault(name, len(numbers))

    def step(self, each: Committed, step: Step, owner: Callable[[ObjectRef], str]) -> None:
        """What a person looked at; what was tried in vain is left out.

        owner  the name that a person means by an object
        """
        if step.actor.name in self.silent or step.actor.kind is not ActorKind.HUMAN:
            return
        key = step.action, step.target, step.command
        whats = self.looks.get(key)
        if whats is None:
            named = looked_at(
                step, {} if step.target is None else {step.target: owner(step.target)}
            )
            whats = self.looks[key] = () if named is None else self.acts.of(named)
        if not whats:
            return
        history = self.history
        history.cited.append(citation(each))
        (who, _), place = self._person(step.actor.name), self.namespace(step.namespace)
        self._deed(step.happened_at, who, whats, place, -len(history.cited), look=True)

    def close(self) -> None:
        """Everything was read."""
        history = self.history
        history.keys, history.times, history.numbers, history.values, history.actors = _columns(
            self.changes, 5
        )
        history.edits = tuple(_columns(self.edits, 4))
        rows = np.frombuffer(self.deeds, np.int64).reshape(-1, 7)
        history.deeds = Deeds.of_columns([*rows.T]).by_time()


def _columns(rows: array[int], width: int) -> list[array[int]]:
    """Rows of so many numbers each, as columns."""
    return [array("q", one.tobytes()) for one in np.frombuffer(rows, np.int64).reshape(-1, width).T]


def _higher(before: object, after: object) -> int | None:
    """-1, 0 or 1: whether a number became another; None if they are none."""
    if type(before) is int and type(after) is int:
        return (after > before) - (after < before)
    if isinstance(before, str) and isinstance(after, str):
        if before[:1] not in _NUMERIC or after[:1] not in _NUMERIC:
            return None
        if _is_whole(before) and _is_whole(after):
            return (int(after) > int(before)) - (int(after) < int(before))
        return _higher_text(before, after)
    return compared(after, before)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


@lru_cache(maxsize=65_536)
def _higher_text(before: str, after: str) -> int | None:
    return compared(after, before)


def read_history(
    index: Index,
    since: int,
    until: int,
    namespace: str | None = None,
    *,
    silent: Collection[str] = (),
) -> History:
    """The history of since <= t < until.

    namespace  only of it; None for all
    silent     people whose deeds count for no habit
    """
    heard = joined((one.from_at, one.to_at) for one in index.coverage())
    within = [(max(a, since), min(b, until)) for a, b in heard if b > since and a < until]
    history = History(since, until, within, Words())
    reading = _Reading(history, silent)
    for act in index.acts_between(since, until, namespace):
        reading.act(act)
    pods = _observed(index, history, namespace)
    names = {(one.object.namespace, one.object.name) for one in history.fields}
    for each in _by_month(since, until):
        for found in index.steps(*each, namespace):
            step = found.record
            if isinstance(step, Step) and each[0] <= step.happened_at:
                reading.step(found, step, lambda ref: _owner(ref, pods, names))
    reading.close()
    history.incidents = [
        one.record for one in index.incidents() if isinstance(one.record, Incident)
    ]
    return history


def _by_month(since: int, until: int) -> Iterator[tuple[int, int]]:
    while since < until:
        end = min(until, since + _MONTH)
        yield since, end
        since = end


def _observed(index: Index, history: History, namespace: str | None) -> dict[ObjectRef, str]:
    """Reads observations; returns the owner's name of every pod something was seen on."""
    troubles: list[Committed] = []
    pods: dict[ObjectRef, str] = {}
    for since, until in _by_month(history.since, history.until):
        for each in index.observations(since, until, namespace):
            seen = each.record
            if not isinstance(seen, Observation) or seen.first_at < since:
                continue
            symptom = symptom_of(seen)
            if seen.owner is not None and seen.about.kind == "Pod":
                pods[seen.about] = seen.owner.name
            ref = seen.owner or seen.about
            one = Seen(seen.first_at, seen.last_at, citation(each))
            if seen.kind == "MetricShift":
                key = Shift(ref, str(seen.detail.get("metric", "")), _direction(seen))
                history.shifts.setdefault(key, []).append(one)
            elif symptom is not None:
                history.seen.setdefault((ref, seen.kind), []).append(one)
            if symptom is not None:
                troubles.append(each)
    history.episodes = [
        Spell(
            one.object,
            one.symptom,
            *one.onset,
            one.until,
            one.times,
            citation(one.members[0]),
        )
        for one in episodes(troubles)
    ]
    for every in (*history.shifts.values(), *history.seen.values()):
        every.sort(key=lambda one: (one.at, one.cited.record))
    return pods


def _direction(seen: Observation) -> str:
    return str(seen.detail.get("direction", ""))


def _owner(
    target: ObjectRef, pods: dict[ObjectRef, str], names: Collection[tuple[str, str]]
) -> str:
    """The name that a person means: of a pod that of what it was made for, where that is known."""
    if target.kind != "Pod":
        return target.name
    if target in pods:
        return pods[target]
    parts = target.name.split("-")
    for end in range(len(parts) - 1, 0, -1):
        if (target.namespace, "-".join(parts[:end])) in names:
            return "-".join(parts[:end])
    return target.name
