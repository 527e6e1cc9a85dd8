"""Decisions that somebody else took back, and those among them that are suspected for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from kubectl_smart.memory.answers.causes import Chain, ChainStep, Factor, Shape, StepKind, TakenBack
from kubectl_smart.memory.graph.around import MOST_CHANGES
from kubectl_smart.memory.graph.taken_back import Doubt, Harm, doubt, harm_of
from kubectl_smart.memory.graph.ties import TiesAt
from kubectl_smart.memory.graph.weighing import ENOUGH, LOOK_BACK
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.cause_chains import besides, change_step, prevention, root_steps
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Unset
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

TAKEN_BACK = "taken back"
"""What stands in the shape of such a chain for the reasons that Kubernetes gives."""

LEAD = 3_600_000_000
"""Microseconds: what was decided so long before a window may be undone in it."""

_DECIDES = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})


class Undone(NamedTuple):
    """A decision, what of it was set back to what it was before, and by which change of another."""

    each: Committed
    change: Change
    edits: tuple[FieldEdit, ...]
    by_each: Committed
    by: Change


def undone(found: Iterable[Committed]) -> tuple[Undone, ...]:
    """Decisions of people and automation that the next to decide, another one, set back; by time.

    found  changes of any objects
    """
    fields: dict[tuple[ObjectRef, str], list[tuple[Committed, Change, FieldEdit]]] = {}
    decided = [
        (each, change)
        for each in found
        if isinstance(change := each.record, Change) and change.actor.kind in _DECIDES
    ]
    for each, change in sorted(decided, key=lambda one: (one[1].happened_at, one[0].sequence)):
        for edit in change.edits:
            fields.setdefault((change.object, edit.path), []).append((each, change, edit))
    pairs: dict[str, Undone] = {}
    for several in fields.values():
        for (each, change, edit), (by_each, by, back) in pairwise(several):
            if (
                by.actor.name == change.actor.name
                or back.after != edit.before
                or isinstance(edit.before, Unset)
            ):
                continue
            known = pairs.setdefault(change.id, Undone(each, change, (), by_each, by))
            if known.by.id == by.id:
                pairs[change.id] = known._replace(edits=(*known.edits, edit))
    return tuple(sorted(pairs.values(), key=lambda one: (one.change.happened_at, one.change.id)))


def with_lead(index: Index, found: Sequence[Committed], since: int) -> list[Committed]:
    """The same, after the changes of the hour before of what people changed in the window."""
    objects = {
        each.record.object
        for each in found
        if isinstance(each.record, Change) and each.record.actor.kind is ActorKind.HUMAN
    }
    before = [
        each
        for ref in sorted(objects)
        for each in index.last_changes_of(ref, since - LEAD, since, MOST_CHANGES)
    ]
    return [*before, *found]


def as_answer(index: Index, one: Undone) -> TakenBack:
    """Both changes, with who made them and why."""
    return TakenBack(
        change=change_step(index, one.each, StepKind.CHANGE),
        back=change_step(index, one.by_each, StepKind.CHANGE),
    )


def chains_of_undone(
    store: GitStore,
    index: Index,
    ties_at: TiesAt,
    found: Sequence[Undone],
    roots: Collection[str],
) -> tuple[Chain, ...]:
    """Those that a person took back, and that are suspected for that alone; by score.

    What a repository only declared, and nobody applied, did nothing.

    roots  the changes that are accused already
    """
    chains = [
        chain
        for one in found
        if one.by.actor.kind is ActorKind.HUMAN
        and one.change.facet is Facet.OBJECT
        and one.change.id not in roots
        if (chain := _chain(store, index, ties_at, one)) is not None
    ]
    return tuple(sorted(chains, key=lambda chain: (-chain.score, chain.onset, chain.root.object)))


def _chain(store: GitStore, index: Index, ties_at: TiesAt, one: Undone) -> Chain | None:
    harm = harm_of(one.change, one.edits)
    lag = one.by.happened_at - one.change.happened_at
    if doubt(harm, lag, (), LOOK_BACK).score < ENOUGH:
        return None  # whatever else was set: others only make it less
    others, looked_back = _set_besides(index, one)
    found = doubt(harm, lag, others, looked_back)
    if found.score < ENOUGH:
        return None
    witness = _witness(index, one)
    return Chain(
        steps=(witness, *root_steps(store, index, ties_at, one.each, harm.symptom)),
        confidence=round(found.score, 4),
        score=round(found.score, 6),
        factors=_factors(harm, found, lag, len(others), looked_back),
        explains=0,
        symptoms=(witness,),
        prevention=tuple(
            prevention(
                store, index, ties_at, one.change, harm.of, harm.symptom, one.change.object,
                one.by.happened_at,
            )
        ),
        onset=one.change.happened_at,
        shape=Shape(
            symptom=harm.symptom.value,
            reasons=(TAKEN_BACK,),
            way=(),
            of=harm.of.value,
            fields=tuple(sorted({edit.path for edit in one.edits})),
            changed=one.change.object,
            troubled=one.change.object,
        ),
    )  # fmt: skip


def _witness(index: Index, one: Undone) -> ChainStep:
    """Who undid it: all that was seen of the trouble."""
    back = change_step(index, one.by_each, StepKind.SYMPTOM)
    return ChainStep(
        kind=StepKind.SYMPTOM,
        at=back.at,
        object=back.object,
        sentence=f"{back.sentence}, taken back",
        actor=back.actor,
        via=back.via,
        reasons=back.reasons,
        evidence="no other trouble of it is known: that a person undid it is all that tells",
        citation=back.citation,
    )


def _set_besides(index: Index, one: Undone) -> tuple[list[int], int]:
    """(how long before they were undone the fields were set besides, how far that is known).

    Of an object that was changed very often the newest changes count, and the time they take.
    """
    until = one.by.happened_at
    heard = [reach.from_at for reach in index.coverage()]
    since = max(min(heard, default=0), until - LOOK_BACK)
    before = index.last_changes_of(one.change.object, since, until, MOST_CHANGES)
    if len(before) == MOST_CHANGES and isinstance(before[0].record, Change):
        since = before[0].record.happened_at
    paths = {edit.path for edit in one.edits}
    set_ = [
        until - each.record.happened_at
        for each in before
        if isinstance(each.record, Change)
        and each.record.id != one.change.id
        and any(edit.path in paths for edit in each.record.edits)
    ]
    return set_, max(until - since, 0)


def _factors(
    harm: Harm, found: Doubt, lag: int, others: int, looked_back: int
) -> tuple[Factor, ...]:
    return (
        Factor("effect", harm.weight, f"what a change of {harm.of.value} can do to a service"),
        Factor(
            "time",
            found.time,
            f"{lag / 1e6:.1f} s until it was undone; "
            f"{besides(others, 'edit of the field', looked_back)}",
        ),
    )
