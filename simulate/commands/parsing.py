"""A line -> a command: words, the verb among them, its flags, the files it names."""

from __future__ import annotations

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.commands.command import Command, File, Reader
from kubectl_smart.simulate.commands.common_flags import FILE_FLAGS, GLOBAL, check_common
from kubectl_smart.simulate.commands.documents import documents
from kubectl_smart.simulate.commands.flags import read
from kubectl_smart.simulate.commands.verbs import has_second_word, verb_of
from kubectl_smart.simulate.commands.words import split, without_kubectl

_LONGEST = 262_144


def parse(line: str, files: Reader | None = None) -> Command:
    """The command that a line asks for; nothing of it is done.

    files  reads a file the line names; None where a line may name none (a chat)

    BadInput, one sentence about the part that is wrong, for everything that is not simulated.
    """
    if len(line) > _LONGEST:
        raise BadInput("the command line is too long", "give long patches as --patch-file")
    words = without_kubectl(split(line))
    first = _verb_at(words, 0)
    if first is None:
        raise BadInput("there is no kubectl command", "write one, such as: delete node worker-5")
    second = _verb_at(words, first + 1) if has_second_word(words[first]) else None
    if second is not None and words[first] == "create" and _creates_from_file(words):
        second = None
    verb = verb_of(words[first], "" if second is None else words[second])
    rest = [word for at, word in enumerate(words) if at not in (first, second)]
    arguments, values = read(rest, (*GLOBAL, *verb.flags), verb.name)
    command = Command(line.strip(), verb.name, arguments, values)
    check_common(command)
    named = [name for flag in FILE_FLAGS for name in _names(command, flag)]
    command = Command(
        command.text, verb.name, arguments, values, tuple(_content(name, files) for name in named)
    )
    patch = command.given("patch-file")
    for file in command.files:
        if file.name not in patch:
            documents(file)
    verb.check(command)
    return command


def _verb_at(words: list[str], start: int) -> int | None:
    """Where the first word stands that is neither a flag of all verbs nor its value."""
    with_value = {f"--{flag.name}" for flag in GLOBAL if flag.sort != "bool"}
    with_value |= {f"-{flag.short}" for flag in GLOBAL if flag.short and flag.sort != "bool"}
    at = start
    while at < len(words):
        if not words[at].startswith("-"):
            return at
        at += 2 if words[at] in with_value else 1
    return None


def _creates_from_file(words: list[str]) -> bool:
    return any(word.startswith(("-f", "--filename", "-k", "--kustomize", "-R")) for word in words)


def _names(command: Command, flag: str) -> list[str]:
    """Files given for a flag; several may stand in one value of -f."""
    values = command.given(flag)
    return [
        name for value in values for name in (value.split(",") if flag == "filename" else [value])
    ]


def _content(name: str, files: Reader | None) -> File:
    if files is None:
        raise BadInput(
            f"the file {name} cannot be read here", "simulate it at a terminal that has the file"
        )
    if name.startswith(("http://", "https://")):
        raise BadInput(f"{name} is not fetched", "download it, and name the file")
    if name == "-":
        raise BadInput("standard input is not read", "name a file")
    return File(name, files(name))
