"""Which changes are suspected of one piece of trouble, how strongly, and which are not, and why.

The score of a suspect is the product of six numbers between 0 and about 2, each of which an answer
can show by itself:

    way      the surest way from the trouble to the object that was changed (`reach`)
    effect   what such a change can do to that kind of trouble (`change_classes`)
    taken    whether it had taken effect: pods made since, a policy that cuts (`taking_effect`)
    time     the lag against how often such changes are made here (`chance.by_time`)
    record   what followed earlier changes of the same field (`chance.by_record`)
    ended    1.5 where it was taken back afterwards and the trouble ended with that; else 1

Pure: everything it needs of the memory is asked from a `Scene`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from kubectl_smart.memory.graph import chance
from kubectl_smart.memory.graph.change_classes import (
    Class,
    classes_of,
    effect_of,
    habit_of,
    telling,
)
from kubectl_smart.memory.graph.reach import Reached, Ties, reach
from kubectl_smart.memory.graph.symptoms import SECOND, Onset, Symptom
from kubectl_smart.memory.graph.taking_effect import Pods, Taken, taken_by
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef

RULES = "causes/1"
"""The version of the rules and of their constants; it stands in every answer."""

LOOK_BACK = 14 * 86_400 * SECOND
"""How far back changes are looked at."""

ENOUGH = 0.08
"""A score below this accuses nobody: less than one in ten ways of saying it by chance."""

_UNSEEN = 5
"""So many earlier changes of the same field without any such trouble rule one out."""

_WORTH_TELLING = 0.15
_IGNORED = frozenset({ActorKind.NODE})


class Scene(Protocol):
    """What is asked of the memory."""

    ties: Ties

    def changes(self, ref: ObjectRef, since: int, until: int) -> Sequence[Committed]:
        """The changes of one object in order; until excluded."""

    def pods(self, owner: ObjectRef) -> Pods:
        """The pods that were made for it, and where they ran."""

    def onsets(self, ref: ObjectRef, symptom: Symptom) -> Sequence[Onset]:
        """When trouble of a kind began on an object or on what it owns, in order."""

    def begins(self) -> int:
        """The first instant that the memory knows, microseconds UTC."""

    def cuts(self, each: Committed, reached: Reached) -> bool | None:
        """Whether a change of a policy took a connection of the way away; None if not known."""


class Trouble(NamedTuple):
    """What is to be explained: of which kind, of what, since when; pods: those it was seen on."""

    object: ObjectRef
    symptom: Symptom
    onset: Onset
    pods: tuple[ObjectRef, ...] = ()
    until: int = 0
    """When it was seen for the last time; 0 if that is not known."""


class Suspect(NamedTuple):
    """One change and the numbers that make its score; `ruled_out` says why, if it is."""

    each: Committed
    change: Change
    reached: Reached
    of: Class
    effect: float
    taken: Taken
    time: float
    record: float
    ended: float
    lag: int
    others: int
    looked_back: int
    times: int
    followed: int
    ruled_out: str = ""
    carrier: Suspect | None = None

    @property
    def score(self) -> float:
        """0 if it is ruled out; at least that of the run that carried it out."""
        if self.ruled_out:
            return 0.0
        own = self.reached.weight * self.effect * self.taken.weight * self.time
        own *= self.record * self.ended
        return own if self.carrier is None else max(own, self.carrier.score * _ORDERED)


class Suspects(NamedTuple):
    """The suspects, the strongest first; and those ruled out, the nearest in time first."""

    strongest: tuple[Suspect, ...]
    ruled_out: tuple[Suspect, ...]

    def confidence(self, at: int = 0) -> float:
        """The share of one suspect in all that is suspected, the unknown included: 0 to 1."""
        total = sum(one.score for one in self.strongest) + _UNKNOWN
        return self.strongest[at].score / total if self.strongest else 0.0


_ENDED = 1.5
_ORDERED = 1.01
"""Puts what a run was told before the run."""

_UNKNOWN = 0.1
"""What is set aside for causes that no record tells of."""


def suspects(trouble: Trouble, scene: Scene) -> Suspects:
    """Every change that may have caused it."""
    onset = trouble.onset
    since = max(onset.low - LOOK_BACK, 0)
    looked_back = max(onset.low - max(scene.begins(), since), SECOND)
    places = reach(trouble.object, scene.ties, trouble.symptom)
    found: list[tuple[Reached, Committed, Change, list[Committed]]] = []
    counts: dict[Class, int] = {}
    met: set[str] = set()
    for reached in places.values():
        every = [
            each
            for each in scene.changes(reached.object, since, onset.high + _AFTERWARDS)
            if isinstance(each.record, Change) and each.record.actor.kind not in _IGNORED
        ]
        for each in every:
            change = each.record
            if not isinstance(change, Change) or change.id in met:
                continue
            met.add(change.id)
            found.append((reached, each, change, every))
            if change.happened_at <= onset.high:
                for one in {habit_of(one) for one in classes_of(change)}:
                    counts[one] = counts.get(one, 0) + 1
    judged = [
        suspect
        for reached, each, change, every in found
        if (suspect := _judged(trouble, scene, reached, each, change, every, counts, looked_back))
        is not None
    ]
    judged = _with_runs(judged)
    strongest = sorted(
        (one for one in judged if one.score > 0),
        key=lambda one: (-one.score, one.lag, one.change.id),
    )
    ruled_out = sorted(
        (one for one in judged if one.ruled_out), key=lambda one: (abs(one.lag), one.change.id)
    )
    return Suspects(tuple(strongest), tuple(ruled_out))


def _with_runs(judged: Sequence[Suspect]) -> list[Suspect]:
    """A configuration that a suspected run was the first to read stands in the place of the run.

    The run did what it was told; whoever told it is asked first. It stays a suspect behind it.
    """
    found = list(judged)
    newest: dict[tuple[ObjectRef, int], int] = {}
    for one in found:
        place = (one.change.object, one.taken.at)
        newest[place] = max(newest.get(place, 0), one.change.happened_at)
    for at, one in enumerate(found):
        if one.of is not Class.CONFIG or one.ruled_out or not one.reached.way:
            continue
        if one.change.happened_at < newest[one.change.object, one.taken.at]:
            continue
        reader = one.reached.way[-1].near
        runs = [
            run
            for run in found
            if run.of is Class.RUN
            and not run.ruled_out
            and reader in (run.change.object, run.change.owner)
            and run.change.happened_at == one.taken.at
        ]
        for run in runs[:1]:
            found[at] = one._replace(carrier=run, time=max(one.time, run.time), others=run.others)
    return found


_AFTERWARDS = 300 * SECOND
"""Changes so long after the beginning are told as ruled out, for those who wonder."""


def _judged(
    trouble: Trouble,
    scene: Scene,
    reached: Reached,
    each: Committed,
    change: Change,
    every: Sequence[Committed],
    counts: dict[Class, int],
    looked_back: int,
) -> Suspect | None:
    """None if it cannot have to do with it at all."""
    of, effect = effect_of(change, trouble.symptom)
    if effect == 0.0 or reached.weight * effect < _WORTH_TELLING:
        return None
    onset = trouble.onset
    lag = onset.high - change.happened_at
    others = max(counts.get(habit_of(of), 0) - 1, 0)
    paths = {edit.path for edit in telling(change, trouble.symptom)}
    times, followed = _record(trouble, scene, change, every, paths, lag)
    taken = taken_by(
        change, of, reached, trouble.pods, scene.pods, onset,
        cuts=scene.cuts(each, reached) if of is Class.POLICY else None,
    )  # fmt: skip
    acted = min(lag, onset.high - taken.at) if taken.at else lag
    suspect = Suspect(
        each, change, reached, of, effect * _quiet(scene, trouble, reached, of), taken,
        chance.by_time(acted, onset.high - onset.low, others, looked_back),
        chance.by_record(followed, times),
        _ENDED if _ended_with_it(trouble, change, paths, scene) else 1.0,
        lag, others, looked_back, times, followed,
    )  # fmt: skip
    return suspect._replace(ruled_out=_why_not(suspect, every, paths, onset))


_SEEN_BY_EVENTS = frozenset({Symptom.RESTARTS, Symptom.AVAILABILITY, Symptom.UNSCHEDULABLE})
_QUIET = 0.6


def _quiet(scene: Scene, trouble: Trouble, reached: Reached, of: Class) -> float:
    """Less than 1 where a service on the way should have shown trouble, too, and did not.

    Only for trouble that Kubernetes itself tells of; a policy and a job act on the connection and
    on the data, not on the pods behind the service.
    """
    if trouble.symptom not in _SEEN_BY_EVENTS or of in (Class.POLICY, Class.RUN):
        return 1.0
    factor = 1.0
    called = [step.far for step in reached.way if step.kind == "calls"]
    behind = {step.near: step.far for step in reached.way if step.kind == "selects"}
    for service in called:
        seen = [
            onset
            for ref in (service, behind.get(service, service))
            for kind in Symptom
            for onset in scene.onsets(ref, kind)
        ]
        near = trouble.onset.high + _AFTERWARDS
        if not any(trouble.onset.low - LOOK_BACK <= one.low <= near for one in seen):
            factor *= _QUIET
    return factor


def _ended_with_it(trouble: Trouble, change: Change, paths: set[str], scene: Scene) -> bool:
    """Whether the change was taken back during the trouble, and the trouble was over soon after.

    Soon: in no more time than it had lasted until then, or a minute.
    """
    onset = trouble.onset.high
    if not trouble.until or change.happened_at > onset:
        return False
    before = {edit.path: edit.before for edit in change.edits if edit.path in paths}
    for each in scene.changes(change.object, onset, trouble.until + _AFTERWARDS):
        later = each.record
        if isinstance(later, Change) and any(
            edit.path in before and edit.after == before[edit.path] for edit in later.edits
        ):
            back = later.happened_at
            return trouble.until <= back + max(back - onset, 60 * SECOND)
    return False


def _why_not(suspect: Suspect, every: Iterable[Committed], paths: set[str], onset: Onset) -> str:
    if suspect.lag < 0:
        return "it was made after the trouble began"
    later = _overwritten(suspect.change, every, paths, onset)
    if later is not None:
        return f"it was no longer in force: {later.actor.name or 'somebody'} set the field anew"
    if suspect.taken.weight == 0.0:
        return suspect.taken.words
    if suspect.times >= _UNSEEN and suspect.followed == 0:
        return f"{suspect.times} changes of the same field before it were followed by nothing"
    return ""


def _overwritten(
    change: Change, every: Iterable[Committed], paths: set[str], onset: Onset
) -> Change | None:
    """The later change, before the trouble began, that set all the same fields again."""
    left = set(paths)
    last = None
    for each in every:
        later = each.record
        if (
            not isinstance(later, Change)
            or not change.happened_at < later.happened_at < onset.low
            or not left
        ):
            continue
        again = left & {edit.path for edit in later.edits}
        if again or later.gone:
            left -= left if later.gone else again
            last = later
    return last if paths and not left else None


def _record(
    trouble: Trouble,
    scene: Scene,
    change: Change,
    every: Iterable[Committed],
    paths: set[str],
    lag: int,
) -> tuple[int, int]:
    """(earlier changes of the same fields, those followed by such trouble within three lags)."""
    earlier = [
        each.record.happened_at
        for each in every
        if isinstance(each.record, Change)
        and each.record.happened_at < change.happened_at
        and paths & {edit.path for edit in each.record.edits}
    ]
    if not earlier:
        return 0, 0
    within = 3 * (max(lag, 0) + SECOND)
    onsets = [
        one.high
        for one in scene.onsets(trouble.object, trouble.symptom)
        if one.high < change.happened_at
    ]
    followed = sum(any(at <= one <= at + within for one in onsets) for at in earlier)
    return len(earlier), followed
