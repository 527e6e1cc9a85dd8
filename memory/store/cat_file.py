"""The reading pipe: one long-lived `git cat-file --batch`, started at the first question.

Requests are written in bunches, the next one before the answers to the last are read, so that
git looks up while we read. Two bunches fit into the pipe: neither side ever waits for the other
to read.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kubectl_smart.memory.records.errors import MemoryDamaged
from kubectl_smart.memory.records.stopping import look
from kubectl_smart.memory.store.git_commands import start
from kubectl_smart.memory.store.pipes import pipe, stop

_BUNCH_BYTES = 7_500
"""Two are below the smallest pipe Linux and macOS give."""


class GitObject(NamedTuple):
    """One object as git holds it; kind is b"blob", b"tree", b"commit" or b"tag"."""

    id: str
    kind: bytes
    content: bytes


class CatFile:
    """Reads objects by id or by any name git knows ("main:README.md")."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._process: subprocess.Popen[bytes] | None = None
        self._ahead: list[str] = []

    def read(self, name: str) -> GitObject | None:
        """One object; None if there is none of that name."""
        return next(self.read_many([name]))

    def read_many(self, names: Sequence[str]) -> Iterator[GitObject | None]:
        """Many objects in the order asked, read as they are taken. Take them all.

        MemoryDamaged if git cannot read one of them.
        """
        bunches = list(_bunches(names))
        for at, bunch in enumerate(bunches, start=1):
            yield from self._read_bunch(bunch, bunches[at] if at < len(bunches) else [])

    def _read_bunch(self, names: list[str], following: list[str]) -> list[GitObject | None]:
        found = self._ask(names, following)
        missing = [at for at, one in enumerate(found) if one is None and len(names[at]) == 40]
        if missing:  # a pack may have been replaced by maintenance since this git looked
            self.close()
            again = self._ask([names[at] for at in missing], [])
            for at, one in zip(missing, again, strict=True):
                found[at] = one
        return found

    def _ask(self, names: list[str], following: list[str]) -> list[GitObject | None]:
        """The answers about `names`, when `following` has been asked, too."""
        look()
        if self._ahead and self._ahead != names:
            self.close()  # nobody takes those answers: what asked was left, or interrupted
        process = self._started()
        pipe_in, pipe_out = pipe(process.stdin), pipe(process.stdout)
        found: list[GitObject | None] = []
        try:
            asked = [] if self._ahead else names
            pipe_in.write("".join([f"{name}\n" for name in (*asked, *following)]).encode())
            pipe_in.flush()
            self._ahead = following
            for name in names:
                head = pipe_out.readline()
                parts = head.split()
                if len(parts) == 3 and head.endswith(b"\n") and parts[2].isdigit():
                    size = int(parts[2])
                    content = pipe_out.read(size + 1)
                    if len(content) == size + 1:
                        found.append(GitObject(parts[0].decode(), parts[1], content[:-1]))
                        continue
                elif head.endswith((b" missing\n", b" ambiguous\n")):
                    found.append(None)
                    continue
                raise self._unreadable(name)
        except BrokenPipeError:
            raise self._unreadable(names[len(found)]) from None
        return found

    def _unreadable(self, name: str) -> MemoryDamaged:
        self.close()
        return MemoryDamaged(
            f"git cannot read {name} in {self._repository}",
            "run `kubectl smart verify` to find what is damaged; restore it from a clone",
        )

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = start(self._repository, "cat-file", "--batch", stdin=subprocess.PIPE)
        return self._process

    def close(self) -> None:
        """End the process; the next read starts another."""
        self._ahead = []
        if self._process is not None:
            process, self._process = self._process, None
            stop(process)


def _bunches(names: Sequence[str]) -> Iterator[list[str]]:
    bunch: list[str] = []
    size = 0
    for name in names:
        bunch.append(name)
        size += len(name) + 1
        if size >= _BUNCH_BYTES:
            yield bunch
            bunch, size = [], 0
    if bunch:
        yield bunch
