"""What an index answers, worked out from the bare list of records: slow, and plain to see.

Has the look-ups of `Index` under the same names, so that both can be asked the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import orjson

from kubectl_smart.memory.formats.diffs import diff
from kubectl_smart.memory.formats.wiring.packing import terms
from kubectl_smart.memory.formats.wiring.reading import is_read, wiring_of
from kubectl_smart.memory.index.packing import numeric_version, pack_id
from kubectl_smart.memory.index.rows import Act, Counts, ObjectRow, Outline, Seed, Standing, Wired
from kubectl_smart.memory.index.spans import FOREVER
from kubectl_smart.memory.index.words import terms_of
from kubectl_smart.memory.records.changes import Change, Facet, FieldEdit, Knowledge
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed, StatePlace
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.wiring import NOTHING, Wiring

States = Callable[[Sequence[StatePlace]], list[bytes | None]]
Found = tuple[Committed, Change]
_Entry = TypeVar("_Entry", Step, Observation, Note, Dependency)


def outlined(each: Committed) -> Outline:
    """The outline of a change; its number is its place in time."""
    one = each.record
    assert isinstance(one, Change)
    known = one.knowledge, one.gone, one.edits
    return Outline(one.happened_at, one.happened_at, one.uid, one.verb, *known, each.place)


def stood(each: Committed) -> Standing:
    """A change as the state of the past needs it."""
    one = each.record
    assert isinstance(one, Change)
    how = one.derived, one.verb, one.actor, one.via
    edits = () if each.place is not None else one.edits
    where = each.commit, each.branch, each.place
    return Standing(one.id, one.object, one.facet, *how, one.happened_at, edits, one.owner, *where)


def _version(change: Change) -> int:
    text = change.resource_version
    return int(text) if text.isdecimal() and str(int(text)) == text else -1


def _order(pair: Found) -> tuple[int, int, int, str]:
    each, change = pair
    return change.happened_at, _version(change), each.sequence, change.id


class PlainIndex:
    """A set of records and their tips, as if an index held them."""

    def __init__(
        self,
        committed: Sequence[Committed],
        tips: dict[str, str],
        read_states: States,
        sees: Callable[[ObjectRef], bool] = lambda _: True,
    ) -> None:
        """`sees`: whether what is said of an object is told."""
        self._sees = sees
        self._tips = tips
        self._read = read_states
        self._all = list(dict.fromkeys(committed))
        self._history: dict[tuple[ObjectRef, Facet], list[Found]] = {}
        self.compared: set[str] = set()
        for each in self._all:
            if isinstance(each.record, Change):
                key = (each.record.object, each.record.facet)
                self._history.setdefault(key, []).append((each, each.record))
        for key, found in self._history.items():
            self._history[key] = self._settled(sorted(found, key=_order))

    def _settled(self, found: list[Found]) -> list[Found]:
        """The changes of one object with the edits they have by the rule of `late`."""
        by_rank = sorted(
            (pair for pair in found if not pair[1].late),
            key=lambda pair: (pair[0].sequence, _order(pair)),
        )
        settled: list[Found] = []
        for at, (each, change) in enumerate(found):
            before = found[at - 1] if at else None
            place = by_rank.index((each, change)) if not change.late else -1
            recorded_before = by_rank[place - 1] if place > 0 else None
            edits = change.edits
            if change.late or before != recorded_before:
                edits = self._edits((each, change), before)
            settled.append((each, replace(change, state=None, edits=edits)))
        return [(each._replace(record=change), change) for each, change in settled]

    def _edits(self, later: Found, earlier: Found | None) -> tuple[FieldEdit, ...]:
        each, change = later
        if change.knowledge is not Knowledge.FULL or change.gone:
            return change.edits
        if earlier is None:
            return ()
        before, known = earlier
        if known.knowledge is not Knowledge.FULL:
            return change.edits
        if known.gone or (known.uid and change.uid and known.uid != change.uid):
            return ()
        self.compared.add(change.id)
        assert before.place is not None
        assert each.place is not None
        one, other = self._read([before.place, each.place])
        return diff(orjson.loads(one or b""), orjson.loads(other or b""))

    def edits(self) -> dict[str, tuple[FieldEdit, ...]]:
        """The edits that are told of each change."""
        return {one.id: one.edits for _, one in self._changes()}

    def _changes(self) -> list[Found]:
        return sorted((pair for found in self._history.values() for pair in found), key=_order)

    def _of(self, ref: ObjectRef, facet: Facet = Facet.OBJECT) -> list[Found]:
        return self._history.get((ref, facet), [])

    def _refs(self) -> list[ObjectRef]:
        """Of every record that names an object, changed or not."""
        found: set[ObjectRef | None] = {ref for ref, _ in self._history}
        for one in self._all:
            record = one.record
            if isinstance(record, Change):
                found.add(record.owner)
            elif isinstance(record, Observation):
                found |= {record.about, record.owner}
            elif isinstance(record, Dependency):
                found |= {record.caller, record.callee}
            elif isinstance(record, Note):
                found.add(record.about)
            elif isinstance(record, Step):
                found.add(record.target)
        return sorted(ref for ref in found if ref is not None)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Nothing moves."""
        yield

    def tips(self) -> dict[str, str]:
        """See Index."""
        return dict(sorted(self._tips.items()))

    def kinds(self) -> list[tuple[str, str]]:
        """See Index."""
        return sorted({(ref.group, ref.kind) for ref in self._refs()})

    def counts(self) -> Counts:
        """See Index."""
        return Counts(
            len(self._refs()),
            len(self._changes()),
            len(self.observations()),
            len(self.steps()),
            len(self._valid(Note)),
            len(self.incidents()),
        )

    def coverage(self) -> list[Heard]:
        """See Index."""
        found: list[Heard] = []
        heard = {one.record for one in self._all if isinstance(one.record, Heard)}
        for one in sorted(heard, key=lambda one: (one.source, one.session, one.from_at)):
            last = found[-1] if found else None
            together = last and (last.source, last.session) == (one.source, one.session)
            if last and together and one.from_at <= last.to_at:
                found[-1] = replace(last, to_at=max(last.to_at, one.to_at))
            else:
                found.append(one)
        return sorted(found, key=lambda one: (one.source, one.from_at, one.session))

    # --- changes ------------------------------------------------------------------------

    def changes_of(
        self,
        ref: ObjectRef,
        facet: Facet = Facet.OBJECT,
        since: int | None = None,
        until: int | None = None,
        limit: int | None = None,
    ) -> list[Committed]:
        """See Index."""
        return [each for each, one in self._of(ref, facet) if _within(one, since, until)][:limit]

    def last_changes_of(
        self, ref: ObjectRef, since: int, until: int, limit: int
    ) -> list[Committed]:
        """See Index."""
        return self.changes_of(ref, Facet.OBJECT, since, until)[-limit:]

    def last_changes_owned(
        self, owner: ObjectRef, since: int, until: int, limit: int
    ) -> list[Committed]:
        """See Index."""
        return [
            each
            for each, one in self._changes()
            if one.owner == owner and one.facet is Facet.OBJECT and _within(one, since, until)
        ][-limit:]

    def count_changes_of(self, ref: ObjectRef, since: int, until: int) -> int:
        """See Index."""
        return len(self.changes_of(ref, Facet.OBJECT, since, until))

    def outlines_of(self, ref: ObjectRef, until: int | None = None) -> list[Outline]:
        """See Index."""
        return [outlined(each) for each in self.changes_of(ref, until=until)]

    def changes_between(
        self,
        since: int | None,
        until: int | None,
        namespace: str | None = None,
        derived: bool = False,
        limit: int | None = None,
    ) -> list[Committed]:
        """See Index."""
        return [
            each
            for each, one in self._changes()
            if _within(one, since, until)
            and (namespace is None or one.object.namespace == namespace)
            and (derived or _declared(one))
        ][:limit]

    def acts_between(
        self, since: int | None, until: int | None, namespace: str | None = None
    ) -> Iterator[Act]:
        """See Index; a change is known by its place among all."""
        every = self._all_changes()
        for each in self.changes_between(since, until, namespace):
            one = each.record
            assert isinstance(one, Change)
            if one.facet is Facet.OBJECT:
                order = one.happened_at, numeric_version(one.resource_version), each.sequence
                yield Act(
                    (*order, pack_id(one.id)), every.index(one.id), one.object, one.verb,
                    one.actor, one.gone, one.edits,
                )  # fmt: skip

    def busy_slots(self, since: int, until: int, width: int) -> frozenset[int]:
        """See Index."""
        found = self.changes_between(since, until)
        return frozenset(
            each.record.happened_at // width for each in found if isinstance(each.record, Change)
        )

    def neighbours(
        self, at: int, namespace: str | None = None, ref: ObjectRef | None = None
    ) -> tuple[Committed | None, Committed | None]:
        """See Index."""
        if ref is not None:
            found = self._of(ref)
        else:
            found = [pair for pair in self._changes() if _declared(pair[1])]
            if namespace is not None:
                found = [pair for pair in found if pair[1].object.namespace == namespace]
        before = [each for each, one in found if one.happened_at < at]
        after = [each for each, one in found if one.happened_at > at]
        return (before[-1] if before else None), (after[0] if after else None)

    def change(self, change_id_prefix: str) -> list[Committed]:
        """See Index."""
        found = {one.id: each for each, one in self._changes()}
        return [found[one] for one in sorted(found) if one.startswith(change_id_prefix)][:10]

    # --- what objects say of others -----------------------------------------------------------

    def wired_of(self, ref: ObjectRef) -> list[Wired]:
        """See Index; a change is known by its place among all."""
        found: list[Wired] = []
        now: Wired | None = None
        for each, one in self._of(ref):
            if not one.gone and one.knowledge is not Knowledge.FULL:
                continue
            said = self._said(each, one)
            if (now.wiring if now else NOTHING) == said:
                continue
            if now is not None:
                found.append(now._replace(to_at=one.happened_at))
            number = self._all_changes().index(one.id)
            now = Wired(ref, said, one.happened_at, FOREVER, number) if said != NOTHING else None
        found += [now] if now is not None else []
        return [self._seen(one) for one in found if one.from_at < one.to_at]

    def _said(self, each: Committed, one: Change) -> Wiring:
        if one.gone or each.place is None or not is_read(one.object, derived=one.derived):
            return NOTHING
        (state,) = self._read([each.place])
        return wiring_of(one.object, orjson.loads(state or b"{}"))

    def _seen(self, one: Wired) -> Wired:
        seen = tuple(each for each in one.wiring.references if self._sees(each.target))
        return one._replace(wiring=one.wiring._replace(references=seen))

    def _all_changes(self) -> list[str]:
        return [one.id for _, one in self._changes()]

    def listed(self, numbers: Collection[int]) -> dict[int, Committed]:
        """See Index."""
        changes = self._changes()
        return {number: changes[number][0] for number in numbers}

    def wired_between(self, since: int | None, until: int | None) -> list[Wired]:
        """See Index."""
        return [
            one
            for ref in self._refs()
            for one in self.wired_of(ref)
            if (since is None or one.to_at > since) and (until is None or one.from_at < until)
        ]

    def wired_with(self, wanted: Collection[int], namespace: str | None = None) -> list[Wired]:
        """See Index."""
        return [
            one
            for one in self.wired_between(None, None)
            if (namespace is None or one.ref.namespace == namespace)
            and not set(wanted).isdisjoint(terms(one.wiring))
        ]

    def lives_of(self, ref: ObjectRef) -> list[tuple[int, int]]:
        """See Index."""
        lives: list[tuple[int, int]] = []
        began: int | None = None
        for _, one in self._of(ref) or self._of(ref, Facet.STATUS):
            if not one.gone:
                began = one.happened_at if began is None else began
            elif began is not None:
                lives.append((began, one.happened_at))
                began = None
        lives += [(began, FOREVER)] if began is not None else []
        return [(from_at, to_at) for from_at, to_at in lives if from_at < to_at]

    # --- objects and states ----------------------------------------------------------------

    def find_objects(
        self, kinds: Sequence[tuple[str, str]] | None, name: str, namespace: str | None
    ) -> list[ObjectRow]:
        """See Index."""
        rows: list[ObjectRow] = []
        for ref in self._refs():
            history = self._of(ref) or self._of(ref, Facet.STATUS)
            if (
                not history
                or ref.name != name
                or (namespace is not None and ref.namespace != namespace)
                or (kinds is not None and (ref.group, ref.kind) not in kinds)
            ):
                continue
            each, one = history[-1]
            first = history[0][1].happened_at
            gone_at = one.happened_at if one.gone else None
            head = (ref, one.derived, one.owner, one.uid, one.resource_version)
            rows.append(ObjectRow(*head, first, one.happened_at, gone_at, each.place))
        return rows

    def similar(
        self, name: str, kind: str | None = None, namespace: str | None = None, limit: int = 5
    ) -> list[ObjectRef]:
        """See Index."""
        mine = _pairs(name)
        ranked: list[tuple[tuple[float, bool, bool, bool], ObjectRef]] = []
        for ref in self._refs():
            theirs = _pairs(ref.name)
            likeness = 2 * len(mine & theirs) / (len(mine) + len(theirs))
            if likeness >= 0.3:
                elsewhere = namespace is not None and ref.namespace != namespace
                other = kind is not None and ref.kind.lower() != kind.lower()
                derived = not any(_declared(one) for _, one in self._of(ref))
                ranked.append(((-likeness, other, elsewhere, derived), ref))
        return [ref for _, ref in sorted(ranked)[:limit]]

    def state_at(
        self,
        at: int,
        namespace: str | None = None,
        kinds: Collection[tuple[str, str]] | None = None,
        name: str | None = None,
    ) -> list[tuple[Standing, ...]]:
        """See Index."""
        found: list[tuple[Standing, ...]] = []
        for ref in self._refs():
            if (
                (namespace is None or ref.namespace == namespace)
                and (kinds is None or (ref.group, ref.kind) in kinds)
                and (name is None or ref.name == name)
            ):
                whole = [*self._object_at(ref, at), *self._status_at(ref, at)]
                if whole:
                    found.append(tuple(stood(each) for each, _ in whole))
        return found

    def _object_at(self, ref: ObjectRef, at: int) -> list[Found]:
        """From the newest full state on; [] if the object was gone."""
        chain: list[Found] = []
        for each, one in self._of(ref):
            if one.happened_at <= at:
                if each.place or one.gone:
                    chain.clear()
                if not one.gone:
                    chain.append((each, one))
        return chain

    def _status_at(self, ref: ObjectRef, at: int) -> list[Found]:
        """The newest status since the object began, of an object that is there."""
        history = [pair for pair in self._of(ref, Facet.STATUS) if pair[1].happened_at <= at]
        if not history or history[-1][1].gone:
            return []
        if self._of(ref):
            began = None
            for _, one in self._of(ref):
                if one.happened_at <= at:
                    began = None if one.gone else one.happened_at if began is None else began
            if began is None or history[-1][1].happened_at < began:
                return []
        return history[-1:]

    def previous_state(self, ref: ObjectRef, uid: str, facet: Facet, at: int) -> StatePlace | None:
        """See Index."""
        known = [pair for pair in self._of(ref, facet) if pair[1].happened_at <= at]
        if not known or (uid and known[-1][1].uid and known[-1][1].uid != uid):
            return None
        return known[-1][0].place

    def fold_seed(self, gone_since: int | None = None) -> list[Seed]:
        """See Index."""
        found: list[Seed] = []
        for ref in self._refs():
            end = 1 << 60
            alive = [*self._object_at(ref, end)[-1:], *self._status_at(ref, end)]
            history = self._of(ref)
            if not alive and gone_since is not None and history:
                ended = history[-1][1].gone and history[-1][1].happened_at >= gone_since
                alive = history[-1:] if ended else []
            for each, one in alive:
                head = (ref, one.facet, one.derived, one.owner, one.uid, one.resource_version)
                found.append(Seed(*head, one.happened_at, one.gone, each.place))
        return sorted(found, key=lambda seed: (seed.ref, seed.facet.value))

    # --- entries ------------------------------------------------------------------------

    def observations(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        owner: ObjectRef | None = None,
        about: ObjectRef | None = None,
        warnings_only: bool = False,
    ) -> list[Committed]:
        """See Index."""
        return [
            each
            for each, one in self._valid(Observation)
            if _overlaps(one.first_at, one.last_at, since, until)
            and (namespace is None or one.about.namespace == namespace)
            and (owner is None or one.owner == owner)
            and (about is None or one.about == about)
            and (one.warning or not warnings_only)
        ]

    def dependencies(
        self,
        since: int | None = None,
        until: int | None = None,
        caller: ObjectRef | None = None,
        callee: ObjectRef | None = None,
    ) -> list[Committed]:
        """See Index."""
        return [
            each
            for each, one in self._valid(Dependency)
            if _overlaps(one.first_at, one.last_at, since, until)
            and (caller is None or one.caller == caller)
            and (callee is None or one.callee == callee)
        ]

    def steps(
        self,
        since: int | None = None,
        until: int | None = None,
        namespace: str | None = None,
        target: ObjectRef | None = None,
    ) -> list[Committed]:
        """See Index."""
        return [
            each
            for each, one in self._valid(Step)
            if _overlaps(one.happened_at, one.until, since, until)
            and (namespace is None or one.namespace == namespace)
            and (target is None or one.target == target)
        ]

    def _valid(self, kind: type[_Entry]) -> list[tuple[Committed, _Entry]]:
        """Of each id the version recorded last, in order of time."""
        held: dict[str, tuple[tuple[int, int], Committed, _Entry]] = {}
        for each in self._all:
            record = each.record
            if isinstance(record, kind):
                rank = (each.sequence, _span(record)[1])
                if record.id not in held or rank > held[record.id][0]:
                    held[record.id] = (rank, each, record)
        found = [(each, record) for _, each, record in held.values()]
        return sorted(found, key=lambda pair: (_span(pair[1])[0], pair[1].id))

    def _standing(self) -> list[tuple[Committed, Note]]:
        return [(each, one) for each, one in self._valid(Note) if not one.retracted]

    def notes(
        self, since: int | None = None, until: int | None = None, *, retracted: bool = False
    ) -> list[Committed]:
        """See Index."""
        found = self._valid(Note) if retracted else self._standing()
        return [each for each, one in found if _within(one, since, until)]

    def note(self, note_id_prefix: str) -> list[Committed]:
        """See Index."""
        found = [pair for pair in self._valid(Note) if pair[1].id.startswith(note_id_prefix)]
        first = sorted(one.id for _, one in found)[:10]
        return [each for each, one in found if one.id in first]

    def notes_about(self, ref: ObjectRef) -> list[Committed]:
        """See Index."""
        return [each for each, one in self._standing() if one.about == ref]

    def notes_explaining(self, change_ids: Collection[str]) -> list[Committed]:
        """See Index."""
        return [each for each, one in self._standing() if one.explains in {*change_ids} - {""}]

    def incidents(self, *, versions: bool = False) -> list[Committed]:
        """See Index."""
        pairs = [(each, each.record) for each in self._all if isinstance(each.record, Incident)]
        pairs.sort(key=lambda pair: pair[0].sequence)
        kept = pairs if versions else list({one.id: (each, one) for each, one in pairs}.values())
        kept.sort(key=lambda pair: (pair[1].opened_at, pair[1].id, pair[0].sequence))
        return [each for each, _ in kept]

    def search(self, text: str) -> list[Committed]:
        """See Index; single words and beginnings only."""
        found: list[tuple[int, int, str, Committed]] = []
        for each in [*self.notes(), *self.incidents()]:
            one = each.record
            assert isinstance(one, Note | Incident)
            words = terms_of(
                one.text if isinstance(one, Note) else f"{one.id} {one.title} {one.text}"
            )
            wanted = text.casefold().split()
            if wanted and all(_hits(part, words) for part in wanted):
                found.append((-one.happened_at, each.sequence, one.id, each))
        return [each for *_, each in sorted(found)]

    def has_audit_ids(self, audit_ids: Collection[str]) -> set[str]:
        """See Index."""
        known: set[str] = set()
        for one in self._all:
            if isinstance(one.record, Change | Observation):
                known.add(one.record.audit_id)
            elif isinstance(one.record, Step):
                known.update(one.record.audit_ids)
        return (known - {""}) & set(audit_ids)


def _declared(one: Change) -> bool:
    return not one.derived and one.facet is Facet.OBJECT


def _within(one: Change | Note, since: int | None, until: int | None) -> bool:
    return (since is None or since <= one.happened_at) and (
        until is None or one.happened_at < until
    )


def _overlaps(first: int, last: int, since: int | None, until: int | None) -> bool:
    return (since is None or last >= since) and (until is None or first < until)


def _span(one: Step | Observation | Note | Dependency) -> tuple[int, int]:
    if isinstance(one, Observation | Dependency):
        return one.first_at, one.last_at
    return one.happened_at, one.until if isinstance(one, Step) else one.happened_at


def _hits(part: str, words: Sequence[str]) -> bool:
    if part.endswith("*"):
        return any(word.startswith(part[:-1]) for word in words)
    return part in words


def _pairs(name: str) -> set[str]:
    padded = f"^{name}$"
    return {padded[at : at + 2] for at in range(len(padded) - 1)}
