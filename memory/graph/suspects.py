"""Which changes are suspected of one piece of trouble, how strongly, and which are not, and why.

Each change is weighed against the chance that one like it is there anyway. How suspicious it is
before its time is looked at is a product of numbers that an answer can show one by one:

    way      the surest way from the trouble to the object that was changed (`reach`)
    effect   what such a change can do to that kind of trouble (`change_classes`), and whether what
             Kubernetes says points to it (`told`)
    along    what the services on the way show, and whether something further on explains the
             trouble (`along`)
    taken    whether it had taken effect: pods made since, a policy that cuts (`taking_effect`)
    record   what followed earlier changes of the same field (`chance.by_record`)
    ended    1.5 where it was taken back afterwards and the trouble ended with that; else 1

Those are the odds before; `time` (`chance.by_time`) is the lag against how often changes come that
are as suspicious. By Bayes' rule the score, between 0 and 1, is

    odds = way * effect * along * taken * record * ended * time / (1 - time)
    score = odds / (1 + odds)

Pure: everything it needs of the memory is asked from a `Scene`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from kubectl_smart.memory.graph import chance
from kubectl_smart.memory.graph.along import Along
from kubectl_smart.memory.graph.change_classes import (
    Class,
    effect_of,
    telling,
)
from kubectl_smart.memory.graph.giving import gives
from kubectl_smart.memory.graph.reach import Reached, Ties, reach
from kubectl_smart.memory.graph.symptoms import SECOND, Onset, Symptom
from kubectl_smart.memory.graph.taking_effect import PROOF, Pods, Taken, taken_by
from kubectl_smart.memory.graph.told import NOTHING, Told
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef

RULES = "causes/2"
"""The version of the rules and of their constants; it stands in every answer."""

LOOK_BACK = 14 * 86_400 * SECOND
"""How far back changes are looked at."""

ENOUGH = 0.75
"""A score below this accuses nobody: three to one that it was not chance."""

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

    def onsets(self, ref: ObjectRef, symptom: Symptom) -> list[Onset]:
        """When trouble of a kind began on an object or on what it owns, in order."""

    def measured(self, at: int) -> bool:
        """Whether metrics were heard at an instant."""

    def surges(self, ref: ObjectRef) -> list[Onset]:
        """When the rate of its requests rose."""

    def in_trouble(self, ref: ObjectRef, low: int, high: int) -> tuple[ObjectRef, ...]:
        """The pods of a workload on which trouble began in a window."""

    def named(self, ref: ObjectRef, low: int, high: int) -> frozenset[ObjectRef]:
        """What Kubernetes named in what it said of a workload's trouble in a window."""

    def nodes_of(self, pods: Sequence[ObjectRef]) -> Mapping[ObjectRef, str]:
        """Pod -> node, of those that were ever bound to one."""

    def runs_a_day(self, ref: ObjectRef, at: int) -> float:
        """How often a CronJob runs by its schedule; 0 if that is not known."""

    def begins(self) -> int:
        """The first instant that the memory knows, microseconds UTC."""

    def cuts(self, each: Committed, reached: Reached) -> bool | None:
        """Whether a policy, route or bound took away what the way needs; None if not known."""


class Trouble(NamedTuple):
    """What is to be explained: of which kind, of what, since when; pods: those it was seen on."""

    object: ObjectRef
    symptom: Symptom
    onset: Onset
    pods: tuple[ObjectRef, ...] = ()
    until: int = 0
    """When it was seen for the last time; 0 if that is not known."""
    told: Told = NOTHING
    """What Kubernetes' own words point to."""
    nodes: Mapping[ObjectRef, str] = {}
    """Pod -> node, of those in trouble and of those that went away before."""


class Suspect(NamedTuple):
    """One change and the numbers that make its score; `ruled_out` says why, if it is."""

    each: Committed
    change: Change
    reached: Reached
    of: Class
    effect: float
    along: float
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
    def standing(self) -> float:
        """How suspicious it is by what it is and where, before anything else is looked at."""
        return self.reached.weight * self.effect * self.along

    @property
    def odds(self) -> float:
        """Cause against chance; 0 if it is ruled out."""
        if self.ruled_out:
            return 0.0
        before = self.standing * self.taken.weight * self.record * self.ended
        own = before * self.time / max(1.0 - self.time, _SUREST)
        return own if self.carrier is None else max(own, self.carrier.odds * _ORDERED)

    @property
    def score(self) -> float:
        """The same as a probability, 0 to 1."""
        return self.odds / (1.0 + self.odds)


class Suspects(NamedTuple):
    """The suspects, the strongest first; and those ruled out, the nearest in time first."""

    strongest: tuple[Suspect, ...]
    ruled_out: tuple[Suspect, ...]

    def confidence(self, at: int = 0) -> float:
        """The share of one suspect in all that is suspected, the unknown included: 0 to 1."""
        total = sum(one.odds for one in self.strongest) + 1.0
        return self.strongest[at].odds / total if self.strongest else 0.0


_SUREST = 1e-4
_ORDERED = 1.01
"""Puts what a run was told before the run."""

_ENDED = 1.5


class _Found(NamedTuple):
    """A change within reach. paths: of the edits that tell."""

    reached: Reached
    each: Committed
    change: Change
    every: Sequence[Committed]
    of: Class
    effect: float
    along: float
    paths: set[str]
    times: int
    followed: int

    @property
    def standing(self) -> float:
        return self.reached.weight * self.effect * self.along

    @property
    def usual(self) -> float:
        """The same, less where such a change has a record of harming nobody."""
        return self.standing * min(chance.by_record(self.followed, self.times), 1.0)


def suspects(trouble: Trouble, scene: Scene) -> Suspects:
    """Every change that may have caused it."""
    onset = trouble.onset
    since = max(onset.low - LOOK_BACK, 0)
    looked_back = max(onset.low - max(scene.begins(), since), SECOND)
    along = Along(scene, trouble.object, trouble.symptom, onset)
    found = _found(trouble, scene, along, since)
    before = sorted(one.usual for one in found if one.change.happened_at <= onset.high)
    judged = [
        _judged(trouble, scene, along, one, before, looked_back)
        for one in found
        if one.reached.weight * one.effect >= _WORTH_TELLING
    ]
    judged = _among_proven(_with_runs(judged, trouble, scene), trouble)
    strongest = sorted(
        (one for one in judged if one.odds > 0),
        key=lambda one: (-one.odds, one.lag, one.change.id),
    )
    ruled_out = sorted(
        (one for one in judged if one.ruled_out), key=lambda one: (abs(one.lag), one.change.id)
    )
    return Suspects(tuple(strongest), tuple(ruled_out))


def _among_proven(judged: Sequence[Suspect], trouble: Trouble) -> list[Suspect]:
    """Those that are proven are counted among each other alone: no other looks like them."""
    proven = [one for one in judged if one.taken.proven and not one.ruled_out]
    unsure = trouble.onset.high - trouble.onset.low
    found = []
    for one in judged:
        if one.taken.proven and not one.ruled_out:
            acted = max(trouble.onset.high - one.taken.at, 0) if one.taken.at else one.lag
            alike = sum(other.standing >= one.standing * _AS_SUSPICIOUS for other in proven)
            others = min(one.others, alike - 1)
            time = chance.by_time(min(acted, one.lag), unsure, others, one.looked_back)
            found.append(one._replace(others=others, time=max(one.time, time)))
        else:
            found.append(one)
    return found


def _found(trouble: Trouble, scene: Scene, along: Along, since: int) -> list[_Found]:
    """Every change within reach that can have to do with it."""
    until = trouble.onset.high + _AFTERWARDS
    found: list[_Found] = []
    met: set[str] = set()
    for reached in reach(
        trouble.object, scene.ties, trouble.symptom, along.through
    ).values():
        every = [
            each
            for each in scene.changes(reached.object, since, until)
            if isinstance(each.record, Change) and each.record.actor.kind not in _IGNORED
        ]
        for each in every:
            change = each.record
            if not isinstance(change, Change) or change.id in met:
                continue
            met.add(change.id)
            of, effect = effect_of(change, trouble.symptom)
            if _is_named(trouble, scene, reached):
                effect = 1.0 if effect >= _CAN else effect
            else:
                effect *= trouble.told.leaves(of)
            if effect == 0.0:
                continue
            paths = {edit.path for edit in telling(change, trouble.symptom)}
            times, followed = _record(trouble, scene, change, every)
            weight = along.weight(reached, acts_on_calls=_on_calls(reached, of))
            found.append(
                _Found(reached, each, change, every, of, effect, weight, paths, times, followed)
            )
    return found


def _is_named(trouble: Trouble, scene: Scene, reached: Reached) -> bool:
    """Whether Kubernetes' words name the object: of the trouble, or of the last workload's own."""
    if any(ref == reached.object for ref, _ in trouble.told.objects):
        return True
    near = reached.way[-1].near if reached.way else trouble.object
    onset = trouble.onset
    return reached.object in scene.named(near, onset.low - _BEFORE, onset.high + _AFTERWARDS)


def _on_calls(reached: Reached, of: Class) -> bool:
    """Whether a change acts on connections to the last service, or on its data, not on its pods."""
    if of in (Class.POLICY, Class.ROUTING, Class.RUN, Class.STORAGE):
        return True
    return any(step.far.kind == "CronJob" for step in reached.way) or (
        bool(reached.way) and reached.way[-1].kind == "calls"
    )


def _with_runs(judged: Sequence[Suspect], trouble: Trouble, scene: Scene) -> list[Suspect]:
    """What a run was the first to carry out stands in the place of the run.

    The configuration that a job read, its own template or schedule; the bounds by which an
    autoscaler then set a number of pods. The run did what it was told; whoever told it is asked
    first. It stays a suspect behind it.
    """
    found = list(judged)
    for at, one in enumerate(found):
        if one.ruled_out:
            continue
        run = _first_run(one, found, scene)
        if run is None:
            continue
        unsure = trouble.onset.high - trouble.onset.low
        time = chance.by_time(run.lag, unsure, one.others, one.looked_back)
        ran = run.change.happened_at
        taken = one.taken._replace(at=ran)
        if not taken.proven and 0 <= trouble.onset.high - ran <= _BEFORE:
            taken = Taken(PROOF, "the first run since it was shortly before", ran)
        found[at] = one._replace(carrier=run, time=max(one.time, time), taken=taken)
    return found


_SOON = 600 * SECOND


def _first_run(one: Suspect, found: Sequence[Suspect], scene: Scene) -> Suspect | None:
    """The first thing that carried a change out, if it is a suspect and nothing did before."""
    way = one.reached.way
    if one.change.object.kind == "CronJob" and one.of is not Class.DELETED:
        owner = one.change.object
    elif one.of is Class.CONFIG and way and way[-1].near.kind == "CronJob":
        owner = way[-1].near
    elif one.of is Class.BOUNDS and way:
        scaled = [
            run
            for run in found
            if run.change.object == way[-1].near
            and run.of in (Class.REPLICAS_DOWN, Class.REPLICAS_UP)
            and run.effect >= one.effect
            and run.change.actor.kind is ActorKind.CONTROLLER
            and 0 <= run.change.happened_at - one.change.happened_at <= _SOON
        ]
        return min(scaled, key=lambda run: run.change.happened_at, default=None)
    else:
        return None
    runs = [
        run
        for run in found
        if run.change.object.kind == "Job"
        and run.change.owner == owner
        and run.change.happened_at >= one.change.happened_at
    ]
    first = min(runs, key=lambda run: run.change.happened_at, default=None)
    later = any(
        other.change.object == one.change.object
        and first is not None
        and one.change.happened_at < other.change.happened_at <= first.change.happened_at
        for other in found
    )
    if first is None or first.lag < 0 or later:
        return None
    days = (first.change.happened_at - one.change.happened_at) / (86_400 * SECOND)
    return first if days * scene.runs_a_day(owner, first.change.happened_at) < _NONE_BEFORE else None


_NONE_BEFORE = 1.0
"""So many runs by the schedule lie between: those of the last hours alone are looked up."""


_AFTERWARDS = 300 * SECOND
"""Changes so long after the beginning are told as ruled out, for those who wonder."""

_AS_SUSPICIOUS = 0.8
_CAN = 0.25
"""A change of less effect does not do what the words say, whatever object they name."""
_BEFORE = 900 * SECOND


def _judged(
    trouble: Trouble,
    scene: Scene,
    along: Along,
    found: _Found,
    before: Sequence[float],
    looked_back: int,
) -> Suspect:
    reached, each, change, of = found.reached, found.each, found.change, found.of
    onset = trouble.onset
    here = along.began(reached, change.happened_at)
    lag = here.high - change.happened_at
    alike = len(before) - bisect_left(before, found.standing * _AS_SUSPICIOUS)
    counted = change.happened_at <= onset.high and found.usual >= found.standing * _AS_SUSPICIOUS
    others = max(alike - counted, 0)

    def troubled(ref: ObjectRef) -> tuple[ObjectRef, ...]:
        if ref == trouble.object:
            return trouble.pods
        return scene.in_trouble(ref, onset.low - _BEFORE, onset.high)

    taken = taken_by(
        change, of, reached, troubled, scene.pods, onset,
        cuts=scene.cuts(each, reached) if _is_asked(of, lag) else None, nodes=trouble.nodes,
    )  # fmt: skip
    if _is_named(trouble, scene, reached) and found.effect >= _CAN:
        taken = Taken(PROOF, "it is named in what Kubernetes says of the trouble")
    edits = telling(change, trouble.symptom)
    if taken.proven and edits and all(gives(edit, trouble.symptom) for edit in edits):
        taken = taken._replace(weight=1.0)
    acted = min(lag, max(here.high - taken.at, 0)) if taken.at else lag
    suspect = Suspect(
        each, change, reached, of, found.effect, found.along, taken,
        chance.by_time(acted, here.high - here.low, others, looked_back),
        chance.by_record(found.followed, found.times),
        _ENDED if _ended_with_it(trouble, change, found.paths, scene) else 1.0,
        lag, others, looked_back, found.times, found.followed,
    )  # fmt: skip
    return suspect._replace(ruled_out=_why_not(suspect, found.every, found.paths, onset))


def _is_asked(of: Class, lag: int) -> bool:
    """States are only read for what may matter: what acts at once, on the day of the trouble."""
    return of in (Class.POLICY, Class.ROUTING, Class.BOUNDS) and 0 <= lag <= 86_400 * SECOND


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
        return f"{suspect.times} times it was done before, and nothing followed"
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
    trouble: Trouble, scene: Scene, change: Change, every: Iterable[Committed]
) -> tuple[int, int]:
    """(earlier times it was done just so, those followed by such trouble within three lags).

    The same values for the same fields: that another image did no harm says nothing of this one,
    beyond how often images come, which is counted anyway. Of a run of a CronJob: the runs that its
    schedule made since it was changed.
    """
    lag = trouble.onset.high - change.happened_at
    if change.object.kind == "Job" and change.owner is not None:
        return _runs_before(scene, change, change.owner, every)
    done = {(edit.path, repr(edit.after)) for edit in telling(change, trouble.symptom)}
    earlier = [
        each.record.happened_at
        for each in every
        if isinstance(each.record, Change)
        and each.record.happened_at < change.happened_at
        and done
        and done <= {(edit.path, repr(edit.after)) for edit in each.record.edits}
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


def _runs_before(
    scene: Scene, change: Change, owner: ObjectRef, every: Iterable[Committed]
) -> tuple[int, int]:
    edited = [
        each.record.happened_at
        for each in every
        if isinstance(each.record, Change)
        and each.record.object == owner
        and each.record.happened_at < change.happened_at
    ]
    since = max([scene.begins(), change.happened_at - LOOK_BACK, *edited])
    days = max(change.happened_at - since, 0) / (86_400 * SECOND)
    return int(days * scene.runs_a_day(owner, change.happened_at)), 0
