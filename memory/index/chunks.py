"""Long lists of values for statements that take sixty-four."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

_CHUNK = 64
_Value = TypeVar("_Value", bytes, int)


def padded(values: Sequence[_Value]) -> Iterator[dict[str, _Value]]:
    """The values as parameters v0 ... v63 of a statement, as often as needed."""
    for start in range(0, len(values), _CHUNK):
        chunk = list(values[start : start + _CHUNK])
        chunk += [chunk[-1]] * (_CHUNK - len(chunk))
        yield {f"v{number}": value for number, value in enumerate(chunk)}
