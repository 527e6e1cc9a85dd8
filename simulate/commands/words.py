"""One line as a shell would split it, and a clear no to everything a shell would do besides."""

from __future__ import annotations

import re

from kubectl_smart.memory.records.errors import BadInput

_OPERATORS = {
    "|": "a pipe",
    ";": "several commands in one line",
    "&": "another command or the background",
    "<": "reading from a file",
    ">": "writing to a file",
    "(": "a subshell",
    ")": "a subshell",
    "`": "a substitution",
    "$": "a substitution",
}
_SPACE = " \t\r\n"
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


def split(line: str) -> list[str]:
    """The words of a line; quotes and backslashes as in a shell, a comment left out.

    BadInput if a quote is left open or the line asks the shell for more than words.
    """
    words: list[str] = []
    word: list[str] | None = None
    at = 0
    while at < len(line):
        char = line[at]
        if char in _SPACE:
            if word is not None:
                words.append("".join(word))
            word = None
        elif char == "#" and word is None:
            end = line.find("\n", at)
            at = len(line) if end < 0 else end
            continue
        elif char in _OPERATORS:
            raise _not_ours(char, line, at)
        elif char == "\\":
            at += 1
            if at < len(line) and line[at] == "\n":
                at += 1
                continue
            word = [*(word or ()), line[at : at + 1] or "\\"]
        elif char in "'\"":
            word = word or []
            at = _quoted(line, at, word)
        else:
            word = word if word is not None else []
            word.append(char)
        at += 1
    if word is not None:
        words.append("".join(word))
    return words


def _quoted(line: str, start: int, word: list[str]) -> int:
    """Takes in what stands between quotes; where the closing one is."""
    quote = line[start]
    at = start + 1
    while at < len(line):
        char = line[at]
        if char == quote:
            return at
        if quote == '"':
            if char in "$`":
                raise _not_ours(char, line, at)
            if char == "\\" and line[at + 1 : at + 2] in ('"', "\\", "$", "`", "\n"):
                at += 1
                char = "" if line[at] == "\n" else line[at]
        word.append(char)
        at += 1
    raise BadInput(
        f"the quote {quote} at {_near(line, start)} is never closed", "close it, or leave it out"
    )


def _not_ours(char: str, line: str, at: int) -> BadInput:
    return BadInput(
        f"{char!r} at {_near(line, at)} is {_OPERATORS[char]}: only kubectl commands are simulated",
        "give each kubectl command as a line of its own; put quotes around what belongs to a word",
    )


def _near(line: str, at: int) -> str:
    """The place, with a little of what stands there."""
    return f"character {at + 1} ({' '.join(line[max(0, at - 10) : at + 10].split())!r})"


def without_kubectl(words: list[str]) -> list[str]:
    """The words behind `kubectl`, `k` or a path to it, where the line begins with one."""
    if words and _ASSIGNMENT.match(words[0]):
        raise BadInput(
            f"{words[0]!r} sets a variable of a shell: only kubectl commands are simulated",
            "begin with kubectl or with its verb",
        )
    name = words[0].replace("\\", "/").rpartition("/")[2].lower() if words else ""
    return words[1:] if name in ("kubectl", "kubectl.exe", "k") else words
