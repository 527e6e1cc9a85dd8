"""Chains of an incident as lines of its report that no reader of the report sees.

    <!-- chain/1 {"of":"configuration","fields":["data.CACHE_SIZE"], ...} -->

Such a line stands in the section that tells the chain in words, is written with it, and is what
similar past cases are found by: it comes back with the report, whether the index was built anew or
not. What it says is all of `answers.causes.PastChain`; of another version, or mended by hand so
that it cannot be read, it is as if it were not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from kubectl_smart.memory.answers.causes import PastChain, Shape
from kubectl_smart.memory.records.objects import ObjectRef


def kept_lines(chains: Sequence[PastChain]) -> list[str]:
    """The lines of all chains that are not too long; one that says so where there is no chain."""
    lines = [line for one in chains if len(line := chain_line(one)) <= LONGEST]
    return lines if chains else [NO_CHAIN]


def chain_line(one: PastChain) -> str:
    """The line, without a line feed. Nothing in it can end the comment it stands in."""
    shape = one.shape
    found: dict[str, Any] = {
        "change": one.change,
        "changed": list(shape.changed),
        "endedBy": one.ended_by,
        "fields": list(shape.fields),
        "ground": one.ground,
        "of": shape.of,
        "onset": one.onset,
        "overAt": one.over_at,
        "reasons": list(shape.reasons),
        "symptom": shape.symptom,
        "troubled": list(shape.troubled),
        "way": [list(step) for step in shape.way],
    }
    said = json.dumps(found, ensure_ascii=True, separators=(",", ":"))
    harmless = said.replace("--", "-\\u002d").replace(">", "\\u003e")
    return f"{MARK}{harmless} -->"


MARK = "<!-- chain/1 "
"""How such a line begins."""

LONGEST = 16_000
"""Characters of a line; what would be longer is not kept, and is worked out when somebody asks."""

_LINE = re.compile("^" + MARK + r"(\{.*\}) -->[ \t\r]*$", re.MULTILINE)

NO_CHAIN = f"{MARK}{{}} -->"
"""Of an incident for which no change stands out."""


def chain_lines(text: str) -> tuple[PastChain, ...] | None:
    """The chains that a text keeps, in its order, as far as they can be read.

    None if it keeps none; () if it says that there is none.
    """
    lines = [match[1] for match in _LINE.finditer(text)]
    if not lines:
        return None
    found = [one for line in lines if (one := _read(line)) is not None]
    return tuple(found) if found or lines == ["{}"] else None


def without_lines(text: str) -> str:
    """The text without such lines, for who searches words."""
    return _LINE.sub("", text) if MARK in text else text


def _read(said: str) -> PastChain | None:
    try:
        found = json.loads(said)
        return PastChain(
            shape=Shape(
                symptom=_text(found["symptom"]),
                reasons=_texts(found["reasons"]),
                way=tuple((_text(rule), _text(kind)) for rule, kind in found["way"]),
                of=_text(found["of"]),
                fields=_texts(found["fields"]),
                changed=_ref(found["changed"]),
                troubled=_ref(found["troubled"]),
            ),
            change=_text(found["change"]),
            onset=_instant(found["onset"]),
            ended_by=_text(found["endedBy"]),
            ground=_text(found["ground"]),
            over_at=_instant(found["overAt"]),
        )
    except (KeyError, RecursionError, TypeError, ValueError):
        return None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _texts(value: Iterable[object]) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(_text(one) for one in value)


def _instant(value: object) -> int:
    if type(value) is not int or not -(1 << 62) < value < 1 << 62:
        raise TypeError(value)
    return value


def _ref(value: Iterable[object]) -> ObjectRef:
    group, kind, namespace, name = _texts(value)
    return ObjectRef(group, kind, namespace, name)
