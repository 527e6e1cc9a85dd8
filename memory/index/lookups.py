"""The query index of a memory: every look-up the questions need, and the way to keep it up.

Opened by `opening.open_index`. Reading on SQLite imports neither SQLAlchemy nor git; writing and
PostgreSQL do. Look-ups return `Committed` whose record has `state` None: states are read from
git by their `place`. All answers are functions of the set of records alone, not of the order in
which they came, so that an index rebuilt from git answers with the same bytes.

Windows are half open: `since` <= t < `until`; None leaves a side open. Instants are microseconds
since 1970-01-01 UTC. "Declared" changes are those on `main`; changes of derived objects and
STATUS facets are the bulk. Changes are ordered by happened_at, numeric resource version,
sequence, id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

from kubectl_smart.memory.index import beside, names, packing, past, wired
from kubectl_smart.memory.index.chunks import padded
from kubectl_smart.memory.index.decoding import Decoder
from kubectl_smart.memory.index.lookups_of_entries import EntryLookups
from kubectl_smart.memory.index.lookups_of_links import LinkLookups
from kubectl_smart.memory.index.reading import BEGINNING, END, Reader, only_for_reading
from kubectl_smart.memory.index.rows import (
    Act,
    Counts,
    IndexUnusable,
    ObjectRow,
    Outline,
    Seed,
    Standing,
)
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed, ReadStates, StatePlace
from kubectl_smart.memory.records.links import Link
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

if TYPE_CHECKING:
    from kubectl_smart.memory.index.build import Builder
    from kubectl_smart.memory.store.protocols import Store

_FACETS = {Facet.OBJECT: 0, Facet.STATUS: 1, Facet.DECLARED: 2}
_PAGE = 20_000
"""Acts read at once."""


class Index(EntryLookups, LinkLookups):
    """One open index. Not to be shared between threads; open one for each."""

    def __init__(
        self,
        reader: Reader,
        *,
        where: str,
        builder: Callable[[], Builder] | None = None,
        anew: Callable[[], Reader] | None = None,
    ) -> None:
        """Not called directly: see `opening.open_index`.

        builder, anew  how to write and how to begin with an empty index; None only to read
        """
        self.where = where
        self._reader = reader
        self._decoder = Decoder(reader)
        self._wires = wired.Wires(reader, self._decoder)
        self._make_builder = builder
        self._anew = anew
        self._builder: Builder | None = None
        self._beside: list[Committed] = []
        self._measured: tuple[int, int] | None = None

    # --- its own state ------------------------------------------------------------------

    def tips(self) -> dict[str, str]:
        """Branch -> commit up to which (inclusive) the index holds everything."""
        return {branch: commit.hex() for branch, commit in self._reader.rows("tips")}

    def lag(self, tips: dict[str, str]) -> tuple[str, ...]:
        """The branches on which the index is not where `tips` (of the store) are; () if none."""
        mine = self.tips()
        return tuple(sorted(b for b in mine.keys() | tips.keys() if mine.get(b) != tips.get(b)))

    def counts(self) -> Counts:
        """How many objects, changes, observations ... the index holds."""
        return Counts(*self._reader.rows("counts")[0])

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything looked up inside sees one and the same instant of the index."""
        with self._reader.snapshot():
            yield

    @contextmanager
    def with_beside(
        self, observations: Iterable[Observation], measured: tuple[int, int] | None = None
    ) -> Iterator[None]:
        """Inside, these are observations like those that the index holds; see `beside`.

        measured  between these instants they are all that metrics show
        """
        before = self._beside, self._measured
        self._beside, self._measured = beside.laid(observations), measured
        try:
            yield
        finally:
            self._beside, self._measured = before

    def measured_beside(self, at: int) -> bool:
        """Whether metrics were asked for that tell of this instant; see `with_beside`."""
        return self._measured is not None and self._measured[0] <= at <= self._measured[1]

    def trouble_linked(self, rules: str) -> int | None:
        """See `LinkLookups`; None where observations lie beside, with which nothing was linked."""
        return None if self._beside or self._measured else super().trouble_linked(rules)

    def close(self) -> None:
        """Let go of connections. Closing twice is fine."""
        self._reader.close()  # first: SQLite folds the log into the file when the writer is last
        if self._builder is not None:
            self._builder.close()

    # --- objects ------------------------------------------------------------------------

    def kinds(self) -> list[tuple[str, str]]:
        """(group, kind) of every kind an object is known of, sorted."""
        return [(group, kind) for group, kind in self._reader.rows("kinds")]

    def namespaces(self) -> list[str]:
        """Every namespace an object is known in, sorted; "" if one is known that has none."""
        return [name for (name,) in self._reader.rows("namespaces")]

    def find_objects(
        self, kinds: Sequence[tuple[str, str]] | None, name: str, namespace: str | None
    ) -> list[ObjectRow]:
        """The objects of that name, alive or gone, ordered by ref.

        kinds      (group, kind) pairs to look among; None for all
        namespace  None for all; "" for cluster-scoped objects
        """
        found: list[ObjectRow] = []
        for number, group, kind, place in self._reader.rows("objects_named", name=name):
            if namespace is not None and place != namespace:
                continue
            if kinds is not None and (group, kind) not in kinds:
                continue
            row = self._object_row(number)
            if row is not None:
                found.append(row)
        return sorted(found, key=lambda row: row.ref)

    def _object_row(self, number: int) -> ObjectRow | None:
        for facet in (0, 1, 2):
            newest = self._newest(number, facet, END)
            change = newest.record if newest is not None else None
            if newest is None or not isinstance(change, Change):
                continue
            first = self._reader.rows("first_of", object=number, facet=facet)[0][0]
            return ObjectRow(
                change.object,
                change.derived,
                change.owner,
                change.uid,
                change.resource_version,
                first,
                change.happened_at,
                change.happened_at if change.gone else None,
                newest.place,
            )
        return None

    def fold_seed(self, gone_since: int | None = None) -> list[Seed]:
        """One Seed for every object and facet alive, ordered by ref and facet.

        gone_since  also those that went away at or after that instant (their OBJECT facet only),
                    so that changes that arrive late for them are known to be late
        """
        return past.seeds(self._reader, self._decoder, gone_since)

    def similar(
        self, name: str, kind: str | None = None, namespace: str | None = None, limit: int = 5
    ) -> list[ObjectRef]:
        """The known objects whose names come nearest, best first; declared ones before derived.

        kind and namespace are preferences, not filters: what matches them comes first among
        names that are equally near.
        """
        return names.nearest(self._reader, name, kind, namespace, limit)

    # --- changes ------------------------------------------------------------------------

    def changes_of(
        self,
        ref: ObjectRef,
        facet: Facet = Facet.OBJECT,
        since: int | None = None,
        until: int | None = None,
        limit: int | None = None,
    ) -> list[Committed]:
        """The changes of one object in order, oldest first.

        limit  at most so many, the oldest
        """
        number = self._decoder.object_number(ref)
        if number is None:
            return []
        rows = self._reader.rows(
            "changes_of",
            object=number,
            facet=_FACETS[facet],
            since=BEGINNING if since is None else since,
            until=END if until is None else until,
            limit=END if limit is None else limit,
        )
        return self._decoder.changes(rows)

    def last_changes_of(
        self, ref: ObjectRef, since: int, until: int, limit: int
    ) -> list[Committed]:
        """The newest OBJECT changes of one object in a window, oldest first; at most `limit`."""
        return self._newest_rows("last_changes_of", ref, since, until, limit, facet=0)

    def last_changes_owned(
        self, owner: ObjectRef, since: int, until: int, limit: int
    ) -> list[Committed]:
        """The newest OBJECT changes of what one object owns, oldest first; at most `limit`."""
        return self._newest_rows("last_changes_owned", owner, since, until, limit)

    def _newest_rows(
        self, statement: str, ref: ObjectRef, since: int, until: int, limit: int, **more: int
    ) -> list[Committed]:
        number = self._decoder.object_number(ref)
        if number is None:
            return []
        key = "owner" if statement == "last_changes_owned" else "object"
        window = {key: number, "since": since, "until": until, "limit": limit, **more}
        return self._decoder.changes(self._reader.rows(statement, **window)[::-1])

    def count_changes_of(self, ref: ObjectRef, since: int, until: int) -> int:
        """How many OBJECT changes of one object there are in a window."""
        number = self._decoder.object_number(ref)
        if number is None:
            return 0
        window = {"object": number, "facet": 0, "since": since, "until": until}
        return int(self._reader.rows("count_of", **window)[0][0])

    def outlines_of(self, ref: ObjectRef, until: int | None = None) -> list[Outline]:
        """What was decided on one object before `until`, in order, without what is only shown.

        Its OBJECT changes, and what repositories declared.

        A third of the cost of `changes_of`: neither commits nor owners are looked up.
        """
        number = self._decoder.object_number(ref)
        if number is None:
            return []
        uid = self._reader.rows("uid_of", n=number)[0][0]
        end = END if until is None else until
        rows = self._reader.rows("outlines_of", object=number, facet=0, until=end)
        found = self._decoder.outlines(rows, uid)
        declared = self._reader.rows("outlines_of", object=number, facet=2, until=end)
        if not declared:
            return found
        told = self._decoder.outlines(declared, uid, declared=True)
        return sorted([*found, *told], key=lambda one: one.happened_at)

    def listed(self, numbers: Collection[int]) -> dict[int, Committed]:
        """The changes whose outlines have these numbers, by number."""
        rows = [
            row
            for chunk in padded(sorted(set(numbers)))
            for row in self._reader.rows("changes_listed", **chunk)
        ]
        found = self._decoder.changes([row[1:] for row in rows])
        return {row[0]: each for row, each in zip(rows, found, strict=True)}

    def changes_between(
        self,
        since: int | None,
        until: int | None,
        namespace: str | None = None,
        derived: bool = False,
        limit: int | None = None,
    ) -> list[Committed]:
        """Declared changes of the window in order; with `derived` the bulk as well.

        limit  at most so many, the oldest
        """
        window = {
            "since": BEGINNING if since is None else since,
            "until": END if until is None else until,
            "limit": END if limit is None else limit,
        }
        if namespace is None:
            rows = self._reader.rows("changes_between", bulk=0, **window)
            bulk = self._reader.rows("changes_between", bulk=1, **window) if derived else []
        else:
            place = self._decoder.namespace_number(namespace)
            if place is None:
                return []
            rows = self._reader.rows("declared_between_in", namespace=place, **window)
            bulk = (
                self._reader.rows("bulk_between_in", namespace=place, **window) if derived else []
            )
        both = merge(rows, bulk, key=packing.order_of_row) if bulk else rows
        return self._decoder.changes(list(islice(both, limit)))

    def acts_between(
        self, since: int | None, until: int | None, namespace: str | None = None
    ) -> Iterator[Act]:
        """What was decided in the window, in order, read page by page; without what is declared.

        Not to be held while the index is written, unless inside `snapshot`.
        """
        number: dict[str, int] = {}
        if namespace is not None:
            place = self._decoder.namespace_number(namespace)
            if place is None:
                return
            number = {"namespace": place}
        statement = "acts_between" if namespace is None else "acts_between_in"
        low, limit = BEGINNING if since is None else since, _PAGE
        end = END if until is None else until
        refs: dict[tuple[str, int, int], ObjectRef] = {}
        while True:
            rows = self._reader.rows(statement, since=low, until=end, limit=limit, **number)
            full = len(rows) == limit
            last = rows[-1][0] if full else end
            kept = [row for row in rows if row[0] < last] if full else rows
            if full and not kept:  # so many of one instant
                limit *= 2
                continue
            yield from self._decoder.acts(kept, refs)
            if not full:
                return
            low, limit = last, _PAGE

    def busy_slots(self, since: int, until: int, width: int) -> frozenset[int]:
        """The slots of time (instant // width) of a window in which anything declared changed."""
        rows = self._reader.rows("busy_slots", since=since, until=until, width=width)
        return frozenset(slot for (slot,) in rows)

    def neighbours(
        self, at: int, namespace: str | None = None, ref: ObjectRef | None = None
    ) -> tuple[Committed | None, Committed | None]:
        """The last declared change before `at` and the first after it (`at` itself is neither).

        Of one object if `ref` is given (any of its OBJECT changes then, derived or not), else of
        a namespace, else of all.
        """
        if ref is not None:
            where, number = "of", self._decoder.object_number(ref)
        elif namespace is not None:
            where, number = "in", self._decoder.namespace_number(namespace)
        else:
            where, number = "all", 0
        if number is None:
            return None, None
        before, after = (
            self._decoder.changes(
                self._reader.rows(
                    f"{side}_{where}", at=at, **({} if where == "all" else {"number": number})
                )
            )
            for side in ("before", "after")
        )
        return (before[0] if before else None), (after[0] if after else None)

    def change(self, change_id_prefix: str) -> list[Committed]:
        """The changes whose id starts so, at most ten, ordered by id; [] for what is no hex."""
        bounds = packing.prefix_bounds(change_id_prefix)
        if bounds is None:
            return []
        return self._decoder.changes(
            self._reader.rows("changes_by_id", low=bounds[0], high=bounds[1])
        )

    # --- the state of the past ----------------------------------------------------------

    def previous_state(self, ref: ObjectRef, uid: str, facet: Facet, at: int) -> StatePlace | None:
        """Where the state in force at `at` (inclusive) can be read; None if none is known.

        uid  None is returned if the object in force had another one; "" does not care
        """
        number = self._decoder.object_number(ref)
        newest = None if number is None else self._newest(number, _FACETS[facet], at)
        if newest is None or not isinstance(newest.record, Change):
            return None
        known = newest.record.uid
        return None if uid and known and uid != known else newest.place

    def _newest(self, number: int, facet: int, at: int) -> Committed | None:
        rows = self._reader.rows("newest_of", object=number, facet=facet, at=at)
        return self._decoder.changes(rows)[0] if rows else None

    def state_at(
        self,
        at: int,
        namespace: str | None = None,
        kinds: Collection[tuple[str, str]] | None = None,
        name: str | None = None,
    ) -> list[tuple[Standing, ...]]:
        """What every object alive at `at` (inclusive) consisted of, ordered by ref.

        For each object the changes that make its state, oldest first: of its OBJECT facet the
        newest one whose state is known in full (it has a `place`), followed by later ones of which
        only fields or the name are known; then of its STATUS facet the newest one since the object
        began. So nearly always (change,) or (change, status). An object of which no state is known
        in full comes with all changes since it began; one of which only the status is known
        comes with that alone.

        namespace, kinds ((group, kind) pairs) and name narrow the answer; None for all.
        """
        return past.state_at(self._reader, self._decoder, at, namespace, kinds, name)

    # --- intake and upkeep ---------------------------------------------------------------

    def has_audit_ids(self, audit_ids: Collection[str]) -> set[str]:
        """Those of the audit ids that some record already came from."""
        packed = {packing.pack_uuid(each): each for each in audit_ids if each}
        return {
            packed[row[0]]
            for chunk in padded(sorted(packed))
            for row in self._reader.rows("audit_ids", **chunk)
        }

    def has_changes(self, change_ids: Collection[str]) -> set[str]:
        """Those of the ids that are ids of changes recorded."""
        packed = {packing.pack_id(each): each for each in change_ids}
        return {
            packed[bytes(row[0])]
            for chunk in padded(sorted(packed))
            for row in self._reader.rows("changes_known", **chunk)
        }

    def apply(
        self, committed: Sequence[Committed], tips: dict[str, str], read_states: ReadStates
    ) -> None:
        """Take in records that now stand in git, all or nothing, and remember the tips.

        tips  branch -> commit up to which everything is now applied; other branches stay
        Doing it twice changes nothing. Late changes have their own edits and their successor's
        recomputed from the states. A batch that failed must be given again, or `catch_up` be
        called, before the next one: else IndexUnusable, for there would be a gap. BadInput if the
        index was opened for reading only.
        """
        self._writing().apply(committed, tips, read_states)

    def keep_trouble_links(self, rules: str, until: int, links: Iterable[Link]) -> None:
        """Keep what led to the trouble that began from `trouble_linked` on, before `until`.

        rules  the version that `trouble_linked` is asked by; what others made is dropped
        It is taken back by `apply` as soon as records come that could change it. BadInput if the
        index was opened for reading only.
        """
        self._writing().keep_trouble_links(rules, until, links)

    def catch_up(self, store: Store) -> int:
        """Apply what stands in git and not here; returns how many records that were.

        Rebuilds if the index is damaged or does not belong to this history (another memory, a
        branch that was dropped, a history that went back).
        """
        try:
            return self._writing().catch_up(store)
        except IndexUnusable:
            return self.rebuild(store)

    def rebuild(self, store: Store) -> int:
        """Throw everything away and build it from git alone; returns how many records."""
        if self._anew is None:
            only_for_reading()
        self.close()
        self._builder = None
        self._reader = self._anew()
        self._decoder = Decoder(self._reader)
        self._wires = wired.Wires(self._reader, self._decoder)
        return self._writing().catch_up(store)

    def compact(self) -> None:
        """Make the index as small as it gets; answers stay the same. Minutes on a large one."""
        self._writing().compact()

    def _writing(self) -> Builder:
        if self._builder is None:
            if self._make_builder is None:
                only_for_reading()
            self._builder = self._make_builder()
        return self._builder
