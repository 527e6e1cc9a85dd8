"""Prometheus' answers: JSON to tables. Pure.

The shape is that of its HTTP API, version 1 (`/api/v1/query` and `/api/v1/query_range`).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


class Malformed(ValueError):
    """Not an answer of Prometheus; the text says why."""


class Span(NamedTuple):
    """The instants asked for: first, last and step, microseconds since 1970-01-01 UTC."""

    first: int
    last: int
    step: int

    @property
    def size(self) -> int:
        """How many there are."""
        return (self.last - self.first) // self.step + 1

    @property
    def times(self) -> Ints:
        """All of them."""
        return np.arange(self.first, self.last + 1, self.step, dtype=np.int64)


class Matrix(NamedTuple):
    """What a range query gave.

    series    labels as sorted pairs -> a value for each instant of the span, NaN where none is
    there     for each instant whether any series said something, be it that it is not a number
    warnings  Prometheus' own: parts of the answer may be missing
    odd       series that could not be read
    """

    series: dict[tuple[tuple[str, str], ...], Floats]
    there: Bools
    warnings: tuple[str, ...]
    odd: int


def matrix_of(body: bytes, span: Span) -> Matrix:
    """The answer to a range query. Malformed."""
    data, warnings = _data(body)
    result = data.get("result") if type(data) is dict else None
    if type(result) is not list or data.get("resultType") != "matrix":
        raise Malformed("its data is no matrix")
    series: dict[tuple[tuple[str, str], ...], Floats] = {}
    there = np.zeros(span.size, np.bool_)
    odd = 0
    for one in result:
        try:
            labels, (places, values) = _labels(one["metric"]), _samples(one["values"], span)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
            odd += 1
            continue
        there[places] = True
        series[labels] = np.full(span.size, np.nan)
        series[labels][places] = values
    return Matrix(series, there, warnings, odd)


def _labels(found: Any) -> tuple[tuple[str, str], ...]:
    if not all(type(value) is str for value in found.values()):
        raise TypeError("a label is no text")
    return tuple(sorted(found.items()))


def _samples(found: Any, span: Span) -> tuple[list[int], list[float]]:
    """Which instants there is a value for, and the values; NaN where it is not a finite number."""
    places, values = [], []
    for at, said in found:
        place = round((at * 1_000_000 - span.first) / span.step)
        value = float(said)
        if 0 <= place < span.size:
            places.append(place)
            values.append(value if math.isfinite(value) else math.nan)
    return places, values


class Instant(NamedTuple):
    """One series of an answer to an instant query.

    times   of its samples, seconds since 1970-01-01 UTC: one, or those of a range (`up[5m]`)
    values  the same, as Prometheus writes them
    """

    labels: dict[str, str]
    times: tuple[float, ...]
    values: tuple[str, ...]


def instants_of(body: bytes) -> list[Instant]:
    """The answer to an instant query that gives a vector or samples of a range. Malformed."""
    data, _ = _data(body)
    try:
        return [
            Instant(
                dict(_labels(one["metric"])),
                tuple(float(at) for at, _ in _said(one)),
                tuple(str(value) for _, value in _said(one)),
            )
            for one in data["result"]
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed("its data is neither a vector nor a matrix") from None


def _said(found: Any) -> Any:
    return [found["value"]] if "value" in found else found.get("values", ())


def scalar_of(body: bytes) -> float:
    """The answer to an instant query that gives a number. Malformed."""
    data, _ = _data(body)
    try:
        return float(data["result"][1])
    except (KeyError, TypeError, ValueError, IndexError):
        raise Malformed("its data is no number") from None


def error_of(body: bytes) -> str:
    """What an answer that is none says of why; "" if it says nothing."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    said = found.get("error") if type(found) is dict else None
    return said[:300] if type(said) is str else ""


def _data(body: bytes) -> tuple[Any, tuple[str, ...]]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise Malformed(f"it is no JSON: {problem}") from None
    if type(found) is not dict or found.get("status") != "success" or "data" not in found:
        raise Malformed("it does not say that it succeeded")
    warnings = found.get("warnings")
    said = warnings if type(warnings) is list else []
    return found["data"], tuple(str(one)[:300] for one in said)
