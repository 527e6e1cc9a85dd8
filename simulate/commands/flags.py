"""Flags as kubectl (pflag) reads them: `--name=value`, `--name value`, `-n value`, `-nvalue`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from kubectl_smart.memory.records.errors import BadInput

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z")
_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600}


class Flag(NamedTuple):
    """A flag of a verb.

    name    without dashes
    sort    "bool", "text", "number" or "duration"
    short   its letter, or ""
    bare    the value it has when written without one; None if it must have one
    """

    name: str
    sort: str = "text"
    short: str = ""
    bare: str | None = None


def seconds(text: str) -> float:
    """The seconds of a Go duration that was checked: "1m30s", "0"."""
    found = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    return -found if text.startswith("-") else found


def is_true(text: str) -> bool:
    """The truth of a value that was checked."""
    return text in _TRUE


def whole(text: str) -> int | None:
    """A whole number of 64 bits as Go reads it; None if it is none."""
    if not re.fullmatch(r"[+-]?[0-9]{1,19}", text, re.ASCII):
        return None
    number = int(text)
    return number if -(2**63) <= number < 2**63 else None


_SORTS: dict[str, tuple[Callable[[str], bool], str]] = {
    "text": (lambda _: True, ""),
    "bool": (lambda value: value in _TRUE | _FALSE, "true or false"),
    "number": (lambda value: whole(value) is not None, "a whole number"),
    "duration": (
        lambda value: _DURATION.match(value) is not None, "a time such as 30s, 5m or 1h30m"
    ),
}  # fmt: skip


class Read(NamedTuple):
    """Words taken apart: what stands free, and the values of each flag in the order written."""

    arguments: tuple[str, ...]
    values: tuple[tuple[str, tuple[str, ...]], ...]


def read(words: Iterable[str], flags: Iterable[Flag], verb: str) -> Read:
    """Flags and arguments of a command line. BadInput names the flag that is wrong."""
    known = {flag.name: flag for flag in flags}
    letters = {flag.short: flag for flag in known.values() if flag.short}
    left = list(words)
    arguments: list[str] = []
    values: dict[str, list[str]] = {}

    def take(flag: Flag, written: str, value: str | None) -> None:
        if value is None and flag.sort == "bool":
            value = "true"
        if value is None:
            value = flag.bare
        if value is None:
            if not left:
                raise BadInput(f"flag needs an argument: {written}", f"give {written} a value")
            value = left.pop(0)
        fits, what = _SORTS[flag.sort]
        if not fits(value):
            raise BadInput(
                f'invalid argument "{value}" for "{written}" flag: it is not {what}',
                f"give {written} {what}",
            )
        values.setdefault(flag.name, []).append(value)

    while left:
        word = left.pop(0)
        if word == "--":
            arguments += left
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if name not in known:
                raise _unknown(f"unknown flag: --{name}", name, known, verb)
            take(known[name], f"--{name}", value if equals else None)
        elif word.startswith("-") and len(word) > 1:
            _letters(word, letters, take, known, verb)
        else:
            arguments.append(word)
    return Read(tuple(arguments), tuple(sorted((name, tuple(v)) for name, v in values.items())))


def _letters(
    word: str,
    letters: Mapping[str, Flag],
    take: Callable[[Flag, str, str | None], None],
    known: Mapping[str, Flag],
    verb: str,
) -> None:
    rest = word[1:]
    while rest:
        flag = letters.get(rest[0])
        if flag is None:
            said = f"unknown shorthand flag: '{rest[0]}' in {word}"
            raise _unknown(said, rest[0], known, verb)
        written, rest = f"-{rest[0]}", rest[1:]
        if rest.startswith("="):
            return take(flag, written, rest[1:])
        if rest and flag.sort != "bool" and flag.bare is None:
            return take(flag, written, rest)
        take(flag, written, None)
    return None


def _unknown(said: str, name: str, known: Mapping[str, Flag], verb: str) -> BadInput:
    near = get_close_matches(name, known, n=1)
    meant = f"did you mean --{near[0]}?" if near else f"leave it out, or see `kubectl {verb} -h`"
    return BadInput(said, meant)
