"""Pods that were evicted or went away, and the node that each was on: everything read once.

Where twenty nodes are drained one after the other, each of twenty questions would read the same
evictions again, and ask of each again which node it was on.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.store.git_store import GitStore

MOST_AFTER = 5_000
"""Of a busy time about so many changes are looked through, and of what is read at once."""

_SLOT = 15_000_000
"""Microseconds that are read at once."""


class PodsTaken:
    """What took pods away in any window, as one instant of the index has it."""

    def __init__(self, store: GitStore, index: Index) -> None:
        self._store = store
        self._index = index
        self._slots: dict[int, tuple[int, list[Change]]] = {}
        self._nodes: dict[str, str] = {}

    def between(self, since: int, until: int, most: int = MOST_AFTER) -> list[Change]:
        """Evictions asked for, and pods gone, by time; microseconds, the second excluded.

        most  looked through are about so many changes, the first ones
        """
        found: list[Change] = []
        looked = 0
        for slot in range(since // _SLOT, (until - 1) // _SLOT + 1):
            if looked >= most:
                break
            count, taken = self._read(slot)
            looked += count
            found += [one for one in taken if since <= one.happened_at < until]
        return found

    def on(self, node: str, taken: Iterable[Change]) -> list[Change]:
        """Those of pods that were on the node just before."""
        several = list(taken)
        self._look_up(one for one in several if one.id not in self._nodes)
        return [one for one in several if self._nodes[one.id] == node]

    def _read(self, slot: int) -> tuple[int, list[Change]]:
        """How many changes there were, and those of them that took a pod away."""
        if slot not in self._slots:
            begin = slot * _SLOT
            found = self._index.changes_between(
                begin, begin + _SLOT, derived=True, limit=MOST_AFTER
            )
            taken = [each.record for each in found if isinstance(each.record, Change)]
            self._slots[slot] = (
                len(found),
                [one for one in taken if one.object.kind == "Pod" and is_taken(one)],
            )
        return self._slots[slot]

    def _look_up(self, several: Iterable[Change]) -> None:
        places = {}
        for one in several:
            self._nodes[one.id] = ""
            before = one.happened_at - 1
            place = self._index.previous_state(one.object, "", Facet.OBJECT, before)
            if place is not None:
                places[one.id] = place
        states = self._store.read_states(list(places.values()))
        for change_id, state in zip(places, states, strict=True):
            self._nodes[change_id] = _node(state)


def is_taken(change: Change) -> bool:
    """Whether it evicts what it is about, or that is gone with it."""
    return change.verb == "evict" or change.gone


def _node(state: bytes | None) -> str:
    spec = {} if state is None else orjson.loads(state).get("spec")
    return str(spec.get("nodeName") or "") if isinstance(spec, dict) else ""
