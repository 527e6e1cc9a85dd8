"""Field paths as people read them, taken apart and put together.

    spec.replicas
    spec.template.spec.containers[main].env[CACHE_SIZE].value
    metadata.annotations["ops.example.com/never-below"]
    spec.template.spec.containers[main].args[2]
    metadata.finalizers['an odd one'], containers[#2], env[DOUBLE#2]

A map key is bare, or in double quotes if it holds a dot, a bracket or a space. A list item
stands in brackets under its merge key: bare, or in single quotes if it is odd; a number
alone is an index. `#2` is the second item with the same merge key, `[#1]` the first without.
`diffs` writes these paths; it and the questions read them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

_BARE_KEY = re.compile(r"[^\s.\[\]\"'\x00-\x1f\x7f-\xa0]+\Z")
_BARE_LABEL = re.compile(r"(?!\d+\Z)[A-Za-z0-9._/:@*=+$-]+\Z")
_TOKEN = re.compile(
    r"""\["(?P<quoted>(?:[^"\\]|\\.)*)"\]"""
    r"""|\['(?P<odd>(?:[^'\\]|\\.)*)'(?:\#(?P<odd_n>\d+))?\]"""
    r"""|\[(?P<label>[^\]\#"']*)(?:\#(?P<n>\d+))?\]"""
    r"""|(?:^|\.)(?P<key>[^.\[\]"']+)"""
)


class Segment(NamedTuple):
    """One step down.

    text      the map key, or the label of a list item
    is_item   True for a list item
    number    which of the items with this label, from 1; 0 where the path does not say:
              the first, or, for a number, possibly a position
    """

    text: str
    is_item: bool
    number: int = 0


def _json(text: str) -> str:
    import orjson  # 10 ms that a question about plain paths need not spend

    return orjson.dumps(text).decode()


@lru_cache(maxsize=8_192)
def key_step(key: str) -> str:
    """A map key as it is appended to a path: `.replicas` or `["a.b/c"]`."""
    return "." + key if _BARE_KEY.match(key) else f"[{_json(key)}]"


def item_step(label: str, number: int, *, keyed: bool) -> str:
    """A list item as it is appended to a path: `[main]`, `['odd one']`, `[main#2]`, `[#1]`.

    `keyed`: the list is known by a merge key, so that a number is a label (`ports[8080]`).
    """
    suffix = f"#{number}" if number > 1 or not label else ""
    if not label or _BARE_LABEL.match(label) or (keyed and label.isdecimal() and label.isascii()):
        return f"[{label}{suffix}]"
    quoted = _json(label)[1:-1].replace('\\"', '"').replace("'", "\\u0027")
    return f"['{quoted}'{suffix}]"


def index_step(index: int) -> str:
    """A list item known by its position only: `[2]`."""
    return f"[{index}]"


def _unquote(text: str, *, odd: bool) -> str:
    body = re.sub(r'(\\.)|"', lambda match: match[1] or '\\"', text) if odd else text
    import orjson

    return str(orjson.loads(f'"{body}"'))


@lru_cache(maxsize=8_192)
def parse_path(path: str) -> tuple[Segment, ...]:
    """The steps of a path; ValueError if it is none. The path "" has no steps."""
    steps: list[Segment] = []
    at = 0
    while at < len(path):
        token = _TOKEN.match(path, at)
        if token is None or token.end() == at:
            raise ValueError(f"not a field path: {path!r}")
        at = token.end()
        kind = token.lastgroup
        if token["quoted"] is not None:
            steps.append(Segment(_unquote(token["quoted"], odd=False), is_item=False))
        elif token["odd"] is not None:
            number = int(token["odd_n"] or 1)
            steps.append(Segment(_unquote(token["odd"], odd=True), True, number))
        elif kind == "key":
            steps.append(Segment(token["key"], is_item=False))
        elif token["label"] or token["n"]:
            steps.append(Segment(token["label"], True, int(token["n"] or 0)))
        else:
            raise ValueError(f"not a field path: {path!r}")
    return tuple(steps)


def names(path: str) -> str:
    """The path's map keys alone, joined by dots: `spec.template.spec.containers.image`."""
    return ".".join([step.text for step in parse_path(path) if not step.is_item])


def scalar(value: Any) -> bool:
    """True for everything that is neither a map nor a list."""
    return not isinstance(value, dict | list)
