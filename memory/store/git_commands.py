"""Running git for reading: which repository, and an environment nobody's settings can bend.

Plain `subprocess`, because GitPython takes a tenth of a second to import and questions only
read. Writing goes through GitPython (see `fast_import` and `maintenance`).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from kubectl_smart.memory.records.errors import MemoryDamaged, SmartError, StorageFull

_KEPT = ("GIT_EXEC_PATH", "GIT_SSL_CAINFO")
_HARDLY_ANY = 64 << 10
"""Bytes left on a disk below which whatever went wrong is put down to that."""
_FULL_WORDS = ("No space left", "Disk quota exceeded", "File too large", "write error")
SETTINGS = ("i18n.commitEncoding=UTF-8", "i18n.logOutputEncoding=UTF-8", "core.quotePath=true")


def environment() -> dict[str, str]:
    """Ours without what would send git elsewhere: run inside a hook, GIT_DIR is set."""
    found = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name in _KEPT
    }
    found.update(LC_ALL="C", GIT_OPTIONAL_LOCKS="0", GIT_NO_REPLACE_OBJECTS="1")
    return found


def command(repository: Path, *arguments: str) -> list[str]:
    """The command line for one git verb on a bare repository."""
    settings = [word for setting in SETTINGS for word in ("-c", setting)]
    return ["git", f"--git-dir={repository}", *settings, *arguments]


def start(
    repository: Path, *arguments: str, stdin: int | IO[bytes] | None = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """A git process whose output is read as it comes; what it complains of is not kept."""
    return subprocess.Popen(
        command(repository, *arguments),
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        bufsize=1 << 16,
    )


def failure(repository: Path, task: str, words: str, *, full: bool = False) -> SmartError:
    """Why git could not do a task, from what it said: StorageFull or MemoryDamaged.

    full  whether it is known that the disk was full
    """
    disk = os.statvfs(repository)
    full = full or disk.f_bavail * disk.f_frsize < _HARDLY_ANY
    if full or any(word in words for word in _FULL_WORDS):
        return StorageFull(
            f"no room left for git in {repository}",
            "make room on that disk, then run the same command again: nothing is lost",
        )
    first = words.strip().splitlines()[0] if words.strip() else "it did not say why"
    return MemoryDamaged(
        f"git could not {task} in {repository}: {first}",
        "run `kubectl smart verify`; what was accepted is still in the spool",
    )


def output(repository: Path, *arguments: str, accept: Sequence[int] = (0,)) -> bytes:
    """What a short git command prints. MemoryDamaged, with git's words, if it fails."""
    done = subprocess.run(
        command(repository, *arguments), env=environment(), capture_output=True, check=False
    )
    if done.returncode not in accept:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no message"]
        raise MemoryDamaged(
            f"git {arguments[0]} failed in {repository}: {words[0]}",
            "run `kubectl smart verify` to find what is damaged",
        )
    return done.stdout
