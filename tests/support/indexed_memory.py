"""A memory on disk with its index kept up live, and every look-up of an index asked at once.

    with Indexed.open(tmp_path / "memory", place) as memory:
        memory.tell([record, record], [record])      # one entry of the spool each
        memory.record(workload(300))                 # or through the simple fold
        memory.index.changes_of(...)

`place` is where the index is: a file or a PostgreSQL URL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plain_index import PlainIndex
from simple_fold import SimpleFold, seeded

from kubectl_smart.memory.formats.wiring.packing import choosing, labelled, naming
from kubectl_smart.memory.index.opening import Index, open_index
from kubectl_smart.memory.index.rows import Outline, Wired
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed, Record
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.store.git_store import GitStore
from kubectl_smart.memory.store.protocols import SpoolEntry, SpoolItem
from kubectl_smart.memory.store.recorder import Recorder
from kubectl_smart.memory.store.spool import FileSpool


class Told:
    """A fold that is told the records of each entry; its state is the number of the entry."""

    def __init__(self, records: Sequence[Sequence[Record]]) -> None:
        self._records = records

    def fold(self, state: int, entry: SpoolEntry) -> tuple[int, list[tuple[int, Record]]]:
        """The records of the next entry."""
        return state + 1, [(entry.sequence, record) for record in self._records[state]]

    def close(self, state: int) -> tuple[int, list[tuple[int, Record]]]:
        """Nothing is ever open."""
        return state, []

    def low_water(self, _state: int) -> int | None:
        """Nothing is ever open."""
        return None


@dataclass
class Indexed:
    """The store, the spool, the index, and what was delivered to it, batch by batch."""

    store: GitStore
    spool: FileSpool
    index: Index
    live: list[Committed] = field(default_factory=list)
    batches: list[tuple[list[Committed], dict[str, str]]] = field(default_factory=list)
    told: int = 0

    @classmethod
    @contextmanager
    def open(cls, path: Path, place: str | Path) -> Iterator[Indexed]:
        """A new memory, with a new index."""
        with GitStore.open(path, create=True) as store:
            spool = FileSpool(path / "smart" / "spool", floor=store.last_sequence())
            index = open_index(place, create=True, read_only=False)
            try:
                yield cls(store, spool, index)
            finally:
                index.close()
                spool.close()

    def tell(self, *entries: Sequence[Record], every: int = 50) -> None:
        """Record these records as they are, apart from what the recorder does to late ones."""
        items = []
        for records in entries:
            self.told += 1
            at = max((_when(record) for record in records), default=0)
            items.append(SpoolItem(f"told-{self.told}/ResponseComplete", "test", at, b"-"))
        self.spool.append(items)
        self._drain(Told(entries), 0, every=every, final=True)

    def record(self, items: list[SpoolItem], *, every: int = 50, final: bool = True) -> None:
        """Spool the items and drain them through the simple fold."""
        self.spool.append(items)
        self._drain(SimpleFold(), seeded(self.store.live_states()), every=every, final=final)

    def _drain(self, fold: Any, state: Any, *, every: int, final: bool) -> None:
        recorder = Recorder(
            self.store,
            self.spool,
            fold,
            state,
            previous=self._previous,
            on_committed=self._committed,
            checkpoint_every=every,
        )
        recorder.drain(final)

    def _committed(self, committed: list[Committed], tips: dict[str, str]) -> None:
        self.live += committed
        self.batches.append((list(committed), dict(tips)))
        self.index.apply(committed, tips, self.store.read_states)

    def _previous(self, ref: ObjectRef, uid: str, facet: Facet, at: int) -> bytes | None:
        place = self.index.previous_state(ref, uid, facet, at)
        return None if place is None else self.store.read_states([place])[0]


def _when(record: Record) -> int:
    for name in ("last_at", "until", "to_at", "happened_at"):
        found = getattr(record, name, None)
        if isinstance(found, int):
            return found
    raise AssertionError(record)


def answers(index: Index | PlainIndex, live: Sequence[Committed]) -> dict[str, str]:
    """Look-up -> repr of what it answers, for everything worth asking about these records."""
    found: dict[str, str] = {}

    def ask(name: str, look_up: Callable[..., Any], *args: Any, **named: Any) -> None:
        told = ", ".join([*map(repr, args), *(f"{key}={value!r}" for key, value in named.items())])
        found[f"{name}({told})"] = repr(look_up(*args, **named))

    changes = [one.record for one in live if isinstance(one.record, Change)]
    refs = sorted({one.object for one in changes})
    places = sorted({ref.namespace for ref in refs} | {"nowhere"})
    moments = _moments(live)
    with index.snapshot():
        for name in ("tips", "counts", "kinds", "coverage", "fold_seed", "incidents"):
            ask(name, getattr(index, name))
        for name in ("notes", "steps", "observations", "dependencies"):
            ask(name, getattr(index, name))
        ask("incidents", index.incidents, versions=True)
        for derived in (False, True):
            ask("changes_between", index.changes_between, None, None, derived=derived)
        if moments:
            window = moments[0], moments[-1], 7_000_000
            ask("acts_between", lambda *asked: _unnumbered_acts(index, *asked), *window[:2])
            for namespace in places:
                some = (None, window[1], namespace)
                ask("acts_between", lambda *asked: _unnumbered_acts(index, *asked), *some)
            ask("busy_slots", lambda *asked: sorted(index.busy_slots(*asked)), *window)
        for at in moments:
            _ask_at(ask, index, at, moments[len(moments) // 2], places)
        for ref in refs[:: max(1, len(refs) // 24)]:
            _ask_about(ask, index, ref, moments)
        for ref in refs[:: max(1, len(refs) // 24)]:
            _ask_wiring(ask, index, ref, moments)
        ids = [one.id for one in changes]
        ask("notes_explaining", index.notes_explaining, ids)
        ask("notes", index.notes, retracted=True)
        for one in [one.record.id for one in live if isinstance(one.record, Note)][:20]:
            for length in (6, 32):
                ask("note", index.note, one[:length])
        ask("has_audit_ids", lambda wanted: sorted(index.has_audit_ids(wanted)), _audits(live))
        for one in ids[:40]:
            for length in (1, 7, 32):
                ask("change", index.change, one[:length])
        for text in ("note", "careful outage", "b*", "note 1*", "", "an OUTAGE", "absent"):
            ask("search", index.search, text)
    return found


def _unnumbered_acts(index: Any, *asked: Any) -> list[Any]:
    return [one._replace(number=0) for one in index.acts_between(*asked)]


def _ask_at(ask: Any, index: Any, at: int, until: int, places: list[str]) -> None:
    ask("state_at", index.state_at, at)
    ask("fold_seed", index.fold_seed, gone_since=at)
    ask("neighbours", index.neighbours, at)
    for derived in (False, True):
        ask("changes_between", index.changes_between, at, until, derived=derived, limit=7)
    ask("observations", index.observations, at, until, warnings_only=True)
    ask("dependencies", index.dependencies, at, until)
    ask("steps", index.steps, at, until)
    ask("notes", index.notes, None, at)
    for namespace in places:
        ask("state_at", index.state_at, at, namespace, [("", "Pod")])
        ask("neighbours", index.neighbours, at, namespace)
        ask("changes_between", index.changes_between, at, None, namespace, True, 5)
        ask("observations", index.observations, None, at, namespace)
        ask("steps", index.steps, None, at, namespace)


def _ask_about(ask: Any, index: Any, ref: ObjectRef, moments: list[int]) -> None:
    ask("find_objects", index.find_objects, None, ref.name, None)
    ask("find_objects", index.find_objects, [(ref.group, ref.kind)], ref.name, ref.namespace)
    ask("similar", index.similar, f"{ref.name}x", ref.kind, ref.namespace)
    ask("notes_about", index.notes_about, ref)
    ask("observations", index.observations, about=ref)
    ask("observations", index.observations, owner=ref)
    ask("dependencies", index.dependencies, caller=ref)
    ask("dependencies", index.dependencies, callee=ref)
    ask("steps", index.steps, target=ref)
    for facet in Facet:
        ask("changes_of", index.changes_of, ref, facet)
        ask("changes_of", index.changes_of, ref, facet, moments[1], moments[-2])
        ask("changes_of", index.changes_of, ref, facet, None, moments[-2], 2)
    for window in ((moments[0], moments[-1] + 1), (moments[1], moments[-2])):
        ask("count_changes_of", index.count_changes_of, ref, *window)
        for limit in (1, 3, 100):
            ask("last_changes_of", index.last_changes_of, ref, *window, limit)
            ask("last_changes_owned", index.last_changes_owned, ref, *window, limit)
    for until in (None, *moments[::3]):
        ask("outlines_of", lambda one, end: _unnumbered(index.outlines_of(one, end)), ref, until)
    for at in moments[::3]:
        ask("neighbours", index.neighbours, at, ref=ref)
        ask("state_at", index.state_at, at, ref.namespace, None, ref.name)
        for uid in ("", f"uid-{ref.name}", "another"):
            for facet in Facet:
                ask("previous_state", index.previous_state, ref, uid, facet, at)


def _ask_wiring(ask: Any, index: Any, ref: ObjectRef, moments: list[int]) -> None:
    def with_changes(wired: Sequence[Wired]) -> list[tuple[Any, ...]]:
        listed = index.listed({one.change for one in wired})
        return [(*one[:-1], listed[one.change].record.id) for one in wired]

    ask("lives_of", index.lives_of, ref)
    ask("wired_of", lambda one: with_changes(index.wired_of(one)), ref)
    for window in ((None, None), (moments[1], moments[-2])):
        ask("wired_between", lambda *one: with_changes(index.wired_between(*one)), *window)
    some = [naming(ref), labelled(None), choosing(("app", "api"))]
    for place in (None, ref.namespace, "nowhere"):
        ask("wired_with", lambda one, two: with_changes(index.wired_with(one, two)), some, place)


def _unnumbered(outlines: Sequence[Outline]) -> list[Outline]:
    """Without what differs from index to index."""
    return [one._replace(number=0) for one in outlines]


def _moments(live: Sequence[Committed]) -> list[int]:
    """Some instants of these records: before, at, between and after them."""
    known = sorted({_when(one.record) for one in live}) or [0]
    some = known[:: max(1, len(known) // 12)]
    return [known[0] - 1, *(at + more for at in some for more in (0, 1)), known[-1] + 1]


def _audits(live: Sequence[Committed]) -> list[str]:
    found = ["never seen", ""]
    for one in live:
        if isinstance(one.record, Change | Observation):
            found.append(one.record.audit_id)
        elif isinstance(one.record, Step):
            found += one.record.audit_ids
    return sorted(set(found))
