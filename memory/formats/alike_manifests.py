"""Reads manifests that are alike, for less than parsing each of them.

Ten thousand state files have a few dozen shapes: what stands around their one-line values is the
same text over and over. So a text is cut at its values. What is left, its shape, is parsed once,
with a mark in the place of each value, and kept as pieces of JSON. A further text of that shape is
those pieces with its own values in between, each as JSON, and orjson reads that. A part on the
second level (`spec.template`, `metadata.labels`) is read once for the same values, and shared.

Only what is certain is read so: a shape whose every line is a key, a key with a value, or an item,
whole on that line and written as `to_yaml` writes it. Whatever else there is (block strings,
comments, flow style, anchors) is not. So the result is always that of `from_yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from kubectl_smart.memory.formats.manifests import from_yaml, is_plain, is_quoted

_VALUE = re.compile(rb": (.*)")
_MARK = "vAlUe"
_MARKED = re.compile(rb'"vAlUe(\d+)"')
_LINE = re.compile(r" *((?:- )*)(.*?)(:(?: vAlUe\d+)?)?\Z")
_AS_JSON = rb'"[ !#-\[\]-~]*"|-?[1-9][0-9]{0,17}|0|true|false|null|\{\}|\[\]'
_JSON_ALREADY = re.compile(_AS_JSON)
"""What is the same value in YAML and in JSON."""
_USUAL = re.compile(_AS_JSON + rb"|([A-Za-z][A-Za-z0-9_./-]{5,})")
"""That, or most of what is plain (group 1): too long to be `false`."""
_MOST = 1 << 14
"""Values, and shapes, that are kept; if there are more, all are forgotten."""
_FEW = 3
"""Values up to which looking a part up costs as much as reading it once more."""


class _Part(NamedTuple):
    """A map or list on the second level.

    top, name   its keys on the first and the second level; top is None for a list on the first
    since, end  which of the text's values are its own
    around      as in _Shape
    known       the parts read so far that have this around them, by their values
    """

    top: str | None
    name: str
    since: int
    end: int
    around: list[bytes]
    known: dict[tuple[bytes, ...], Any]


class _Shape(NamedTuple):
    """What is the same in many texts.

    around  JSON before, between and behind the values that belong to no part; every other piece
            is empty, for a value; a part is null
    own     which of the text's values those are
    """

    around: list[bytes]
    own: list[int]
    parts: list[_Part]


class AlikeManifests:
    """Make one for each bunch of texts, and drop it. What it returns is not to be changed."""

    def __init__(self) -> None:
        self._values = _Values()
        self._seen: set[int] = set()
        self._shapes: dict[tuple[bytes, ...], _Shape | None] = {}
        self._parts: dict[tuple[bytes, ...], dict[tuple[bytes, ...], Any]] = {}

    def read(self, data: bytes) -> dict[str, Any] | None:
        """The object, as `from_yaml` reads it; None if it is to be read by that."""
        if b": |" in data:
            return None  # a block, as a rule: long, and never the same
        cut = _VALUE.split(data)
        around = tuple(cut[::2])
        shape = self._shapes.get(around) or self._shape(around)
        if shape is None:
            return None
        try:
            return self._read(shape, cut[1::2])
        except ValueError:
            return None

    def _read(self, shape: _Shape, written: list[bytes]) -> dict[str, Any]:
        own = map(written.__getitem__, shape.own)
        found: dict[str, Any] = self._joined(shape.around, own)
        for top, name, since, end, around, known in shape.parts:
            values = tuple(written[since:end])
            part = known.get(values)
            if part is None:
                part = known[values] = self._joined(around, values)
            (found if top is None else found[top])[name] = part
        return found

    def _joined(self, around: list[bytes], written: Iterable[bytes]) -> Any:
        pieces = around.copy()
        pieces[1::2] = map(self._values.__getitem__, written)
        return orjson.loads(b"".join(pieces))

    def _shape(self, around: tuple[bytes, ...]) -> _Shape | None:
        """The shape between these pieces of text; None if it is seen for the first time.

        Then it is not worth while: most of what comes once comes never again.
        """
        if around in self._shapes:
            return None
        number = hash(around)
        if number not in self._seen:
            self._seen.add(number)
            return None
        if len(self._shapes) > _MOST:
            self._shapes.clear()
        try:
            found = self._cut(around)
        except (ValueError, TypeError):
            found = None
        self._shapes[around] = found
        return found

    def _cut(self, around: tuple[bytes, ...]) -> _Shape | None:
        marked = _with_marks(around)
        if _MARK.encode() in b"".join(around) or not all(map(_is_certain, marked.split("\n"))):
            return None
        whole = from_yaml(marked.encode())
        if type(whole) is not dict or _between(whole)[1] != list(range(len(around) - 1)):
            return None
        parts = []
        for top, holder, name in _containers(whole):
            texts, numbers = _between(holder[name])
            if len(numbers) > _FEW:
                known = self._parts.setdefault(tuple(texts), {})
                parts.append(_Part(top, name, numbers[0], numbers[-1] + 1, texts, known))
                holder[name] = None
        return _Shape(*_between(whole), parts)


class _Values(dict[bytes, bytes]):
    """Values on one line, as JSON. ValueError for what is none or is not certain to be one."""

    def __missing__(self, written: bytes) -> bytes:
        if len(self) > _MOST:
            self.clear()
        found = self[written] = _value(written)
        return found


def _value(written: bytes) -> bytes:
    usual = _USUAL.fullmatch(written)
    if usual is not None:
        return b'"' + written + b'"' if usual.lastindex else written
    text = written.decode()
    if is_plain(text):
        return orjson.dumps(text)
    if is_quoted(text):
        return orjson.dumps(from_yaml(written))
    raise ValueError("not a value on one line as the store writes it")


def _with_marks(around: tuple[bytes, ...]) -> str:
    marks = [f": {_MARK}{number}" for number in range(len(around) - 1)]
    pieces = [text.decode() for text in around]
    return "".join(
        [piece + mark for piece, mark in zip(pieces, [*marks, ""], strict=True)]
    ).removesuffix("\n")


def _is_certain(line: str) -> bool:
    """Whether a line of a shape is a key, a key with a value, or an item, whole on that line."""
    found = _LINE.match(line)
    if found is None:
        return False
    items, written, key = found.groups()
    if is_plain(written) or is_quoted(written):
        return bool(items or key)
    return bool(items) and not key and _JSON_ALREADY.fullmatch(written.encode()) is not None


def _between(marked: Any) -> tuple[list[bytes], list[int]]:
    """JSON with nothing for each mark (see _Shape.around), and the marks' numbers, in order."""
    pieces = _MARKED.split(orjson.dumps(marked))
    numbers = [int(number) for number in pieces[1::2]]
    pieces[1::2] = [b""] * len(numbers)
    return pieces, numbers


def _containers(whole: dict[str, Any]) -> list[tuple[str | None, dict[str, Any], str]]:
    """(key on the first level, the map it is in, its key there) of what may be a part."""
    found: list[tuple[str | None, dict[str, Any], str]] = []
    for top, value in whole.items():
        if isinstance(value, dict):
            found += [
                (top, value, name)
                for name, inner in value.items()
                if isinstance(inner, dict | list)
            ]
        elif isinstance(value, list):
            found.append((None, whole, top))
    return found
