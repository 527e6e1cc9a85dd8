"""Keeps moments and links up, in the transaction of the batch that brings the changes.

Links are a function of the set of records. In order they follow from what is kept of each family;
what comes out of order has the links of its family worked out anew, from there on to where it can
no longer matter. What a workload reads belongs to another family: an edit of it that comes after
Pods made since sends its readers through the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from kubectl_smart.memory.formats.wiring import packing as wiring_packing
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.late import ToldAnew
from kubectl_smart.memory.index.linking import statements as sql
from kubectl_smart.memory.index.linking.mechanical import (
    WITHIN,
    Family,
    Key,
    Moment,
    Row,
    rules_of,
    started,
)
from kubectl_smart.memory.index.linking.moments import Role, happenings, needs_state, role_by_edits
from kubectl_smart.memory.index.objects_known import Known, ObjectsKnown, Order
from kubectl_smart.memory.index.schema import (
    links,
    moments,
)
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed, ReadStates
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.wiring import MOUNTS, READS

_MOST = 30_000
"""Families at hand: the least that is known of one is some 200 bytes."""

_CHUNK = 400
_LOOK_BACK = 14 * 86_400_000_000
"""An edit older than this is not told as what a Pod was the first to read."""

_READ = frozenset({"ConfigMap", "Secret", "PersistentVolumeClaim"})
_LASTING = (Role.ORDER, Role.SCALER, Role.REPOSITORY, Role.POD)
_END = 1 << 62


class _Gathered(NamedTuple):
    """A moment, and the family it belongs to: its number and its object."""

    family: int
    moment: Moment
    whose: ObjectRef


class Links:
    """Gathers the moments of a batch, and turns them into links once all its rows are written."""

    def __init__(self, pen: Pen, objects: ObjectsKnown) -> None:
        self._pen = pen
        self._objects = objects
        self._families: dict[int, Family] = {}
        self._cold: set[int] = set()
        self._all = False
        self._newest_pod = 0
        self._gathered: list[_Gathered] = []
        self._doubtful: set[int] = set()
        self._since: dict[int, int] = {}
        self._latest: dict[int, int] = {}
        self._own: dict[int, ObjectRef] = {}
        self._roles: dict[int, set[int]] = {}
        self._reads: dict[int, tuple[tuple[ObjectRef, bytes], ...]] = {}
        self._orders: dict[int, Moment | None] = {}
        self.forget()

    def forget(self) -> None:
        """Start anew; to be called after a transaction that failed."""
        for kept in (
            self._families, self._cold, self._gathered, self._doubtful, self._since, self._own,
            self._reads, self._orders, self._roles, self._latest,
        ):  # fmt: skip
            kept.clear()
        self._all = not self._pen.select(sql.ANY)
        self._newest_pod = 0
        if not self._all:
            found = [
                row[0] for bulk in (0, 1) for row in self._pen.select(sql.NEWEST, {"bulk": bulk})
            ]
            self._newest_pod = max((at for at in found if at is not None), default=0)

    # --- while a batch is read ------------------------------------------------------------------

    def add(
        self, each: Committed, known: Known, order: Order, number: int, read_states: ReadStates
    ) -> None:
        """Gather the moments of a change; `number` is that of its row."""
        change = each.record
        if not isinstance(change, Change):
            return
        if change.state is None and each.place is not None and needs_state(change):
            change = replace(change, state=read_states([each.place])[0])
        at, version, sequence, record_id = order
        for family, role, by, maker in happenings(change):
            key = (at, int(role), version, sequence, record_id)
            moment = Moment(key, int(by), maker, number, known.number)
            whose = change.object if family is None else family
            held = known if family is None else self._objects.get(family)
            self._gathered.append(_Gathered(held.number, moment, whose))
        if at <= self._newest_pod and change.facet is Facet.OBJECT and not change.derived:
            self._again(known.number, at)  # what it reads may be something else from here on
            self._own[known.number] = change.object

    def out_of_order(self, number: int) -> None:
        """The change does not follow, so it may be there already, under another number."""
        self._doubtful.add(number)

    def _again(self, family: int, at: int) -> None:
        held = self._since.get(family)
        if held is None or at < held:
            self._since[family] = at
        self._latest[family] = max(at, self._latest.get(family, at))

    # --- once its rows are written ----------------------------------------------------------------

    def settle(self, told_anew: Mapping[int, ToldAnew]) -> None:
        """Write the moments gathered, and the links that follow from them.

        told_anew  number of a change -> its edits, where they may be others than they were
        """
        gathered = self._without_known() if self._doubtful else self._gathered
        self._gathered = []
        put = self._pen.adder(moments)
        for family, (key, by, maker, change, subject), _ in gathered:
            put((family, key[1], key[0], change, by, maker, subject))
        self._pen.flush()
        if told_anew:
            gathered = self._with_edits(gathered, told_anew)
        gathered.sort(key=lambda one: one.moment.key)
        self._look_for_late(gathered)
        for family in self._since:
            self._families.pop(family, None)
        newest, put = self._newest_pod, self._pen.adder(links)
        for family, moment, whose in gathered:
            if moment.key[1] == Role.POD and moment.key[0] > newest:
                newest = moment.key[0]
            if family not in self._since:
                for row in self._feed(self._families[family], whose, moment):
                    put(row)
        if self._since:
            self._link_anew(gathered)
        self._pen.flush()
        self._newest_pod = newest
        self._since.clear()
        self._latest.clear()
        self._own.clear()
        self._roles.clear()
        self._doubtful.clear()
        self._trim()

    def _without_known(self) -> list[_Gathered]:
        """Without moments of changes that were there already under another number."""
        there: set[int] = set()
        doubtful = sorted(self._doubtful)
        for start in range(0, len(doubtful), _CHUNK):
            numbers = doubtful[start : start + _CHUNK]
            there |= {row[0] for row in self._pen.select(sql.SAME, {"numbers": numbers})}
        gone = self._doubtful - there
        return [one for one in self._gathered if one.moment.change not in gone]

    def _with_edits(
        self, gathered: Sequence[_Gathered], told_anew: Mapping[int, ToldAnew]
    ) -> list[_Gathered]:
        """Moments of changes whose edits are others now get the roles that these give them."""
        others: list[_Gathered] = []
        numbers = sorted(told_anew)
        for start in range(0, len(numbers), _CHUNK):
            chunk = {"numbers": numbers[start : start + _CHUNK]}
            for family, *row in self._pen.select(sql.BY_EDITS, chunk):
                moment = _moment_of(row)
                key, by, maker, change, subject = moment
                edits, compared = told_anew[change]
                role, at = role_by_edits(key[1], by, edits, compared=compared), key[0]
                if role == key[1]:
                    continue
                place = {"of_family": family, "of_role": key[1], "of_at": at, "of_change": change}
                self._pen.execute(sql.DROP, [place])
                self._pen.put(moments, (family, int(role), at, change, by, maker, subject))
                anew = moment._replace(key=(at, int(role), *key[2:]))
                others.append(_Gathered(family, anew, self._ref(family)))
                self._again(family, at)
                self._roles.setdefault(family, set()).add(key[1])
        self._pen.flush()
        changed = {(one.family, one.moment.change) for one in others}
        kept = [one for one in gathered if (one.family, one.moment.change) not in changed]
        return [*kept, *others]

    def _look_for_late(self, gathered: Sequence[_Gathered]) -> None:
        """Families of which a moment does not follow, or that are not at hand; and readers."""
        for family, moment, whose in gathered:
            key = moment.key
            self._orders.pop(family, None)
            held = self._families.get(family)
            if held is None and self._all and family not in self._cold:
                held = self._families[family] = Family()
            if held is None or (held.fed is not None and held.fed >= key):
                self._again(family, key[0])
            edited = key[1] in (Role.ORDER, Role.NOTED) and whose.kind in _READ
            if edited and key[0] <= self._newest_pod:
                term = wiring_packing.naming(whose)
                for (reader,) in self._pen.select(sql.READERS, {"term": term}):
                    self._again(reader, key[0])

    def _trim(self) -> None:
        if len(self._families) > _MOST:
            self._all = False
            self._families.clear()
            self._cold.clear()
        if len(self._reads) > _MOST:
            self._reads.clear()
        if len(self._orders) > _MOST:
            self._orders.clear()

    # --- what came out of order -------------------------------------------------------------------

    def _link_anew(self, gathered: Sequence[_Gathered]) -> None:
        """The links of each family concerned, from what is new to where it can no longer matter."""
        new: dict[int, list[Moment]] = {}
        refs = dict(self._own)
        for family, moment, whose in gathered:
            refs[family] = whose
            if family in self._since:
                new.setdefault(family, []).append(moment)
        put = self._pen.adder(links)
        for family, since in sorted(self._since.items()):
            mine = new.get(family, [])
            since = min([since, *(one.key[0] for one in mine)])
            last = max([self._latest[family], *(one.key[0] for one in mine)])
            until = self._until(family, mine, last, own=family in self._own)
            if not self._pen.select(sql.AFTER, {"family": family, "at": until}):
                until = _END
            held = self._as_of(family, since)
            found = self._moments(family, since, until)
            told = [
                {"on": one.key[0], "number": one.change, "by": rule}
                for one in found
                for rule in rules_of(one)
            ]
            if told:
                self._pen.execute(sql.UNLINK, told)
            whose = refs.get(family) or self._ref(family)
            for moment in found:
                for row in self._feed(held, whose, moment):
                    put(row)
            if until == _END:
                self._families[family] = held
                self._cold.discard(family)
            else:
                self._cold.add(family)

    def _until(self, family: int, new: Sequence[Moment], last: int, *, own: bool) -> int:
        """From when on links cannot be others because of what is new."""
        roles = {one.key[1] for one in new} | self._roles.get(family, set())
        until = last + WITHIN + 1
        for role in (Role.ORDER, Role.SCALER, Role.POD):
            if role in roles or role == Role.POD:
                ((at,),) = self._pen.select(sql.NEXT, {"family": family, "role": role, "at": last})
                until = max(until, _END if at is None else at + 1)
        if own or Role.ORDER in roles:
            ((one, other),) = self._pen.select(sql.BOUNDARIES, {"object": family, "at": last})
            ends = [at for at in (one, other) if at is not None]
            until = max(until, min(ends, default=_END) + 1)
        return until

    def _as_of(self, family: int, at: int) -> Family:
        """A family as it stood just before an instant."""
        since = at - WITHIN
        before = self._moments(family, since, at)
        for role in _LASTING:
            rows = self._pen.select(sql.LAST, {"family": family, "role": int(role), "at": since})
            before += [_moment_of(row) for row in rows]
        held = Family()
        for moment in sorted(before, key=lambda one: one.key):
            held.feed(moment)
        return held

    def _moments(self, family: int, since: int, until: int) -> list[Moment]:
        rows = self._pen.select(sql.BETWEEN, {"family": family, "since": since, "until": until})
        return sorted((_moment_of(row) for row in rows), key=lambda one: one.key)

    def _ref(self, family: int) -> ObjectRef:
        ((group, kind, namespace, name),) = self._pen.select(sql.NAMED, {"n": family})
        return ObjectRef(group, kind, namespace, name)

    # --- links ------------------------------------------------------------------------------------

    def _feed(self, held: Family, whose: ObjectRef, moment: Moment) -> Iterator[Row]:
        before = held.pod
        row = held.feed(moment)
        if row is not None:
            yield row
        if before is not None and moment.key[1] == Role.POD and held.order is not None:
            yield from self._started(whose, before, moment)

    def _started(self, whose: ObjectRef, before: Moment, pod: Moment) -> Iterator[Row]:
        """The pod is the first since what its maker reads was edited."""
        since = max(before.key, (pod.key[0] - _LOOK_BACK,))
        for target, evidence in self._read_at(whose, pod.key[0]):
            number = self._objects.number_of(target)
            order = None if number is None else self._newest_order(number, pod.key)
            if order is not None and order.key > since:
                yield started(pod, order.change, evidence)

    def _read_at(self, whose: ObjectRef, at: int) -> tuple[tuple[ObjectRef, bytes], ...]:
        """What a workload read or mounted at an instant, and the fields that say so."""
        known = self._objects.get(whose)
        if known.wired is not None and known.wired[0] <= at:
            return self._reads_of(known.wired[1])
        for (wiring,) in self._pen.select(sql.WIRED_AT, {"object": known.number, "at": at}):
            return self._reads_of(wiring)
        return ()

    def _reads_of(self, wiring: int) -> tuple[tuple[ObjectRef, bytes], ...]:
        found = self._reads.get(wiring)
        if found is None:
            ((packed,),) = self._pen.select(sql.PACKED, {"number": wiring})
            fields: dict[ObjectRef, bytes] = {}
            for one in wiring_packing.unpack(packed).references:
                if one.kind in (READS, MOUNTS):
                    fields.setdefault(one.target, one.path.encode())
            found = self._reads[wiring] = tuple(fields.items())
        return found

    def _newest_order(self, family: int, key: Key) -> Moment | None:
        """The newest edit of an object before a moment of another family."""
        held = self._families.get(family)
        if held is not None:
            if held.order is None or held.order.key < key:
                return held.order
        elif self._all and family not in self._cold and family not in self._since:
            return None
        else:
            if family not in self._orders:
                self._orders[family] = self._order_before(family, _END)
            order = self._orders[family]
            if order is None or order.key < key:
                return order
        return self._order_before(family, key[0] + 1)

    def _order_before(self, family: int, at: int) -> Moment | None:
        rows = self._pen.select(sql.LAST, {"family": family, "role": int(Role.ORDER), "at": at})
        return _moment_of(rows[0]) if rows else None


def _moment_of(row: Sequence[Any]) -> Moment:
    at, role, version, sequence, record_id, by, maker, change, subject = row
    return Moment((at, role, version, sequence, bytes(record_id)), by, maker, change, subject)
