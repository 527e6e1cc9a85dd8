"""What the past says of the fields changed shortly before trouble: how often it followed before.

The trouble: of one kind, on one object. The candidates: every field that a person or automation
changed within the lag before it, wherever in the cluster. Of each the memory tells all earlier
changes of the last months, and whether such trouble began within the lag after them; figures and
their correction are those of `patterns.associations`, over all candidates that were changed often
enough. Nothing is looked up where there was no such trouble thrice before, so that it costs
nothing where there is nothing to learn; and nothing is stored, so that an index built anew says the
same.

Not counted are changes made while such trouble lasted or soon after it began, for these are
answers to it; a change that takes the one before back; and those so near before the trouble
asked about that their outcome is not known yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.causes import Learnt
from kubectl_smart.memory.formats.values import same
from kubectl_smart.memory.graph.change_classes import Class, class_of_edit
from kubectl_smart.memory.graph.learnt import LEAST_FOLLOWED, is_learnt
from kubectl_smart.memory.graph.symptoms import SECOND, Episode, episodes
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import Outline
from kubectl_smart.memory.patterns.associations import associations
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

LAG = 1_800 * SECOND
"""Trouble that began so long after a change followed it."""

LEARN_BACK = 180 * 86_400 * SECOND
"""So far back is looked."""

MOST_CANDIDATES = 50
"""So many changes before the trouble are looked at, the nearest."""

_DECIDES = frozenset({ActorKind.HUMAN, ActorKind.AUTOMATION})


class _Field(NamedTuple):
    object: ObjectRef
    path: str


def learnt_before(index: Index, trouble: Episode) -> tuple[Learnt, ...]:
    """What is learnt of the fields changed shortly before, the surest first."""
    since, until = trouble.onset.low - LEARN_BACK, trouble.onset.low - LAG
    past = _earlier(index, trouble, since)
    if len(past) < LEAST_FOLLOWED:
        return ()
    fields = _candidates(index, trouble.onset.low - LAG, trouble.onset.high + 1)
    if not fields:
        return ()
    history = {ref: index.outlines_of(ref, until) for ref in {one.object for one in fields}}
    acts = {one: _trials(history[one.object], one.path, since, past) for one in fields}
    found = associations(
        acts,
        [one.onset.high for one in past],
        index.busy_slots(since, until, LAG),
        lag=LAG,
        least=LEAST_FOLLOWED,
    )
    learnt = [
        Learnt(
            changed=one.object,
            field=one.path,
            troubled=trouble.object,
            symptom=trouble.symptom.value,
            lag=LAG,
            **what._asdict(),
        )
        for one, what in found.items()
    ]
    kept = [one for one in learnt if is_learnt(one)]
    return tuple(sorted(kept, key=lambda one: (one.q, one.changed, one.field)))


def _earlier(index: Index, trouble: Episode, since: int) -> list[Episode]:
    """Earlier trouble of the same kind of the same object, by time."""
    until = trouble.onset.low
    seen = {
        each.record.id: each
        for each in (
            *index.observations(since, until, owner=trouble.object, warnings_only=True),
            *index.observations(since, until, about=trouble.object, warnings_only=True),
        )
        if isinstance(each.record, Observation)
    }
    return [
        one
        for one in episodes(seen.values())
        if one.symptom is trouble.symptom
        and one.object == trouble.object
        and one.onset.high < until - LAG
    ]


def _candidates(index: Index, since: int, until: int) -> list[_Field]:
    """The fields that were set by a decision in a window; if it holds too many, in its end."""
    while len(found := index.changes_between(since, until, limit=MOST_CANDIDATES + 1)) > (
        MOST_CANDIDATES
    ):
        since = (since + until) // 2
        if until - since < SECOND:
            return []
    return sorted(
        {
            _Field(change.object, edit.path)
            for each in found
            if isinstance(change := each.record, Change) and change.actor.kind in _DECIDES
            for edit in change.edits
            if class_of_edit(change, edit) is not Class.NOTHING
        }
    )


def _trials(every: Iterable[Outline], path: str, since: int, past: Sequence[Episode]) -> list[int]:
    """When a field was changed of somebody's own accord."""
    found: list[int] = []
    last: FieldEdit | None = None
    for change in every:
        if change.declared or change.happened_at < since:
            continue
        edit = next((one for one in change.edits if one.path == path), None)
        if edit is None:
            continue
        if last is not None and same(edit.after, last.before):
            last = None
        elif not any(
            one.onset.high <= change.happened_at <= max(one.until, one.onset.high + LAG)
            for one in past
        ):
            found.append(change.happened_at)
            last = edit
    return found
