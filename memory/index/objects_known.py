"""What the builder must know of an object to place its next change: kept for the recent ones."""

from __future__ import annotations

from typing import TypeAlias

from sqlalchemy import bindparam, select

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.schema import changes, objects, spans, wired
from kubectl_smart.memory.index.spans import FOREVER
from kubectl_smart.memory.records.objects import ObjectRef

Order: TypeAlias = tuple[int, int, int, bytes]
"""What changes are ordered by: happened_at, numeric version, sequence, packed id."""

_MOST = 40_000

_find = select(objects.c.n, objects.c.uid).where(
    objects.c.name == bindparam("name"),
    objects.c.namespace == bindparam("namespace"),
    objects.c.kind == bindparam("kind"),
)
_order = (changes.c.happened_at, changes.c.version, changes.c.sequence, changes.c.id)
_of_facet = (changes.c.object == bindparam("object"), changes.c.facet == bindparam("facet"))
_newest = select(*_order).where(*_of_facet).order_by(*(column.desc() for column in _order)).limit(1)
_c = changes.c
_top = (
    select(*_order)
    .where(*_of_facet, _c.flags.op("&")(packing.LATE) == 0)
    .order_by(_c.sequence.desc(), _c.happened_at.desc(), _c.version.desc(), _c.id.desc())
    .limit(1)
)
_alive = select(spans.c.from_at).where(
    spans.c.family == packing.LIFE,
    spans.c.key == bindparam("object"),
    spans.c.to_at == FOREVER,
)
_wired = select(wired.c.from_at, wired.c.wiring, wired.c.change).where(
    wired.c.object == bindparam("object"), wired.c.to_at == FOREVER
)


def rank_of(order: Order) -> tuple[int, int, int, bytes]:
    """What changes were recorded by: sequence first."""
    at, version, sequence, record_id = order
    return sequence, at, version, record_id


class Known:
    """One object.

    number, namespace  its numbers
    uid                packed; of its first change in the index
    newest             order of the newest change of each facet (OBJECT, STATUS, DECLARED), or None
    top                order of the change recorded last of each facet, late ones aside
    alive_from         when its present life began; None if it is gone or was never seen
    wired              (since, number of its wiring, of the change that brought it) now; or None
    disturbed          whether some of its changes are yet to be settled (see late)
    """

    __slots__ = ("alive_from", "disturbed", "namespace", "newest", "number", "top", "uid", "wired")

    def __init__(self, number: int, namespace: int, uid: bytes | None) -> None:
        self.number = number
        self.namespace = namespace
        self.uid = uid
        self.newest: list[Order | None] = [None, None, None]
        self.top: list[Order | None] = [None, None, None]
        self.alive_from: int | None = None
        self.wired: tuple[int, int, int] | None = None
        self.disturbed = False


class ObjectsKnown:
    """The objects of recent changes; others are looked up when they are met."""

    def __init__(self, pen: Pen) -> None:
        self._pen = pen
        self._known: dict[ObjectRef, Known] = {}
        self._all = False
        self.forget()

    def forget(self) -> None:
        """Start anew; to be called after a transaction that failed."""
        self._known.clear()
        self._all = not self._pen.select(select(objects.c.n).limit(1))

    def trim(self) -> None:
        """Keep memory bounded: the dead are looked up again if they return."""
        if len(self._known) > _MOST:
            self._all = False
            alive = {r: k for r, k in self._known.items() if k.alive_from is not None}
            self._known = alive if len(alive) < _MOST // 2 else {}

    def get(self, ref: ObjectRef, uid: str = "") -> Known:
        """The object, made known if it was not; `uid` of the change at hand."""
        found = self._known.get(ref)
        if found is None:
            found = self._known[ref] = self._look_up(ref, uid)
        return found

    def number_of(self, ref: ObjectRef) -> int | None:
        """The number of an object; None if no record has named it."""
        found = self._known.get(ref)
        if found is not None:
            return found.number
        place = None if self._all else self._pen.place_of(ref)
        if place is None:
            return None
        where = {"name": ref.name, "namespace": place[0], "kind": place[1]}
        rows = self._pen.select(_find, where)
        return int(rows[0][0]) if rows else None

    def _look_up(self, ref: ObjectRef, uid: str) -> Known:
        namespace = self._pen.namespace(ref.namespace)
        kind = self._pen.kind(ref.group, ref.kind)
        if not self._all:
            where = {"name": ref.name, "namespace": namespace, "kind": kind}
            for number, packed in self._pen.select(_find, where):
                return self._load(Known(number, namespace, packed))
        number = self._pen.number(objects)
        packed = packing.pack_uuid(uid) or None
        self._pen.put(objects, (number, ref.name, namespace, kind, packed))
        return Known(number, namespace, packed)

    def _load(self, known: Known) -> Known:
        for facet in (0, 1, 2):
            where = {"object": known.number, "facet": facet}
            for at, version, sequence, record_id in self._pen.select(_newest, where):
                known.newest[facet] = (at, version, sequence, bytes(record_id))
            if known.newest[facet] is not None:
                for at, version, sequence, record_id in self._pen.select(_top, where):
                    known.top[facet] = (at, version, sequence, bytes(record_id))
        for (from_at,) in self._pen.select(_alive, {"object": known.number}):
            known.alive_from = from_at
        for from_at, wiring, change in self._pen.select(_wired, {"object": known.number}):
            known.wired = from_at, wiring, change
        return known
