"""What is thought to have caused trouble: chains from a symptom down to a change and its author."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.answers.basis import Basis, Citation, Said
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import ObjectRef


class StepKind(StrEnum):
    """What a step of a chain is."""

    SYMPTOM = "symptom"
    WAY = "way"
    EFFECT = "effect"
    RUN = "run"
    CHANGE = "change"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainStep:
    """One step of a chain.

    at        microseconds since 1970-01-01 UTC; 0 where it has no time of its own
    object    what it is about
    sentence  in words
    actor     who; None where nobody acted
    via       how, for a change or a run
    reasons   why, in people's words
    evidence  the field, query or rule that shows it; "" for a record, which `citation` names
    """

    kind: StepKind
    at: int
    object: ObjectRef
    sentence: str
    actor: Actor | None = None
    via: str = ""
    reasons: tuple[Said, ...] = ()
    evidence: str = ""
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Factor:
    """One number of a score, and what it stands for."""

    name: str
    value: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """That changes of one field were followed by one kind of trouble oftener than by chance.

    changed          the object, and the field of it
    troubled         the object in trouble, and the kind of trouble
    followed, times  so many of so many times trouble began within the lag, before this case
    expected         so many times it would have by chance, or fewer
    p                the chance of that, Fisher's exact test
    q                the same, corrected for all that were tested (Benjamini and Hochberg)
    tested           how many were
    lag              microseconds
    """

    changed: ObjectRef
    field: str
    troubled: ObjectRef
    symptom: str
    followed: int
    times: int
    expected: float
    p: float
    q: float
    tested: int
    lag: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a chain is made of, apart from when and who: what two cases can have in common.

    symptom   kind of trouble: "restarts"
    reasons   as Kubernetes or the metrics say it, sorted: ("BackOff", "OOMKilled")
    way       from the trouble to the change: (kind of dependency, kind of the object it leads to)
    of        the class of the change: "configuration" (see `graph.change_classes`)
    fields    that it changed and that tell, sorted: ("data.CACHE_SIZE",)
    changed   the object that was changed
    troubled  the object in trouble
    """

    symptom: str
    reasons: tuple[str, ...]
    way: tuple[tuple[str, str], ...]
    of: str
    fields: tuple[str, ...]
    changed: ObjectRef
    troubled: ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChain:
    """A chain of an incident as its report keeps it, with what ended it.

    change    id of the change at the root
    onset     when its trouble began at the earliest, microseconds since 1970-01-01 UTC
    ended_by  id of the change that ended it; "" if that is not known
    ground    why that is taken for it: "set back", or a `Ground` of the incident's fix; "" if
              there is none
    over_at   when the incident was over, microseconds since 1970-01-01 UTC; 0 if not known
    """

    shape: Shape
    change: str
    onset: int
    ended_by: str = ""
    ground: str = ""
    over_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarChain:
    """A past chain that is like one, in what it is and in what it is not, and what ended it.

    incident  (id, title) of the incident it belongs to
    onset     when its trouble began, microseconds since 1970-01-01 UTC
    score     0 to 1, see memory/graph/likeness.py
    same      what both have in common, in words
    other     what differs, in words
    root      the change at its root; None if that is not to be seen
    ended     the change after which the trouble ended; None if that is not known
    ground    why that is taken for it, as of `PastChain`
    lasted    microseconds from the onset until it was over; None if that is not known
    citation  the report that it was read from
    """

    incident: tuple[str, str]
    onset: int
    score: float
    same: tuple[str, ...]
    other: tuple[str, ...]
    root: ChainStep | None
    ended: ChainStep | None
    ground: str
    lasted: int | None
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """From the symptom, which is first, to the change at the root, which is last.

    Where a program carried out what somebody had decided (a commit, bounds), that decision is last,
    and the program's write a run before it; the numbers are those of the write.

    confidence  its share in all that is suspected, the unknown included: 0 to 1
    factors     the numbers that make `score` (see `graph.weighing`)
    explains    how often trouble was seen that it explains
    symptoms    each kind of trouble it explains, in words, by when it began
    incidents   (id, title) of those that belong to it
    ended       the change that took the root back, if there is one
    prevention  what would have stopped it: facts of this case, and what ended such cases before
    shape       what it is made of; None where that is not worked out
    onset       when the clearest trouble began at the earliest, microseconds since 1970-01-01 UTC
    similar     past chains like it, the most similar first
    learnt      what followed earlier changes of the same field; None if that says nothing
    """

    steps: tuple[ChainStep, ...]
    confidence: float
    score: float
    factors: tuple[Factor, ...]
    explains: int
    symptoms: tuple[ChainStep, ...]
    incidents: tuple[tuple[str, str], ...] = ()
    ended: ChainStep | None = None
    prevention: tuple[str, ...] = ()
    shape: Shape | None = None
    onset: int = 0
    similar: tuple[SimilarChain, ...] = ()
    learnt: Learnt | None = None

    @property
    def root(self) -> ChainStep:
        """The change at the root."""
        return self.steps[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledOut:
    """A change that was looked at and is not the cause, and why."""

    at: int
    sentence: str
    actor: Actor
    why: str
    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A decision that somebody else took back: whatever was seen, somebody had a reason."""

    change: ChainStep
    back: ChainStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An object that was changed so often that only its newest changes were looked at.

    looked_at  one by one
    of         how many there were; the others count in how often such changes come
    """

    object: ObjectRef
    looked_at: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """What is thought to have caused what was seen in a window.

    rules        the version of the rules and constants
    troubles     how many pieces of trouble there were
    chains       the one that explains most first
    others       who else is suspected of the clearest trouble of a chain, not much less
    ruled_out    the most likely at first sight first
    unexplained  trouble for which no change stands out
    taken_back   decisions of the window that somebody else took back in it, by time
    moved        drains and deletions of nodes that took pods away and are accused of nothing, by
                 time: from the workloads (`symptoms`) to who did it
    cut          of which objects not all changes were looked at, by name
    left_out     of how many pieces of trouble, those seen least often, no cause was looked for
    """

    rules: str
    troubles: int
    chains: tuple[Chain, ...]
    others: tuple[Chain, ...]
    ruled_out: tuple[RuledOut, ...]
    unexplained: tuple[ChainStep, ...]
    taken_back: tuple[TakenBack, ...] = ()
    moved: tuple[Chain, ...] = ()
    cut: tuple[Cut, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsAsked:
    """That metrics were asked for this answer. What they show is part of no memory.

    place     of whom: an address
    since, until  of which stretch, microseconds since 1970-01-01 UTC
    answered  how many of its queries were answered, of how many
    series    how many series were looked at
    shifts    how many shifts of objects that the memory knows count here
    troubles  why that is not all there is, a sentence each
    """

    place: str
    since: int
    until: int
    answered: tuple[int, int]
    series: int
    shifts: int
    troubles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceAnswer:
    """What caused one symptom of one object.

    symptom     "latency", "errors", "saturation", "restarts", "availability" or "unschedulable"
    asked_at    the instant asked about, microseconds since 1970-01-01 UTC
    onset       (not before, at the latest): when it began
    known_from  what the onset is known from: "metrics asked live", "metric shifts" (stored ones),
                "events", "refused writes", or "the time asked about"
    seen        the trouble it is known from, if any; then other trouble on the way, by time
    causes      of this one symptom: at most one chain
    metrics     None if none were asked for
    """

    basis: Basis
    symptom: str
    object: ObjectRef
    asked_at: int
    onset: tuple[int, int]
    known_from: str
    seen: tuple[ChainStep, ...]
    causes: Causes
    metrics: MetricsAsked | None = None
