"""Whose fault it is: evidence of each entity, less what its dependencies account for.

Resources, events and edits are an entity's own. Slow answers and errors may come from further down:
a dependency that deviates as much takes nine tenths of them over. Where the symptom names a metric,
what an entity adds to it (so much per request, times the requests) has to be of some account beside
what was lost at the symptom.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median

from kubectl_smart.memory.graph.measured import metrics
from kubectl_smart.memory.graph.measured.deviations import Deviation
from kubectl_smart.memory.graph.measured.own_evidence import Finding
from kubectl_smart.memory.graph.measured.scoring import (
    EVENTS,
    EXPLAINABLE,
    EXPLAINED,
    NO_PATH,
    OTHER_KIND,
    strength,
    together,
)
from kubectl_smart.memory.records.evidence import CALLS, OWNS, RUNS_ON, Evidence

_ANY_SYMPTOM = (*metrics.RESOURCES, metrics.LOGS, EVENTS)
"""What may bring about a symptom of any kind."""
_REQUESTS = EXPLAINABLE
"""Kinds that bring each other about: what is slow fails in the end, what fails is tried again."""


@dataclass(frozen=True, slots=True)
class Term:
    """One kind of evidence in an entity's score.

    strength      of the finding, before anything is taken away
    explained_by  the dependency that accounts for part of it; "" if none does
    explained     that part, 0 to 1
    material      the part of what was lost at the symptom, 0 to 1
    of_kind       1, or OTHER_KIND where the symptom is of another kind
    from_entity   the entity that it was found on: itself, or one that it owns or carries
    """

    finding: Finding
    strength: float
    explained_by: str
    explained: float
    material: float
    of_kind: float
    from_entity: str

    @property
    def left(self) -> float:
        """What counts."""
        kept = self.strength * (1.0 - EXPLAINED * self.explained)
        return kept * self.material * self.of_kind


@dataclass(frozen=True, slots=True)
class Blame:
    """One candidate.

    evidence   E of the formula
    path       1 or NO_PATH
    reached    the way the symptom depends on it, both ends included; () if there is none
    """

    entity: str
    terms: tuple[Term, ...]
    evidence: float
    path: float
    reached: tuple[str, ...]

    @property
    def score(self) -> float:
        """Without changes."""
        return self.evidence * self.path


class Neighbourhood:
    """Who needs whom, quickly asked."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    def _kind(self, kind: str, *, turned: bool = False) -> dict[str, tuple[str, ...]]:
        found: dict[str, set[str]] = defaultdict(set)
        for edge in self._evidence.edges:
            if edge.kind == kind and edge.source != edge.target:
                ends = (edge.target, edge.source) if turned else (edge.source, edge.target)
                found[ends[0]].add(ends[1])
        return {key: tuple(sorted(values)) for key, values in found.items()}

    @cached_property
    def callees(self) -> dict[str, tuple[str, ...]]:
        """By caller."""
        return self._kind(CALLS)

    @cached_property
    def owned(self) -> dict[str, tuple[str, ...]]:
        """By owner."""
        return self._kind(OWNS)

    @cached_property
    def owners(self) -> dict[str, tuple[str, ...]]:
        """By what is owned."""
        return self._kind(OWNS, turned=True)

    @cached_property
    def nodes(self) -> dict[str, tuple[str, ...]]:
        """By what runs there; also from what the entities say of themselves."""
        found = {key: set(values) for key, values in self._kind(RUNS_ON).items()}
        known = {one.id for one in self._evidence.entities}
        for one in self._evidence.entities:
            if one.node in known and one.node != one.id:
                found.setdefault(one.id, set()).add(one.node)
        return {key: tuple(sorted(values)) for key, values in found.items()}

    @cached_property
    def residents(self) -> dict[str, tuple[str, ...]]:
        """By node."""
        found: dict[str, set[str]] = defaultdict(set)
        for one, nodes in self.nodes.items():
            for node in nodes:
                found[node].add(one)
        return {key: tuple(sorted(values)) for key, values in found.items()}

    def ways(self, start: str) -> dict[str, tuple[str, ...]]:
        """The shortest way from `start` to all it depends on, over calls, owners and nodes."""
        found: dict[str, tuple[str, ...]] = {start: (start,)}
        row = [start]
        while row:
            following: list[str] = []
            for one in row:
                for step in (self.callees, self.owned, self.owners, self.nodes):
                    for other in step.get(one, ()):
                        if other not in found:
                            found[other] = (*found[one], other)
                            following.append(other)
            row = following
        return found

    def related(self, entity: str) -> tuple[str, ...]:
        """What a change of it concerns: its owners, what it owns, all the way, what runs on it."""
        found: dict[str, None] = {}
        for step in (self.owners, self.owned):
            row = list(step.get(entity, ()))
            while row:
                one = row.pop()
                if one not in found and one != entity:
                    found[one] = None
                    row += step.get(one, ())
        for resident in self.residents.get(entity, ()):
            found.setdefault(resident)
        return tuple(found)


def material_shares(evidence: Evidence, deviations: Sequence[Deviation]) -> dict[str, float]:
    """What was lost at each entity, in the symptom's metric times requests; {} without such.

    The symptom's own share is 1 by definition; larger ones stay larger.
    """
    symptom = evidence.symptom
    if not symptom.metric:
        return {}
    requests: dict[str, float] = {}
    for one in deviations:
        if one.kind == metrics.RATE and not one.per:
            requests.setdefault(one.entity, one.during)
    lost = {
        one.entity: max(0.0, one.rise) * requests[one.entity]
        for one in deviations
        if (one.metric, one.stat, one.per) == (symptom.metric, symptom.stat, False)
        and one.entity in requests
    }
    there = lost.get(symptom.entity, 0.0)
    return {entity: some / there for entity, some in lost.items()} if there > 0.0 else {}


def blames(
    evidence: Evidence,
    found: Mapping[str, Mapping[str, Finding]],
    around: Neighbourhood,
    shares: Mapping[str, float],
) -> list[Blame]:
    """All candidates, in the order of the evidence.

    found   by entity and kind, see own_evidence
    shares  see material_shares
    """
    symptom = evidence.symptom
    named = metrics.kind_of(symptom.metric, symptom.stat) if symptom.metric else symptom.metric_kind
    seen = {one.entity for one in evidence.series} | set(found)
    strengths = _carried(evidence.candidates, found, around, seen)
    ways = around.ways(symptom.entity) if symptom.entity else {}
    blamed = []
    for entity in evidence.candidates:
        terms = []
        for kind, (value, finding, origin) in sorted(strengths(entity).items()):
            by, part = ("", 0.0)
            if kind in EXPLAINABLE:
                by, part = _explained(entity, kind, value, strengths, around, shares, seen)
            material = min(1.0, shares.get(entity, 1.0)) if kind in EXPLAINABLE else 1.0
            terms.append(Term(finding, value, by, part, material, _of_kind(kind, named), origin))
        terms.sort(key=lambda term: (-term.left, term.finding.kind))
        reached = ways.get(entity, ())
        reachable = not symptom.entity or bool(reached) or len(ways) == 1
        blamed.append(
            Blame(
                entity, tuple(terms), together(term.left for term in terms),
                1.0 if reachable else NO_PATH, reached,
            )
        )  # fmt: skip
    return blamed


_Strong = dict[str, tuple[float, Finding, str]]


def _carried(
    candidates: Iterable[str],
    found: Mapping[str, Mapping[str, Finding]],
    around: Neighbourhood,
    seen: set[str],
) -> Callable[[str], _Strong]:
    """Strength, finding and origin by kind, of an entity and of what it owns or carries.

    An owner stands for what all of its own show on average, a node for what half of its residents
    do: one pod of many is its own fault. Old ReplicaSets that own nothing any more are left out.
    """

    def alive(owner: str) -> tuple[str, ...]:
        below = around.owned.get(owner, ())
        own_something = any(one in around.owned for one in below)
        return tuple(
            one for one in below if not own_something or one in around.owned or one in seen
        )

    known: dict[str, _Strong] = {}

    def strong(entity: str) -> _Strong:
        if entity in known:
            return known[entity]
        known[entity] = own = {
            kind: (value, one, entity)
            for kind, one in found.get(entity, {}).items()
            if (value := strength(kind, one.spreads)) > 0.0
        }
        for below, middle, kinds in (
            (alive(entity), fmean, None),
            (around.residents.get(entity, ()), median, metrics.RESOURCES),
        ):
            if kinds is not None and len(below) < 2:
                continue
            parts = [(other, strong(other)) for other in below]
            for kind in sorted({kind for _, part in parts for kind in part}):
                if kinds is not None and kind not in kinds:
                    continue
                value = middle([part[kind][0] if kind in part else 0.0 for _, part in parts])
                if value > (own[kind][0] if kind in own else 0.0):
                    _, finding, origin = max(
                        (part[kind] for _, part in parts if kind in part), key=lambda one: one[0]
                    )
                    own[kind] = (value, finding, origin)
        return own

    for entity in candidates:
        strong(entity)
    return strong


def _of_kind(kind: str, named: str) -> float:
    if not named or kind == named or kind in _ANY_SYMPTOM:
        return 1.0
    return 1.0 if kind in _REQUESTS and named in _REQUESTS else OTHER_KIND


def _explained(
    entity: str,
    kind: str,
    value: float,
    strengths: Callable[[str], _Strong],
    around: Neighbourhood,
    shares: Mapping[str, float],
    seen: set[str],
) -> tuple[str, float]:
    """(dependency that accounts for most of it, which part)."""
    best = ("", 0.0)
    done = {entity}
    row = list(around.callees.get(entity, ()))
    while row:
        other = row.pop()
        if other in done:
            continue
        done.add(other)
        if other not in seen:
            row += around.callees.get(other, ())
            continue
        found = strengths(other).get(kind)
        if found is None:
            continue
        part = min(1.0, found[0] / value)
        if entity in shares and other in shares:
            part *= min(1.0, shares[other] / shares[entity]) if shares[entity] > 0.0 else 1.0
        if part > best[1] or (part == best[1] and other < best[0]):
            best = (other, part)
    return best
