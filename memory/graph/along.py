"""What other services show: trouble that comes from further on, and places where it should be seen.

A caller of a slow service is slow; so a change at the caller is suspected less where something that
it calls was in trouble no later (its own crashes and its own lack of CPU are not explained that
way). And trouble that came through a service should be seen there: a change behind a service that
shows nothing is suspected less, and that says more where its metrics are heard. Time is counted to
the beginning at the place of the change, not at the place where somebody noticed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from kubectl_smart.memory.graph.reach import Reached, Ties
from kubectl_smart.memory.graph.symptoms import SECOND, Onset, Symptom
from kubectl_smart.memory.records.objects import ObjectRef

SILENT_MEASURED = 0.2
"""Trouble came through, and metrics do not show it: the service may have none that tell."""
SILENT = 0.6
"""The same where only Kubernetes' own events could show it."""
FROM_FURTHER_ON = 0.15
"""The trouble shows further on, too, and began there no later."""
LATER = 0.2
"""It had begun elsewhere on the way before the change; that may have been something else."""
BY_LOAD = 0.05
"""More was asked of it just before: that alone explains it, and comes by chance that seldom."""

_BEFORE = 2_700 * SECOND
_NEAR = 900 * SECOND
_AFTER = 300 * SECOND
_LATE = 90 * SECOND
"""By so much may what is measured be later than what is told by events."""

_OWN = (Symptom.RESTARTS, Symptom.SATURATION, Symptom.AVAILABILITY, Symptom.UNSCHEDULABLE)
_PASSED_ON = frozenset({Symptom.LATENCY, Symptom.ERRORS})
_BY_EVENTS = frozenset({Symptom.RESTARTS, Symptom.AVAILABILITY, Symptom.UNSCHEDULABLE})
_JOBS = frozenset({"Job", "CronJob"})


class Heard(Protocol):
    """What is asked of the memory."""

    ties: Ties

    def onsets(self, ref: ObjectRef, symptom: Symptom) -> list[Onset]:
        """When trouble of a kind began on an object or on what it owns, in order."""

    def measured(self, at: int) -> bool:
        """Whether metrics were heard at an instant."""

    def surges(self, ref: ObjectRef) -> list[Onset]:
        """When the rate of its requests rose."""


class Along:
    """Looks along the ways from one piece of trouble."""

    def __init__(self, scene: Heard, start: ObjectRef, symptom: Symptom, onset: Onset) -> None:
        self._scene = scene
        self._start = start
        self._symptom = symptom
        self._onset = onset
        self._seen: dict[ObjectRef, dict[Symptom, list[Onset]]] = {}
        self._first: int | None = None
        self._weights: dict[tuple[ObjectRef, bool], float] = {}
        self._measured = scene.measured(onset.high) and self._is_measured(start)

    # --- one service ----------------------------------------------------------------------

    def _component(self, ref: ObjectRef) -> list[ObjectRef]:
        """A Service and the workloads behind it, from either."""
        found = [ref]
        for tie in self._scene.ties(ref):
            if tie.kind == "selects":
                if tie.caller == ref and ref.kind == "Service":
                    found.append(tie.callee)
                elif tie.callee == ref and tie.caller.kind == "Service":
                    found.append(tie.caller)
        return list(dict.fromkeys(found))

    def _onsets(self, ref: ObjectRef) -> dict[Symptom, list[Onset]]:
        """Near the time in question, of a whole component."""
        if ref not in self._seen:
            found: dict[Symptom, list[Onset]] = {}
            for one in self._component(ref):
                for kind in Symptom:
                    found.setdefault(kind, []).extend(
                        each
                        for each in self._scene.onsets(one, kind)
                        if self._onset.low - _BEFORE <= each.high
                        and each.low <= self._onset.high + _AFTER
                    )
            self._seen[ref] = found
        return self._seen[ref]

    def deviates(self, ref: ObjectRef) -> Onset | None:
        """The first beginning of any trouble of a service near the time in question."""
        every = [one for several in self._onsets(ref).values() for one in several]
        near = [one for one in every if one.high >= self._onset.low - _NEAR]
        return min(near or every, key=lambda one: one.high, default=None)

    def _own_trouble(self, ref: ObjectRef) -> bool:
        found = self._onsets(ref)
        return any(found[kind] for kind in _OWN)

    def _called(self, ref: ObjectRef) -> Iterator[ObjectRef]:
        for one in self._component(ref):
            for tie in self._scene.ties(one):
                if tie.caller == one and tie.kind == "calls" and tie.callee.kind not in _JOBS:
                    yield tie.callee

    def _is_measured(self, ref: ObjectRef) -> bool:
        """Whether metrics show the trouble where it is asked about; else they would nowhere."""
        found = self._onsets(ref)
        return any(found[kind] for kind in (*_PASSED_ON, Symptom.SATURATION))

    # --- a way ----------------------------------------------------------------------------

    def _services(self, reached: Reached) -> list[ObjectRef]:
        """The services on the way, the start left out."""
        return [
            step.far for step in reached.way if step.kind == "calls" and step.far.kind not in _JOBS
        ]

    def weight(self, reached: Reached, *, acts_on_calls: bool) -> float:
        """How much of the suspicion of what is at the end of a way is left.

        acts_on_calls  the change acts on connections or on data, not on the pods of the last
                       service of the way: that one need not show anything
        """
        key = reached.object, acts_on_calls
        if key not in self._weights:
            self._weights[key] = self._weight(reached, acts_on_calls)
        return self._weights[key]

    def _weight(self, reached: Reached, acts_on_calls: bool) -> float:
        services = self._services(reached)
        factor = 1.0
        if not acts_on_calls or not services:
            last = services[-1] if services else self._start
            factor *= self.through(last)
            if self._comes_from_further_on(last):
                factor *= FROM_FURTHER_ON
        if self._symptom in _PASSED_ON and self._surged():
            factor *= BY_LOAD
        return factor

    def through(self, ref: ObjectRef) -> float:
        """How likely trouble was there, by what the service shows: 1, or less if it shows none."""
        if ref in self._component(self._start) or self.deviates(ref) is not None:
            return 1.0
        if self._symptom in _BY_EVENTS:
            return SILENT
        return SILENT_MEASURED if self._measured else 1.0

    def _comes_from_further_on(self, ref: ObjectRef) -> bool:
        """Whether something that it calls was in trouble no later, and it has none of its own."""
        if self._symptom not in _PASSED_ON and ref == self._start:
            return False
        if self._own_trouble(ref):
            return False
        own = self._onset if ref == self._start else self.deviates(ref)
        if own is None:
            return False
        here = set(self._component(ref))
        return any(
            found.low <= own.high + (0 if self._of_events(called) else _LATE)
            for called in self._called(ref)
            if called not in here and (found := self.deviates(called)) is not None
        )

    def _of_events(self, ref: ObjectRef) -> bool:
        return self._own_trouble(ref)

    def _surged(self) -> bool:
        """Whether more was asked of the service in trouble before it was."""
        return any(
            self._onset.low - _NEAR <= one.high and one.low <= self._onset.low
            for ref in self._component(self._start)
            for one in self._scene.surges(ref)
        )

    def weight_at(self, at: int) -> float:
        """How much is left of the suspicion of a change made at an instant, 0 to 1.

        Less than 1 if something that the service in trouble depends on was in trouble before.
        """
        return LATER if self._symptom in _PASSED_ON and at > self._origin() else 1.0

    def _origin(self) -> int:
        """By when it had begun at the first of the services that pass it on, microseconds."""
        if self._first is None:
            first, met, open_ones = self._onset.high, set[ObjectRef](), [self._start]
            while open_ones:
                ref = open_ones.pop()
                for called in self._called(ref):
                    found = self.deviates(called)
                    if called in met or found is None or found.high > self._onset.high + _LATE:
                        continue
                    met.add(called)
                    open_ones.append(called)
                    if found.high >= self._onset.low - _NEAR:
                        first = min(first, found.high)
            self._first = first
        return self._first

    def began(self, reached: Reached, at: int) -> Onset:
        """When trouble began where the way leads to, if that is known and not before `at`."""
        for service in reversed(self._services(reached)):
            found = self.deviates(service)
            if found is not None:
                if at <= found.high <= self._onset.high:
                    return found
                break
        return self._onset
