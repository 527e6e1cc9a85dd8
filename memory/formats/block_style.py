"""Reads state files quickly: what `manifests.to_yaml` writes, line by line, turned into JSON.

A YAML library looks at every character of a file for any of YAML's forms. Ours have one form, and
ten thousand of them hold few different lines: each line is understood once, by the very rules it
was written by, and what is left is to close and open brackets where the indent changes. Whatever is
not in that form (literal blocks, odd keys, another hand) is left to the library, so the object
is always that of `from_yaml`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import orjson

from kubectl_smart.memory.formats.manifests import from_yaml, is_plain
from kubectl_smart.memory.records.changes import Json

_MOST_LINES = 200_000
_CLOSING = ("}", "]")
_QUOTED = r'"(?:[^"\\]|\\["\\ntr]|\\u[0-9a-f]{4})*"'
_ITEM = re.compile(r" *(?:- )+(?=[^ ])")
_PREFIX = re.compile(rf"( *)((?:- )*)(?:([A-Za-z0-9_./-]+|{_QUOTED}):)?\Z")
_QUOTED_FIRST = re.compile(rf"( *(?:- )*)({_QUOTED})(?:(:)(?: (.+))?)?\Z")
_STRING = re.compile(rf"{_QUOTED}\Z")
_WORD = re.compile(r"[A-EGHJ-MP-SU-XZa-eghj-mp-su-xz][A-Za-z0-9_./-]*\Z")
"""Many a plain string, at one look: no word begins so that means something else."""
_AS_IN_JSON = re.compile(
    r"(?:true|false|null|\{\}|\[\]|0|-?[1-9][0-9]{0,17}|-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e[+-][0-9]+)?)\Z"
)


class _Line(NamedTuple):
    """What a line says.

    place    of the container its first token belongs to: 2 × column for a map, 1 more for a list
    first    the JSON of it, where it is the first of that container
    further  where it comes behind others
    within   places of the containers it opens itself, outermost first
    opens    whether its last member is a container that begins with the next line
    """

    place: int
    first: str
    further: str
    within: tuple[int, ...]
    opens: bool


class _Odd(ValueError):
    """Not in our style."""


class BlockReader:
    """Reads state files. It remembers what they share: make one for each bunch, and drop it."""

    def __init__(self) -> None:
        self._known: dict[str, _Line] = {}
        self._prefixes: dict[str, _Line] = {}

    def read(self, content: bytes) -> Json:
        """The object in a state file; ValueError if the bytes are no YAML."""
        try:
            return orjson.loads(self._json(content))
        except ValueError:
            return from_yaml(content)

    def _json(self, content: bytes) -> str:
        """A file as JSON; ValueError if it is not in our style."""
        known = self._known
        if len(known) > _MOST_LINES:
            known.clear()
        parts: list[str] = []
        places: list[int] = []
        top, opens = -1, True
        for line in content.decode("utf-8").removesuffix("\n").split("\n"):
            found = known.get(line)
            if found is None:
                found = known[line] = self._line(line)
            place, first, further, within, following = found
            if opens:
                if place <= top:
                    raise _Odd
                places.append(top)
                top = place
                parts.append(first)
            elif top == place:
                parts.append(further)
            else:
                while top > place:
                    parts.append(_CLOSING[top & 1])
                    top = places.pop()
                if top != place:
                    raise _Odd
                parts.append(further)
            opens = following
            if within:
                places.append(top)
                places += within[:-1]
                top = within[-1]
        if opens:
            raise _Odd
        while top >= 0:
            parts.append(_CLOSING[top & 1])
            top = places.pop()
        return "".join(parts)

    def _line(self, line: str) -> _Line:
        """A line understood by itself; ValueError if it is not one of ours."""
        before, colon, value = line.partition(": ")
        if '"' in before and before.lstrip(" -").startswith('"'):
            before, value = _quoted(line)
        elif value:
            before += ":"
        elif colon:
            raise _Odd
        elif line[-1:] != ":":
            before, value = _item(line)
        found = self._prefixes.get(before)
        if found is None:
            found = self._prefixes[before] = _prefix(before)
        if not value:
            return found
        place, first, further, within, _ = found
        said = _scalar(value)
        return _Line(place, first + said, further + said, within, False)


def _quoted(line: str) -> tuple[str, str]:
    """(what stands before the value, value) of a line with a quoted key, or item."""
    match = _QUOTED_FIRST.match(line)
    if match is None:
        raise _Odd
    before, string, colon, value = match.groups()
    return (before + string + ":", value or "") if colon else (before, string)


def _item(line: str) -> tuple[str, str]:
    """(spaces and dashes, value) of a list's item that is no map."""
    match = _ITEM.match(line)
    if match is None:
        raise _Odd
    return match[0], line[match.end() :]


def _prefix(text: str) -> _Line:
    """The beginning of a line understood by itself; ValueError if it is not one of ours."""
    match = _PREFIX.match(text)
    if match is None:
        raise _Odd
    spaces, dashes, key = match.groups()
    column, lists = len(spaces), len(dashes) // 2
    places = [2 * (column + 2 * at) + 1 for at in range(lists)]
    said = "[" * (lists - 1)
    if key is not None:
        places.append(2 * (column + 2 * lists))
        said += ("{" if lists else "") + _key(key) + ":"
    opening = "[" if places[0] & 1 else "{"
    return _Line(places[0], opening + said, "," + said, tuple(places[1:]), key is not None)


def _key(text: str) -> str:
    if text[0] == '"':
        return text
    if not is_plain(text):
        raise _Odd
    return f'"{text}"'


def _scalar(text: str) -> str:
    """A value on one line, as JSON."""
    if text[0] == '"':
        if _STRING.match(text):
            return text
    elif _WORD.match(text):
        return f'"{text}"'
    elif _AS_IN_JSON.match(text):
        return text
    elif is_plain(text):
        return orjson.dumps(text).decode()
    raise _Odd
