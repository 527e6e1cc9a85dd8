"""The order in which merged lists stand, as strategic merge patch has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Identity = Callable[[Any], Any]


def ordered(merged: list[Any], wanted: list[Any], live: list[Any], identity: Identity) -> list[Any]:
    """Items that are wanted, in that order, and the others among them as the live list has them.

    identity  what tells items apart: their merge key, or the item itself
    """
    place = {identity(item): at for at, item in reversed(list(enumerate(wanted)))}
    before = {identity(item): at for at, item in reversed(list(enumerate(live)))}
    ours = sorted(
        (item for item in merged if identity(item) in place), key=lambda one: place[identity(one)]
    )
    theirs = sorted(
        (item for item in merged if identity(item) not in place),
        key=lambda one: before.get(identity(one), len(before)),
    )
    result: list[Any] = []
    while ours and theirs:
        left, right = before.get(identity(theirs[0])), before.get(identity(ours[0]))
        first = theirs if left is not None and right is not None and left < right else ours
        result.append(first.pop(0))
    return [*result, *ours, *theirs]
