"""`why`: who set this, when, how, with what reason, and what followed.

Rules: a value that goes back to one the same path had before is a rollback, of whatever was in
force in between. What is listed as having followed a decision are the warnings on the object and
what it owns until the next decision listed, an hour at most: a sequence, not a cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.basis import Said
from kubectl_smart.memory.answers.why import Decision, Followed, Rollback, ValueChange, WhyAnswer
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import ObjectRow
from kubectl_smart.memory.questions.field_history import Moved, Set, by_path, history, is_value
from kubectl_smart.memory.questions.grounds import basis, citation, neighbour, said, sentence
from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Change, Knowledge
from kubectl_smart.memory.records.errors import NotCovered, NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore

HOUR = 3_600_000_000
_MOST_FOLLOWED = 5
_WITH_CONSEQUENCES = 100
"""Decisions, the newest, for which it is looked up what followed."""


class _Seen(NamedTuple):
    each: Committed
    observation: Observation


class _Case(NamedTuple):
    """Everything about one question that its parts need."""

    store: GitStore
    lookups: Index
    ref: ObjectRef
    moves: list[Moved]
    value: str | None


def why(
    store: GitStore,
    index: Index,
    row: ObjectRow,
    *,
    field: str = "",
    value: str | None = None,
    since: int | None = None,
    until: int | None = None,
) -> WhyAnswer:
    """The decision history of an object, or of the fields that `field` means.

    value         only decisions that set it are `asked`; the whole history comes along
    since, until  decisions of that window, microseconds since 1970-01-01 UTC

    NothingKnown if the object never had the field, or never with that value; NotCovered if the
    memory heard nothing of the window at all.
    """
    ref = row.ref
    committed = index.changes_of(ref, until=until)
    moves = history(committed, field, store.read_states)
    ground = basis(store, index, since, until)
    if not moves:
        if since is not None and not ground.heard:
            raise _not_covered(ground.reaches)
        raise _no_such_field(store, row, field)
    case = _Case(store, index, ref, moves, value)
    decisions = [one for one in _decisions(case) if since is None or one.at >= since]
    if value is not None and not any(set_.asked for one in decisions for set_ in one.values):
        raise _never_that_value(ref, field, value, moves)
    if not decisions and not ground.heard:
        raise _not_covered(ground.reaches)
    notes = [found for each in index.notes_about(ref) if (found := said(each)) is not None]
    namespace = ref.namespace
    first, last = moves[0].change.happened_at, moves[-1].change.happened_at
    return WhyAnswer(
        basis=ground,
        object=ref,
        field=field,
        value=value,
        exists=row.gone_at is None or (until is not None and until <= row.gone_at),
        derived=row.derived,
        owner=row.owner,
        current=tuple(_current(moves)) if field else (),
        decisions=tuple(decisions),
        unseen=sum(_by_name_only(each) for each in committed),
        knowledge=tuple(one for one in notes if not field or _concerns(one, moves)),
        incidents=tuple(_incidents(index, ref)),
        before=neighbour(index.neighbours(first, namespace)[0]),
        after=neighbour(index.neighbours(last, namespace)[1]),
    )


def _by_name_only(each: Committed) -> bool:
    change = each.record
    known = isinstance(change, Change) and change.knowledge is Knowledge.NAME
    return known and isinstance(change, Change) and change.verb not in ("evict", "delete")


# --- decisions ----------------------------------------------------------------------------


def _decisions(case: _Case) -> list[Decision]:
    paths = by_path(case.moves)
    numbers = {
        (path, one.moved): at for path, values in paths.items() for at, one in enumerate(values)
    }
    consequences = _consequences(case)
    ids = [moved.change.id for moved in case.moves]
    reasons = _reasons(case.lookups, ids)
    decisions = []
    for number, moved in enumerate(case.moves):
        change = moved.change
        values = tuple(
            _value_change(case, paths[edit.path], numbers[edit.path, number], edit.path)
            for edit in moved.edits
        )
        decisions.append(
            Decision(
                at=change.happened_at,
                actor=change.actor,
                verb=change.verb,
                via=change.via,
                sentence=sentence(change),
                values=values,
                knowledge=change.knowledge,
                gone=change.gone,
                late=change.late,
                reason=change.reason,
                reasons=reasons.get(change.id, ()),
                followed=consequences[number],
                citation=citation(moved.each),
            )
        )
    return decisions


def _value_change(case: _Case, values: list[Set], at: int, path: str) -> ValueChange:
    here = values[at]
    following = values[at + 1].moved if at + 1 < len(values) else None
    return ValueChange(
        path=path,
        before=here.before,
        after=here.after,
        until=case.moves[following].change.happened_at if following is not None else None,
        asked=case.value is not None and is_value(here.after, case.value),
        rollback=_rollback(case, values, at) if here.back_to >= 0 else None,
    )


def _rollback(case: _Case, values: list[Set], at: int) -> Rollback:
    """What was given up is the value that first replaced the one now come back."""
    here = values[at]
    earlier = values[here.back_to]
    came_from_before = here.back_to == 0 and earlier.after != here.after
    undone = values[0 if came_from_before else here.back_to + 1]
    gave_up = case.moves[undone.moved]
    now = case.moves[here.moved].change.happened_at
    then = gave_up.change.happened_at
    return Rollback(
        undoes=citation(gave_up.each),
        set_at=then,
        after=now - then,
        back_to=case.moves[earlier.moved].change.happened_at,
        seen=_followed(_warnings(case.lookups, case.ref, then, now)),
        steps=tuple(_steps(case.lookups, case.ref, then, now)),
    )


def _steps(index: Index, ref: ObjectRef, since: int, until: int) -> list[str]:
    """The commands with which people looked at the object in a window."""
    found = index.steps(since, until, target=ref)
    return [each.record.command for each in found if isinstance(each.record, Step)]


def _reasons(index: Index, ids: Sequence[str]) -> dict[str, tuple[Said, ...]]:
    found: dict[str, tuple[Said, ...]] = {}
    for each in index.notes_explaining(ids):
        note, words = each.record, said(each)
        if isinstance(note, Note) and words is not None:
            found[note.explains] = (*found.get(note.explains, ()), words)
    return found


# --- what followed ------------------------------------------------------------------------


def _consequences(case: _Case) -> list[tuple[Followed, ...]]:
    """For each decision the warnings until the next one, an hour at most."""
    times = [moved.change.happened_at for moved in case.moves]
    first = max(0, len(times) - _WITH_CONSEQUENCES)
    found: list[tuple[Followed, ...]] = [() for _ in times[:first]]
    for number in range(first, len(times)):
        at = times[number]
        until = min([at + HOUR, *times[number + 1 : number + 2]])
        found.append(_followed(_warnings(case.lookups, case.ref, at, until)))
    return found


def _warnings(index: Index, ref: ObjectRef, since: int, until: int) -> list[_Seen]:
    """Warnings that began in a window on the object and what it owns."""
    if until <= since:
        return []
    found = {
        each.record.id: _Seen(each, each.record)
        for each in (
            *index.observations(since, until, owner=ref, warnings_only=True),
            *index.observations(since, until, about=ref, warnings_only=True),
        )
        if isinstance(each.record, Observation) and since <= each.record.first_at < until
    }
    return sorted(found.values(), key=lambda one: (one.observation.first_at, one.observation.id))


def _followed(seen: Sequence[_Seen]) -> tuple[Followed, ...]:
    """The warnings by kind, the first of each, counts added up; the most frequent kinds."""
    kinds: dict[str, list[_Seen]] = {}
    for one in seen:
        kinds.setdefault(one.observation.kind, []).append(one)
    found = [
        Followed(
            kind=kind,
            about=ones[0].observation.about,
            count=sum(one.observation.count for one in ones),
            first_at=ones[0].observation.first_at,
            message=ones[0].observation.message,
            citation=citation(ones[0].each),
        )
        for kind, ones in kinds.items()
    ]
    found.sort(key=lambda one: (-one.count, one.first_at, one.kind))
    return tuple(sorted(found[:_MOST_FOLLOWED], key=lambda one: (one.first_at, one.kind)))


# --- the object as a whole ----------------------------------------------------------------


def _current(moves: Sequence[Moved]) -> list[tuple[str, object]]:
    """The values in force after the last change, by path."""
    values: dict[str, object] = {}
    for moved in moves:
        for edit in moved.edits:
            if edit.after is ABSENT or edit.after is UNKNOWN:
                values.pop(edit.path, None)
            else:
                values[edit.path] = edit.after
    return sorted(values.items())


def _concerns(one: Said, moves: Sequence[Moved]) -> bool:
    """Whether a note is about the whole object or one of the fields asked about."""
    paths = {edit.path for moved in moves for edit in moved.edits}
    return not one.field or any(
        path == one.field or path.startswith((f"{one.field}.", f"{one.field}[")) for path in paths
    )


def _incidents(index: Index, ref: ObjectRef) -> list[tuple[str, str]]:
    found = [each.record for each in index.search(ref.name)]
    return [(one.id, one.title) for one in found if isinstance(one, Incident)]


# --- nothing known ------------------------------------------------------------------------


def _not_covered(reaches: tuple[int, int] | None) -> NotCovered:
    known = (
        f"it reaches from {to_rfc3339(reaches[0])} to {to_rfc3339(reaches[1])}"
        if reaches
        else "it is empty: import an audit log"
    )
    return NotCovered("the memory was not listening in that window", known)


def _no_such_field(store: GitStore, row: ObjectRow, field: str) -> NothingKnown:
    what = f"{row.ref.title} was never seen with a field {field}"
    near = _fields_of(store, row)
    return NothingKnown(what, f"the fields it has: {', '.join(near[:8])}" if near else "")


def _fields_of(store: GitStore, row: ObjectRow) -> list[str]:
    """The names of the top of its spec or data, to choose from."""
    import orjson

    state = store.read_states([row.place])[0] if row.place is not None else None
    if state is None:
        return []
    found = orjson.loads(state)
    return [
        f"{part}.{name}"
        for part in ("spec", "data")
        for name in sorted(found.get(part) or {})
        if type(found.get(part)) is dict
    ]


def _never_that_value(
    ref: ObjectRef, field: str, value: str, moves: Sequence[Moved]
) -> NothingKnown:
    seen: list[str] = []
    for moved in moves:
        for edit in moved.edits:
            text = str(edit.after)
            if edit.after is not ABSENT and edit.after is not UNKNOWN and text not in seen:
                seen.append(text)
    known = f"the values it had: {', '.join(seen[-8:])}" if seen else ""
    return NothingKnown(f"{field} of {ref.title} was never seen to be {value}", known)
