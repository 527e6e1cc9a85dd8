"""What was recorded around some pieces of trouble, read once for all of them.

How much is read of one object is bounded by count: an operator may write a ConfigMap every ten
seconds, and a fortnight of that says no more than its last hours do, beyond how often it happens.
`cut` keeps of which objects something was left out, so that an answer can say so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from kubectl_smart.memory.graph.connections import Connections
from kubectl_smart.memory.graph.seen import Seen, seen_by
from kubectl_smart.memory.graph.weighing import AFTERWARDS, LOOK_BACK
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Committed, ReadStates
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

MOST_CHANGES = 500
"""So many changes of one object are looked at one by one, the newest of a window."""

MOST_MADE = 2_000
"""So many changes of the pods and Jobs that were made for one object, likewise."""

MOST_DERIVED = 5_000
"""So many changes of derived objects anywhere, those nearest to the end of a window."""

_SHORT = 1_000_000

MADE_BEFORE = 6 * 3_600_000_000
"""So long before trouble began it is known which pods were made."""

_LASTED = 6 * 3_600_000_000
"""So long after it began it is known whether trouble lasted."""


class Part(NamedTuple):
    """The newest changes of a window, oldest first; of how many."""

    changes: Sequence[Committed]
    of: int


class Around:
    """Reads the index around one or more pieces of trouble, and keeps what it has read.

    since, until  microseconds UTC: the first and the last instant at which any of it began
    over          when any of it was seen for the last time
    """

    def __init__(
        self, index: Index, read_states: ReadStates, since: int, until: int, over: int = 0
    ) -> None:
        self.connections = Connections(index, read_states)
        self.cut: dict[ObjectRef, Part] = {}
        self.index = index
        self.read_states = read_states
        self._since, self._until = since, until
        self._over = max(over, until) + AFTERWARDS + 1
        self._whole: dict[ObjectRef, _Sorted | None] = {}
        self._made: dict[ObjectRef, _Sorted | None] = {}
        self._seen: dict[ObjectRef, list[Committed]] = {}
        self._looked: dict[tuple[ObjectRef, int], Seen] = {}
        """By how many were not over: of two such sets of one object one is within the other."""
        self._nodes: dict[ObjectRef, str] = {}
        self._derived: dict[tuple[int, int], list[Committed]] = {}
        self._coverage: list[Heard] | None = None

    def changes(self, ref: ObjectRef, since: int, until: int) -> Part:
        """The newest changes of one object in a window, at most MOST_CHANGES; until excluded."""
        if ref not in self._whole:
            low = self._since - LOOK_BACK
            found = self.index.last_changes_of(ref, low, self._over, MOST_CHANGES + 1)
            self._whole[ref] = _Sorted(found) if len(found) <= MOST_CHANGES else None
        whole = self._whole[ref]
        if whole is not None:
            found = whole.between(since, until)
            return Part(found, len(found))
        found = self.index.last_changes_of(ref, since, until, MOST_CHANGES)
        if len(found) < MOST_CHANGES:
            return Part(found, len(found))
        part = Part(found, self.index.count_changes_of(ref, since, until))
        if part.of > len(found):
            self.cut.setdefault(ref, part)
        return part

    def made(self, ref: ObjectRef, since: int, until: int) -> tuple[list[Committed], int]:
        """(what was done to the pods and Jobs of an object, from when on that is all of it).

        Of a pod or Job that nobody owns, what was done to itself. At most MOST_MADE, the newest.
        """
        if ref not in self._made:
            low = self._since - MADE_BEFORE
            found = self._made_for(ref, low, self._until + 1, MOST_MADE + 1)
            self._made[ref] = _Sorted(found) if len(found) <= MOST_MADE else None
        whole = self._made[ref]
        if whole is not None:
            return whole.between(since, until), since
        found = self._made_for(ref, since, until, MOST_MADE)
        return found, since if len(found) < MOST_MADE else _at(found[0])

    def _made_for(self, ref: ObjectRef, since: int, until: int, most: int) -> list[Committed]:
        found = self.index.last_changes_owned(ref, since, until, most)
        if ref.kind in ("Pod", "Job"):
            own = self.index.last_changes_of(ref, since, until, most)
            found += [one for one in own if isinstance(one.record, Change) and not one.record.owner]
            found.sort(key=_at)
        return found[-most:]

    def seen(self, ref: ObjectRef, since: int, until: int | None = None) -> list[Committed]:
        """The warnings on an object, or on what it owns, that overlap a window.

        None: until six hours after trouble began; more is not read.
        """
        if ref not in self._seen:
            low, high = self._since - LOOK_BACK, self._until + AFTERWARDS + _LASTED
            once = {
                each.record.id: each
                for each in (
                    *self.index.observations(low, high, owner=ref, warnings_only=True),
                    *self.index.observations(low, high, about=ref, warnings_only=True),
                )
                if isinstance(each.record, Observation)
            }
            self._seen[ref] = list(once.values())
        return [
            each
            for each in self._seen[ref]
            if isinstance(each.record, Observation)
            and each.record.last_at >= since
            and (until is None or each.record.first_at < until)
        ]

    def looked(self, ref: ObjectRef, since: int) -> Seen:
        """What these warnings say; worked out once for each set of them."""
        found = self.seen(ref, since)
        key = ref, len(found)
        if key not in self._looked:
            self._looked[key] = seen_by(found)
        return self._looked[key]

    def node_of(self, pod: ObjectRef) -> str:
        """Where a pod was bound to, of all that is read; "" if that is not known."""
        if pod not in self._nodes:
            bound = [
                edit.after
                for each in self.index.changes_of(pod, until=self._over)
                if isinstance(each.record, Change)
                for edit in each.record.edits
                if edit.path == "spec.nodeName" and isinstance(edit.after, str)
            ]
            self._nodes[pod] = bound[-1] if bound else ""
        return self._nodes[pod]

    def derived(self, since: int, until: int) -> list[Committed]:
        """What was done to derived objects everywhere; of too many those nearest to the end.

        Read once for a window; at most MOST_DERIVED.
        """
        key = since, until
        if key not in self._derived:
            while True:
                found = self.index.changes_between(
                    since, until, derived=True, limit=MOST_DERIVED + 1
                )
                if len(found) <= MOST_DERIVED or until - since < _SHORT:
                    break
                since = (since + until) // 2
            self._derived[key] = found[:MOST_DERIVED]
        return self._derived[key]

    def measured_beside(self, at: int) -> bool:
        """Whether metrics that this question asked for tell of an instant."""
        return self.index.measured_beside(at)

    def coverage(self) -> list[Heard]:
        """What was heard."""
        if self._coverage is None:
            self._coverage = self.index.coverage()
        return self._coverage


class _Sorted:
    """Changes in order of time."""

    def __init__(self, changes: Sequence[Committed]) -> None:
        self._changes = changes
        self._times = [_at(each) for each in changes]

    def between(self, since: int, until: int) -> list[Committed]:
        """Those of a window, until excluded."""
        low, high = bisect_left(self._times, since), bisect_left(self._times, until)
        return list(self._changes[low:high])


def _at(each: Committed) -> int:
    return each.record.happened_at if isinstance(each.record, Change) else 0
