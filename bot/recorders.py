"""The recorder of a memory put together: spool, fold, store and index."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubectl_smart.capture.decoding.fold import Fold
from kubectl_smart.capture.decoding.knowing import FoldState, resumed
from kubectl_smart.capture.decoding.observing import FOLDED
from kubectl_smart.capture.decoding.state import SeedState
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.records.changes import Facet
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import Spool
from kubectl_smart.memory.store.recorder import Recorder

_REMEMBERED_GONE = 3_600_000_000
"""Objects gone within this many microseconds before the memory's end are known to be gone, so
that changes arriving late for them are told from new objects: longer than sources lag."""


def recorder_of(
    memory: Memory,
    spool: Spool,
    state: FoldState | None = None,
    on_committed: Callable[[Sequence[Committed]], None] | None = None,
) -> Recorder[FoldState]:
    """A recorder that brings what is in the spool into the memory, open for writing.

    state         what the fold knows; None: all that the memory ends with
    on_committed  is told what has been committed and indexed
    """

    def previous(ref: ObjectRef, uid: str, facet: Facet, at: int) -> bytes | None:
        place = memory.index.previous_state(ref, uid, facet, at)
        return None if place is None else memory.store.read_states([place])[0]

    def committed(records: list[Committed], tips: dict[str, str]) -> None:
        memory.index.apply(records, tips, memory.store.read_states)
        if on_committed is not None:
            on_committed(records)

    return Recorder(
        memory.store,
        spool,
        Fold(),
        fold_state(memory) if state is None else state,
        previous=previous,
        on_committed=committed,
    )


def fold_state(memory: Memory) -> FoldState:
    """What the fold must know to go on where the memory ends."""
    index, store = memory.index, memory.store
    seeds = index.fold_seed()
    newest = max((seed.happened_at for seed in seeds), default=0)
    seeds = index.fold_seed(gone_since=newest - _REMEMBERED_GONE)
    placed = [seed.place for seed in seeds if seed.place is not None]
    states = iter(store.read_states(placed))
    found = [SeedState(*seed[:-1], None if seed.place is None else next(states)) for seed in seeds]
    lately = index.observations(newest - FOLDED, None)
    seen = [each.record for each in lately if isinstance(each.record, Observation)]
    return resumed(found, seen)
