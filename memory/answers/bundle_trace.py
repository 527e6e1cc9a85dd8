"""The answer to `trace`: from a symptom down to its cause, and to the change behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Onset(NamedTuple):
    """When a series left its level, by the series itself.

    at             microseconds since 1970-01-01 UTC: the best guess
    from_at, to_at the same: it began between these
    step           microseconds between two samples
    """

    entity: str
    metric: str
    stat: str
    at: int
    from_at: int
    to_at: int
    step: int


class Reason(NamedTuple):
    """One kind of evidence that an entity is the cause, with its arithmetic.

    kind          "cpu", "errors", "calls made" ...
    metric, stat  the series; "" where it is none
    per_request   True if it was divided by the requests
    before, after the ordinary level and the most extreme one; None where there is no series
    spreads       how far off that is, in spreads of ordinary times
    words         what was seen, where there is no series
    strength      what it is worth by itself
    explained_by  the dependency that accounts for part of it; "" if none
    explained     that part, 0 to 1
    material      the part of what was lost at the symptom, 0 to 1
    of_kind       less than 1 where the symptom is of another kind
    counted       what is left of the strength
    found_on      the entity it was found on, if that is one that this one owns or carries
    """

    kind: str
    metric: str
    stat: str
    per_request: bool
    before: float | None
    after: float | None
    spreads: float
    words: str
    strength: float
    explained_by: str
    explained: float
    material: float
    of_kind: float
    counted: float
    found_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change, as far as it concerns the symptom.

    lag     microseconds from it to the onset; negative if it came after
    chance  that a change of one entity falls so close before by accident, 0 to 1
    weight  what else speaks for it, as the memory knows that wrote the bundle: 0 if nothing does;
            None if none weighed it
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
    lag: int
    chance: float
    weight: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One candidate, with what speaks for it.

    score       by the formula of memory/graph/measured/scoring.py
    confidence  its part of the best scores, 0 to 1
    evidence    what its own deviations are worth
    path        1, or less where the symptom does not reach it
    surprise    how unlikely the change on it is so close before by accident: -log10 of the chance
    change_weight  what that counts: 1/2 where the entity surely deviates, less where it does not
    change      the change that counts for it; None if there is none
    way         from the symptom to it, both included; () if none is known
    """

    entity: str
    kind: str
    score: float
    confidence: float
    evidence: float
    path: float
    surprise: float
    change_weight: float
    change: Changed | None
    reasons: tuple[Reason, ...]
    onset: Onset | None
    way: tuple[str, ...]


class Step(NamedTuple):
    """One step of the chain, from the symptom down.

    role     "symptom", "through", "cause" or "change"
    at       microseconds since 1970-01-01 UTC; None if it is not known
    entity   where
    words    what is seen there
    actor    who changed it; "" on other steps
    """

    role: str
    at: int | None
    entity: str
    words: str
    actor: str = ""


class RuledOut(NamedTuple):
    """A candidate that is not the cause, and why.

    change  id of the change; "" where an entity is meant
    reason  "after the symptom", "explained", "no effect", "no path", "too far off", "weaker",
            "other zone"
    """

    change: str
    entity: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What there was to go by, and how much of it could be used.

    series, used  how many series there are, and how many had samples on both sides
    missing       the part of all samples that is not there, 0 to 1
    edges         how many of each kind
    """

    series: int
    used: int
    missing: float
    candidates: int
    edges: tuple[tuple[str, int], ...]
    events: int
    changes: int
    alerts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleAnswer:
    """CAUSALITY CHAIN from a symptom to its cause.

    source      the bundle it was answered from
    rules       version of the rule set
    entity, metric, stat  of the symptom; "" where it is not named
    noticed_at  when somebody saw it, microseconds since 1970-01-01 UTC
    onset       when it began, by the series; None if none shows it
    ordinary, incident  the windows compared, (from, to)
    causes      best first: all candidates
    change      the change at the root; None if none is found
    verdict     what is found, in one sentence
    chain       from the symptom down
    ruled_out   the nearest candidates that are not it
    """

    source: str
    rules: str
    entity: str
    metric: str
    stat: str
    noticed_at: int
    onset: Onset | None
    ordinary: tuple[tuple[int, int], ...]
    incident: tuple[int, int]
    causes: tuple[Cause, ...]
    change: Changed | None
    verdict: str
    chain: tuple[Step, ...]
    ruled_out: tuple[RuledOut, ...]
    inputs: Inputs
