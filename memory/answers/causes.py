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
class Chain:
    """From the symptom, which is first, to the change at the root, which is last.

    confidence  its share in all that is suspected, the unknown included: 0 to 1
    factors     the numbers that make `score` (see `graph.weighing`)
    explains    how often trouble was seen that it explains
    symptoms    each kind of trouble it explains, in words, by when it began
    incidents   (id, title) of those that belong to it
    ended       the change that took the root back, if there is one
    prevention  what would have stopped it: facts of this case only
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
    cut          of which objects not all changes were looked at, by name
    """

    rules: str
    troubles: int
    chains: tuple[Chain, ...]
    others: tuple[Chain, ...]
    ruled_out: tuple[RuledOut, ...]
    unexplained: tuple[ChainStep, ...]
    taken_back: tuple[TakenBack, ...] = ()
    cut: tuple[Cut, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceAnswer:
    """What caused one symptom of one object.

    symptom     "latency", "errors", "saturation", "restarts", "availability" or "unschedulable"
    asked_at    the instant asked about, microseconds since 1970-01-01 UTC
    onset       (not before, at the latest): when it began
    known_from  what the onset is known from: "metric shifts", "events", or "the time asked about"
    seen        the trouble it is known from, if any; then other trouble on the way, by time
    causes      of this one symptom: at most one chain
    """

    basis: Basis
    symptom: str
    object: ObjectRef
    asked_at: int
    onset: tuple[int, int]
    known_from: str
    seen: tuple[ChainStep, ...]
    causes: Causes
