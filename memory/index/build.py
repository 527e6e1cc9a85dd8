"""Builds the index from records that stand in git: live, catching up, or from the beginning.

All three go through `Builder.apply`, so that an index built anew holds what the one it replaces
held. A batch and the tips it reaches are one transaction: a process killed at any instant leaves
an index that lags behind git, never one that leads, and `catch_up` goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Engine, select

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.engines import our_words, transaction
from kubectl_smart.memory.index.entering import Entries
from kubectl_smart.memory.index.hearing import hear
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.late import Latecomers
from kubectl_smart.memory.index.linking.trouble import Trouble
from kubectl_smart.memory.index.linking.writing import Links
from kubectl_smart.memory.index.objects_known import Known, ObjectsKnown, Order
from kubectl_smart.memory.index.reading import REBUILD
from kubectl_smart.memory.index.rows import IndexUnusable
from kubectl_smart.memory.index.schema import (
    SCHEMA_VERSION,
    audits,
    changes,
    meta,
    metadata,
    spans,
)
from kubectl_smart.memory.index.schema import (
    tips as tips_table,
)
from kubectl_smart.memory.index.spans import FOREVER, node_of
from kubectl_smart.memory.index.wirings import Wirings
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.facts import Committed, ReadStates
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.store.branches import MAIN
from kubectl_smart.memory.store.protocols import Store

_BATCH = 5_000
_FACETS = {Facet.OBJECT: 0, Facet.STATUS: 1, Facet.DECLARED: 2}
_MACHINES = (ActorKind.CONTROLLER, ActorKind.NODE)
_KNOWLEDGE = {Knowledge.FULL: 0, Knowledge.FIELDS: packing.FIELDS, Knowledge.NAME: packing.NAME}


class Builder:
    """The one writer of an index."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stale = False
        self._owed: Committed | None = None
        with our_words():
            self._connection = engine.connect()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        with transaction(self._connection):
            metadata.create_all(self._connection)
        with our_words():
            self._pen = Pen(self._engine, self._connection)
            self._put_change = self._pen.adder(changes)
            self._objects = ObjectsKnown(self._pen)
            self._trouble = Trouble(self._pen, self._objects)
            self._entries = Entries(self._pen, self._objects, self._trouble.touched)
            self._wirings = Wirings(self._pen)
            self._links = Links(self._pen, self._objects)
            self._connection.rollback()
        self._lives: dict[tuple[int, int], int] = {}
        with transaction(self._connection):
            if not self._pen.select(select(meta)):
                self._pen.put(meta, ("version", SCHEMA_VERSION))
                self._pen.put(meta, ("complete", "1"))
                self._pen.flush()

    def close(self) -> None:
        """Let go of the connection. Closing twice is fine."""
        self._connection.close()
        self._engine.dispose()

    def compact(self) -> None:
        """Give back the room that insertions left in the tables' pages."""
        with our_words(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM")

    def apply(
        self, committed: Iterable[Committed], tips: dict[str, str], read_states: ReadStates
    ) -> int:
        """See `Index.apply`. Returns how many records were given."""
        given = list(committed)
        if self._owed is not None and given[:1] != [self._owed]:
            raise IndexUnusable("the index is behind git: a batch was not applied", REBUILD)
        if self._stale:
            self._forget()
        try:
            with transaction(self._connection):
                late = Latecomers(self._pen, self._wirings, read_states)
                self._wirings.read_states = read_states
                heard: list[Heard] = []
                put_audit = self._pen.adder(audits)
                for each in given:
                    record = each.record
                    if isinstance(record, Change):
                        if record.audit_id:
                            put_audit((packing.pack_uuid(record.audit_id),))
                        self._change(each, record, late)
                        self._trouble.touched(record.happened_at)
                    elif isinstance(record, Heard):
                        self._trouble.touched(record.from_at)
                        heard.append(record)
                    else:
                        self._entries.add(each)
                self._flush()
                late.settle()
                self._links.settle(late.told_anew)
                hear(self._pen, heard)
                self._trouble.settle()
                for branch, commit in tips.items():
                    self._pen.put(tips_table, (branch, bytes.fromhex(commit)))
                self._pen.flush()
        except BaseException:
            self._stale = True
            self._owed = given[0] if given else self._owed
            raise
        self._owed = None
        self._objects.trim()
        return len(given)

    def keep_trouble_links(self, rules: str, until: int, links: Iterable[Link]) -> None:
        """See `Index.keep_trouble_links`."""
        if self._stale:
            self._forget()
        try:
            with transaction(self._connection):
                self._trouble.keep(rules, until, links)
        except BaseException:
            self._stale = True
            raise

    def _forget(self) -> None:
        """A transaction failed: what was kept in memory may never have been written."""
        self._lives.clear()
        self._entries.forget()
        with our_words():
            self._wirings.forget()
            self._pen.load()
            self._objects.forget()
            self._links.forget()
            self._trouble.load()
            self._connection.rollback()
        self._stale = False

    def _flush(self) -> None:
        self._entries.flush()
        self._wirings.flush()
        gone = []
        for (number, from_at), to_at in self._lives.items():
            if from_at < to_at:
                node = node_of(from_at, to_at)
                self._pen.put(spans, (packing.LIFE, number, from_at, to_at, node))
            else:
                gone.append((number, from_at))
        self._lives.clear()
        self._pen.flush()
        for number, from_at in gone:
            self._pen.remove(spans, "key", [number], family=packing.LIFE, from_at=from_at)

    # --- changes --------------------------------------------------------------------------

    def _change(self, each: Committed, change: Change, late: Latecomers) -> None:
        known = self._objects.get(change.object, change.uid)
        facet = _FACETS[change.facet]
        order: Order = (
            change.happened_at,
            packing.numeric_version(change.resource_version),
            each.sequence,
            packing.pack_id(change.id),
        )
        wiring = self._wirings.of(each, change) if facet == 0 else None
        row = self._row(each, change, known, order, facet, wiring)
        self._put_change(row)
        self._links.add(each, known, order, row[0], self._wirings.read_states)
        if change.late or known.disturbed or not _follows(order, known, facet):
            late.add(known, facet, order)
            self._links.out_of_order(row[0])
            return
        known.newest[facet] = known.top[facet] = order
        if facet == 0 and (change.gone or change.knowledge is Knowledge.FULL):
            self._wirings.is_now(known, order[0], wiring, row[0])
        if facet == 0 or (facet == 1 and known.newest[0] is None):
            self._live(known, change.happened_at, gone=change.gone)

    def _live(self, known: Known, at: int, *, gone: bool) -> None:
        """The object was there at that instant, or ceased to be."""
        if not gone and known.alive_from is None:
            known.alive_from = at
            self._lives[known.number, at] = FOREVER
        elif gone and known.alive_from is not None:
            self._lives[known.number, known.alive_from] = at
            known.alive_from = None

    def _row(
        self,
        each: Committed,
        change: Change,
        known: Known,
        order: Order,
        facet: int,
        wiring: int | None,
    ) -> tuple[Any, ...]:
        detail: dict[str, object] = {}
        if change.edits:
            detail["e"] = packing.pack_edits(change.edits)
        if change.reason:
            detail["r"] = change.reason
        if change.not_before:
            detail["b"] = change.not_before
        if change.attribution:
            detail["a"] = change.attribution
        if order[1] < 0 and change.resource_version:
            detail["n"] = change.resource_version
        via = change.via
        if via and change.actor.kind not in _MACHINES:
            detail["v"] = via
            via = ""
        uid = packing.pack_uuid(change.uid)
        owner = change.owner
        flags = _KNOWLEDGE[change.knowledge]
        flags |= packing.DERIVED * change.derived | packing.LATE * change.late
        place = each.place
        return (
            self._pen.number(changes),
            order[3],
            known.number,
            facet,
            1 if change.derived or facet == 1 else 0,
            known.namespace,
            order[0],
            order[1],
            order[2],
            flags | packing.GONE * change.gone,
            self._pen.manner(change.verb, change.actor, via),
            None if owner is None else self._objects.get(owner).number,
            None if uid == (known.uid or b"") else uid,
            packing.pack_uuid(change.audit_id) or None,
            each.recorded_at,
            self._pen.commit(each.branch, each.commit),
            None if place is None else bytes.fromhex(place.blob),
            -1 if place is None else place.line,
            packing.pack_detail(detail),
            wiring,
        )

    # --- from git ---------------------------------------------------------------------------

    def catch_up(self, store: Store) -> int:
        """Apply what is new on every branch; returns how many records that were.

        IndexUnusable if the index does not belong to this history: it must be built anew.
        """
        self._owed = None  # whatever is missing is applied now
        if self._stale:
            self._forget()
        tips = store.tips()
        mine = self._tips()
        if mine.keys() - tips.keys():
            raise IndexUnusable("the index knows branches that the memory does not have", REBUILD)
        if not mine and tips:
            self._mark("0")
        done = 0
        for branch in _in_order(tips):
            if mine.get(branch) == tips[branch]:
                continue
            try:
                done += self._follow(store, branch, mine.get(branch), tips[branch])
            except MemoryDamaged as error:
                if branch not in mine:
                    raise
                raise IndexUnusable(f"the index is of another history: {error}", REBUILD) from error
        self._mark("1")
        return done

    def _follow(self, store: Store, branch: str, since: str | None, tip: str) -> int:
        """Apply a branch's history in batches that end with a commit."""
        done = 0
        for batch in _batches(store.history(branch, since)):
            done += self.apply(batch, {branch: batch[-1].commit}, store.read_states)
        self.apply((), {branch: tip}, store.read_states)
        return done

    def _tips(self) -> dict[str, str]:
        with our_words():
            rows = self._pen.select(select(tips_table))
            self._connection.rollback()
        return {branch: bytes(commit).hex() for branch, commit in rows}

    def _mark(self, complete: str) -> None:
        with transaction(self._connection):
            self._pen.put(meta, ("complete", complete))
            self._pen.flush()


def _follows(order: Order, known: Known, facet: int) -> bool:
    """Whether a change comes after all that is known of its facet, by time and as recorded."""
    newest = known.newest[facet]
    if newest is None:
        return bool(facet) or known.newest[1] is None
    return known.top[facet] == newest and order > newest and order[2] >= newest[2]


def _in_order(tips: dict[str, str]) -> list[str]:
    return sorted(tips, key=lambda branch: (branch != MAIN, branch))


def _batches(history: Iterator[Committed]) -> Iterator[list[Committed]]:
    """Batches of some thousand records, never cut within a commit."""
    batch: list[Committed] = []
    for each in history:
        if len(batch) >= _BATCH and each.commit != batch[-1].commit:
            yield batch
            batch = []
        batch.append(each)
    if batch:
        yield batch


def clear(engine: Engine) -> None:
    """Drop the tables of an index that cannot be used."""
    with our_words(), engine.connect() as connection, transaction(connection):
        metadata.drop_all(connection)
    engine.dispose()
