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

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from kubectl_smart.memory.index import lasting, names, packing, past, wired, words
from kubectl_smart.memory.index.decoding import Decoder
from kubectl_smart.memory.index.reading import BEGINNING, END, Reader, only_for_reading
from kubectl_smart.memory.index.rows import (
    Act,
    Counts,
    IndexUnusable,
    ObjectRow,
    Outline,
    Seed,
    Standing,
    Wired,
)
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Committed, ReadStates, StatePlace
from kubectl_smart.memory.records.objects import ObjectRef

if TYPE_CHECKING:
    from kubectl_smart.memory.index.build import Builder
    from kubectl_smart.memory.store.protocols import Store

_FACETS = {Facet.OBJECT: 0, Facet.STATUS: 1, Facet.DECLARED: 2}
_CHUNK = 64
_PAGE = 20_000
"""Acts read at once."""
_Value = TypeVar("_Value", bytes, int)


class Index:
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
    ) -> list[Committed]:
        """The changes of one object in order, oldest first."""
        number = self._decoder.object_number(ref)
        if number is None:
            return []
        rows = self._reader.rows(
            "changes_of",
            object=number,
            facet=_FACETS[facet],
            since=BEGINNING if since is None else since,
            until=END if until is None else until,
        )
        return self._decoder.changes(rows)

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
            for chunk in _padded(sorted(set(numbers)))
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
        while True:
            rows = self._reader.rows(statement, since=low, until=end, limit=limit, **number)
            full = len(rows) == limit
            last = rows[-1][0] if full else end
            kept = [row for row in rows if row[0] < last] if full else rows
            if full and not kept:  # so many of one instant
                limit *= 2
                continue
            yield from self._decoder.acts(kept)
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

    # --- observations, dependencies, steps, words ----------------------------------------

    def observations(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        owner: ObjectRef | None = None,
        about: ObjectRef | None = None,
        warnings_only: bool = False,
    ) -> list[Committed]:
        """Observations that overlap the window, by first_at, then id; the valid version of each.

        namespace  of the object they were seen on
        owner      the declared object on top of that
        about      that object itself
        """
        by, ref = ("owner", owner) if owner is not None else ("object", about)
        if ref is None:
            found = lasting.between(self._reader, self._decoder, packing.OBSERVATION, since, until)
        else:
            found = lasting.of_object(
                self._reader, self._decoder, by, packing.OBSERVATION, ref, since, until
            )
        return [
            each
            for each in found
            if (observation := packing.observation_of(each)) is not None
            and (not warnings_only or observation.warning)
            and (namespace is None or observation.about.namespace == namespace)
            and (about is None or observation.about == about)
        ]

    def dependencies(
        self,
        since: int | None = None,
        until: int | None = None,
        caller: ObjectRef | None = None,
        callee: ObjectRef | None = None,
    ) -> list[Committed]:
        """Dependencies seen from before `until` to after `since`, by first_at, then id.

        The valid version of each; `caller` and `callee` narrow the answer.
        """
        by, ref = ("owner", callee) if caller is None else ("object", caller)
        family = packing.DEPENDENCY
        if ref is None:
            found = lasting.between(self._reader, self._decoder, family, since, until)
        else:
            found = lasting.of_object(self._reader, self._decoder, by, family, ref, since, until)
        return [
            each
            for each in found
            if (dependency := packing.dependency_of(each)) is not None
            and (callee is None or dependency.callee == callee)
        ]

    # --- wiring: what objects say of others -------------------------------------------------

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        """What an object said of others, in order of time."""
        number = self._decoder.object_number(ref)
        return [] if number is None else self._wires.of("wired_of", object=number)

    def wired_with(self, terms: Collection[int], namespace: str | None = None) -> list[Wired]:
        """What objects said of others where one of these terms finds it, by object and time.

        See `formats.wiring.packing` for terms; they may find some that are not meant.
        """
        found: list[Wired] = []
        for chunk in _padded(sorted(set(terms))):
            if namespace is None:
                found += self._wires.of("wired_with", **chunk)
                continue
            number = self._decoder.namespace_number(namespace)
            if number is not None:
                found += self._wires.of("wired_with_in", number=number, **chunk)
        return wired.in_order(found)

    def wired_between(self, since: int | None, until: int | None) -> list[Wired]:
        """What any object said of others in a window, by object and time."""
        low = BEGINNING if since is None else since
        return self._wires.of("wired_between", since=low, until=END if until is None else until)

    def lives_of(self, ref: ObjectRef) -> list[tuple[int, int]]:
        """When an object existed, as far as is known: (from, to), `spans.FOREVER` if still."""
        number = self._decoder.object_number(ref)
        rows = [] if number is None else self._reader.rows("lives_of", object=number)
        return [(from_at, to_at) for from_at, to_at in rows]

    def steps(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        target: ObjectRef | None = None,
    ) -> list[Committed]:
        """Steps that overlap the window, by happened_at, then id."""
        if target is not None:
            found = lasting.of_object(
                self._reader, self._decoder, "object", packing.STEP, target, since, until
            )
        else:
            found = lasting.between(self._reader, self._decoder, packing.STEP, since, until)
        return [
            each
            for each in found
            if (step := packing.step_of(each)) is not None
            and (namespace is None or step.namespace == namespace)
        ]

    def notes_about(self, ref: ObjectRef) -> list[Committed]:
        """Notes pinned to the object and not taken back, oldest first."""
        found = lasting.of_object(
            self._reader, self._decoder, "object", packing.NOTE, ref, None, None
        )
        return packing.standing(found)

    def notes_explaining(self, change_ids: Collection[str]) -> list[Committed]:
        """Notes that are the reason of one of these changes and stand, oldest first."""
        wanted = sorted({packing.pack_id(each) for each in change_ids if each})
        found = [
            row for chunk in _padded(wanted) for row in self._reader.rows("explaining", **chunk)
        ]
        return packing.standing(self._decoder.entries(found))

    def notes(
        self, since: int | None = None, until: int | None = None, *, retracted: bool = False
    ) -> list[Committed]:
        """Notes of the window, oldest first; also those taken back, if `retracted`."""
        found = lasting.between(self._reader, self._decoder, packing.NOTE, since, until)
        return found if retracted else packing.standing(found)

    def note(self, note_id_prefix: str) -> list[Committed]:
        """The notes whose id starts so, taken back or not, at most ten; [] for what is no hex."""
        bounds = packing.prefix_bounds(note_id_prefix)
        if bounds is None:
            return []
        return self._decoder.entries(
            self._reader.rows("notes_by_id", low=bounds[0], high=bounds[1])
        )

    def incidents(self, *, versions: bool = False) -> list[Committed]:
        """The valid version of every incident, or all `versions`, by opened_at, then id."""
        found = packing.incidents_of(
            lasting.between(self._reader, self._decoder, packing.INCIDENT, None, None)
        )
        return found if versions else packing.valid_versions(found)

    def coverage(self) -> list[Heard]:
        """What was heard, joined within each session, by source, from_at, session."""
        found = [Heard(source=a, session=b, from_at=c, to_at=d) for a, b, c, d in self._heard()]
        return sorted(found, key=lambda each: (each.source, each.from_at, each.session))

    def _heard(self) -> list[tuple[Any, ...]]:
        return self._reader.rows("coverage")

    def search(self, text: str) -> list[Committed]:
        """Notes and incidents (valid versions) that hold every word of the text, newest first.

        Words as `words.terms_of` cuts them; a word ending in `*` stands for all that begin so.
        """
        return words.search(self._reader, self._decoder, text)

    # --- intake and upkeep ---------------------------------------------------------------

    def has_audit_ids(self, audit_ids: Collection[str]) -> set[str]:
        """Those of the audit ids that some record already came from."""
        packed = {packing.pack_uuid(each): each for each in audit_ids if each}
        return {
            packed[row[0]]
            for chunk in _padded(sorted(packed))
            for row in self._reader.rows("audit_ids", **chunk)
        }

    def has_changes(self, change_ids: Collection[str]) -> set[str]:
        """Those of the ids that are ids of changes recorded."""
        packed = {packing.pack_id(each): each for each in change_ids}
        return {
            packed[bytes(row[0])]
            for chunk in _padded(sorted(packed))
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


def _padded(values: Sequence[_Value]) -> Iterator[dict[str, _Value]]:
    """The values as parameters v0 ... v63 of a statement, as often as needed."""
    for start in range(0, len(values), _CHUNK):
        chunk = list(values[start : start + _CHUNK])
        chunk += [chunk[-1]] * (_CHUNK - len(chunk))
        yield {f"v{number}": value for number, value in enumerate(chunk)}
