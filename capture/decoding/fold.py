"""The fold over everything accepted: (state, spool entry) -> (state, records). Pure.

Implements `memory.store.protocols.Fold` for everything that goes into the spool. It decides nothing
by the clock, by chance or by what another process does, so that a recorder may give it the same
entries again and gets the same records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

import orjson

from kubectl_smart.capture import statements
from kubectl_smart.capture.decoding import (
    alerts,
    asked,
    audit,
    declared,
    metrics,
    service_graph,
    watched,
)
from kubectl_smart.capture.decoding.knowing import (
    FoldState,
    Numbered,
    closed,
    low_water,
    open_entries,
    swept,
)
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem

HEARD = "heard"
"""Source of the entries that say how far a source has listened; their body is JSON."""

TICK = "tick"
"""Source of the entries by which a live process says that time passes though nothing is heard;
their body is JSON, the instant up to which everything is taken to have been told."""

_Folded: TypeAlias = tuple[FoldState, Sequence[Numbered]]


def heard_item(heard: Heard, now: int) -> SpoolItem:
    """An entry that says what was heard; the same interval has the same key."""
    key = f"{HEARD}/{heard.source}/{heard.session}/{heard.from_at}-{heard.to_at}"
    body = orjson.dumps([heard.source, heard.session, heard.from_at, heard.to_at])
    return SpoolItem(key, HEARD, now, body)


def tick_item(now: int, lag: int) -> SpoolItem:
    """An entry that says: all that took place until `lag` microseconds ago has been told."""
    return SpoolItem(f"{TICK}/{now}", TICK, now, orjson.dumps(now - lag))


class Fold:
    """The fold as the recorder takes it; holds nothing itself."""

    def fold(self, state: FoldState, entry: SpoolEntry) -> _Folded:
        """The next state, and the records complete with this entry."""
        take = _BY_SOURCE.get(entry.source, audit.requested)
        if entry.received_at < min(state.held.due_at, state.admitted.due_at):
            return take(state, entry)
        state, overdue = watched.overdue(state, entry)
        state, unheard = watched.unheard(state, entry)
        state, made = take(state, entry)
        return state, [*overdue, *unheard, *made]

    def close(self, state: FoldState) -> _Folded:
        """Complete everything open: the input has ended."""
        return closed(state)

    def low_water(self, state: FoldState) -> int | None:
        """The lowest sequence of an entry that belongs to something open; None if none does."""
        return low_water(state)

    def open_entries(self, state: FoldState) -> Collection[int]:
        """Sequences of every entry that belongs to something still open."""
        return open_entries(state)


def _heard(state: FoldState, entry: SpoolEntry) -> _Folded:
    source, session, from_at, to_at = orjson.loads(entry.body)
    heard = Heard(source=source, session=session, from_at=from_at, to_at=to_at)
    return state, [(entry.sequence, heard)]


def _said(state: FoldState, entry: SpoolEntry) -> _Folded:
    return state, [(entry.sequence, statements.record_of(entry.source, entry.body))]


def _ticked(state: FoldState, entry: SpoolEntry) -> _Folded:
    return swept(state, orjson.loads(entry.body))


def _alerted(state: FoldState, entry: SpoolEntry) -> _Folded:
    return state, [(entry.sequence, alerts.observation_of(entry, state.objects))]


def _declared(state: FoldState, entry: SpoolEntry) -> _Folded:
    return state, [(entry.sequence, declared.change_of(entry))]


def _shifted(state: FoldState, entry: SpoolEntry) -> _Folded:
    return state, [(entry.sequence, metrics.observation_of(entry, state.objects))]


def _called(state: FoldState, entry: SpoolEntry) -> _Folded:
    return state, [(entry.sequence, service_graph.dependency_of(entry, state.objects))]


_BY_SOURCE: dict[str, Callable[[FoldState, SpoolEntry], _Folded]] = {
    HEARD: _heard,
    TICK: _ticked,
    watched.SOURCE: watched.seen,
    asked.SOURCE: watched.asked,
    alerts.SOURCE: _alerted,
    declared.SOURCE: _declared,
    metrics.SOURCE: _shifted,
    service_graph.SOURCE: _called,
    **dict.fromkeys(statements.SOURCES, _said),
}
"""Everything else is an audit event."""
