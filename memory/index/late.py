"""Changes that do not simply follow the newest one known: their neighbours are settled anew.

A change that comes late (or from the other branch, when an index is built anew) stands between
two others, and what follows it was compared with another version when it was recorded. Which
edits a change has in the index is a function of the set of records alone:

- Recorded in order (it is not late, and the change before it by time is the one recorded before
  it, late ones aside): its own, as recorded.
- Otherwise the difference of its state to that of the change before it by time; none if that one
  took the object away, if it was another object of the same name (its uid), or if there is none.
- Where one of the two states is not known in full, again its own, as recorded.

So that this holds in whatever order records come in, recorded edits that had to give way are
kept in the detail. The lives of the object, too, are worked out anew from all its changes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, select, update

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.objects_known import Known, Order, rank_of
from kubectl_smart.memory.index.schema import changes, spans
from kubectl_smart.memory.index.spans import FOREVER, node_of
from kubectl_smart.memory.index.wirings import Wirings
from kubectl_smart.memory.records.facts import StatePlace

_c = changes.c
_all = select(_c.n, _c.flags, _c.happened_at, _c.version, _c.sequence, _c.id, _c.wiring).where(
    _c.object == bindparam("object"), _c.facet == bindparam("facet")
)
_closely = select(_c.n, _c.uid, _c.blob, _c.line, _c.detail).where(
    _c.n.in_(bindparam("numbers", expanding=True))
)
_settled = update(changes).where(_c.n == bindparam("number")).values(detail=bindparam("settled"))
_CHUNK = 400


class _Version(NamedTuple):
    n: int
    flags: int
    order: Order
    wiring: int | None

    @property
    def full(self) -> bool:
        return not self.flags & (packing.FIELDS | packing.NAME)

    @property
    def gone(self) -> bool:
        return bool(self.flags & packing.GONE)


class _Pair(NamedTuple):
    """A change, and what its edits are to be the difference to; None for its own edits."""

    later: int
    earlier: int | None
    own: bool
    uid: bytes | None


class ToldAnew(NamedTuple):
    """The packed edits of a change; whether they are the difference to the state before it."""

    edits: Sequence[list[Any]]
    compared: bool


class Latecomers:
    """Gathers what came out of order, and settles it once all rows of a batch are written.

    told_anew  number of a change -> the edits it has now; of those that may have had others
    """

    def __init__(
        self,
        pen: Pen,
        wirings: Wirings,
        read_states: Callable[[Sequence[StatePlace]], list[bytes | None]],
    ) -> None:
        self._pen = pen
        self._wirings = wirings
        self._read_states = read_states
        self._late: dict[tuple[int, int], tuple[Known, list[Order]]] = {}
        self.told_anew: dict[int, ToldAnew] = {}

    def add(self, known: Known, facet: int, order: Order) -> None:
        """A change of this object, whose row was handed to the pen, came out of order."""
        known.disturbed = True
        self._late.setdefault((known.number, facet), (known, []))[1].append(order)

    def settle(self) -> None:
        """Give everything concerned its edits, and the objects their lives."""
        pairs: list[_Pair] = []
        for number, facet in sorted(self._late):
            known, orders = self._late[number, facet]
            rows = self._pen.select(_all, {"object": number, "facet": facet})
            versions = sorted(
                (
                    _Version(n, flags, (at, version, sequence, bytes(record_id)), wiring)
                    for n, flags, at, version, sequence, record_id, wiring in rows
                ),
                key=lambda each: each.order,
            )
            pairs += _pairs(versions, orders, known.uid)
            in_order = [each.order for each in versions if not each.flags & packing.LATE]
            known.newest[facet] = versions[-1].order
            known.top[facet] = max(in_order, key=rank_of, default=None)
            if facet == 0 or (facet == 1 and known.newest[0] is None):
                self._relive(known, versions)
            if facet == 0:
                self._wirings.anew(known)
                for each in versions:
                    if each.full or each.gone:
                        self._wirings.is_now(known, each.order[0], each.wiring, each.n)
            known.disturbed = False
        self._late.clear()
        self._wirings.flush()
        for start in range(0, len(pairs), _CHUNK):
            self._write(pairs[start : start + _CHUNK])
        self._pen.flush()

    def _write(self, pairs: Sequence[_Pair]) -> None:
        wanted = {each.later for each in pairs} | {each.earlier for each in pairs if each.earlier}
        rows = {
            n: (uid, None if blob is None else StatePlace(bytes(blob).hex(), line), detail)
            for n, uid, blob, line, detail in self._pen.select(_closely, {"numbers": list(wanted)})
        }
        needed = {n for each in pairs if not each.own and each.earlier for n in each[:2] if n}
        places = [place for n in sorted(needed) if (place := rows[n][1]) is not None]
        states = dict(zip(places, self._read_states(places), strict=True)) if places else {}
        settled: list[dict[str, Any]] = []
        for pair in pairs:
            uid, place, packed = rows[pair.later]
            detail = packing.unpack_detail(packed)
            shown = detail.pop("e", [])
            own = detail.pop("o", shown)
            edits: list[list[Any]] | None = own
            compared = False
            if not pair.own:
                edits = []
                if pair.earlier is not None and _same(rows[pair.earlier][0], uid, pair.uid):
                    edits = _difference(states, rows[pair.earlier][1], place)
                    compared = edits is not None
            if edits is None or edits == own:
                edits = own
            else:
                detail["o"] = own
            if edits:
                detail["e"] = edits
            packed_anew = packing.pack_detail(detail)
            if packed_anew != packed:
                settled.append({"number": pair.later, "settled": packed_anew})
            if packed_anew != packed or not edits:
                self.told_anew[pair.later] = ToldAnew(edits, compared)
        if settled:
            self._pen.execute(_settled, settled)

    def _relive(self, known: Known, versions: Sequence[_Version]) -> None:
        """Work out when the object began and ended to exist, from all its changes."""
        lives: list[tuple[int, int]] = []
        known.alive_from = None
        for each in versions:
            at = each.order[0]
            if not each.gone:
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


def _pairs(
    versions: Sequence[_Version], orders: Sequence[Order], uid: bytes | None
) -> Iterator[_Pair]:
    """The changes whose edits may be others now, and what decides on them."""
    by_time = [each.order for each in versions]
    by_rank = sorted(rank_of(each.order) for each in versions if not each.flags & packing.LATE)
    at_rank = {rank: position for position, rank in enumerate(by_rank)}
    concerned: set[int] = set()
    for order in orders:
        position = bisect_left(by_time, order)
        concerned |= {position, position + 1}
        following = bisect_left(by_rank, rank_of(order)) + 1
        if rank_of(order) in at_rank and following < len(by_rank):
            rank = by_rank[following]
            concerned.add(bisect_left(by_time, (rank[1], rank[2], rank[0], rank[3])))
    for position in sorted(concerned - {len(versions)}):
        later = versions[position]
        earlier = versions[position - 1] if position else None
        at = at_rank.get(rank_of(later.order))
        recorded_before = by_rank[at - 1] if at else None
        in_order = at is not None and recorded_before == (
            None if earlier is None else rank_of(earlier.order)
        )
        unknown = not later.full or later.gone or (earlier is not None and not earlier.full)
        before = None if earlier is None or earlier.gone else earlier.n
        yield _Pair(later.n, before, in_order or unknown, uid)


def _same(earlier: bytes | None, later: bytes | None, common: bytes | None) -> bool:
    """Whether both uids are of one object, as far as is known; None stands for the common one."""
    earlier = common if earlier is None else earlier
    later = common if later is None else later
    return not earlier or not later or bytes(earlier) == bytes(later)


def _difference(
    states: dict[StatePlace, bytes | None], earlier: StatePlace | None, later: StatePlace | None
) -> list[list[Any]] | None:
    """The packed edits between two states; None if one of them cannot be read."""
    before = None if earlier is None else states.get(earlier)
    after = None if later is None else states.get(later)
    if before is None or after is None:
        return None
    return packing.pack_edits(diff(orjson.loads(before), orjson.loads(after)))
