"""Keeps what objects say of others: each wiring once, and when each object had which.

Like edits and lives, intervals are a function of the set of records: in order they are carried on,
and what comes late has those of its object worked out anew from the wirings of all its changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from sqlalchemy import bindparam, select

from kubectl_smart.memory.formats.wiring import packing
from kubectl_smart.memory.formats.wiring.reading import is_read, wiring_of
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.objects_known import Known
from kubectl_smart.memory.index.schema import wired, wiring_terms, wirings
from kubectl_smart.memory.index.spans import FOREVER
from kubectl_smart.memory.records.changes import Change, Knowledge
from kubectl_smart.memory.records.facts import Committed, ReadStates, StatePlace
from kubectl_smart.memory.records.wiring import NOTHING, Wiring

_MOST = 50_000
"""Wirings whose numbers are at hand: some 7 MB."""

_find = select(wirings.c.n).where(wirings.c.digest == bindparam("digest"))


def _no_states(places: Sequence[StatePlace]) -> list[bytes | None]:
    return [None] * len(places)


class Wirings:
    """Gathers wirings and their intervals.

    read_states  how to read a state that is not at hand
    """

    def __init__(self, pen: Pen) -> None:
        self.read_states: ReadStates = _no_states
        self._pen = pen
        self._numbers: dict[bytes, int] = {}
        self._all = False
        self._intervals: dict[tuple[int, int], tuple[int, int, int]] = {}
        self.forget()

    def forget(self) -> None:
        """Start anew; to be called after a transaction that failed."""
        self._numbers.clear()
        self._intervals.clear()
        self._all = not self._pen.select(select(wirings.c.n).limit(1))

    def of(self, each: Committed, change: Change) -> int | None:
        """The number of the wiring of the state after a change; None if it says nothing."""
        if change.knowledge is not Knowledge.FULL or change.gone:
            return None
        if not is_read(change.object, derived=change.derived):
            return None
        state = change.state
        if state is None and each.place is not None:
            (state,) = self.read_states([each.place])
        if state is None:
            return None
        wiring = wiring_of(change.object, orjson.loads(state))
        return None if wiring == NOTHING else self._number(wiring)

    def _number(self, wiring: Wiring) -> int:
        plain = packing.plain(wiring)
        digest = packing.digest(plain)
        found = self._numbers.get(digest)
        if found is not None:
            return found
        rows = [] if self._all else self._pen.select(_find, {"digest": digest})
        if rows:
            found = int(rows[0][0])
        else:
            found = self._pen.number(wirings)
            self._pen.put(wirings, (found, digest, packing.pack(plain)))
            for term in packing.terms(wiring):
                self._pen.put(wiring_terms, (term, found))
        if len(self._numbers) >= _MOST:
            self._pen.flush()  # what is asked for must be there to be found
            self._numbers.clear()
            self._all = False
        self._numbers[digest] = found
        return found

    def is_now(self, known: Known, at: int, wiring: int | None, change: int) -> None:
        """From an instant on the object has this wiring; None if it says nothing, or is gone."""
        if known.wired is not None:
            since, held, brought = known.wired
            if held == wiring:
                return
            self._intervals[known.number, since] = at, held, brought
            known.wired = None
        if wiring is not None:
            known.wired = at, wiring, change
            self._intervals[known.number, at] = FOREVER, wiring, change

    def anew(self, known: Known) -> None:
        """Drop all intervals of an object, which are then told again."""
        self._pen.remove(wired, "object", [known.number])
        known.wired = None

    def flush(self) -> None:
        """Hand the intervals gathered to the pen."""
        empty = []
        for (number, from_at), (to_at, wiring, change) in self._intervals.items():
            if from_at < to_at:
                self._pen.put(wired, (number, from_at, to_at, wiring, change))
            else:
                empty.append((number, from_at))
        self._intervals.clear()
        for number, from_at in empty:
            self._pen.remove(wired, "object", [number], from_at=from_at)
