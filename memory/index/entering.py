"""Observations, dependencies, steps, notes and incidents into the table of entries.

Of one id the version recorded last counts: the one with the highest sequence, and among those the
one that lasted longest, whatever the order they come in. Of incidents every version is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import bindparam, select

from kubectl_smart.memory.formats.chain_lines import without_lines
from kubectl_smart.memory.index import packing, words
from kubectl_smart.memory.index.inserting import Pen
from kubectl_smart.memory.index.objects_known import ObjectsKnown
from kubectl_smart.memory.index.schema import audits, entries, spans, terms
from kubectl_smart.memory.index.spans import node_of
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.facts import Committed
from kubectl_smart.memory.records.incidents import Incident
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.records.steps import Step

_CHUNK = 500
_e = entries.c
_existing = select(
    _e.n, _e.family, _e.id, _e.sequence, _e.last_at, _e.first_at, _e.object, _e.owner, _e.detail
).where(_e.id.in_(bindparam("ids", expanding=True)))


class _Entry:
    """One row to be: what of it depends on the kind of record."""

    __slots__ = (
        "about", "detail", "family", "first_at", "id", "last_at", "owner", "subject", "words",
    )  # fmt: skip

    def __init__(self, family: int, record_id: bytes, first_at: int, last_at: int) -> None:
        self.family = family
        self.id = record_id
        self.first_at = first_at
        self.last_at = last_at
        self.about: ObjectRef | None = None
        self.owner: ObjectRef | None = None
        self.subject: bytes | None = None
        self.detail: list[Any] = []
        self.words = ""


class Entries:
    """Gathers entries and writes them, replacing older versions."""

    def __init__(self, pen: Pen, objects: ObjectsKnown, touched: Callable[[int], None]) -> None:
        """touched: is told from which instant on what is seen, and what calls what, is new."""
        self._pen = pen
        self._objects = objects
        self._touched = touched
        self._pending: dict[tuple[int, bytes], tuple[tuple[int, int], _Entry, Committed]] = {}

    def forget(self) -> None:
        """Drop what was gathered; to be called after a transaction that failed."""
        self._pending.clear()

    def add(self, each: Committed) -> None:
        """Gather one record that is neither a change nor an interval heard."""
        record = each.record
        if isinstance(record, Observation):
            entry = _of_observation(record)
            self._audits((record.audit_id,))
        elif isinstance(record, Step):
            entry = _of_step(record)
            self._audits(record.audit_ids)
        elif isinstance(record, Dependency):
            entry = _of_dependency(record)
        elif isinstance(record, Note):
            entry = _of_note(record)
        elif isinstance(record, Incident):
            entry = _of_incident(record, each.sequence)
        else:
            raise TypeError(f"not an entry: {record!r}")
        for ref in (entry.about, entry.owner):
            if ref is not None:  # known from now on, also if this version is soon replaced
                self._objects.get(ref)
        rank = (each.sequence, entry.last_at)
        key = (entry.family, entry.id)
        held = self._pending.get(key)
        if held is None or rank > held[0]:
            self._pending[key] = (rank, entry, each)

    def _audits(self, audit_ids: tuple[str, ...]) -> None:
        for audit_id in audit_ids:
            if audit_id:
                self._pen.put(audits, (packing.pack_uuid(audit_id),))

    def flush(self) -> None:
        """Hand everything gathered to the pen."""
        pending = list(self._pending.values())
        self._pending.clear()
        for start in range(0, len(pending), _CHUNK):
            self._write(pending[start : start + _CHUNK])

    def _write(self, chunk: list[tuple[tuple[int, int], _Entry, Committed]]) -> None:
        ids = [entry.id for _, entry, _ in chunk]
        there = {
            (family, bytes(record_id)): (n, (sequence, last_at), what)
            for n, family, record_id, sequence, last_at, *what in self._pen.select(
                _existing, {"ids": ids}
            )
        }
        replaced: list[tuple[int, int]] = []
        rows: list[tuple[int, _Entry, Committed]] = []
        for rank, entry, each in chunk:
            n, held, what = there.get((entry.family, entry.id), (0, None, ()))
            if held is None:
                self._new_from(entry.first_at, entry)
                rows.append((self._pen.number(entries), entry, each))
            elif rank > held:
                replaced.append((n, entry.family))
                self._again(entry, held[1], *what)
                rows.append((n, entry, each))
        if replaced:
            numbers = [n for n, _ in replaced]
            self._pen.remove(entries, "n", numbers)
            self._pen.remove(terms, "entry", numbers)
            for family in {family for _, family in replaced}:
                of_family = [n for n, each in replaced if each == family]
                self._pen.remove(spans, "key", of_family, family=family)
        for n, entry, each in rows:
            self._put(n, entry, each)

    def _new_from(self, at: int, entry: _Entry, *, was_warning: bool = False) -> None:
        """What trouble is judged by is new from an instant on: warnings, and what needs what."""
        warning = entry.family == packing.OBSERVATION and (was_warning or entry.detail[_WARNING])
        if warning or entry.family == packing.DEPENDENCY:
            self._touched(at)

    def _again(
        self, entry: _Entry, until: int, since: int, about: int, owner: int | None, detail: bytes
    ) -> None:
        """Another version of an entry: if that only went on, it is new from where it left off."""
        told = packing.unpack_detail(detail)
        same = (
            since == entry.first_at
            and about == self._number(entry.about)
            and owner == self._number(entry.owner)
            and _but_counted(entry.family, told) == _but_counted(entry.family, entry.detail)
        )
        at = min(until, entry.last_at) if same else min(since, entry.first_at)
        warned = entry.family == packing.OBSERVATION and told[_WARNING]
        self._new_from(at, entry, was_warning=warned)

    def _number(self, ref: ObjectRef | None) -> int | None:
        return None if ref is None else self._objects.get(ref).number

    def _put(self, n: int, entry: _Entry, each: Committed) -> None:
        place = each.place
        self._pen.put(
            entries,
            (
                n,
                entry.family,
                entry.id,
                each.sequence,
                entry.first_at,
                entry.last_at,
                self._number(entry.about),
                self._number(entry.owner),
                entry.subject,
                each.recorded_at,
                self._pen.commit(each.branch, each.commit),
                None if place is None else bytes.fromhex(place.blob),
                -1 if place is None else place.line,
                packing.pack_detail(entry.detail),
            ),
        )
        if entry.last_at > entry.first_at:
            to_at = entry.last_at + 1
            node = node_of(entry.first_at, to_at)
            self._pen.put(spans, (entry.family, n, entry.first_at, to_at, node))
        for term in sorted(set(words.terms_of(entry.words))):
            self._pen.put(terms, (term, n))


_COUNT, _WARNING, _AUDIT_ID = 1, 3, 5
"""Places in the detail of an observation."""


def _but_counted(family: int, detail: list[Any]) -> list[Any]:
    """A detail without what changes of an observation whenever it is seen again."""
    if family != packing.OBSERVATION:
        return list(detail)
    return [each for at, each in enumerate(detail) if at not in (_COUNT, _AUDIT_ID)]


def _of_observation(record: Observation) -> _Entry:
    entry = _Entry(packing.OBSERVATION, packing.pack_id(record.id), record.first_at, record.last_at)
    entry.about, entry.owner = record.about, record.owner
    entry.detail = [
        record.kind,
        record.count,
        record.message,
        record.warning,
        record.source,
        record.audit_id,
        record.detail,
    ]
    return entry


def _of_dependency(record: Dependency) -> _Entry:
    entry = _Entry(packing.DEPENDENCY, packing.pack_id(record.id), record.first_at, record.last_at)
    entry.about, entry.owner = record.caller, record.callee
    entry.detail = [record.kind, record.source, record.evidence]
    return entry


def _of_step(record: Step) -> _Entry:
    entry = _Entry(packing.STEP, packing.pack_id(record.id), record.happened_at, record.until)
    entry.about = record.target
    entry.detail = [
        *packing.pack_actor(record.actor),
        record.action,
        record.namespace,
        record.command,
        record.count,
        record.status,
        record.outcome,
        record.audit_ids,
    ]
    return entry


def _of_note(record: Note) -> _Entry:
    at = record.happened_at
    entry = _Entry(packing.NOTE, packing.pack_id(record.id), at, at)
    entry.about = record.about
    entry.subject = packing.pack_id(record.explains) if record.explains else None
    entry.words = "" if record.retracted else record.text
    entry.detail = [
        *packing.pack_actor(record.author),
        record.text,
        record.field,
        record.incident,
        record.permalink,
        record.captured_by,
        record.surface,
        record.channel,
        record.thread,
        record.changed_at,
        record.retracted,
    ]
    return entry


def _of_incident(record: Incident, sequence: int) -> _Entry:
    subject = packing.pack_id(record.id)
    at = record.happened_at
    entry = _Entry(packing.INCIDENT, subject + sequence.to_bytes(8, "big"), at, at)
    entry.subject = subject
    entry.words = f"{record.id} {record.title} {without_lines(record.text)}"
    entry.detail = [
        *packing.pack_actor(record.actor),
        record.id,
        record.title,
        record.status.value,
        record.opened_at,
        record.closed_at,
        record.text,
    ]
    return entry
