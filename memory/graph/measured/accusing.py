"""Which change is behind it: on what deviates, before it did, and sooner than chance would have it.

How close before is close depends on how often things change here: the measure is the chance that a
change of one entity falls into the lag by accident; for the one that is accused, that a change of
any does. So a nightly job may be the cause of an outage in the afternoon where little else was
touched, and a deployment a minute before means little where there is one every minute.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.bundle_trace import Onset
from kubectl_smart.memory.graph.measured.blame import Blame, Neighbourhood
from kubectl_smart.memory.graph.measured.scoring import (
    ALERTS,
    CHANGE,
    EVENTS,
    SURE,
    UNLIKELY,
    UNLIKELY_UNSEEN,
    UNLIKELY_WEIGHED,
    UNSEEN,
    surprise,
)
from kubectl_smart.memory.graph.measured.scoring import weighed as surprise_weighed
from kubectl_smart.memory.records.evidence import Edit, Effect, Evidence

_SECOND = 1_000_000
_SHORTEST = 60 * _SECOND
"""No lag counts as shorter: what a change does takes time to show, and series are coarse."""


_NONE = Effect("", 0.0, math.inf)
"""Of a change that a memory weighed, and that it suspects of nothing."""


class Weighed(NamedTuple):
    """One change held against one candidate.

    entity    the candidate: what was changed, or what is related to it
    lag       microseconds to the onset
    surprise  C of the formula; 0 if it came too late
    late      True if it came after the symptom began
    effect    what a memory knows of the two; None if none weighed them
    """

    edit: Edit
    entity: str
    lag: int
    surprise: float
    late: bool
    effect: Effect | None = None

    @property
    def chance(self) -> float:
        """That a change falls so close before by accident."""
        if self.effect is not None and not self.late:
            return -math.expm1(-self.effect.expected)
        return 1.0 if self.late else float(10.0**-self.surprise)


def weighed(evidence: Evidence, around: Neighbourhood, begun: Onset | None) -> list[Weighed]:
    """Every change with every candidate that it can concern, in the order of the evidence."""
    if not evidence.edits:
        return []
    reference, latest, finest = _instants(evidence, begun)
    first = min(
        min(edit.at for edit in evidence.edits),
        min((since for since, _ in evidence.ordinary), default=reference),
    )
    candidates = set(evidence.candidates)
    span = max(reference - first, finest)
    each = Counter(edit.entity for edit in evidence.edits)
    usual = len(evidence.edits) / span / max(len(candidates), 1)
    found = []
    for edit in evidence.edits:
        late = edit.at > latest
        lag = reference - edit.at
        often = max(usual, (each[edit.entity] - 1) / span)
        value = 0.0 if late else surprise(max(lag, finest), often)
        effects = {one.entity: one for one in edit.effects if one.entity in candidates}
        if evidence.weighed:
            found += [
                Weighed(edit, entity, lag, 0.0 if late else _weighed(one), late, one)
                for entity, one in effects.items()
            ]
            if not effects:
                found.append(Weighed(edit, edit.entity, lag, 0.0, late, _NONE))
            continue
        concerned = [edit.entity, *around.related(edit.entity)]
        found += [
            Weighed(edit, entity, lag, value, late) for entity in concerned if entity in candidates
        ]
        if not candidates.intersection(concerned):
            found.append(Weighed(edit, edit.entity, lag, value, late))
    return found


def _weighed(effect: Effect) -> float:
    return surprise_weighed(effect.weight, effect.expected)


def _instants(evidence: Evidence, begun: Onset | None) -> tuple[int, int, int]:
    """(from when a lag is counted, what is not too late for a change, the shortest lag)."""
    if begun is None:
        return evidence.symptom.at, evidence.symptom.at, _SHORTEST
    reference = max(begun.to_at, evidence.incident[0])
    return reference, reference + begun.step, max(_SHORTEST, begun.step)


def best_of(weighed: Sequence[Weighed]) -> dict[str, Weighed]:
    """The most surprising change of each candidate; of equals the latest."""
    found: dict[str, Weighed] = {}
    for one in weighed:
        if one.late:
            continue
        held = found.get(one.entity)
        rank = (one.surprise, one.edit.entity == one.entity, one.edit.at, one.edit.id)
        if held is None or rank > (
            held.surprise, held.edit.entity == held.entity, held.edit.at, held.edit.id
        ):  # fmt: skip
            found[one.entity] = one
    return found


def score(blame: Blame, change: Weighed | None) -> float:
    """By the formula."""
    return blame.score + (change_weight(blame) * change.surprise if change is not None else 0.0)


def change_weight(blame: Blame) -> float:
    """What a change counts on this candidate: less where the candidate shows nothing."""
    return CHANGE * (UNSEEN + (1.0 - UNSEEN) * min(1.0, blame.evidence / SURE))


def accused(
    blamed: Sequence[Blame], changes: Mapping[str, Weighed], symptom: str = ""
) -> Weighed | None:
    """The change behind the first of the candidates, if that is sure enough; blamed best first.

    The first was chosen among all, by its change as well: so what counts is the chance that a
    change falls so close before by accident on any of them. A memory that weighed the changes has
    counted all that is within reach, and weighed them against trouble that it saw: where that is
    the trouble of the symptom itself, nobody is accused who did not cause that.
    """
    change = changes.get(blamed[0].entity) if blamed else None
    if change is None:
        return None
    first = blamed[0]
    seen = first.evidence >= SURE
    if change.effect is not None:
        troubled = any(
            term.finding.kind in (ALERTS, EVENTS) and term.from_entity == symptom
            for one in blamed
            if one.entity == symptom
            for term in one.terms
        )
        own = [_weighed(one) for one in change.edit.effects if one.entity == symptom]
        enough = first.path == 1.0 and change.surprise >= UNLIKELY_WEIGHED
        enough = enough and (not troubled or max(own, default=0.0) >= UNLIKELY_WEIGHED)
    elif seen:
        enough = change.surprise - math.log10(len(blamed)) >= UNLIKELY
    else:
        near = change.surprise - math.log10(len(blamed)) >= UNLIKELY_UNSEEN
        enough = first.path == 1.0 and near
    return change if enough else None
