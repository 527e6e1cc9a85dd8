"""Rules for one JSON value, to be put together: each is a function (value, pointer) -> faults."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from kubectl_smart.bot.console.faulted import Fault

Rule = Callable[[object, str], list[Fault]]


class Field(NamedTuple):
    """A member of an object: what it must be, and whether it must be there."""

    rule: Rule
    required: bool = False


Shape = Mapping[str, Field]


def string(most: int, *, least: int = 1) -> Rule:
    """Text of so many characters."""

    def check(value: object, pointer: str) -> list[Fault]:
        if not isinstance(value, str):
            return [Fault("must provide a string", pointer, "wrong_type")]
        if len(value) > most:
            return [Fault(f"must be less than {most + 1} characters", pointer, "too_long")]
        if len(value) < least:
            return [Fault(f"must be more than {least - 1} characters", pointer, "too_short")]
        return []

    return check


def one_of(*allowed: str) -> Rule:
    """One of these words."""

    def check(value: object, pointer: str) -> list[Fault]:
        if isinstance(value, str) and value in allowed:
            return []
        return [Fault(f"unsupported value: {value}", pointer, "unsupported_value")]

    return check


def boolean(value: object, pointer: str) -> list[Fault]:
    """True or false."""
    if isinstance(value, bool):
        return []
    return [Fault("must provide a boolean", pointer, "wrong_type")]


def integer(least: int, most: int) -> Rule:
    """A number without a fraction, both ends included."""

    def check(value: object, pointer: str) -> list[Fault]:
        if not isinstance(value, int) or isinstance(value, bool):
            return [Fault("must provide an integer", pointer, "wrong_type")]
        if not least <= value <= most:
            return [Fault(f"must be between {least} and {most}", pointer, "out_of_range")]
        return []

    return check


def written(pattern: str, what: str) -> Rule:
    """Text that matches this regular expression; `what` says so in words."""
    wanted = re.compile(pattern)

    def check(value: object, pointer: str) -> list[Fault]:
        if not isinstance(value, str):
            return [Fault("must provide a string", pointer, "wrong_type")]
        if wanted.fullmatch(value) is None:
            return [Fault(f"must be {what}", pointer, "wrong_format")]
        return []

    return check


def many(rule: Rule, most: int, *, least: int = 1) -> Rule:
    """A list of so many items, each by the rule."""

    def check(value: object, pointer: str) -> list[Fault]:
        if not isinstance(value, list | tuple):
            return [Fault("must provide an array", pointer, "wrong_type")]
        if len(value) > most:
            return [Fault(f"no more than {most} items allowed", pointer, "too_many")]
        if len(value) < least:
            return [Fault(f"must have at least {least} item", pointer, "too_few")]
        return [
            fault
            for number, item in enumerate(value)
            for fault in rule(item, f"{pointer}/{number}")
        ]

    return check


def each(rules: Sequence[Rule]) -> Rule:
    """All of them."""

    def check(value: object, pointer: str) -> list[Fault]:
        return [fault for rule in rules for fault in rule(value, pointer)]

    return check


def members(shape: Shape) -> Rule:
    """An object with these members and no others."""

    def check(value: object, pointer: str) -> list[Fault]:
        if not isinstance(value, Mapping):
            return [Fault("must provide an object", pointer, "wrong_type")]
        faults = [
            Fault(f"missing required field: {name}", pointer, "missing_field")
            for name, field in shape.items()
            if field.required and value.get(name) is None
        ]
        for name, held in value.items():
            if name not in shape:
                faults.append(Fault(f"no additional properties: {name}", pointer, "unknown_field"))
            elif held is not None:
                faults += shape[name].rule(held, f"{pointer}/{name}")
        return faults

    return check


def kinds(shapes: Mapping[str, Shape], what: str) -> Rule:
    """An object whose `type` says which of these it is."""

    def check(value: object, pointer: str) -> list[Fault]:
        if not isinstance(value, Mapping):
            return [Fault("must provide an object", pointer, "wrong_type")]
        kind = value.get("type")
        if kind is None:
            return [Fault("missing required field: type", pointer, "missing_field")]
        shape = shapes.get(kind) if isinstance(kind, str) else None
        if shape is None:
            return [Fault(f"unsupported type: {kind}", f"{pointer}/type", f"unknown_{what}")]
        return members({"type": Field(one_of(str(kind)), True), **shape})(value, pointer)

    return check
