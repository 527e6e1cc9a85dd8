"""Which kinds commands name, so that a cluster is asked for no more than those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from kubectl_smart.memory.records.kinds import by_word
from kubectl_smart.simulate.commands.command import Command
from kubectl_smart.simulate.commands.documents import documents

_VALUES = ("from",)
"""Flags that name an object: `set env --from=configmap/api`."""


def named(
    commands: Iterable[Command], kinds: Collection[tuple[str, str]]
) -> tuple[tuple[str, str], ...]:
    """Of these kinds, (group, kind), those that any of the commands names, sorted.

    BadInput for a file that declares no objects.
    """
    found = {kind for command in commands for kind in _kinds(command)}
    return tuple(sorted(found.intersection(kinds)))


def _kinds(command: Command) -> Iterator[tuple[str, str]]:
    for words in (*command.arguments, *(one for flag in _VALUES for one in command.given(flag))):
        for word in words.partition("/")[0].split(","):
            for info in by_word(word):
                yield info.group, info.kind
    if command.given("filename") and not command.given("patch-file"):
        for file in command.files:
            for one in documents(file):
                group, slash, _ = str(one.get("apiVersion", "")).partition("/")
                yield group if slash else "", str(one.get("kind"))
