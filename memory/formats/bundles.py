"""Evidence files, `rca-case/1`: one incident as JSON, plain or gzipped, to ask `trace` about.

What must be there is checked, with one sentence for what is wrong; what is not there (no events, no
changes, no alerts, values that are null) is nothing to complain of. Series may lie in a file
beside, `series_ref`, found upwards from the folder of the bundle and never outside of it.
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.evidence import (
    EDGE_KINDS,
    Alert,
    Edge,
    Edit,
    Effect,
    Entity,
    Event,
    Evidence,
    SeriesOf,
    Symptom,
)

SCHEMA = "rca-case/1"
_GZIP = b"\x1f\x8b"
_MOST_BYTES = 1 << 30
_SECOND = 1_000_000
_FURTHEST = 253_402_300_800
"""The year 10000, in seconds: later is no instant."""
_MEND = f"see `kubectl smart trace --help` for what a bundle ({SCHEMA}) holds"


def read_bundle(path: Path) -> Evidence:
    """The evidence in a file. BadInput if it is none."""
    document = _document(path)
    reference = document.get("series_ref")
    if reference is not None:
        if not isinstance(reference, str):
            raise _wrong(path.name, "series_ref", "is not a path")
        beside = _document(_beside(path, reference))
        document = {**document, **{key: beside.get(key) for key in ("axes", "series")}}
    return parse_bundle(document, path.name)


def _document(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
        if data.startswith(_GZIP):
            data = _unpacked(data, path)
        found = orjson.loads(data)
    except OSError as error:
        raise BadInput(
            f"cannot read {path}: {error.strerror}", "name a bundle that exists"
        ) from error
    except (EOFError, zlib.error) as error:
        raise BadInput(f"{path} is damaged: {error}", "copy the file again") from error
    except orjson.JSONDecodeError as error:
        raise BadInput(f"{path} is no JSON: {error}", _MEND) from error
    if not isinstance(found, dict):
        raise BadInput(f"{path} is no bundle: a JSON object is wanted", _MEND)
    return found


def _unpacked(data: bytes, path: Path) -> bytes:
    unpacking = zlib.decompressobj(wbits=31)
    found = unpacking.decompress(data, _MOST_BYTES)
    if unpacking.unconsumed_tail:
        raise BadInput(f"{path} unpacks to more than {_MOST_BYTES >> 20} MiB", "cut it down")
    if not unpacking.eof:
        raise EOFError("it ends too early")
    return found


def _beside(path: Path, reference: str) -> Path:
    """The file of the series: below the bundle's folder, or below one that holds that folder."""
    parts = PurePosixPath(reference)
    if parts.is_absolute() or ".." in parts.parts:
        raise _wrong(path.name, "series_ref", "leads out of the folder of the bundle")
    for folder in path.resolve().parents:
        if (folder / parts).is_file():
            return folder / parts
    raise BadInput(
        f"{path.name} has its series in {reference}, which is nowhere beside it",
        "keep both files in the folders they came in",
    )


def parse_bundle(document: Mapping[str, Any], name: str = "the bundle") -> Evidence:
    """The evidence in a document. BadInput if it is none."""
    found = document.get("schema")
    if found != SCHEMA:
        raise BadInput(f"{name} is no bundle: its schema is {found!r}, not {SCHEMA!r}", _MEND)
    read = _Reader(name)
    axes = {
        key: _axis(read.instants(f"axes.{key}", times))
        for key, times in read.mapping("axes", document.get("axes")).items()
    }
    series = tuple(read.series(place, one, axes) for place, one in read.rows("series", document))
    symptom = read.symptom(document.get("symptom"))
    ordinary, incident = read.windows(document.get("windows"), symptom, axes)
    entities = tuple(read.entity(place, one) for place, one in read.rows("entities", document))
    edges = tuple(read.edge(place, one) for place, one in read.rows("edges", document))
    candidates = document.get("candidates")
    if candidates is None:
        candidates = [one.id for one in entities] or sorted({one.entity for one in series})
    return Evidence(
        name=read.text("id", document.get("id"), name),
        symptom=symptom,
        ordinary=ordinary,
        incident=incident,
        candidates=tuple(
            dict.fromkeys(
                read.text(f"candidates[{at}]", one)
                for at, one in enumerate(read.listing("candidates", candidates))
            )
        ),
        entities=entities,
        edges=edges,
        series=series,
        events=tuple(read.event(place, one) for place, one in read.rows("events", document)),
        edits=tuple(
            read.edit(place, one)
            for key in ("changes", "changes_aug")
            for place, one in read.rows(key, document)
        ),
        alerts=tuple(read.alert(place, one) for place, one in read.rows("alerts", document)),
        notes=tuple(
            (key, str(document[key]))
            for key in ("dataset", "source", "licence")
            if document.get(key)
        ),
        weighed=read.text("weighed", document.get("weighed"), ""),
    )


class _Axis(NamedTuple):
    """Instants by time; `order` says where each stood in the file, None if they were in order."""

    times: array[int]
    order: Sequence[int] | None


def _axis(instants: Sequence[int]) -> _Axis:
    order = sorted(range(len(instants)), key=instants.__getitem__)
    if order == list(range(len(instants))):
        return _Axis(array("q", instants), None)
    return _Axis(array("q", [instants[at] for at in order]), order)


def _wrong(name: str, where: str, what: str) -> BadInput:
    return BadInput(f"{name}: {where} {what}", _MEND)


class _Reader:
    """Reads parts of a document, and says where what is wrong with it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def wrong(self, where: str, what: str) -> BadInput:
        return _wrong(self.name, where, what)

    def mapping(self, where: str, found: Any) -> Mapping[str, Any]:
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise self.wrong(where, "is not an object")
        return found

    def listing(self, where: str, found: Any) -> Sequence[Any]:
        if found is None:
            return ()
        if not isinstance(found, list):
            raise self.wrong(where, "is not a list")
        return found

    def rows(self, key: str, document: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
        found = self.listing(key, document.get(key))
        return [(f"{key}[{at}]", self.mapping(f"{key}[{at}]", one)) for at, one in enumerate(found)]

    def text(self, where: str, found: Any, default: str | None = None) -> str:
        if found is None and default is not None:
            return default
        if isinstance(found, bool) or not isinstance(found, str | int | float):
            raise self.wrong(where, "is not a text" if found is not None else "is missing")
        return str(found)

    def instant(self, where: str, found: Any) -> int:
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.wrong(
                where, "is not an instant in seconds" if found is not None else "is missing"
            )
        if not math.isfinite(found) or not -_FURTHEST < found < _FURTHEST:
            raise self.wrong(where, "is not an instant in seconds")
        return round(found * _SECOND)

    def instants(self, where: str, found: Any) -> list[int]:
        times = self.listing(where, found)
        try:
            quick = array("d", times)
        except (TypeError, OverflowError):
            quick = array("d", [math.nan])
        if all(-_FURTHEST < one < _FURTHEST for one in quick):
            return [round(one * _SECOND) for one in quick]
        return [self.instant(f"{where}[{at}]", one) for at, one in enumerate(times)]

    def series(self, where: str, one: Mapping[str, Any], axes: Mapping[str, _Axis]) -> SeriesOf:
        axis = self.text(f"{where}.axis", one.get("axis"))
        if axis not in axes:
            raise self.wrong(f"{where}.axis", f"names {axis!r}, which is not among the axes")
        values = self.listing(f"{where}.v", one.get("v"))
        times, order = axes[axis]
        if len(values) != len(times):
            raise self.wrong(
                f"{where}.v", f"has {len(values)} values where its axis has {len(times)}"
            )
        if order is not None:
            values = [values[at] for at in order]
        try:
            numbers = array("d", [math.nan if value is None else value for value in values])
        except (TypeError, OverflowError) as error:
            raise self.wrong(f"{where}.v", "holds what is neither a number nor null") from error
        return SeriesOf(
            self.text(f"{where}.entity", one.get("entity")),
            self.text(f"{where}.metric", one.get("metric")),
            self.text(f"{where}.stat", one.get("stat"), ""),
            times,
            numbers,
        )

    def symptom(self, found: Any) -> Symptom:
        one = self.mapping("symptom", found)
        return Symptom(
            entity=self.text("symptom.entity", one.get("entity"), ""),
            metric=self.text("symptom.metric", one.get("metric"), ""),
            stat=self.text("symptom.stat", one.get("stat"), ""),
            at=self.instant("symptom.time", one.get("time")),
        )

    def windows(
        self, found: Any, symptom: Symptom, axes: Mapping[str, _Axis]
    ) -> tuple[tuple[tuple[int, int], ...], tuple[int, int]]:
        """Without windows all before the symptom is ordinary, and all from it on is not."""
        one = self.mapping("windows", found)
        first = min((axis.times[0] for axis in axes.values() if axis.times), default=symptom.at)
        last = max((axis.times[-1] for axis in axes.values() if axis.times), default=symptom.at)
        incident = (
            self.span("windows.incident", one["incident"])
            if one.get("incident") is not None
            else (symptom.at, max(last, symptom.at) + 1)
        )
        spans = [
            self.span(f"windows.baseline[{at}]", span)
            for at, span in enumerate(self.listing("windows.baseline", one.get("baseline")))
        ]
        if not spans and first < incident[0]:
            spans = [(first, incident[0])]
        return tuple(sorted(span for span in spans if span[1] > span[0])), incident

    def span(self, where: str, found: Any) -> tuple[int, int]:
        ends = self.listing(where, found)
        if len(ends) != 2:
            raise self.wrong(where, "is not a pair of instants")
        low, high = (self.instant(f"{where}[{at}]", end) for at, end in enumerate(ends))
        if high < low:
            raise self.wrong(where, "ends before it begins")
        return low, high

    def entity(self, where: str, one: Mapping[str, Any]) -> Entity:
        return Entity(
            self.text(f"{where}.id", one.get("id")),
            *(
                self.text(f"{where}.{key}", one.get(key), "")
                for key in ("kind", "node", "namespace", "zone")
            ),
        )

    def edge(self, where: str, one: Mapping[str, Any]) -> Edge:
        kind = self.text(f"{where}.type", one.get("type"))
        if kind not in EDGE_KINDS:
            raise self.wrong(f"{where}.type", f"is {kind!r}, not one of {', '.join(EDGE_KINDS)}")
        return Edge(
            self.text(f"{where}.from", one.get("from")),
            self.text(f"{where}.to", one.get("to")),
            kind,
        )

    def event(self, where: str, one: Mapping[str, Any]) -> Event:
        count = one.get("count")
        if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
            raise self.wrong(f"{where}.count", "is not a whole number")
        kind, type_, reason, message = (
            self.text(f"{where}.{key}", one.get(key), "")
            for key in ("kind", "type", "reason", "message")
        )
        return Event(
            at=self.instant(f"{where}.time", one.get("time")),
            entity=self.text(f"{where}.entity", one.get("entity")),
            kind=kind,
            type=type_,
            reason=reason,
            message=message,
            times=1 if count is None else count,
        )

    def edit(self, where: str, one: Mapping[str, Any]) -> Edit:
        kind, object_, before, after, text = (
            self.text(f"{where}.{key}", one.get(key), "")
            for key in ("kind", "object", "from", "to", "text")
        )
        effects = self.listing(f"{where}.effects", one.get("effects"))
        return Edit(
            id=self.text(f"{where}.id", one.get("id")),
            at=self.instant(f"{where}.time", one.get("time")),
            actor=self.text(f"{where}.user", one.get("user"), ""),
            entity=self.text(f"{where}.entity", one.get("entity")),
            kind=kind,
            object=object_,
            before=before,
            after=after,
            text=text,
            effects=tuple(
                self.effect(f"{where}.effects[{at}]", each) for at, each in enumerate(effects)
            ),
        )

    def effect(self, where: str, found: Any) -> Effect:
        one = self.mapping(where, found)
        weight, expected = (
            self.amount(f"{where}.{key}", one.get(key)) for key in ("weight", "expected")
        )
        return Effect(self.text(f"{where}.entity", one.get("entity")), weight, expected)

    def amount(self, where: str, found: Any) -> float:
        number = isinstance(found, int | float) and not isinstance(found, bool)
        if not number or not math.isfinite(found) or found < 0:
            raise self.wrong(where, "is missing" if found is None else "is no amount")
        return float(found)

    def alert(self, where: str, one: Mapping[str, Any]) -> Alert:
        words = one.get("text")
        lines = words if isinstance(words, list) else [] if words is None else [words]
        return Alert(
            self.instant(f"{where}.time", one.get("time")),
            self.text(f"{where}.entity", one.get("entity")),
            self.text(f"{where}.kind", one.get("kind"), ""),
            "; ".join(self.text(f"{where}.text", line) for line in lines),
        )
