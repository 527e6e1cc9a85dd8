"""Evidence as a file, `rca-case/1`: the other direction of `bundles.parse_bundle`.

The same evidence makes the same bytes: members are sorted, nothing is taken from a clock, and what
is empty or not known is left out. Kinds of metric that a symptom is about without naming a series
have no place in the format.
"""

from __future__ import annotations

import gzip
import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from kubectl_smart.memory.formats.bundles import SCHEMA
from kubectl_smart.memory.records.evidence import Edit, Event, Evidence, SeriesOf

_SECOND = 1_000_000
_NOTES = ("dataset", "source", "licence")


def bundle_bytes(evidence: Evidence, *, packed: bool = False) -> bytes:
    """The file: JSON of one line, UTF-8; `packed`: gzipped."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    data = orjson.dumps(bundle_document(evidence), option=options)
    return gzip.compress(data, mtime=0) if packed else data


def bundle_document(evidence: Evidence) -> dict[str, Any]:
    """The document; `parse_bundle` makes the same evidence of it again.

    Instants are seconds since 1970-01-01 UTC, exact to the microsecond until the year 2100.
    """
    symptom = evidence.symptom
    axes, series = _measured(evidence.series)
    return {
        "schema": SCHEMA,
        "id": evidence.name,
        "symptom": {
            **_known(entity=symptom.entity, metric=symptom.metric, stat=symptom.stat),
            "time": _seconds(symptom.at),
        },
        "windows": {
            "baseline": [_span(one) for one in evidence.ordinary],
            "incident": _span(evidence.incident),
        },
        "candidates": list(evidence.candidates),
        "entities": [_known(**one._asdict()) for one in evidence.entities],
        "edges": [
            {"from": one.source, "to": one.target, "type": one.kind} for one in evidence.edges
        ],
        "axes": axes,
        "series": series,
        "events": [_event(one) for one in evidence.events],
        "changes": [_edit(one) for one in evidence.edits],
        "alerts": [
            {"time": _seconds(one.at), "entity": one.entity, **_known(kind=one.kind, text=one.text)}
            for one in evidence.alerts
        ],
        **({"weighed": evidence.weighed} if evidence.weighed else {}),
        **{key: value for key, value in evidence.notes if key in _NOTES},
    }


def _seconds(instant: int) -> int | float:
    return instant / _SECOND if instant % _SECOND else instant // _SECOND


def _span(span: tuple[int, int]) -> list[int | float]:
    return [_seconds(one) for one in span]


def _known(**members: str) -> Mapping[str, str]:
    """Those that are known; an id always is."""
    return {key: value for key, value in members.items() if value or key == "id"}


def _event(one: Event) -> dict[str, Any]:
    said = _known(kind=one.kind, type=one.type, reason=one.reason, message=one.message)
    return {"time": _seconds(one.at), "entity": one.entity, "count": one.times, **said}


def _edit(one: Edit) -> dict[str, Any]:
    said = {"user": one.actor, "kind": one.kind, "object": one.object, "text": one.text}
    return {
        "id": one.id,
        "time": _seconds(one.at),
        "entity": one.entity,
        **_known(**said, **{"from": one.before, "to": one.after}),
        **({"effects": [each._asdict() for each in one.effects]} if one.effects else {}),
    }


def _measured(
    every: Sequence[SeriesOf],
) -> tuple[dict[str, list[int | float]], list[dict[str, Any]]]:
    """Axes, each once, and the series on them."""
    names: dict[bytes, str] = {}
    axes: dict[str, list[int | float]] = {}
    series = []
    for one in every:
        key = one.times.tobytes()
        if key not in names:
            names[key] = f"a{len(names)}"
            axes[names[key]] = [_seconds(at) for at in one.times]
        series.append(
            {
                "entity": one.entity,
                "metric": one.metric,
                "stat": one.stat,
                "axis": names[key],
                "v": _values(one.values),
            }
        )
    return axes, series


def _values(values: array[float] | Iterable[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]
