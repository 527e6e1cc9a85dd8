"""The history of an object, or of one field of it, read off its changes.

A change known in full carries its difference to the one before; only where an object begins (a
create, or the first that was ever heard of it) does its state have to be read. Values are followed
by path, so that two containers' images are two histories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.formats.diffs import field_values, narrow
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    FieldEdit,
    Json,
    Knowledge,
    Unset,
)
from kubectl_smart.memory.records.facts import Committed, StatePlace

ReadStates = Callable[[Sequence[StatePlace]], list[bytes | None]]


class Moved(NamedTuple):
    """What one change did to the fields asked about; `edits` is () for one that came or went."""

    each: Committed
    change: Change
    edits: tuple[FieldEdit, ...]


class Set(NamedTuple):
    """One value in the life of one path.

    moved     index into the history of the change that set it
    back_to   index into the path's list of the earlier equal value; -1 if it is new
    """

    moved: int
    before: Json | Unset
    after: Json | Unset
    back_to: int


def history(committed: Iterable[Committed], query: str, read: ReadStates) -> list[Moved]:
    """The changes that concern the query ("" for the whole object), oldest first.

    committed  all changes of the object, in order
    """
    found: list[Moved] = []
    alive: dict[str, Any] = {}
    began = False
    for each, change in _changes(committed):
        if change.gone:
            edits = tuple(FieldEdit(path, value, ABSENT) for path, value in sorted(alive.items()))
            alive, began = {}, False
            if not query or edits:
                found.append(Moved(each, change, edits if query else ()))
            continue
        if query and change.knowledge is Knowledge.FULL and not change.edits and not began:
            edits = _beginning(each, change, query, read)
        else:
            edits = narrow(change.edits, query) if query else change.edits
        began = True
        for edit in edits:
            if edit.after in (ABSENT, UNKNOWN):
                alive.pop(edit.path, None)
            else:
                alive[edit.path] = edit.after
        if edits or not query:
            found.append(Moved(each, change, edits))
    return found


def _changes(committed: Iterable[Committed]) -> Iterator[tuple[Committed, Change]]:
    for each in committed:
        if isinstance(each.record, Change):
            yield each, each.record


def _beginning(
    each: Committed, change: Change, query: str, read: ReadStates
) -> tuple[FieldEdit, ...]:
    """The field's values in the first state known; whether it had them before, a create tells."""
    state = read([each.place])[0] if each.place is not None else None
    if state is None:
        return ()
    before = ABSENT if change.verb == "create" else UNKNOWN
    found = field_values(orjson.loads(state), query)
    return tuple(FieldEdit(path, before, value) for path, value in found)


def by_path(moves: Sequence[Moved]) -> dict[str, list[Set]]:
    """The values of every path in order, and which of them an earlier one had already been."""
    paths: dict[str, list[Set]] = {}
    for number, moved in enumerate(moves):
        for edit in moved.edits:
            values = paths.setdefault(edit.path, [])
            values.append(Set(number, edit.before, edit.after, _earlier(values, edit)))
    return paths


def _earlier(values: list[Set], edit: FieldEdit) -> int:
    """Where the value had been before, with another in between; -1 if it had not.

    The value before the first change known counts too: it stands at that change.
    """
    if edit.after in (ABSENT, UNKNOWN) or not values:
        return -1
    for at in range(len(values) - 1, 0, -1):
        if at < len(values) and _same(values[at - 1].after, edit.after):
            return at - 1
    first = values[0].before
    return 0 if first is not ABSENT and first is not UNKNOWN and _same(first, edit.after) else -1


def _same(one: Json | Unset, other: Json | Unset) -> bool:
    if isinstance(one, Unset) or isinstance(other, Unset):
        return one is other
    return type(one) is type(other) and bool(one == other)


def is_value(value: Json | Unset, asked: str) -> bool:
    """Whether a value is the one a person wrote: `5`, `true`, `api:1.7` for `registry/api:1.7`."""
    if isinstance(value, Unset):
        return False
    if isinstance(value, str):
        return value == asked or value.endswith((f"/{asked}", f":{asked}"))
    try:
        return bool(value == orjson.loads(asked))
    except orjson.JSONDecodeError:
        return False
