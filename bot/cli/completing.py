"""Completion of `kubectl smart …`: what kubectl asks `kubectl_complete-smart` for, and shells too.

The protocol is cobra's: one candidate a line, then `:4` (no file names) or `:0` (file names).
Objects are completed from the memory; a memory that cannot be opened completes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from kubectl_smart.bot.cli.main import COMMANDS, smart
from kubectl_smart.bot.settings import process_environment, settings
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.records.kinds import builtin

_NO_FILES, _FILES = ":4", ":0"
_MOST = 200
_OF_FILES = ("--memory", "--kubeconfig", "--config", "--audit-policy")


def completions(words: Sequence[str]) -> Iterator[str]:
    """The candidates for the last of the words, then a directive."""
    done, last = (list(words[:-1]), words[-1]) if words else ([], "")
    if not done:
        yield from _starting(COMMANDS, last)
        yield _NO_FILES
        return
    command = _command(done)
    before = done[-1]
    if before in _files_after(done) or done[:2] == ["import", "audit"]:
        yield from _starting(_flags(command), last) if last.startswith("-") else ()
        yield _NO_FILES if last.startswith("-") else _FILES
        return
    choices = _choices(command, before)
    if choices is not None:
        yield from _starting(choices, last)
    elif last.startswith("-"):
        yield from _starting(_flags(command), last)
    elif isinstance(command, click.Group):
        yield from _starting(command.list_commands(click.Context(command)), last)
    elif (first := _first_words(done)) is not None:
        yield from _starting(first, last)
    else:
        yield from _from_memory(done, before, last)
    yield _NO_FILES


def _files_after(done: Sequence[str]) -> Sequence[str]:
    """The options after which a file is named."""
    return (*_OF_FILES, "-o", "--output") if done[:1] == ["export"] else _OF_FILES


def _first_words(done: Sequence[str]) -> Sequence[str] | None:
    """What may stand first after a command that begins with a word of ours; None elsewhere."""
    if list(done) == ["trace"]:
        from kubectl_smart.bot.grammar.requests import SYMPTOMS

        return SYMPTOMS
    if list(done) == ["rules"]:
        from kubectl_smart.memory.graph.rules import causal_rules

        return list(dict.fromkeys(one.group for one in causal_rules()))
    return None


def _starting(candidates: Sequence[str] | dict[str, str], last: str) -> Iterator[str]:
    return (one for one in candidates if one.startswith(last))


def _command(done: Sequence[str]) -> click.Command | None:
    command: click.Command | None = smart
    for word in done:
        if isinstance(command, click.Group):
            found = command.get_command(click.Context(command), word)
            if found is None:
                break
            command = found
    return command


def _flags(command: click.Command | None) -> list[str]:
    if command is None:
        return []
    return sorted(
        flag
        for param in command.params
        if isinstance(param, click.Option)
        for flag in param.opts
        if flag.startswith("--")
    )


def _choices(command: click.Command | None, before: str) -> list[str] | None:
    """The values of the option before, if it takes one of a few."""
    for param in command.params if command is not None else ():
        if before in param.opts and isinstance(param.type, click.Choice):
            return [str(choice) for choice in param.type.choices]
    return None


def _from_memory(done: Sequence[str], before: str, last: str) -> Iterator[str]:
    """Namespaces and objects that the memory knows."""
    try:
        with _open(done) as memory:
            if before in ("-n", "--namespace"):
                spaces = {row.ref.namespace for row in memory.index.fold_seed()}
                yield from sorted(one for one in spaces if one and one.startswith(last))
            elif list(done[:2]) == ["export", "bundle"]:
                yield from _starting(_incidents(memory), last)
            elif "/" in last:
                word, _, name = last.partition("/")
                yield from _objects(memory, done, word, name)
            else:
                yield from _starting(sorted({f"{info.kind.lower()}/" for info in builtin()}), last)
    except SmartError:
        return


def _objects(memory: Memory, done: Sequence[str], word: str, name: str) -> Iterator[str]:
    from kubectl_smart.bot.grammar.objects import kinds_for

    kinds = set(kinds_for(memory.index, word))
    namespace = _value(done, "-n", "--namespace")
    found = sorted(
        {
            row.ref.name
            for row in memory.index.fold_seed()
            if (row.ref.group, row.ref.kind) in kinds
            and row.ref.name.startswith(name)
            and namespace in (None, row.ref.namespace)
        }
    )
    yield from (f"{word}/{one}" for one in found[:_MOST])


def _incidents(memory: Memory) -> list[str]:
    """Their ids, the newest first."""
    from kubectl_smart.memory.records.incidents import Incident

    found = [each.record for each in reversed(memory.index.incidents())]
    return [one.id for one in found if isinstance(one, Incident)][:_MOST]


def _open(done: Sequence[str]) -> Memory:
    found = settings(
        process_environment(),
        memory=_value(done, "--memory"),
        index=_value(done, "--index"),
        context=_value(done, "--context"),
        kubeconfig=_value(done, "--kubeconfig"),
        utc=True,
    )
    return open_memory(Path(found.memory), index=found.index)


def _value(done: Sequence[str], *flags: str) -> str | None:
    for at, word in enumerate(done):
        for flag in flags:
            if word == flag and at + 1 < len(done):
                return done[at + 1]
            if word.startswith(f"{flag}="):
                return word.partition("=")[2]
    return None
