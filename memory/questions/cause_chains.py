"""Chains of causes as answers: what is known of a suspect, step by step and in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_smart.memory.answers.basis import Said
from kubectl_smart.memory.answers.causes import (
    Chain,
    ChainStep,
    Factor,
    RuledOut,
    StepKind,
)
from kubectl_smart.memory.formats.rules import edits_of, rule_of
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.graph.around import MOST_CHANGES
from kubectl_smart.memory.graph.change_classes import WORKLOADS, Class
from kubectl_smart.memory.graph.connections import state_of
from kubectl_smart.memory.graph.explaining import Explanation, Judged
from kubectl_smart.memory.graph.guards import missing
from kubectl_smart.memory.graph.shapes import shape_of
from kubectl_smart.memory.graph.symptoms import LASTING, SECOND, Episode, Symptom
from kubectl_smart.memory.graph.ties import TiesAt
from kubectl_smart.memory.graph.weighing import ENOUGH, Suspect, Suspects
from kubectl_smart.memory.index.beside import NOWHERE
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.behind_automation import behind
from kubectl_smart.memory.questions.grounds import citation, said
from kubectl_smart.memory.questions.pinned_notes import rules_broken
from kubectl_smart.memory.questions.readers import readers
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

_MOST_RULED_OUT = 8
_MOST_AFTERWARDS = 3
"""Of those ruled out by being too late: so many, for one is like the other."""

_MOST_OTHERS = 3
_COMES_NEAR = 0.3
_EVEN = 0.5


def symptom_step(episode: Episode) -> ChainStep:
    """A piece of trouble, in words."""
    if not episode.members:
        return ChainStep(
            kind=StepKind.SYMPTOM,
            at=episode.onset.low,
            object=episode.object,
            sentence=f"{episode.object.title}: {episode.symptom.value}",
            evidence=f"as asked about: no {_which(episode.symptom)} of it is known",
        )
    first = min(episode.members, key=lambda each: (_first_at(each), each.sequence))
    kinds = ", ".join(dict.fromkeys(one.kind for one in episode.seen))
    times = f", {episode.times} times" if episode.times > 1 else ""
    pods = f" on {len(episode.pods)} pods" if len(episode.pods) > 1 else ""
    return ChainStep(
        kind=StepKind.SYMPTOM,
        at=episode.onset.low,
        object=episode.object,
        sentence=f"{episode.object.title}: {episode.symptom.value} ({kinds}{times}{pods})",
        evidence=_message(episode) + (" (asked live)" if first.commit == NOWHERE else ""),
        citation=None if first.commit == NOWHERE else citation(first),
    )


def _which(symptom: Symptom) -> str:
    """What would have been taken for it: less may stand in the timeline."""
    least = LASTING.get(symptom)
    return f"event that lasted {least // SECOND} s" if least else "metric shift or event"


def _first_at(each: Committed) -> int:
    from kubectl_smart.memory.records.observations import Observation

    return each.record.first_at if isinstance(each.record, Observation) else 0


def _message(episode: Episode) -> str:
    said_ = [one.message.strip().partition("\n")[0] for one in episode.seen if one.message.strip()]
    return said_[0] if said_ else ""


def chain_of(store: GitStore, index: Index, ties_at: TiesAt, explanation: Explanation) -> Chain:
    """One change and all that it explains, as a chain."""
    judged, suspect = explanation.clearest
    at = judged.suspects.strongest.index(suspect)
    symptoms = sorted(
        (symptom_step(one.episode) for one, _ in explanation.pieces),
        key=lambda step: (step.at, step.object),
    )
    return Chain(
        steps=tuple(_steps(store, index, ties_at, judged, suspect)),
        confidence=round(judged.suspects.confidence(at), 4),
        score=round(suspect.score, 6),
        factors=tuple(_factors(suspect)),
        explains=sum(one.episode.times for one, _ in explanation.pieces),
        symptoms=tuple(symptoms),
        incidents=_incidents(index, suspect),
        ended=_ended(index, judged, suspect),
        prevention=tuple(_prevention(store, index, ties_at, judged, suspect)),
        shape=shape_of(judged.episode, suspect),
        onset=judged.episode.onset.low,
        learnt=suspect.learnt,
    )


def _steps(
    store: GitStore, index: Index, ties_at: TiesAt, judged: Judged, suspect: Suspect
) -> Iterable[ChainStep]:
    yield symptom_step(judged.episode)
    for step in suspect.reached.way:
        yield ChainStep(
            kind=StepKind.WAY,
            at=0,
            object=step.far,
            sentence=step.words,
            evidence=f"{step.source}: {step.evidence}" if step.evidence else step.source,
        )
    if suspect.carrier is not None:
        yield change_step(index, suspect.carrier.each, StepKind.RUN)
    elif suspect.taken.at:
        yield ChainStep(
            kind=StepKind.EFFECT,
            at=suspect.taken.at,
            object=suspect.reached.way[-1].near if suspect.reached.way else suspect.change.object,
            sentence=suspect.taken.words,
        )
    onset = judged.episode.onset.high
    yield from readers(index, ties_at(onset), suspect.change, onset)
    yield from root_steps(store, index, ties_at, suspect.each, judged.episode.symptom)


def root_steps(
    store: GitStore, index: Index, ties_at: TiesAt, each: Committed, symptom: Symptom
) -> Iterable[ChainStep]:
    """A change; where a program made it, as its doing, and behind it whoever decided."""
    change = each.record
    assert isinstance(change, Change)  # noqa: S101 - what is suspected is a change
    ties = ties_at(change.happened_at)
    found = behind(index, store.read_states, ties, each, symptom)
    if found.decision is None:
        yield from found.steps
        yield change_step(index, each, StepKind.CHANGE)
        return
    yield change_step(index, each, StepKind.RUN)
    yield from found.steps
    yield change_step(index, found.decision, StepKind.CHANGE)


def change_step(index: Index, each: Committed, kind: StepKind) -> ChainStep:
    """A change, with who made it, how and why."""
    change = each.record
    assert isinstance(change, Change)  # noqa: S101 - suspects are changes
    reasons = [one for note in index.notes_about(change.object) if (one := _why(note, change))]
    return ChainStep(
        kind=kind,
        at=change.happened_at,
        object=change.object,
        sentence=in_words(change),
        actor=change.actor,
        via=change.via,
        reasons=tuple(reasons),
        evidence=change.reason,
        citation=citation(each),
    )


def _why(each: Committed, change: Change) -> Said | None:
    note = each.record
    return said(each) if isinstance(note, Note) and note.explains == change.id else None


def _factors(suspect: Suspect) -> Iterable[Factor]:
    yield Factor("way", suspect.reached.weight, f"{len(suspect.reached.way)} steps away")
    yield Factor("effect", suspect.effect, f"what a change of {suspect.of.value} can do to it")
    if suspect.along != 1.0:
        yield Factor("along", suspect.along, "what the services on the way show")
    yield Factor("taken", suspect.taken.weight, suspect.taken.words)
    yield Factor(
        "time",
        suspect.time,
        f"{suspect.lag / 1e6:.1f} s before; "
        f"{besides(suspect.others, 'as suspicious', suspect.looked_back)}",
    )
    yield Factor(
        "record",
        suspect.record,
        f"{suspect.followed} of {suspect.times} times that it was done before were followed by it"
        if suspect.times
        else "it is not known to have been done before",
    )
    if suspect.ended != 1.0:
        yield Factor("ended", suspect.ended, "it was taken back, and the trouble ended with that")


def besides(others: int, which: str, known: int) -> str:
    """How many others there were in what is known: `2 others as suspicious in 14 days`."""
    count = "no other" if not others else f"{others:,} other{'s' if others > 1 else ''}"
    seconds = known / 1_000_000
    size, unit = next(
        (one for one in ((86_400, "days"), (3_600, "h"), (60, "min")) if seconds >= 2 * one[0]),
        (1, "s"),
    )
    return f"{count} {which} in {seconds / size:.0f} {unit}"


def _incidents(index: Index, suspect: Suspect) -> tuple[tuple[str, str], ...]:
    """Of notes that explain the change."""
    from kubectl_smart.memory.records.incidents import Incident

    ids = {
        note.incident
        for each in index.notes_about(suspect.change.object)
        if isinstance(note := each.record, Note) and note.explains == suspect.change.id
    } - {""}
    if not ids:
        return ()
    return tuple(
        (one.id, one.title)
        for each in index.incidents()
        if isinstance(one := each.record, Incident) and one.id in ids
    )


def _prevention(
    store: GitStore, index: Index, ties_at: TiesAt, judged: Judged, suspect: Suspect
) -> Iterable[str]:
    return prevention(
        store,
        index,
        ties_at,
        suspect.change,
        suspect.of,
        judged.episode.symptom,
        _workload(judged, suspect),
        judged.episode.onset.high,
        called=_called(suspect),
    )


def prevention(
    store: GitStore,
    index: Index,
    ties_at: TiesAt,
    change: Change,
    of: Class,
    symptom: Symptom,
    troubled: ObjectRef,
    at: int,
    *,
    called: str = "",
) -> Iterable[str]:
    """The rules that a change broke; then the guards that were missing.

    of        the class of change it is suspected for, and of which kind of trouble
    troubled  the workload on which it acted
    at        since when there was trouble, microseconds since 1970-01-01 UTC
    called    of a policy: the field that names the connection it took away; "" if not known
    """
    for breach in rules_broken(index, change):
        yield f"it broke a rule: {breach.rule.words} ({breach.rule.author or 'somebody'})"
    pinned = [
        rule
        for each in index.notes_about(change.object)
        if isinstance(each.record, Note) and (rule := rule_of(each.record)) is not None
    ]
    ruled = any(edits_of(change, rule.field) for rule in pinned)
    budgeted = any(
        tie.kind == "selects" and tie.caller.kind == "PodDisruptionBudget"
        for tie in ties_at(at)(troubled)
    )
    yield from missing(
        change,
        of,
        symptom,
        troubled,
        state_of(index, store.read_states, troubled, at),
        ruled=ruled,
        budgeted=budgeted,
        called=called,
    )


def _called(suspect: Suspect) -> str:
    calls = [step for step in suspect.reached.way if step.kind == "calls"]
    return f"{calls[-1].near.title} {calls[-1].evidence}" if calls else ""


def _workload(judged: Judged, suspect: Suspect) -> ObjectRef:
    """The workload on which the change acted: what reads or runs it, else what is in trouble."""
    way = suspect.reached.way
    if suspect.of in (Class.CONFIG, Class.SECRET) and way:
        return way[-1].near
    own = suspect.change.object
    return own if own.kind in WORKLOADS else judged.episode.object


def _ended(index: Index, judged: Judged, suspect: Suspect) -> ChainStep | None:
    """The change that set what the root had changed back to what it was, after trouble began."""
    before = {edit.path: edit.before for edit in suspect.change.edits}
    after = judged.episode.onset.high
    for each in index.changes_of(suspect.change.object, since=after, limit=MOST_CHANGES):
        later = each.record
        if not isinstance(later, Change) or not before:
            continue
        if any(edit.path in before and edit.after == before[edit.path] for edit in later.edits):
            return change_step(index, each, StepKind.CHANGE)
    return None


def other_chains(
    store: GitStore, index: Index, ties_at: TiesAt, judged: Judged, roots: Collection[str]
) -> Iterable[Chain]:
    """Who else is suspected of it, not much less than the strongest.

    Where nobody is accused: who is rather suspected than not.
    """
    strongest = judged.suspects.strongest
    least = strongest[0].odds * _COMES_NEAR if strongest else 0.0
    enough = ENOUGH if roots else _EVEN
    others = [
        one
        for one in strongest
        if one.change.id not in roots and one.odds >= least and one.score >= enough
    ]
    for suspect in others[:_MOST_OTHERS]:
        yield chain_of(store, index, ties_at, Explanation(((judged, suspect),)))


def ruled_out(found: Iterable[Suspects], roots: Collection[str]) -> Iterable[RuledOut]:
    """Those that might have been suspected, the most likely at first sight first."""
    met: set[str] = set()
    listed = late = 0
    for one in sorted(
        (suspect for each in found for suspect in each.ruled_out),
        key=lambda suspect: (
            -suspect.reached.weight * suspect.effect,
            abs(suspect.lag),
            suspect.change.id,
        ),
    ):
        if one.change.id in met or one.change.id in roots or listed >= _MOST_RULED_OUT:
            continue
        late += one.lag < 0
        if one.lag < 0 and late > _MOST_AFTERWARDS:
            continue
        met.add(one.change.id)
        listed += 1
        yield RuledOut(
            at=one.change.happened_at,
            sentence=in_words(one.change),
            actor=one.change.actor,
            why=one.ruled_out,
            citation=citation(one.each),
        )
