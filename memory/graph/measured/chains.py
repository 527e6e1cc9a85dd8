"""The answer in steps and in words: the chain, the verdict, and why the others are not it."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_smart.memory.answers.bundle_trace import Cause, Changed, Onset, RuledOut, Step
from kubectl_smart.memory.graph.measured.scoring import SURE
from kubectl_smart.memory.records.evidence import Evidence

_SHOWN_OUT = 5


def chain(
    evidence: Evidence, causes: Sequence[Cause], change: Changed | None, begun: Onset | None
) -> tuple[Step, ...]:
    """From the symptom over what it depends on to the first cause, and to the change behind it."""
    symptom = evidence.symptom
    what = " ".join(filter(None, (symptom.metric, symptom.stat))) or symptom.metric_kind
    words = f"{what or 'a symptom'} {'was reported' if begun is None else 'is off'}"
    steps = [Step("symptom", symptom.at if begun is None else begun.at, symptom.entity, words)]
    if not _found(causes, change):
        return tuple(steps)
    first = causes[0]
    known = {cause.entity: cause for cause in causes}
    for entity in first.way[1:-1]:
        passed = known.get(entity)
        steps.append(
            Step(
                "through",
                _at(passed),
                entity,
                seen(passed) if passed is not None and passed.reasons else "nothing is known of it",
            )
        )
    steps.append(Step("cause", _at(first), first.entity, seen(first)))
    if change is not None:
        steps.append(Step("change", change.at, change.entity, edit_words(change), change.actor))
    return tuple(steps)


def _found(causes: Sequence[Cause], change: Changed | None) -> bool:
    """Whether the first stands: by what it shows, or by a change that is accused without it."""
    return change is not None or (bool(causes) and causes[0].evidence >= SURE)


def _at(cause: Cause | None) -> int | None:
    return None if cause is None or cause.onset is None else cause.onset.at


def seen(cause: Cause) -> str:
    """The strongest evidence of an entity in words."""
    if not cause.reasons:
        return "nothing deviates"
    reason = cause.reasons[0]
    if reason.before is None or reason.after is None:
        return reason.words
    name = " ".join(filter(None, (reason.metric, reason.stat)))
    per = " per request" if reason.per_request else ""
    return f"{name}{per} {reason.before:.4g} → {reason.after:.4g}"


def edit_words(change: Changed) -> str:
    """The change in words, as it was told or put together."""
    if change.text:
        return change.text
    sides = f": {change.before} → {change.after}" if change.before or change.after else ""
    return f"{' '.join(filter(None, (change.kind, change.object)))}{sides}"


def verdict(causes: Sequence[Cause], change: Changed | None, evidence: Evidence) -> str:
    """What is found, in one sentence."""
    if not _found(causes, change):
        clearest = max(causes, key=lambda one: one.score * (one.evidence >= SURE), default=None)
        if clearest is None or clearest.evidence < SURE:
            return "no candidate deviates clearly: no cause found in the window"
        return (
            f"not sure: {causes[0].entity} was changed shortly before but shows little,"
            f" {clearest.entity} deviates clearly; no change found in the window that explains it"
        )
    first = causes[0]
    if change is not None:
        who = f" by {change.actor}" if change.actor else ""
        return f"{first.entity} is the likeliest cause, after a change{who} to {change.entity}"
    if not evidence.edits:
        return f"{first.entity} is the likeliest cause; the evidence holds no changes"
    return f"{first.entity} is the likeliest cause; no change found in the window that explains it"


def ruled_out(
    evidence: Evidence,
    causes: Sequence[Cause],
    change: Changed | None,
    changes: Sequence[tuple[Changed, bool]],
) -> tuple[RuledOut, ...]:
    """The best candidates that are not it, then the changes that are not, latest first."""
    known = {cause.entity: cause for cause in causes}
    zones = {one.id: one.zone for one in evidence.entities}
    found = [_entity(cause, causes[0], zones) for cause in causes[1 : _SHOWN_OUT + 1]]
    told = {} if change is None else {change.id: True}
    for one, late in sorted(changes, key=lambda pair: (-pair[0].at, pair[0].id)):
        if one.id not in told:
            told[one.id] = True
            found.append(_change(one, late, known, causes[:1], zones))
    return tuple(found)


def _entity(cause: Cause, first: Cause, zones: dict[str, str]) -> RuledOut:
    reason = cause.reasons[0] if cause.reasons else None
    words = _explained(cause)
    if words:
        return RuledOut("", cause.entity, "explained", words)
    if reason is None or cause.evidence < SURE:
        return RuledOut("", cause.entity, "no effect", "nothing of it deviates clearly")
    if cause.path < 1.0:
        return RuledOut("", cause.entity, "no path", "the symptom does not depend on it")
    if _elsewhere(cause.entity, first.entity, zones):
        return RuledOut("", cause.entity, "other zone", f"it is in zone {zones[cause.entity]}")
    words = f"scores {cause.score:.1f}, {first.entity} {first.score:.1f}"
    return RuledOut("", cause.entity, "weaker", words)


def _explained(cause: Cause) -> str:
    """That most of what an entity shows comes from a dependency; "" if it does not."""
    most = max(cause.reasons, key=lambda one: one.strength * one.explained, default=None)
    if most is None or cause.evidence >= SURE or most.strength * most.explained < SURE / 2:
        return ""
    return f"{most.explained_by} accounts for its {most.kind}"


def _elsewhere(one: str, other: str, zones: dict[str, str]) -> bool:
    here, there = zones.get(one, ""), zones.get(other, "")
    return bool(here and there and here != there)


def _change(
    one: Changed,
    late: bool,
    known: dict[str, Cause],
    first: Sequence[Cause],
    zones: dict[str, str],
) -> RuledOut:
    if late:
        return RuledOut(one.id, one.entity, "after the symptom", "made after the symptom began")
    if one.weight == 0.0:
        words = "the memory that the bundle is from suspects it of nothing"
        return RuledOut(one.id, one.entity, "no effect", words)
    more = first[0].change if first else None
    if one.weight is not None and more is not None and more.id != one.id:
        return RuledOut(one.id, one.entity, "weaker", f"{more.id} is suspected more")
    cause = known.get(one.entity)
    if cause is None:
        return RuledOut(one.id, one.entity, "no path", "not among the candidates")
    words = _explained(cause)
    if words:
        return RuledOut(one.id, one.entity, "explained", words)
    if cause.evidence < SURE:
        return RuledOut(
            one.id, one.entity, "no effect", f"nothing of {one.entity} deviates clearly"
        )
    if cause.path < 1.0:
        return RuledOut(
            one.id, one.entity, "no path", f"the symptom does not depend on {one.entity}"
        )
    if first and _elsewhere(one.entity, first[0].entity, zones):
        return RuledOut(one.id, one.entity, "other zone", f"made in zone {zones[one.entity]}")
    if first and first[0].entity != one.entity:
        words = f"{first[0].entity} deviates more than {one.entity}"
        return RuledOut(one.id, one.entity, "weaker", words)
    if cause.change is not None and cause.change.id != one.id:
        return RuledOut(one.id, one.entity, "weaker", f"{cause.change.id} is nearer to the onset")
    any_of_them = 1.0 - (1.0 - one.chance) ** len(known)
    words = f"so close before one of {len(known)} by accident with a chance of {any_of_them:.0%}"
    return RuledOut(one.id, one.entity, "too far off", words)
