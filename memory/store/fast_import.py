"""The writing pipe: one `git fast-import` that lives as long as the drain it serves.

GitPython starts it. Its cache of the branches' trees is what makes a commit cheap, and it works
on another core while we prepare the next commits, so nothing is asked back until a checkpoint:
there the pack is finished and synced, the branches move, and the ids of the commits are read.

It is told to expect the word `done`: if this process dies, git finds the input cut short and
moves nothing. It inherits the memory's lock, so that nobody else writes before it has ended.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import cast

from kubectl_smart.memory.records.errors import SmartError
from kubectl_smart.memory.store.commit_graph import CommitGraph
from kubectl_smart.memory.store.git_commands import environment, failure
from kubectl_smart.memory.store.pipes import pipe, widen
from kubectl_smart.memory.store.protocols import NewCommit
from kubectl_smart.memory.store.refs import read_tips
from kubectl_smart.memory.store.syncing import sync_folder

_BUFFER = 256 << 10
_MARKS_AT_ONCE = 1_000
"""Answers of 41 bytes each: fewer than what a pipe holds, so git never waits for us to read."""
TREE_DEPTH = 250
"""Length of a chain of deltas: a tree of hundreds of files changes by one at a time, and every
chain begins with a whole one."""
MANY_PACKS = 64
"""A pack is one more place for git to look: so many are melted into larger ones."""
_COMMITS_PER_PROCESS = 300_000
"""fast-import remembers every object it ever wrote (about 200 bytes a commit)."""
_ROOMY = {"MALLOC_TRIM_THRESHOLD_": str(256 << 20), "MALLOC_MMAP_THRESHOLD_": str(32 << 20)}
"""For glibc's allocator. Git takes a quarter of a megabyte for each object it compresses and gives
it back to the kernel at once: half of its time in a small import, see benchmarks/README.md."""
_GRAPH_EVERY = 4
"""Checkpoints after which the commit graph follows."""


class FastImportWriter:
    """Commits to a bare repository.

    `lock` is the descriptor of the held lock; `graph` follows; `tidy` packs what earlier processes
    left, and is called only while no fast-import is running.
    """

    def __init__(
        self, repository: Path, lock: int, graph: CommitGraph, tidy: Callable[[], None]
    ) -> None:
        self._repository = repository
        self._lock = lock
        self._graph = graph
        self._tidy = tidy
        self._process: subprocess.Popen[bytes] | None = None
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._marks = 0
        self._tips: dict[str, str] = {}
        self._written: set[str] = set()
        self._commits = 0
        self._checkpoints = 0
        clear_leftovers(repository)

    def _start(self) -> subprocess.Popen[bytes]:
        from git import Git  # heavy, and only writers need it

        started = Git(str(self._repository)).execute(
            [
                "git",
                f"--git-dir={self._repository}",
                *("fast-import", "--quiet", "--done", "--date-format=raw"),
                f"--depth={TREE_DEPTH}",
            ],
            istream=subprocess.PIPE,
            as_process=True,
            env=environment() | _ROOMY,
            pass_fds=(self._lock,) if self._lock >= 0 else (),
        )
        process = cast("subprocess.Popen[bytes]", started.proc)
        started.proc = None  # or GitPython would end it as soon as its own handle is dropped
        widen(pipe(process.stdin))
        self._process = process
        self._tips = read_tips(self._repository)
        self._written.clear()
        self._commits = self._checkpoints = 0
        return process

    def commit(self, new: NewCommit) -> None:
        """Put one commit on top of its branch; not yet visible to readers."""
        if self._process is None:
            self._start()
        tip = self._tips.get(new.branch)
        carried = self._carried(new.carry) if new.carry is not None else []
        self._marks += 1
        self._commits += 1
        parts = [
            b"commit refs/heads/%b\nmark :%d\nauthor %b\ncommitter %b\ndata %d\n%b\n"
            % (
                new.branch.encode(),
                self._marks,
                new.author,
                new.committer,
                len(new.message),
                new.message,
            )
        ]
        if tip is not None and tip[0] != ":":
            parts.append(b"from %b\n" % tip.encode())
        parts += carried
        for path, content in new.files:
            if content is None:
                parts.append(b"D %b\n" % path.encode())
            else:
                head = b"M 100644 inline %b\ndata %d\n" % (path.encode(), len(content))
                parts += (head, content, b"\n")
        parts.append(b"\n")  # ends it: a question that follows would be taken as a part of it
        self._tips[new.branch] = f":{self._marks}"
        self._written.add(new.branch)
        self._put(b"".join(parts))

    def _put(self, data: bytes) -> None:
        self._buffer.append(data)
        self._buffered += len(data)
        if self._buffered >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        data = memoryview(b"".join(self._buffer))
        self._buffer.clear()
        self._buffered = 0
        handle = pipe(self._running.stdin).fileno()
        try:
            while data:
                data = data[os.write(handle, data) :]
        except BrokenPipeError:
            raise self._failure() from None

    def _read_line(self) -> bytes:
        line = pipe(self._running.stdout).readline()
        if not line.endswith(b"\n"):
            raise self._failure()
        return line

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise TypeError("no git fast-import is running")
        return self._process

    def _carried(self, carry: tuple[str, tuple[str, ...]]) -> list[bytes]:
        """The commands that take over sub-trees of another branch's tip."""
        branch, names = carry
        tip = self._tips.get(branch)
        parts: list[bytes] = []
        for name in names if tip is not None else ():
            self._put(b"ls %b %b\n" % (tip.encode() if tip else b"", name.encode()))
            self._flush()
            answer = self._read_line().split()
            if answer[0] == b"040000":
                parts.append(b"M 040000 %b %b\n" % (answer[2], name.encode()))
        return parts

    def checkpoint(self) -> list[str]:
        """Make everything since the last checkpoint durable, then move the branches.

        Returns the ids of the commits since then, in order.
        """
        if self._process is None or not self._marks:
            return []
        self._put(b"checkpoint\n")
        ids: list[str] = []
        for first in range(1, self._marks + 1, _MARKS_AT_ONCE):
            last = min(first + _MARKS_AT_ONCE - 1, self._marks)
            self._put(b"".join([b"get-mark :%d\n" % mark for mark in range(first, last + 1)]))
            self._flush()
            ids += [self._read_line().strip().decode() for _ in range(first, last + 1)]
        for branch, tip in self._tips.items():
            if tip[0] == ":":
                self._tips[branch] = ids[int(tip[1:]) - 1]
        self._marks = 0
        moved = read_tips(self._repository)
        if any(moved.get(branch) != self._tips[branch] for branch in self._written):
            raise self._failure()
        self._written.clear()
        self._sync()
        self._checkpoints += 1
        if self._checkpoints % _GRAPH_EVERY == 0:
            self._graph.follow()
        if self._commits >= _COMMITS_PER_PROCESS or self._checkpoints >= MANY_PACKS:
            self.close()
            self._tidy()
        return ids

    def _sync(self) -> None:
        """Make the names durable too; git syncs the files it writes (core.fsync)."""
        heads = self._repository / "refs" / "heads"
        folders = {(heads / branch).parent for branch in self._tips}
        for folder in (self._repository / "objects" / "pack", *sorted(folders)):
            with contextlib.suppress(FileNotFoundError):  # every ref in it is packed
                sync_folder(folder)

    def _failure(self) -> SmartError:
        """Why git stopped, in words; the process is ended."""
        process, self._process = self._process, None
        words, full = "", False
        if process is not None:
            pipe(process.stdin).close()
            words = pipe(process.stderr).read().decode("utf-8", "replace").strip()
            pipe(process.stdout).close()
            full = process.wait() == -signal.SIGXFSZ
        self._graph.finish()
        clear_leftovers(self._repository)
        return failure(self._repository, "commit", words, full=full)

    def close(self) -> None:
        """End; commits since the last checkpoint are given up."""
        process, self._process = self._process, None
        if process is None:
            return
        unfinished = self._marks > 0
        self._buffer.clear()
        self._buffered = self._marks = 0
        if unfinished:
            process.kill()
        else:
            with contextlib.suppress(BrokenPipeError):
                os.write(pipe(process.stdin).fileno(), b"done\n")
        for each in (process.stdin, process.stdout, process.stderr):
            pipe(each).close()
        process.wait()
        if unfinished:
            self._graph.finish()
            clear_leftovers(self._repository)


def clear_leftovers(repository: Path) -> None:
    """Remove what a killed git left: half-written packs, marks that packs are in use, reports.

    Only for the holder of the lock.
    """
    packs = repository / "objects" / "pack"
    for pattern in ("tmp_*", ".tmp-*", "*.keep"):
        for path in packs.glob(pattern):
            path.unlink(missing_ok=True)
    for path in repository.glob("fast_import_crash_*"):
        path.unlink(missing_ok=True)
    locks = [*repository.glob("*.lock"), *(repository / "refs").rglob("*.lock")]
    for lock in [*locks, *(repository / "objects" / "info").rglob("*.lock")]:
        lock.unlink(missing_ok=True)
