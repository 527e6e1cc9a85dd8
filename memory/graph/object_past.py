"""What was done to one object, in order, and found by what was done."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from kubectl_smart.memory.records.changes import Change, FieldEdit
from kubectl_smart.memory.records.facts import Committed

Done = tuple[str, str]
"""A field and what it was set to."""


def done(edits: Iterable[FieldEdit]) -> set[Done]:
    """What edits set."""
    return {(edit.path, repr(edit.after)) for edit in edits}


class Past:
    """The changes of one object, given in order of time."""

    def __init__(self, changes: Iterable[Committed]) -> None:
        self.committed = [each for each in changes if isinstance(each.record, Change)]
        self.changes = [one.record for one in self.committed if isinstance(one.record, Change)]
        self._times = [one.happened_at for one in self.changes]
        self._by_done: dict[Done, list[int]] = {}
        for at, one in enumerate(self.changes):
            for each in done(one.edits):
                self._by_done.setdefault(each, []).append(at)

    def same_before(self, what: Collection[Done], at: int) -> list[int]:
        """When all of that was done at once before an instant; microseconds UTC, in order."""
        if not what:
            return []
        first, *others = sorted((self._by_done.get(one, []) for one in what), key=len)
        wanted = [set(one) for one in others]
        end = bisect_left(self._times, at)
        return [
            self._times[one]
            for one in first
            if one < end and all(one in several for several in wanted)
        ]

    def between(self, after: int, until: int) -> Iterator[Change]:
        """The changes after one instant and before another, neither included, in order."""
        low, high = bisect_right(self._times, after), bisect_left(self._times, until)
        return islice(self.changes, low, high)


class Later:
    """The changes of one object after an instant, in order, found by what fields they set."""

    def __init__(self, changes: Iterable[Committed]) -> None:
        self._changes = [one.record for one in changes if isinstance(one.record, Change)]
        self._first: dict[tuple[str, Hashable], int] = {}
        self._others: dict[str, list[tuple[int, Any]]] = {}
        for at, one in enumerate(self._changes):
            for edit in one.edits:
                if isinstance(edit.after, Hashable):
                    self._first.setdefault((edit.path, edit.after), at)
                else:
                    self._others.setdefault(edit.path, []).append((at, edit.after))

    def first_to_set(self, values: Mapping[str, Any]) -> Change | None:
        """The first that set any of these fields (path -> value) to its value."""
        found = [
            at for path, value in values.items() if (at := self._set_at(path, value)) is not None
        ]
        return self._changes[min(found)] if found else None

    def _set_at(self, path: str, value: Any) -> int | None:
        if isinstance(value, Hashable):
            return self._first.get((path, value))
        return next((at for at, after in self._others.get(path, ()) if after == value), None)
