"""Commits from the oldest to the newest, with the files each changed: `rev-list` and `diff-tree`.

Two git processes in a row, read as they write: neither they nor we ever hold a whole branch.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.store.git_commands import output, start
from kubectl_smart.memory.store.history import FileChange, RawCommit
from kubectl_smart.memory.store.pipes import pipe, stop

_CHUNK = 1 << 16
_NOTHING = "0" * 40


def raw_commits(repository: Path, branch: str, tip: str, since: str | None) -> Iterator[RawCommit]:
    """The commits of a branch after `since` up to `tip`, oldest first.

    MemoryDamaged if `since` is not on the branch, or if git stops before the tip.
    """
    if since is not None and not _is_behind(repository, since, tip):
        raise MemoryDamaged(
            f"{branch} does not contain {since}: it was written anew since", "rebuild the index"
        )
    span = [tip] if since is None else [tip, f"^{since}"]
    listing = start(repository, "rev-list", "--reverse", "--first-parent", *span)
    words = ("diff-tree", "--stdin", "--always", "-r", "--root", "--raw", "--no-abbrev")
    more = ("--no-renames", "-z", "--format=%H%n%B")
    differ = start(repository, *words, *more, stdin=listing.stdout)
    pipe(listing.stdout).close()
    last = ""
    try:
        for commit in _parse(pipe(differ.stdout)):
            last = commit.id
            yield commit
        if last != tip:
            raise MemoryDamaged(
                f"git cannot walk {branch} beyond commit {last or 'its beginning'}",
                "run `kubectl smart verify` to find what is damaged",
            )
    finally:
        stop(differ)
        stop(listing)


def _is_behind(repository: Path, since: str, tip: str) -> bool:
    answer = output(
        repository,
        *("rev-list", "--first-parent", "--count", "--max-count=1", since, f"^{tip}"),
        accept=(0, 128),
    )
    return answer.strip() == b"0"


def _tokens(pipe: IO[bytes]) -> Iterator[bytes]:
    """What stands between NULs."""
    rest = b""
    while chunk := pipe.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _parse(pipe: IO[bytes]) -> Iterator[RawCommit]:
    commit, message = "", b""
    files: list[FileChange] = []
    tokens = _tokens(pipe)
    for token in tokens:
        word = token.lstrip(b"\n")
        if word.startswith(b":"):
            _, _, old, new, _ = word.decode().split(" ")
            path = next(tokens, b"").decode()
            files.append(
                FileChange(path, *(None if one == _NOTHING else one for one in (old, new)))
            )
        elif word:
            if commit:
                yield RawCommit(commit, message, files)
            head, _, text = word.partition(b"\n")
            commit, message, files = head.decode(), text.rstrip(b"\n") + b"\n", []
    if commit:
        yield RawCommit(commit, message, files)


def _present(name: str) -> str | None:
    return None if name == _NOTHING else name
