"""The history of an object, or of one field of it, read off its changes.

A change known in full carries its difference to the one before; a state is read only where an
object begins (a create, the first that was ever heard of it, another uid), where one known in full
follows one of which only fields are known, and for what a deletion took away. Values are followed
by path, so that two containers' images are two histories.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import orjson

from kubectl_smart.memory.formats.diffs import apply_edits, diff, field_values, narrow
from kubectl_smart.memory.formats.values import same
from kubectl_smart.memory.index.rows import Outline
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    FieldEdit,
    Json,
    Knowledge,
    Unset,
)
from kubectl_smart.memory.records.facts import ReadStates, StatePlace

_NO_CHANGE = frozenset({"evict", "delete"})
"""Verbs that, known by name only, do not change any field."""


class Moved(NamedTuple):
    """What one change did to the fields asked about.

    edits   () for the whole object's coming and going
    unsure  True if a write known by name only came in between: it may have made these edits
    """

    change: Outline
    edits: tuple[FieldEdit, ...]
    unsure: bool


class History(NamedTuple):
    """What became of the fields asked about.

    moves    the changes that concern them, oldest first
    current  (path, value) in force after the last change, by path
    exists   whether the object exists after the last change
    """

    moves: list[Moved]
    current: list[tuple[str, Json]]
    exists: bool


def by_name_only(change: Outline) -> bool:
    """Whether nothing is known of a write but that it happened."""
    return change.knowledge is Knowledge.NAME and change.verb not in _NO_CHANGE


def history(changes: Iterable[Outline], query: str, read: ReadStates) -> History:
    """The changes that concern the query ("" for the whole object), oldest first.

    changes  all changes of the object, in order

    What repositories declare has a life of its own beside that of the object: it says nothing of
    what the cluster held, and is what is in force only where nothing else is known.
    """
    life, wanted = _Life(query, read), _Life(query, read)
    moves: list[Moved] = []
    seen = False
    for change in changes:
        seen = seen or not change.declared
        one = wanted if change.declared else life
        unsure = one.unseen and change.knowledge is Knowledge.FULL and not change.gone
        edits = one.take(change)
        if edits or not query:
            moves.append(Moved(change, edits, unsure and bool(edits)))
    newest = life if seen else wanted
    return History(moves, newest.current(), newest.began)


class _Life:
    """The fields asked about, from where their object begins to where it ends.

    values  of the fields, as far as they can be told from edits alone; `coarse` if they cannot:
            an edit that sets what was not there may be inside a value, or around it
    begun   the values of a state that was just read where the object began
    place   of the newest state known in full, `later` the edits of each write known in part since
    unseen  True if a write known by name only came since
    """

    def __init__(self, query: str, read: ReadStates) -> None:
        self._query = query
        self._read = read
        self._begun: dict[str, Any] | None = None
        self._end()

    def _end(self) -> None:
        self.began = False
        self._uid = ""
        self._values: dict[str, Any] = {}
        self._coarse = False
        self._place: StatePlace | None = None
        self._later: list[tuple[FieldEdit, ...]] = []
        self.unseen = False

    def take(self, change: Outline) -> tuple[FieldEdit, ...]:
        """What the change did to the fields; for the query "" its own edits."""
        if self._goes_on(change):
            edits = change.edits
            if self._query:
                edits = narrow(edits, self._query)
                self._follow(edits)
            self._place = change.place
            return edits
        if change.gone:
            gone = [FieldEdit(path, value, ABSENT) for path, value in self.current()]
            self._end()
            return tuple(gone)
        another = bool(self._uid and change.uid and self._uid != change.uid)
        anew = self.began and (another or change.verb == "create")
        edits = self._edits(change, anew=anew)
        self._note(change, edits, anew=anew)
        return edits

    def _goes_on(self, change: Outline) -> bool:
        """Whether a change known in full follows another one: nearly all do, and cost least."""
        return (
            change.place is not None
            and self._place is not None
            and change.knowledge is Knowledge.FULL
            and change.uid == self._uid
            and change.verb != "create"
            and not (change.gone or self._later or self.unseen)
        )

    def _edits(self, change: Outline, *, anew: bool) -> tuple[FieldEdit, ...]:
        if not self._query:
            return change.edits
        if change.knowledge is not Knowledge.FULL or change.place is None:
            return self._partly(change.edits)
        if anew or self._place is None:
            absent = anew or change.verb == "create"
            return self._beginning(change.place, ABSENT if absent else UNKNOWN)
        if self._later or self.unseen:
            return narrow(diff(self._state(), self._load(change.place)), self._query)
        return narrow(change.edits, self._query)

    def _partly(self, edits: tuple[FieldEdit, ...]) -> tuple[FieldEdit, ...]:
        """The edits of a write known in part, and what went away by one that set something larger.

        What was in there before was not recorded with it, but is known from earlier changes.
        """
        found = list(narrow(edits, self._query))
        told = {edit.path for edit in found}
        around = [edit.path for edit in edits if edit.after is not UNKNOWN]
        found += [
            FieldEdit(path, value, ABSENT)
            for path, value in (self.current() if around else ())
            if path not in told
            and any(len(outer) < len(path) and overlap(outer, path) for outer in around)
        ]
        return tuple(found)

    def _beginning(self, place: StatePlace, missing: Unset) -> tuple[FieldEdit, ...]:
        """From what was known before, if anything, to the first state known in full."""
        before = dict(self.current())
        after = self._begun = dict(field_values(self._load(place), self._query))
        edits = []
        for path in sorted(before.keys() | after.keys()):
            old, new = before.get(path, missing), after.get(path, ABSENT)
            if not same(old, new):
                edits.append(FieldEdit(path, old, new))
        return tuple(edits)

    def _note(self, change: Outline, edits: tuple[FieldEdit, ...], *, anew: bool) -> None:
        if anew:
            self._end()
        self.began = True
        self._uid = change.uid or self._uid
        if self._begun is not None:
            self._values, self._coarse, self._begun = self._begun, False, None
        else:
            self._follow(edits if self._query else ())
        if change.knowledge is Knowledge.FULL and change.place is not None:
            self._place, self._later, self.unseen = change.place, [], False
        elif by_name_only(change):
            self.unseen = True
        else:
            self._later.append(change.edits)

    def _follow(self, edits: Iterable[FieldEdit]) -> None:
        for path, _, after in edits:
            self._coarse = self._coarse or path not in self._values
            if after is ABSENT or after is UNKNOWN:
                self._values.pop(path, None)
            else:
                self._values[path] = after

    def current(self) -> list[tuple[str, Any]]:
        """(path, value) of the fields now, by path; [] for the query ""."""
        if not self._query:
            return []
        if self._coarse and self._place is not None:
            return field_values(self._state(), self._query)
        return sorted(self._values.items())

    def _state(self) -> Any:
        """The newest state known in full, with what is known of since."""
        state = None if self._place is None else self._load(self._place)
        for edits in self._later:
            state = applied(state, edits)
        return state

    def _load(self, place: StatePlace) -> Any:
        found = self._read([place])[0]
        return None if found is None else orjson.loads(found)


def applied(state: Json, edits: Iterable[FieldEdit]) -> Json:
    """The state with what is known of one write put into it, where it fits.

    Write by write: within one, what goes away is taken away last.
    """
    try:
        return apply_edits(state, edits)
    except ValueError:  # it leads through what the state has there
        return state


def overlap(one: str, other: str) -> bool:
    """Whether one path is the other, or leads into it."""
    short, long = (one, other) if len(one) < len(other) else (other, one)
    return long.startswith(short) and (len(long) == len(short) or long[len(short)] in ".[")


class Set(NamedTuple):
    """One value in the life of one path.

    moved    index into the moves of the change that set it
    until    index of the move that ended it; -1 if it is in force
    back_to  index into the path's list of the earlier equal value it goes back to; -1 if none
    undoes   index into the path's list of what is given up by that; -1 if none
    gone     True if the value went with its whole object
    """

    moved: int
    before: Json | Unset
    after: Json | Unset
    until: int
    back_to: int
    undoes: int
    gone: bool


def by_path(moves: Sequence[Moved]) -> dict[str, list[Set]]:
    """The values of every path in order, when each ended, and which go back to an earlier one."""
    paths: dict[str, _Values] = {}
    for number, moved in enumerate(moves):
        for edit in moved.edits:
            values = paths.get(edit.path)
            if values is None:
                values = paths[edit.path] = _Values()
            values.add(number, edit, gone=moved.change.gone)
    kin = _kin(paths)
    return {
        path: values.ended(sorted({moved for of in near for moved in paths[of].moved}))
        for path, values in paths.items()
        for near in ((path, *kin.get(path, ())),)
    }


_Unended: TypeAlias = tuple[Json | Unset, Json | Unset, int, int, bool]
"""before, after, back_to, undoes and gone of a Set."""


class _Values:
    """The values of one path, as they come.

    What went away with its whole object and came again with it was not given up in between. What
    is taken away goes back to nothing, and is no rollback.
    """

    def __init__(self) -> None:
        self.moved: list[int] = []
        self._sets: list[_Unended] = []
        self._lived: list[int] = []
        self._newest: dict[Any, int] = {}

    def add(self, moved: int, edit: FieldEdit, *, gone: bool) -> None:
        """One more value, with the nearest earlier one that was the same, if another was since."""
        back_to = undoes = -1
        if not isinstance(edit.after, Unset):
            key = _key(edit.after)
            place = self._newest.get(key, -1)
            if 0 <= place < len(self._lived) - 1:
                back_to, undoes = self._lived[place], self._lived[place + 1]
            self._newest[key] = len(self._lived)
        if not gone:
            self._lived.append(len(self.moved))
        self.moved.append(moved)
        self._sets.append((edit.before, edit.after, back_to, undoes, gone))

    def ended(self, moves: Sequence[int]) -> list[Set]:
        """The values, each with the move that ended it: the next of those given, in order."""
        following = dict(pairwise(moves))
        return [
            Set(moved, before, after, following.get(moved, -1), back_to, undoes, gone)
            for moved, (before, after, back_to, undoes, gone) in zip(
                self.moved, self._sets, strict=True
            )
        ]


def _key(value: Json) -> Any:
    """Equal for values that are the same as JSON."""
    if isinstance(value, dict | list):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    return isinstance(value, bool), value


def _kin(paths: Iterable[str]) -> dict[str, list[str]]:
    """For every path those others of which one leads into the other."""
    known = set(paths)
    found: dict[str, list[str]] = {}
    for path in known:
        for at, letter in enumerate(path):
            if letter in ".[" and path[:at] in known:
                found.setdefault(path, []).append(path[:at])
                found.setdefault(path[:at], []).append(path)
    return found
