"""Rows of the index -> records, with the small dictionaries kept at hand.

Used by every look-up. Kinds, namespaces, branches and manners are few and never change once
written, so each is asked for once.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kubectl_smart.memory.index import packing
from kubectl_smart.memory.index.reading import Reader
from kubectl_smart.memory.index.rows import Act, Outline, Standing
from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.changes import Change, Facet, Knowledge
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed, Record, StatePlace
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step
from kubectl_smart.memory.records.stopping import in_batches

_Row = tuple[Any, ...]
_FACETS = (Facet.OBJECT, Facet.STATUS, Facet.DECLARED)
OBJECT = slice(16, 19)
"""Where a row about a change has the name, namespace and kind of its object."""
_KIND = 18
FLAGS = 5
"""Where it has the flags."""
_PARTLY = packing.FIELDS | packing.NAME
_KNOWLEDGE = {0: Knowledge.FULL, packing.FIELDS: Knowledge.FIELDS, packing.NAME: Knowledge.NAME}
_NOTHING: dict[str, Any] = {}


_BULK = 50_000
"""Containers made and not yet freed from which on a search through them is felt."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the search for cyclic garbage: there is none, and it took half of the time.

    What was made in bulk is filed with what is old, or the first search afterwards would go through
    all of it: 0.1 s for ten thousand objects.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            if gc.get_count()[0] > _BULK and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


class Decoder:
    """Turns rows of `statements` into Committed."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kinds: dict[int, tuple[str, str]] = {}
        self._namespaces: dict[int, str] = {}
        self._branches: dict[int, str] = {}
        self._manners: dict[int, tuple[str, Actor, str]] = {}

    def object_number(self, ref: ObjectRef) -> int | None:
        """The number of an object; None if it is not known."""
        for number, group, kind, namespace in self._reader.rows("objects_named", name=ref.name):
            if (group, kind, namespace) == (ref.group, ref.kind, ref.namespace):
                return int(number)
        return None

    def namespace_number(self, namespace: str) -> int | None:
        """The number of a namespace; None if no object is known in it."""
        found = self._reader.rows("namespace_named", name=namespace)
        return found[0][0] if found else None

    def kind(self, number: int) -> tuple[str, str]:
        """(group, kind) of a number."""
        return self._kind(number)

    def _kind(self, number: int) -> tuple[str, str]:
        if number not in self._kinds:
            group, kind = self._reader.rows("kind", n=number)[0]
            self._kinds[number] = group, kind
        return self._kinds[number]

    def _namespace(self, number: int) -> str:
        if number not in self._namespaces:
            self._namespaces[number] = self._reader.rows("namespace", n=number)[0][0]
        return self._namespaces[number]

    def _branch(self, number: int) -> str:
        if number not in self._branches:
            self._branches[number] = self._reader.rows("branch", n=number)[0][0]
        return self._branches[number]

    def _manner(self, number: int) -> tuple[str, Actor, str]:
        if number not in self._manners:
            packed = packing.unpack_detail(self._reader.rows("manner", n=number)[0][0])
            verb, *actor, via = packed
            self._manners[number] = verb, packing.unpack_actor(actor), via
        return self._manners[number]

    def ref(self, name: str, namespace: int, kind: int) -> ObjectRef:
        """The object of a row that has its name, and the numbers of its namespace and kind."""
        return self._ref(name, namespace, kind)

    def _ref(self, name: str, namespace: int, kind: int) -> ObjectRef:
        group, word = self._kinds.get(kind) or self._kind(kind)
        place = self._namespaces.get(namespace)
        return ObjectRef(group, word, self._namespace(namespace) if place is None else place, name)

    def of_kinds(
        self, rows: Sequence[_Row], kinds: Collection[tuple[str, str]] | None
    ) -> Sequence[_Row]:
        """Those rows about changes whose objects are of these (group, kind)s; None for all."""
        if kinds is None:
            return rows
        return [row for row in rows if self._kind(row[_KIND]) in kinds]

    def changes(self, rows: Sequence[_Row]) -> list[Committed]:
        """Rows of one of the statements about changes, in their order."""
        with uncollected():
            return [self._change(row) for row in in_batches(rows)]

    def outlines(
        self, rows: Sequence[_Row], common_uid: bytes | None, *, declared: bool = False
    ) -> list[Outline]:
        """Rows of `outlines_of`, put in order; the uid is of the changes that name none."""
        common = packing.unpack_uuid(common_uid)
        manners, whole = self._manners, _KNOWLEDGE[0]
        found = []
        for happened_at, _, _, _, number, flags, manner, uid, blob, line, packed in in_batches(
            sorted(rows)
        ):
            edits = packing.unpack_detail(packed).get("e") if packed else None
            outline = Outline(
                number,
                happened_at,
                common if uid is None else packing.unpack_uuid(uid),
                (manners.get(manner) or self._manner(manner))[0],
                _KNOWLEDGE[flags & _PARTLY] if flags & _PARTLY else whole,
                bool(flags & packing.GONE),
                packing.unpack_edits(edits) if edits else (),
                None if blob is None else StatePlace(blob.hex(), line),
                declared,
            )
            found.append(outline)
        return found

    def acts(self, rows: Sequence[_Row], refs: dict[tuple[str, int, int], ObjectRef]) -> list[Act]:
        """Rows of `acts_between`, in their order.

        refs  the objects met on pages before, by name, namespace and kind: few are changed often
        """
        found, manners = [], self._manners
        with uncollected():
            for (
                at,
                version,
                sequence,
                record_id,
                number,
                flags,
                manner,
                packed,
                *names,
            ) in in_batches(rows):
                verb, actor, _ = manners.get(manner) or self._manner(manner)
                edits = packing.unpack_detail(packed).get("e") if packed else None
                key = names[0], names[1], names[2]
                ref = refs.get(key)
                if ref is None:
                    ref = refs[key] = self._ref(*key)
                act = (
                    (at, version, sequence, record_id),
                    number,
                    ref,
                    verb,
                    actor,
                    bool(flags & packing.GONE),
                    packing.unpack_edits(edits) if edits else (),
                )
                found.append(Act._make(act))
        return found

    def standing(self, rows: Sequence[_Row]) -> list[Standing]:
        """Of the rows that `changes` takes what the state of the past needs, in their order."""
        with uncollected():
            return [self._standing(row) for row in in_batches(rows)]

    def _standing(self, row: _Row) -> Standing:
        (
            happened_at, _, _, record_id, facet, flags, manner, _, _, _, _,
            commit, branch, blob, line, packed,
            name, namespace, kind, owner_name, owner_namespace, owner_kind,
        ) = row  # fmt: skip
        verb, actor, via = self._manners.get(manner) or self._manner(manner)
        edits: Sequence[list[Any]] = ()
        if packed:
            detail = packing.unpack_detail(packed)
            via = detail.get("v", via)
            if blob is None:
                edits = detail.get("e", ())
        return Standing(
            packing.unpack_id(record_id),
            self._ref(name, namespace, kind),
            _FACETS[facet],
            bool(flags & packing.DERIVED),
            verb,
            actor,
            via,
            happened_at,
            packing.unpack_edits(edits) if edits else (),
            None if owner_name is None else self._ref(owner_name, owner_namespace, owner_kind),
            commit.hex(),
            self._branches.get(branch) or self._branch(branch),
            None if blob is None else StatePlace(blob.hex(), line),
        )

    def _change(self, row: _Row) -> Committed:
        (
            happened_at, version, sequence, record_id, facet, flags, manner,
            uid, common_uid, audit, recorded_at, commit, branch, blob, line, packed,
            name, namespace, kind, owner_name, owner_namespace, owner_kind,
        ) = row  # fmt: skip
        verb, actor, via = self._manners.get(manner) or self._manner(manner)
        detail = packing.unpack_detail(packed) if packed else _NOTHING
        edits = detail.get("e")
        knowledge = _KNOWLEDGE[flags & _PARTLY]
        change = Change(
            id=packing.unpack_id(record_id),
            object=self._ref(name, namespace, kind),
            uid=packing.unpack_uuid(common_uid if uid is None else uid),
            facet=_FACETS[facet],
            derived=bool(flags & packing.DERIVED),
            verb=verb,
            actor=actor,
            via=detail.get("v", via),
            happened_at=happened_at,
            audit_id=packing.unpack_uuid(audit),
            resource_version=detail.get("n", "") if version < 0 else str(version),
            knowledge=knowledge,
            edits=packing.unpack_edits(edits) if edits else (),
            state=None,
            gone=bool(flags & packing.GONE),
            owner=None
            if owner_name is None
            else self._ref(owner_name, owner_namespace, owner_kind),
            reason=detail.get("r", ""),
            late=bool(flags & packing.LATE),
            not_before=detail.get("b", 0),
            attribution=detail.get("a", ""),
        )
        place = None if blob is None else StatePlace(blob.hex(), line)
        where = self._branches.get(branch) or self._branch(branch)
        return Committed(change, sequence, recorded_at, where, commit.hex(), place)

    def _committed(
        self,
        record: Record,
        sequence: int,
        recorded_at: int,
        branch: int,
        commit: bytes,
        blob: bytes | None,
        line: int,
    ) -> Committed:
        place = None if blob is None else StatePlace(blob.hex(), line)
        return Committed(record, sequence, recorded_at, self._branch(branch), commit.hex(), place)

    def entries(self, rows: Sequence[_Row]) -> list[Committed]:
        """Rows of one of the statements about entries, sorted by first_at, id and sequence."""
        once = {row[-1]: row for row in rows}
        found = sorted(once.values(), key=lambda row: row[:3])
        with uncollected():
            return [self._entry(row) for row in in_batches(found)]

    def _entry(self, row: _Row) -> Committed:
        (
            first_at, record_id, sequence, family, last_at, subject, recorded_at,
            commit, branch, blob, line, packed,
            name, namespace, kind, owner_name, owner_namespace, owner_kind, _,
        ) = row  # fmt: skip
        about = None if name is None else self._ref(name, namespace, kind)
        owner = None if owner_name is None else self._ref(owner_name, owner_namespace, owner_kind)
        detail = packing.unpack_detail(packed)
        record: Record
        if family == packing.OBSERVATION:
            assert about is not None  # noqa: S101 - the column is filled for observations
            record = _observation(record_id, about, owner, first_at, last_at, detail)
        elif family == packing.DEPENDENCY:
            assert about is not None  # noqa: S101 - both columns are filled for dependencies
            assert owner is not None  # noqa: S101
            record = _dependency(record_id, about, owner, first_at, last_at, detail)
        elif family == packing.STEP:
            record = _step(record_id, about, first_at, last_at, detail)
        elif family == packing.NOTE:
            record = _note(record_id, about, subject, first_at, detail)
        else:
            record = _incident(first_at, detail)
        return self._committed(record, sequence, recorded_at, branch, commit, blob, line)


def _observation(
    record_id: bytes,
    about: ObjectRef,
    owner: ObjectRef | None,
    first_at: int,
    last_at: int,
    detail: list[Any],
) -> Observation:
    kind, count, message, warning, source, audit_id, more = detail
    return Observation(
        id=packing.unpack_id(record_id),
        kind=kind,
        about=about,
        owner=owner,
        first_at=first_at,
        last_at=last_at,
        count=count,
        message=message,
        warning=warning,
        source=source,
        audit_id=audit_id,
        detail=more,
    )


def _dependency(
    record_id: bytes,
    caller: ObjectRef,
    callee: ObjectRef,
    first_at: int,
    last_at: int,
    detail: list[Any],
) -> Dependency:
    kind, source, evidence = detail
    return Dependency(
        id=packing.unpack_id(record_id),
        caller=caller,
        callee=callee,
        kind=kind,
        source=source,
        evidence=evidence,
        first_at=first_at,
        last_at=last_at,
    )


def _step(
    record_id: bytes, target: ObjectRef | None, first_at: int, last_at: int, detail: list[Any]
) -> Step:
    *actor, action, namespace, command, count, status, outcome, audit_ids = detail
    return Step(
        id=packing.unpack_id(record_id),
        actor=packing.unpack_actor(actor),
        action=action,
        target=target,
        namespace=namespace,
        command=command,
        happened_at=first_at,
        until=last_at,
        count=count,
        status=status,
        outcome=outcome,
        audit_ids=tuple(audit_ids),
    )


def _note(
    record_id: bytes,
    about: ObjectRef | None,
    subject: bytes | None,
    happened_at: int,
    detail: list[Any],
) -> Note:
    *author, text, field, incident, permalink, by, surface, channel, thread, changed, gone = detail
    return Note(
        id=packing.unpack_id(record_id),
        author=packing.unpack_actor(author),
        text=text,
        about=about,
        field=field,
        explains="" if subject is None else packing.unpack_id(subject),
        incident=incident,
        happened_at=happened_at,
        permalink=permalink,
        captured_by=by,
        surface=surface,
        channel=channel,
        thread=thread,
        changed_at=changed,
        retracted=gone,
    )


def _incident(happened_at: int, detail: list[Any]) -> Incident:
    *actor, incident, title, status, opened_at, closed_at, text = detail
    return Incident(
        id=incident,
        title=title,
        status=IncidentStatus(status),
        opened_at=opened_at,
        closed_at=closed_at,
        actor=packing.unpack_actor(actor),
        happened_at=happened_at,
        text=text,
    )
