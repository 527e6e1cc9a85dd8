"""Notes understood as rules, and changes held against them. Pure.

A note pinned to a field of an object is a rule if it begins with one of these forms (upper and
lower case are the same), followed by its end, a new line, a comma, a full stop, a colon or a
semicolon, a bracket, a dash between blanks, or `because`, `since`, `or`, `as`:

    never below N        the field is never set to less than N
    never above N        never to more than N
    exactly N            never to another number
    never X              never to X
    always X             never to anything but X, nor taken away

N is a number as Kubernetes writes them (`5`, `512Mi`, `250m`, `25%`); behind it a unit in words may
stand (`never below 3 replicas: …`). X is one word, or any text in quotes or backticks; it means
what a value means in `why`: `latest` is the tag of `registry/api:latest`. The rest is the reason.
Anything else is knowledge like any other, and no rule: "always ask Sarah first" demands nothing of
a value. Values that are not known, or that cannot be compared, break nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import orjson

from kubectl_smart.memory.formats.diffs import field_values, narrow
from kubectl_smart.memory.formats.quantities import compared, quantity
from kubectl_smart.memory.formats.values import is_value
from kubectl_smart.memory.records.changes import (
    ABSENT,
    UNKNOWN,
    Change,
    FieldEdit,
    Json,
    Knowledge,
    Unset,
)
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.rules import Breach, Form, Rule

_LONGEST = 4_096
_REASON = (
    r"(?P<reason>\s*\Z|\s*[,;.:](?:\s|\Z).*|[ \t]*\n.*|\s+\(.*|\s+[-–—]\s.*"
    r"|\s+(?:because|since|or|as)\b.*)"
)
_NUMBER = re.compile(
    r"\s*(?P<form>never\s+below|never\s+above|exactly)\s+(?P<quote>[`\"']?)(?P<limit>[^\s`\"']*?)"
    rf"(?P=quote)(?:\s+(?!because\b|since\b|or\b|as\b)[a-z]+)?{_REASON}\Z",
    re.IGNORECASE | re.DOTALL,
)
_VALUE = re.compile(
    r"\s*(?P<form>never|always)\s+(?:(?P<quote>[`\"'])(?P<quoted>[^`\"']+)(?P=quote)|(?P<word>\S+?))"
    rf"{_REASON}\Z",
    re.IGNORECASE | re.DOTALL,
)
_BEFORE_REASON = re.compile(r"\s*[,;.:–—-]?\s*(?:because\b|since\b)?\s*", re.IGNORECASE)


def rule_of(note: Note) -> Rule | None:
    """The rule that a note says; None if it says none, or is pinned to no field."""
    if note.about is None or not note.field:
        return None
    text = note.text[:_LONGEST]
    match = _NUMBER.match(text)
    limit = match["limit"] if match is not None else ""
    if match is None or quantity(limit) is None:
        match = _VALUE.match(text)
        if match is None:
            return None
        limit = match["quoted"] or match["word"]
        if limit.lower() in ("below", "above") or not limit.isprintable():
            return None
    reason = match["reason"]
    return Rule(
        note=note.id,
        object=note.about,
        field=note.field,
        form=Form(" ".join(match["form"].lower().split())),
        limit=limit,
        because=reason[_end_of_joint(reason) :].strip(),
        author=note.author.name,
        incident=note.incident,
        said_at=note.happened_at,
    )


def _end_of_joint(reason: str) -> int:
    match = _BEFORE_REASON.match(reason)
    return match.end() if match is not None else 0


def broken(rule: Rule, change: Change) -> Breach | None:
    """How a change breaks a rule, by its first field that does; None if it does not.

    Of a change with a whole state and no edits (a create) all fields count; a change of another
    object, or one with which the object went away, breaks nothing.
    """
    if change.object != rule.object or change.gone:
        return None
    return first_breach(rule, change.id, edits_of(change, rule.field))


def edits_of(change: Change, field: str) -> tuple[FieldEdit, ...]:
    """What a change did to the fields that a name means."""
    if change.edits or change.knowledge is not Knowledge.FULL or change.state is None:
        return narrow(change.edits, field)
    if change.verb != "create":
        return ()
    return tuple(
        FieldEdit(path, ABSENT, value)
        for path, value in field_values(orjson.loads(change.state), field)
    )


def first_breach(rule: Rule, change: str, edits: Iterable[FieldEdit]) -> Breach | None:
    """The first of a change's edits of the rule's field that breaks it."""
    for edit in edits:
        if _breaks(rule, edit.after):
            return Breach(
                rule=rule, change=change, path=edit.path, before=edit.before, after=edit.after
            )
    return None


def _breaks(rule: Rule, after: Json | Unset) -> bool:
    if after is UNKNOWN or isinstance(after, dict | list):
        return False
    if after is ABSENT:
        return rule.form in (Form.ALWAYS, Form.EXACTLY)
    order = compared(after, rule.limit)
    match rule.form:
        case Form.NEVER_BELOW:
            return order == -1
        case Form.NEVER_ABOVE:
            return order == 1
        case Form.EXACTLY:
            return order in (-1, 1)
        case Form.NEVER:
            return order == 0 or is_value(after, rule.limit)
        case Form.ALWAYS:
            return order != 0 and not is_value(after, rule.limit)
