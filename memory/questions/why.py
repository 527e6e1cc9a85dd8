"""`why`: who set this, when, how, with what reason, and what followed.

Rules: a value that goes back to one the same path had before is a rollback, of whatever was in
force in between. What is listed as having followed a decision are the warnings on the object and
what it owns until the next decision listed, an hour at most: a sequence, not a cause.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from kubectl_smart.memory.answers.basis import Basis, Said
from kubectl_smart.memory.answers.why import Decision, Rollback, ValueChange, WhyAnswer
from kubectl_smart.memory.formats.diffs import matches
from kubectl_smart.memory.formats.subjects import subject
from kubectl_smart.memory.formats.values import is_value
from kubectl_smart.memory.index.decoding import uncollected
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.index.rows import ObjectRow, Outline
from kubectl_smart.memory.questions.aftermath import Surroundings
from kubectl_smart.memory.questions.field_history import (
    History,
    Moved,
    Set,
    by_name_only,
    by_path,
    history,
    overlap,
)
from kubectl_smart.memory.questions.grounds import (
    basis,
    citation,
    neighbour,
    not_covered,
    record_id,
    said,
)
from kubectl_smart.memory.records.changes import Change, Facet, Unset
from kubectl_smart.memory.records.errors import NothingKnown
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_rfc3339
from kubectl_smart.memory.store.git_store import GitStore

HOUR = 3_600_000_000
DAY = 24 * HOUR
_WITH_EVIDENCE = 200
"""Decisions in an answer, the newest, for which it is looked up what followed."""


class _Case(NamedTuple):
    """Everything about one question that its parts need.

    evident  the moves for which evidence is looked up
    whole    the changes that are shown or undone by one that is, by number
    """

    moves: list[Moved]
    whole: dict[int, Committed]
    paths: dict[str, list[Set]]
    value: str | None
    evident: frozenset[int]
    around: Surroundings


def why(
    store: GitStore,
    index: Index,
    row: ObjectRow,
    *,
    field: str = "",
    value: str | None = None,
    since: int | None = None,
    until: int | None = None,
    limit: int | None = None,
) -> WhyAnswer:
    """The decision history of an object, or of the fields that `field` means.

    value         only decisions that set it are `asked`; the history around them comes along
    since, until  decisions of that window, microseconds since 1970-01-01 UTC
    limit         at most so many, the newest, and as many of those asked for; None for all

    NothingKnown if the object never had the field, or never with that value; NotCovered if the
    memory heard nothing of the window at all.
    """
    with index.snapshot(), uncollected():
        return _asked(store, index, row, field, value, since, until, limit)


def _asked(
    store: GitStore,
    index: Index,
    row: ObjectRow,
    field: str,
    value: str | None,
    since: int | None,
    until: int | None,
    limit: int | None,
) -> WhyAnswer:
    """See `why`. All but the answer is let go of here, before garbage is looked for again."""
    changes = index.outlines_of(row.ref, until)
    found = history(changes, field, store.read_states)
    ground = basis(store, index, since, until)
    moves = found.moves
    within = [at for at, one in enumerate(moves) if since is None or _when(one) >= since]
    asked = [at for at in within if value is not None and _sets(moves[at], value)]
    if not within and not ground.heard and (since is not None or until is not None):
        raise not_covered(ground)
    if not changes and until is not None:
        raise _not_yet(row, until)
    if field and not found.moves:
        raise _no_such_field(store, row, field, changes)
    if value is not None and not asked:
        raise _never_that_value(index, row.ref, field, value, found.moves)
    shown = within if limit is None else sorted({*within[-limit:], *asked[-limit:]})
    decisions = _decisions(index, row.ref, moves, value, shown)
    earlier = len(within) - len(shown)
    return _answer(store, index, row, ground, field, value, changes, found, decisions, earlier)


def _answer(
    store: GitStore,
    index: Index,
    row: ObjectRow,
    ground: Basis,
    field: str,
    value: str | None,
    changes: Sequence[Outline],
    found: History,
    decisions: Sequence[Decision],
    earlier: int,
) -> WhyAnswer:
    ref = row.ref
    about = index.notes_about(ref)
    notes = _pinned(about, changes, store, index)
    first = decisions[0].at if decisions else row.first_at
    last = decisions[-1].at if decisions else row.last_at
    return WhyAnswer(
        basis=ground,
        object=ref,
        field=field,
        value=value,
        exists=found.exists if changes else row.gone_at is None,
        derived=row.derived,
        owner=row.owner,
        current=tuple(found.current),
        decisions=tuple(decisions),
        left_out=earlier,
        unseen=_unseen(changes),
        knowledge=tuple(one for one in notes if not field or _concerns(one, found.moves)),
        incidents=tuple(_incidents(index, ref, about)),
        before=neighbour(index.neighbours(first, ref.namespace)[0]),
        after=neighbour(index.neighbours(last, ref.namespace)[1]),
    )


def _pinned(
    about: Sequence[Committed], changes: Sequence[Outline], store: GitStore, index: Index
) -> list[Said]:
    if not about:
        return []
    from kubectl_smart.memory.questions.pinned_notes import pinned  # few objects have notes

    return pinned(about, changes, index, store.read_states)


def _unseen(changes: Sequence[Outline]) -> int:
    return sum(by_name_only(one) for one in changes if not one.declared)


# --- decisions ----------------------------------------------------------------------------


def _decisions(
    index: Index, ref: ObjectRef, moves: list[Moved], value: str | None, shown: Sequence[int]
) -> list[Decision]:
    """Those of the moves that are shown, with everything that belongs to them."""
    if not shown:
        return []
    paths = by_path(moves)
    sets = {number: _sets_of(moves[number], number, paths) for number in shown}
    undone = {
        paths[path][one.undoes].moved
        for number in shown
        for path, one in sets[number]
        if one.back_to >= 0
    }
    whole = index.listed([moves[number].change.number for number in undone.union(shown)])
    evident = frozenset(shown[-_WITH_EVIDENCE:])
    windows = [_until_next(moves, number) for number in evident]
    windows += [
        _given_up(moves, paths[path], one)
        for number in evident
        for path, one in sets[number]
        if one.back_to >= 0
    ]
    case = _Case(moves, whole, paths, value, evident, Surroundings(index, ref, windows))
    ids = {number: record_id(whole[moves[number].change.number]) for number in shown}
    reasons = _reasons(index, list(ids.values()))
    return [_decision(case, at, sets[at], reasons.get(ids[at], ())) for at in shown]


def _sets_of(moved: Moved, number: int, paths: dict[str, list[Set]]) -> list[tuple[str, Set]]:
    """(path, value) of every edit of one of the moves, in order."""
    found = []
    following: dict[str, int] = {}
    for edit in moved.edits:
        values = paths[edit.path]
        at = following.get(edit.path)
        if at is None:
            at = bisect_left(values, number, key=lambda one: one.moved)
        following[edit.path] = at + 1
        found.append((edit.path, values[at]))
    return found


def _sets(moved: Moved, value: str) -> bool:
    """Whether a change set one of the fields to a value as a person wrote it."""
    return any(is_value(edit.after, value) for edit in moved.edits)


def _when(moved: Moved) -> int:
    return moved.change.happened_at


def _until_next(moves: Sequence[Moved], number: int) -> tuple[int, int]:
    """The window in which what is seen followed a decision."""
    at = _when(moves[number])
    return at, min([at + HOUR, *map(_when, moves[number + 1 : number + 2])])


def _given_up(moves: Sequence[Moved], values: Sequence[Set], here: Set) -> tuple[int, int]:
    """The window in which the value was in force that a rollback gave up: its last day."""
    then, now = _when(moves[values[here.undoes].moved]), _when(moves[here.moved])
    return max(then, now - DAY), now


def _decision(
    case: _Case, number: int, sets: Sequence[tuple[str, Set]], reasons: tuple[Said, ...]
) -> Decision:
    each = case.whole[case.moves[number].change.number]
    change = each.record
    assert isinstance(change, Change)  # noqa: S101 - `listed` finds nothing else
    window = _until_next(case.moves, number)
    return Decision(
        at=change.happened_at,
        actor=change.actor,
        verb=change.verb,
        via=change.via,
        sentence=subject(change),
        values=tuple(_value_change(case, path, one) for path, one in sets),
        knowledge=change.knowledge,
        gone=change.gone,
        late=change.late,
        reason=change.reason,
        reasons=reasons,
        followed=case.around.followed(*window) if number in case.evident else (),
        citation=citation(each),
        not_before=change.not_before,
        attribution=change.attribution,
        declared=change.facet is Facet.DECLARED,
    )


def _value_change(case: _Case, path: str, here: Set) -> ValueChange:
    return ValueChange(
        path=path,
        before=here.before,
        after=here.after,
        until=_when(case.moves[here.until]) if here.until >= 0 else None,
        asked=case.value is not None and is_value(here.after, case.value),
        rollback=_rollback(case, path, here) if here.back_to >= 0 else None,
        unsure=case.moves[here.moved].unsure,
    )


def _rollback(case: _Case, path: str, here: Set) -> Rollback:
    """What was given up is the value that first replaced the one now come back."""
    values = case.paths[path]
    gave_up = case.moves[values[here.undoes].moved]
    window = _given_up(case.moves, values, here)
    evident = here.moved in case.evident
    return Rollback(
        undoes=citation(case.whole[gave_up.change.number]),
        set_at=_when(gave_up),
        after=_when(case.moves[here.moved]) - _when(gave_up),
        back_to=_when(case.moves[values[here.back_to].moved]),
        seen=case.around.followed(*window) if evident else (),
        steps=case.around.steps(*window) if evident else (),
    )


def _reasons(index: Index, ids: Sequence[str]) -> dict[str, tuple[Said, ...]]:
    found: dict[str, tuple[Said, ...]] = {}
    for each in index.notes_explaining(ids):
        note, words = each.record, said(each)
        if isinstance(note, Note) and words is not None:
            found[note.explains] = (*found.get(note.explains, ()), words)
    return found


# --- the object as a whole ----------------------------------------------------------------


def _concerns(one: Said, moves: Sequence[Moved]) -> bool:
    """Whether a note is about the whole object or one of the fields asked about."""
    paths = {edit.path for moved in moves for edit in moved.edits}
    return not one.field or any(
        overlap(path, one.field) or matches(path, one.field) for path in paths
    )


def _incidents(index: Index, ref: ObjectRef, about: Iterable[Committed]) -> list[tuple[str, str]]:
    """(id, title) of the reports that name the object, or that a note about it belongs to."""
    linked = {each.record.incident for each in about if isinstance(each.record, Note)} - {""}
    parts = " ".join(re.findall(r"\w+", ref.name))
    named = [each.record for each in index.search(parts)]
    if linked:
        named += [each.record for each in index.incidents()]
    if not named:
        return []
    name = re.compile(rf"(?<![\w.-]){re.escape(ref.name)}(?![\w-]|\.\w)", re.IGNORECASE)
    found = {
        one.id: one.title
        for one in named
        if isinstance(one, Incident)
        and (one.id in linked or name.search(one.text) or name.search(one.title))
    }
    return sorted(found.items())


# --- nothing known ------------------------------------------------------------------------


def _not_yet(row: ObjectRow, until: int) -> NothingKnown:
    return NothingKnown(
        f"nothing is known of {row.ref.title} before {to_rfc3339(until)}",
        f"it is first known at {to_rfc3339(row.first_at)}",
    )


def _no_such_field(
    store: GitStore, row: ObjectRow, field: str, changes: Sequence[Outline]
) -> NothingKnown:
    from kubectl_smart.memory.questions.nearest_fields import nearest_fields

    places = [each.place for each in changes if each.place is not None]
    state = store.read_states(places[-1:])[0] if places else None
    edited = {edit.path for change in changes for edit in change.edits}
    near = nearest_fields(None if state is None else orjson.loads(state), edited, field)
    unseen = _unseen(changes)
    also = f", but {unseen} writes to it are known by name only" if unseen else ""
    return NothingKnown(
        f"{row.ref.title} was never seen with a field {field}{also}",
        f"the nearest it has: {', '.join(near)}" if near else "",
    )


def _never_that_value(
    index: Index, ref: ObjectRef, field: str, value: str, moves: Sequence[Moved]
) -> NothingKnown:
    what = f"{field} of {ref.title} was"
    edits = [(moved, edit.after) for moved in moves for edit in moved.edits]
    for moved, after in reversed(edits):
        if is_value(after, value):
            number = moved.change.number
            change = index.listed([number])[number].record
            who = change.actor.name if isinstance(change, Change) else ""
            at = to_rfc3339(moved.change.happened_at)
            return NothingKnown(
                f"{what} not set to {value} in that window",
                f"it was at {at}, by {who or 'somebody unknown'}",
            )
    seen = list(dict.fromkeys(str(after) for _, after in edits if not isinstance(after, Unset)))
    known = f"the values it had: {', '.join(seen[-8:])}" if seen else ""
    return NothingKnown(f"{what} never seen to be {value}", known)
