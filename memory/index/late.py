"""Changes that do not simply follow the newest one known: put in their place by time.

What comes after them was compared with another version when it was recorded, so their own edits
and their successor's are recomputed from the states; and the lives of the object may begin or end
elsewhere. The rule depends on the records alone: a change known in full has the difference to its
predecessor, if that too is known in full and one of the two is late (or they were recorded the
other way round). Changes of which only fields or the name are known keep their own edits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select, update

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.objects_known import Known, Order
from kubectl_smart.memory.index.schema import changes, spans
from kubectl_smart.memory.index.spans import FOREVER, node_of
from kubectl_smart.memory.records.facts import StatePlace

_c = changes.c
_columns = (
    _c.n, _c.happened_at, _c.version, _c.sequence, _c.id, _c.flags, _c.uid, _c.blob, _c.line,
    _c.detail,
)  # fmt: skip
_of_facet = (_c.object == bindparam("object"), _c.facet == bindparam("facet"))
_before = (
    select(*_columns)
    .where(*_of_facet, _c.happened_at < bindparam("at"))
    .order_by(_c.happened_at.desc(), _c.version.desc(), _c.sequence.desc(), _c.id.desc())
    .limit(1)
)
_with = select(*_columns).where(*_of_facet, _c.happened_at == bindparam("at"))
_after = (
    select(*_columns)
    .where(*_of_facet, _c.happened_at > bindparam("at"))
    .order_by(_c.happened_at, _c.version, _c.sequence, _c.id)
    .limit(1)
)
_known_id = select(_c.n).where(_c.id == bindparam("id"))
_all = (
    select(_c.happened_at, _c.flags)
    .where(*_of_facet)
    .order_by(_c.happened_at, _c.version, _c.sequence, _c.id)
)


class _Version(NamedTuple):
    n: int
    order: Order
    flags: int
    uid: bytes | None
    place: StatePlace | None
    detail: bytes | None

    @property
    def full(self) -> bool:
        return not self.flags & (packing.FIELDS | packing.NAME)

    @property
    def gone(self) -> bool:
        return bool(self.flags & packing.GONE)

    @property
    def late(self) -> bool:
        return bool(self.flags & packing.LATE)


def _version(row: Any) -> _Version:
    n, at, version, sequence, record_id, flags, uid, blob, line, detail = row
    place = None if blob is None else StatePlace(bytes(blob).hex(), line)
    return _Version(n, (at, version, sequence, bytes(record_id)), flags, uid, place, detail)


class Latecomers:
    """Puts single changes in their place; everything gathered must be flushed before."""

    def __init__(
        self, pen: Pen, read_states: Callable[[Sequence[StatePlace]], list[bytes | None]]
    ) -> None:
        self._pen = pen
        self._read_states = read_states

    def insert(self, row: tuple[Any, ...], order: Order, facet: int, known: Known) -> None:
        """One row of changes; nothing happens if it is there already."""
        if self._pen.select(_known_id, {"id": order[3]}):
            return
        self._pen.put(changes, row)
        self._pen.flush()
        where = {"object": known.number, "facet": facet, "at": order[0]}
        around = [
            _version(each)
            for statement in (_before, _with, _after)
            for each in self._pen.select(statement, where)
        ]
        around.sort(key=lambda each: each.order)
        position = next(i for i, each in enumerate(around) if each.order == order)
        for earlier, later in pairwise(around):
            if around[position] in (earlier, later):
                self._settle(earlier, later)
        newest = known.newest[facet]
        if newest is None or order > newest:
            known.newest[facet] = order
            known.late[facet] = around[position].late
        before = around[position - 1] if position else None
        within_a_life = before is not None and not before.gone and not around[position].gone
        if (facet == 0 and not within_a_life) or (facet == 1 and known.newest[0] is None):
            self.relive(known)

    def _settle(self, earlier: _Version, later: _Version) -> None:
        """Give the later one the difference to the earlier one, where the rule says so."""
        disordered = earlier.late or later.late or later.order[2] < earlier.order[2]
        if not (disordered and earlier.full and later.full) or later.gone:
            return
        edits: list[list[Any]] = []
        if not earlier.gone and earlier.uid == later.uid:
            if earlier.place is None or later.place is None:
                return
            before, after = self._read_states([earlier.place, later.place])
            if before is None or after is None:
                return
            edits = packing.pack_edits(diff(orjson.loads(before), orjson.loads(after)))
        detail = packing.unpack_detail(later.detail)
        detail.pop("e", None)
        if edits:
            detail["e"] = edits
        self._pen.execute(
            update(changes).where(_c.n == later.n).values(detail=packing.pack_detail(detail))
        )

    def relive(self, known: Known) -> None:
        """Work out anew when the object began and ended to exist, from all its changes."""
        facet = 0 if known.newest[0] is not None else 1
        lives: list[tuple[int, int]] = []
        known.alive_from = None
        for at, flags in self._pen.select(_all, {"object": known.number, "facet": facet}):
            if not flags & packing.GONE:
                known.alive_from = at if known.alive_from is None else known.alive_from
            elif known.alive_from is not None:
                lives.append((known.alive_from, at))
                known.alive_from = None
        if known.alive_from is not None:
            lives.append((known.alive_from, FOREVER))
        self._pen.remove(spans, "key", [known.number], family=packing.LIFE)
        for from_at, to_at in lives:
            if from_at < to_at:
                node = node_of(from_at, to_at)
                self._pen.put(spans, (packing.LIFE, known.number, from_at, to_at, node))
        self._pen.flush()
