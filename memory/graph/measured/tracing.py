"""From evidence to the answer of `trace`: deviations, blame, onsets, changes, chain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from kubectl_smart.memory.answers.bundle_trace import (
    BundleAnswer,
    Cause,
    Changed,
    Inputs,
    Onset,
    Reason,
)
from kubectl_smart.memory.graph.measured.accusing import (
    Weighed,
    accused,
    best_of,
    change_weight,
    score,
    weighed,
)
from kubectl_smart.memory.graph.measured.blame import (
    Blame,
    Neighbourhood,
    Term,
    blames,
    material_shares,
)
from kubectl_smart.memory.graph.measured.chains import chain, ruled_out, verdict
from kubectl_smart.memory.graph.measured.deviations import Deviation, deviations, relations, silent
from kubectl_smart.memory.graph.measured.metrics import RATE, kind_of
from kubectl_smart.memory.graph.measured.onsets import onset
from kubectl_smart.memory.graph.measured.own_evidence import Finding, calls_made, findings, keep
from kubectl_smart.memory.graph.measured.scoring import EXPLAINABLE, RULES, SILENCE, confidence
from kubectl_smart.memory.graph.measured.told import told
from kubectl_smart.memory.records.evidence import Evidence, SeriesOf

_CLEAR = 3.0
"""Spreads from which on a series is trusted to say when it began."""
_SHOWN_ONSETS = 5


def trace(evidence: Evidence) -> BundleAnswer:
    """The causes of a symptom, best first, and the change behind the first."""
    measured = deviations(evidence)
    found = gathered(evidence, measured)
    around = Neighbourhood(evidence)
    blamed = blames(evidence, found, around, material_shares(evidence, measured))
    blamed.sort(key=lambda one: (-one.score, one.entity))
    series = {(one.entity, one.metric, one.stat): one for one in evidence.series}
    begun = _begun(evidence, found, blamed, series)
    all_changes = weighed(evidence, around, begun)
    changes = best_of(all_changes)
    blamed.sort(
        key=lambda one: (-score(one, changes.get(one.entity)), _depth(one, around), one.entity)
    )
    guilty = accused(blamed, changes, evidence.symptom.entity)
    causes = _causes(evidence, blamed, changes, series)
    change = None if guilty is None else _changed(guilty)
    return BundleAnswer(
        source=evidence.name,
        rules=RULES,
        entity=evidence.symptom.entity,
        metric=evidence.symptom.metric,
        stat=evidence.symptom.stat,
        noticed_at=evidence.symptom.at,
        onset=begun,
        ordinary=evidence.ordinary,
        incident=evidence.incident,
        causes=causes,
        change=change,
        verdict=verdict(causes, change, evidence),
        chain=chain(evidence, causes, change, begun),
        ruled_out=ruled_out(
            evidence, causes, change, [(_changed(one), one.late) for one in all_changes]
        ),
        inputs=_inputs(evidence, measured),
    )


def gathered(evidence: Evidence, measured: Sequence[Deviation]) -> dict[str, dict[str, Finding]]:
    """All evidence, by entity and kind."""
    found = findings(measured)
    for entity, one in calls_made(relations(evidence)):
        keep(found.setdefault(entity, {}), one)
    for entity, spreads in silent(evidence).items():
        words = "no series of it has any value during the incident"
        keep(found.setdefault(entity, {}), Finding(SILENCE, spreads, None, words))
    for entity, one in told(evidence):
        keep(found.setdefault(entity, {}), one)
    return found


def _depth(one: Blame, around: Neighbourhood) -> int:
    """How many own it: of equals what owns comes before what is owned."""
    above: set[str] = set()
    row = [one.entity]
    while row:
        fresh = set(around.owners.get(row.pop(), ())) - above
        above |= fresh
        row += fresh
    return len(above)


_Series = Mapping[tuple[str, str, str], SeriesOf]


def _begun(
    evidence: Evidence,
    found: Mapping[str, Mapping[str, Finding]],
    blamed: Sequence[Blame],
    series: _Series,
) -> Onset | None:
    """When the symptom began: by the series it names, by another of its entity, by the cause's."""
    symptom = evidence.symptom
    shown: list[Deviation] = []
    kinds = found.get(symptom.entity, {})
    for one in kinds.values():
        if one.shown is not None and one.spreads >= _CLEAR:
            named = (one.shown.metric, one.shown.stat) == (symptom.metric, symptom.stat)
            if named or (not symptom.metric and one.kind in EXPLAINABLE):
                shown.append(one.shown)
    for blame in blamed[:1]:
        shown += [
            term.finding.shown
            for term in blame.terms[:1]
            if term.finding.shown is not None and term.finding.spreads >= _CLEAR
        ]
    for deviation in shown:
        begun = _when(deviation, series, evidence)
        if begun is not None:
            return begun
    return None


def _causes(
    evidence: Evidence,
    blamed: Sequence[Blame],
    changes: Mapping[str, Weighed],
    series: _Series,
) -> tuple[Cause, ...]:
    kinds = {one.id: one.kind for one in evidence.entities}
    scores = [score(one, changes.get(one.entity)) for one in blamed]
    found = []
    for place, (one, value) in enumerate(zip(blamed, scores, strict=True)):
        change = changes.get(one.entity)
        others = scores[:5] if place >= 5 else scores[:place] + scores[place + 1 : 6]
        found.append(
            Cause(
                entity=one.entity,
                kind=kinds.get(one.entity, ""),
                score=value,
                confidence=confidence(value, others),
                evidence=one.evidence,
                path=one.path,
                surprise=0.0 if change is None else change.surprise,
                change_weight=change_weight(one),
                change=None if change is None else _changed(change),
                reasons=tuple(_reason(one.entity, term) for term in one.terms),
                onset=_onset_of(one, series, evidence) if place < _SHOWN_ONSETS else None,
                way=one.reached,
            )
        )
    return tuple(found)


def _onset_of(one: Blame, series: _Series, evidence: Evidence) -> Onset | None:
    for term in one.terms:
        shown = term.finding.shown
        if shown is not None and term.finding.spreads >= _CLEAR:
            return _when(shown, series, evidence)
    return None


def _when(shown: Deviation, series: _Series, evidence: Evidence) -> Onset | None:
    one = series.get((shown.entity, shown.metric, shown.stat))
    if one is None:
        return None
    work = [
        rate
        for rate in evidence.series
        if rate.entity == one.entity
        and rate.times is one.times
        and kind_of(rate.metric, rate.stat) == RATE
    ]
    return onset(one, evidence, work if shown.per else ())


def _reason(entity: str, term: Term) -> Reason:
    shown = term.finding.shown
    return Reason(
        kind=term.finding.kind,
        metric="" if shown is None else shown.metric,
        stat="" if shown is None else shown.stat,
        per_request=shown is not None and shown.per,
        before=None if shown is None else shown.before,
        after=None if shown is None else shown.after,
        spreads=term.finding.spreads,
        words=term.finding.words,
        strength=term.strength,
        explained_by=term.explained_by,
        explained=term.explained,
        material=term.material,
        of_kind=term.of_kind,
        counted=term.left,
        found_on="" if term.from_entity == entity else term.from_entity,
    )


def _changed(one: Weighed) -> Changed:
    edit = one.edit
    return Changed(
        id=edit.id,
        at=edit.at,
        actor=edit.actor,
        entity=edit.entity,
        kind=edit.kind,
        object=edit.object,
        before=edit.before,
        after=edit.after,
        text=edit.text,
        lag=one.lag,
        chance=one.chance,
        weight=None if one.effect is None else one.effect.weight,
    )


def _inputs(evidence: Evidence, measured: Sequence[Deviation]) -> Inputs:
    samples = sum(len(one.values) for one in evidence.series)
    there = sum(
        int(np.isfinite(np.frombuffer(one.values, np.float64)).sum()) for one in evidence.series
    )
    used = {(one.entity, one.metric, one.stat) for one in measured}
    edges = Counter(edge.kind for edge in evidence.edges)
    return Inputs(
        series=len(evidence.series),
        used=len(used),
        missing=1.0 - there / samples if samples else 0.0,
        candidates=len(evidence.candidates),
        edges=tuple(sorted(edges.items())),
        events=len(evidence.events),
        changes=len(evidence.edits),
        alerts=len(evidence.alerts),
    )
