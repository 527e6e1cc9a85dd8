"""How much two chains are alike, by what they are made of; in numbers and in words.

    score = 0.35 change + 0.25 way + 0.25 trouble + 0.15 place

    change   0.3 if the kind of object is the same, and 0.7 of what the fields have in common
    way      1 - steps to be added, taken out or exchanged / steps of the longer way
    trouble  0.5 if the kind of trouble is the same, and 0.5 of what was seen in common
    place    0.5 for the same changed object, 0.3 for the same object in trouble, 0.2 for the same
             namespace

What two lists have in common is how many of them are in both, of all that are in either; of two
empty ones all. A step is a kind of dependency and the kind of object it leads to. Chains whose
changes are not of one class are not alike, nor are those with a score below 0.5: another edit
that led to another trouble teaches nothing, wherever it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from kubectl_smart.memory.answers.causes import Shape

LEAST = 0.5
"""Below this score nothing is alike."""

_CHANGE, _WAY, _TROUBLE, _PLACE = 0.35, 0.25, 0.25, 0.15


class Likeness(NamedTuple):
    """How much, in what, and in what not."""

    score: float
    same: tuple[str, ...]
    other: tuple[str, ...]


def likeness(one: Shape, past: Shape) -> Likeness | None:
    """How a past chain is like this one; None if it is not."""
    if one.of != past.of:
        return None
    change = 0.3 * (_kind(one) == _kind(past)) + 0.7 * _common(one.fields, past.fields)
    way = 1.0 - _distance(one.way, past.way) / max(len(one.way), len(past.way), 1)
    trouble = 0.5 * (one.symptom == past.symptom) + 0.5 * _common(one.reasons, past.reasons)
    place = (
        0.5 * (one.changed == past.changed)
        + 0.3 * (one.troubled == past.troubled)
        + 0.2 * (one.changed.namespace == past.changed.namespace)
    )
    score = round(_CHANGE * change + _WAY * way + _TROUBLE * trouble + _PLACE * place, 4)
    if score < LEAST:
        return None
    said = list(_compared(one, past))
    return Likeness(
        score,
        tuple(words for same, words in said if same),
        tuple(words for same, words in said if not same),
    )


def _kind(shape: Shape) -> tuple[str, str]:
    return shape.changed.group, shape.changed.kind


def _common(one: Collection[str], other: Collection[str]) -> float:
    either = set(one) | set(other)
    return len(set(one) & set(other)) / len(either) if either else 1.0


def _distance(one: Sequence[tuple[str, str]], other: Sequence[tuple[str, str]]) -> int:
    """Levenshtein's."""
    before = list(range(len(other) + 1))
    for row, step in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            exchanged = before[column - 1] + (step != against)
            here.append(min(before[column] + 1, here[-1] + 1, exchanged))
        before = here
    return before[-1]


# --- in words ------------------------------------------------------------------------------------


def _compared(one: Shape, past: Shape) -> Iterator[tuple[bool, str]]:
    """(whether it is the same, what), from the change to the trouble and where."""
    fields = sorted(set(one.fields) & set(past.fields))
    what = f" ({', '.join(map(_short, fields))})" if fields else ""
    if _kind(one) == _kind(past):
        yield True, f"{past.of} of a {past.changed.kind} changed{what}"
    else:
        yield True, f"{past.of} changed{what}"
        yield False, f"kind of object ({past.changed.kind})"
    if set(one.fields) != set(past.fields):
        yield False, f"fields ({', '.join(map(_short, past.fields)) or 'none known'})"
    if one.way == past.way:
        yield True, _way(past.way)
    else:
        yield False, f"way ({_way(past.way)})"
    seen = sorted(set(one.reasons) & set(past.reasons))
    if one.symptom == past.symptom:
        yield True, f"{past.symptom} ({', '.join(seen)})" if seen else past.symptom
    if one.symptom != past.symptom or (past.reasons and not seen):
        yield False, f"seen ({', '.join(past.reasons) or past.symptom})"
    yield from _places(one, past)


def _way(way: Sequence[tuple[str, str]]) -> str:
    if not way:
        return "on the object itself"
    return "on the way: " + ", ".join(f"{rule} {kind}" for rule, kind in way)


def _places(one: Shape, past: Shape) -> Iterator[tuple[bool, str]]:
    if one.changed == past.changed:
        yield True, past.changed.title
    elif one.changed.name == past.changed.name and _kind(one) == _kind(past):
        yield False, f"namespace ({past.changed.namespace or 'none'})"
    else:
        yield False, f"object ({past.changed.title})"
    if one.troubled == past.troubled:
        if one.troubled != one.changed:
            yield True, past.troubled.title
    elif one.troubled._replace(namespace="") != past.troubled._replace(namespace="") or (
        one.changed == past.changed
    ):
        yield False, f"in trouble ({past.troubled.title})"


def _short(field: str) -> str:
    return field.removeprefix("spec.template.spec.").removeprefix("data.")
