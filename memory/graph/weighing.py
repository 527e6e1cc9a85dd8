"""How strongly one change is suspected of one piece of trouble: the numbers, and their sum.

Each change is weighed against the chance that one like it is there anyway. How suspicious it is
before its time is looked at is a product of numbers that an answer can show one by one:

    way      the surest way from the trouble to the object that was changed (`reach`)
    effect   what such a change can do to that kind of trouble (`change_classes`), and whether what
             Kubernetes says points to it (`told`)
    along    what the services on the way show, and whether something further on explains the
             trouble (`along`)
    taken    whether it had taken effect: pods made since, a policy that cuts; more than 1 where
             the case itself proves it (`taking_effect`)
    record   what followed when the same was done before (`precedents`)
    ended    1.5 where it was taken back afterwards and the trouble ended with that; else 1

Those are the odds before; `time` (`chance.by_time`) is the lag against how often changes come that
are as suspicious. By Bayes' rule the score, between 0 and 1, is

    odds = way * effect * along * taken * record * ended * time / (1 - time)
    score = odds / (1 + odds)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from kubectl_smart.memory.answers.causes import Learnt
from kubectl_smart.memory.graph import chance
from kubectl_smart.memory.graph.change_classes import Class
from kubectl_smart.memory.graph.node_neighbours import Arrival
from kubectl_smart.memory.graph.object_past import Later, Past
from kubectl_smart.memory.graph.reach import Reached, Ties
from kubectl_smart.memory.graph.symptoms import SECOND, Onset, Symptom
from kubectl_smart.memory.graph.taking_effect import Pods, Taken
from kubectl_smart.memory.graph.told import NOTHING, Told
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef

RULES = "causes/4"
"""The version of the rules and of their constants; it stands in every answer."""

LOOK_BACK = 14 * 86_400 * SECOND
"""How far back changes are looked at."""

ENOUGH = chance.ENOUGH
"""A score below this accuses nobody."""

BEFORE = 900 * SECOND
"""What so long before is seen belongs to the same trouble."""

AFTERWARDS = 300 * SECOND
"""Changes so long after the beginning are told as ruled out, for those who wonder."""

ALIKE = 0.8
"""A change of so great a part of the suspicion of another counts as one like it."""

_SUREST = 1e-4
_ORDERED = 1.01
"""Puts what a run was told before the run."""


class Scene(Protocol):
    """What is asked of the memory."""

    ties: Ties

    def changes(self, ref: ObjectRef, since: int, until: int) -> Sequence[Committed]:
        """The changes of one object in order; until excluded. Of very many the newest."""

    def stand_for(self, ref: ObjectRef, since: int, until: int) -> float:
        """How many changes each of those stands for: more than 1 where some were left out."""

    def later(self, ref: ObjectRef, since: int, until: int) -> Later:
        """The same of a window after trouble began, found by what they set."""

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

    def beside(self, near: ObjectRef) -> Mapping[ObjectRef, tuple[Arrival, ...]]:
        """The workloads whose pods came to the node of those in trouble, just before."""

    def is_pressed(self, node: str) -> bool:
        """Whether a node ran short of something then."""

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
    learnt: tuple[Learnt, ...] = ()
    """What the past says of fields changed shortly before (`learnt`)."""


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
    learnt: Learnt | None = None

    @property
    def standing(self) -> float:
        """How suspicious it is by what it is and where, before anything else is looked at."""
        return self.reached.weight * self.effect * self.along

    @property
    def weight(self) -> float:
        """Cause against chance by all but its time."""
        return self.standing * self.taken.weight * self.record * self.ended

    @property
    def acting(self) -> Suspect:
        """Itself, or the run that acted on it if that is suspected more."""
        return (
            self
            if self.carrier is None or self.odds > self.carrier.odds * _ORDERED
            else self.carrier
        )

    @property
    def odds(self) -> float:
        """Cause against chance; 0 if it is ruled out."""
        if self.ruled_out:
            return 0.0
        own = self.weight * self.time / max(1.0 - self.time, _SUREST)
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


class Found(NamedTuple):
    """A change within reach.

    past    all changes of its object
    edits   those that tell
    named   whether Kubernetes' words name the object
    stands_for   how many changes of its object it stands for; see `Scene.stand_for`
    times, followed   see `precedents`
    """

    reached: Reached
    each: Committed
    change: Change
    past: Past
    of: Class
    effect: float
    along: float
    edits: tuple[FieldEdit, ...]
    named: bool
    stands_for: float
    times: int
    followed: int

    @property
    def paths(self) -> set[str]:
        """The fields of the edits that tell."""
        return {edit.path for edit in self.edits}

    @property
    def standing(self) -> float:
        """As of a suspect."""
        return self.reached.weight * self.effect * self.along

    @property
    def usual(self) -> float:
        """The same, less where such a change has a record of harming nobody."""
        return self.standing * min(chance.by_record(self.followed, self.times), 1.0)
