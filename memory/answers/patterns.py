"""The answer to `patterns`: what comes again and again, with its figures and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kubectl_smart.memory.answers.basis import Basis, Citation


class Part(StrEnum):
    """What a pattern is about."""

    TEMPORAL = "temporal"
    HUMAN = "human"
    SYSTEMATIC = "systematic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One time that it held, or did not.

    at        microseconds since 1970-01-01 UTC
    citation  None where there is nothing to cite: a day on which nothing came, or a deed of a
              person who is not named
    """

    at: int
    citation: Citation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One pattern.

    kind         "rhythm", "after", "first", "holds", "then", "outcome", "trouble" or "together"
    statement    in plain words
    held, times  it held in so many of so many cases
    low, high    what share of all cases there will be, 95 %
    expected     of `trials` so many would be by chance; `within` of them were
    test         how p was worked out, in words
    p, q         the chance of so many or more by chance alone; the same corrected
    first, last  when it held first and last, microseconds since 1970-01-01 UTC
    broken       None; or since when it has stopped, the same unit, with
    silent       so many cases since in which it did not hold
    examples     times that it held, by time: the first and the newest
    against      times that it did not, by time: the newest; `failed` is how many there were
    incidents    ids of the incidents that were going on when it held
    """

    part: Part
    kind: str
    statement: str
    held: int
    times: int
    low: float
    high: float
    within: int
    trials: int
    expected: float
    test: str
    p: float
    q: float
    first: int
    last: int
    broken: int | None
    silent: int
    examples: tuple[Instance, ...]
    against: tuple[Instance, ...]
    failed: int
    incidents: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternsAnswer:
    """What was found.

    parts      those that were looked for
    since      first instant of the window; until: its end, which is not part of it
    zone       name of the zone whose calendar was used
    namespace  None for all
    patterns   by part, surest first
    tested     hypotheses that q is corrected for, by part
    sure       the largest q that is told
    least      no pattern held less often
    named      whether people's names are told
    """

    basis: Basis
    parts: tuple[Part, ...]
    since: int
    until: int
    zone: str
    namespace: str | None
    patterns: tuple[Pattern, ...]
    tested: tuple[tuple[Part, int], ...]
    sure: float
    least: int
    named: bool
