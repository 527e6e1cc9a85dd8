"""A git repository of somebody else, read commit by commit. Nothing is written into it.

One `git log` tells all commits with the files they changed, one `git cat-file` reads what was
asked. A merge is told once, with only those files in which it is like none of its parents: what it
brought in are the commits of the branch that was merged.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.store.cat_file import CatFile
from kubectl_smart.memory.store.git_commands import environment, start
from kubectl_smart.memory.store.pipes import pipe, stop

_FORMAT = "%x00commit%x00%H%x00%an%x00%ae%x00%at%x00%B%x00"
_NOTHING = "0" * 40
_REGULAR = ("100644", "100755")
_MOST_PATHS = 500
"""Paths on one command line; for more, everything is listed."""
_MOST = 4 << 20
"""Bytes of a file; what is larger is no manifest."""


class ForeignFile(NamedTuple):
    """A file that a commit changed: blob ids before and after, None where it was not there."""

    path: str
    old: str | None
    new: str | None


class ForeignCommit(NamedTuple):
    """A commit; at: when it was made, by its author's word, microseconds since 1970-01-01 UTC."""

    id: str
    author: str
    email: str
    at: int
    message: str
    files: tuple[ForeignFile, ...]


class ForeignRepository:
    """A repository in a folder, bare or not. Close it. BadInput if there is none."""

    def __init__(self, path: Path) -> None:
        self.git_dir = Path(_asked(path, "rev-parse", "--absolute-git-dir"))
        self._cat_file = CatFile(self.git_dir)

    def tip(self, branch: str) -> str:
        """The newest commit of a branch, "" for the one that is checked out. BadInput if none."""
        name = f"refs/heads/{branch}" if branch else "HEAD"
        try:
            return _asked(self.git_dir, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        except BadInput:
            what = f"no branch {branch!r}" if branch else "no commit"
            raise BadInput(f"{self.git_dir} has {what}", "see `git branch --all`") from None

    def root(self, tip: str) -> str:
        """The oldest first commit behind a tip: what stays the same however often it is cloned."""
        return _asked(self.git_dir, "rev-list", "--max-parents=0", tip).split()[-1]

    def is_behind(self, commit: str, tip: str) -> bool:
        """Whether a commit is there and part of the history of a tip."""
        done = subprocess.run(
            ["git", f"--git-dir={self.git_dir}", "merge-base", "--is-ancestor", commit, tip],
            env=environment(), capture_output=True, check=False,
        )  # fmt: skip
        return done.returncode == 0

    def count(self, tip: str, since: str) -> int:
        """How many commits `commits` tells."""
        return int(_asked(self.git_dir, "rev-list", "--count", *_range(tip, since)))

    def commits(self, tip: str, since: str) -> Iterator[ForeignCommit]:
        """The history of a tip without that of `since` ("" for all), parents before children."""
        process = start(
            self.git_dir, "log", *_range(tip, since), "--reverse", "--topo-order", "--root", "-c",
            "--raw", "--no-abbrev", "--no-renames", "-z", f"--format={_FORMAT}",
        )  # fmt: skip
        try:
            yield from _parsed(pipe(process.stdout))
        finally:
            stop(process)

    def files_at(self, commit: str, paths: Sequence[str] = ()) -> dict[str, str]:
        """Path -> blob id of the regular files of a commit.

        paths  files, and folders that end in "/"; () for all
        """
        some = paths if len(paths) <= _MOST_PATHS else ()
        listing = _asked(self.git_dir, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *some)
        found = {}
        for line in listing.split("\0"):
            head, tab, path = line.partition("\t")
            if tab and head.startswith(_REGULAR):
                found[path] = head.split()[2]
        return found

    def contents(self, blobs: Sequence[str]) -> list[bytes | None]:
        """The contents, in the order asked; None for what is not there or far too large."""
        return [
            None if one is None or one.kind != b"blob" or len(one.content) > _MOST else one.content
            for one in self._cat_file.read_many(blobs)
        ]

    def close(self) -> None:
        """Let go of it."""
        self._cat_file.close()


def _range(tip: str, since: str) -> list[str]:
    return [tip, f"^{since}"] if since else [tip]


def _asked(path: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(path), "-c", "core.quotePath=false", *arguments],
        env=environment(), capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it did not say"]
        raise BadInput(
            f"{path} cannot be read as a git repository: {words[0]}",
            "name the folder of a clone, or a URL that git can clone",
        )
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def _parsed(out: IO[bytes]) -> Iterator[ForeignCommit]:
    """Commits of a `git log --raw -z` in _FORMAT: NUL ends every part, several may be empty."""
    parts = _split(out)
    head: tuple[bytes, ...] = ()
    files: list[ForeignFile] = []
    for part in parts:
        line = part.lstrip(b"\n")
        if line.startswith(b":"):
            path = next(parts, b"").decode("utf-8", "surrogateescape")
            file = _file(line.decode("ascii"), path)
            if file is not None:
                files.append(file)
        elif line == b"commit":
            if head:
                yield _commit(head, files)
            head = tuple(next(parts, b"") for _ in range(5))
            files = []
    if head:
        yield _commit(head, files)


def _commit(head: tuple[bytes, ...], files: list[ForeignFile]) -> ForeignCommit:
    name, author, email, at, message = head
    return ForeignCommit(
        name.decode("ascii"),
        author.decode("utf-8", "replace"),
        email.decode("utf-8", "replace"),
        int(at or b"0") * 1_000_000,
        message.decode("utf-8", "replace").strip(),
        tuple(files),
    )


def _file(line: str, path: str) -> ForeignFile | None:
    """`:100644 100644 old new M`; of a merge `::` with one more mode and id for each parent."""
    parents = len(line) - len(line.lstrip(":"))
    words = line.lstrip(":").split()
    modes, ids = words[: parents + 1], words[parents + 1 : 2 * parents + 2]
    old = ids[0] if modes[0] in _REGULAR and ids[0] != _NOTHING else None
    new = ids[-1] if modes[-1] in _REGULAR and ids[-1] != _NOTHING else None
    return None if old == new else ForeignFile(path, old, new)


def _split(out: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while data := out.read(1 << 20):
        *whole, rest = (rest + data).split(b"\0")
        yield from whole
    if rest.strip():
        yield rest
