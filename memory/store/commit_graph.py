"""The commit graph, kept up beside the writing: git's own index of commits and changed paths.

It is what makes `git log -- PATH` fast. Writing it for half a million commits takes most of a
minute, so during a long import it follows on another core, a few seconds' worth at a time.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from kubectl_smart.memory.store.git_commands import environment

COMMIT_GRAPH = ("commit-graph", "write", "--reachable", "--changed-paths", "--split")


class CommitGraph:
    """Of one repository.

    `lock` is the descriptor of the held lock, which git inherits: nobody else writes to the memory
    before it has ended.
    """

    def __init__(self, repository: Path, lock: int) -> None:
        self._repository = repository
        self._lock = lock
        self._process: subprocess.Popen[bytes] | None = None

    def follow(self) -> None:
        """Begin to write what it lacks, unless that is going on.

        What fails is made up for by `maintenance.tidy`, and said there.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._process = subprocess.Popen(
            ["git", f"--git-dir={self._repository}", *COMMIT_GRAPH],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
            pass_fds=(self._lock,) if self._lock >= 0 else (),
        )

    def finish(self) -> None:
        """Wait until nothing is being written."""
        if self._process is not None:
            self._process.wait()
            self._process = None
