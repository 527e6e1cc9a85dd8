"""Old versions lifted step by step: what was written once is readable for ever.

Journal lines carry their version in `v`; commit messages carry `Format` from version 2 on,
so that its absence means 1. A reader lifts what it finds, one version at a time, to the
version written today; each step is a function from one version's members to the next one's.
A version newer than this program is refused, never guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kubectl_smart.memory.records.errors import MemoryDamaged

LINE_VERSION = 1
MESSAGE_VERSION = 1

LINE_STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From a line of version n to the same line in version n + 1."""
MESSAGE_STEPS: dict[int, Callable[[dict[str, list[str]]], dict[str, list[str]]]] = {}
"""The same for the trailers of a commit message."""


def _refuse_newer(version: int, known: int, what: str) -> None:
    if version > known:
        raise MemoryDamaged(
            f"{what} of version {version}; this program reads versions up to {known}",
            "install a newer kubectl-smart",
        )


def lift_line(
    line: dict[str, Any],
    *,
    steps: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = LINE_STEPS,
    current: int = LINE_VERSION,
) -> dict[str, Any]:
    """The journal line as today's version would have written it; KeyError without a version."""
    version = line["v"]
    if version == current:
        return line
    _refuse_newer(version, current, "a journal line")
    for number in range(version, current):
        line = {**steps[number](line), "v": number + 1}
    return line


def lift_trailers(
    trailers: dict[str, list[str]],
    *,
    steps: Mapping[int, Callable[[dict[str, list[str]]], dict[str, list[str]]]] = MESSAGE_STEPS,
    current: int = MESSAGE_VERSION,
) -> dict[str, list[str]]:
    """The trailers of a commit message as today's version would have written them."""
    version = int(trailers.get("Format", ["1"])[0])
    if version == current:
        return trailers
    _refuse_newer(version, current, "a commit message")
    for number in range(version, current):
        trailers = steps[number](trailers)
    return trailers
