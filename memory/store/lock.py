"""One writer per memory.

The lock is the kernel's (`flock`), so it ends with the processes that hold it: the writer and
the git processes it started, which inherit it. A writer that was killed hence leaves no lock
behind, yet nobody may start while its git is still putting a pack away. The file's content
names the owner: for the message, and for file systems shared between hosts where `flock`
may not reach.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from pathlib import Path
from typing import Self, TypedDict

from kubectl_smart.memory.records.errors import Busy

_PATIENCE = 10.0
"""Seconds to wait for the git processes of a writer that is itself gone: they end by themselves
as soon as they find their input closed."""


class Owner(TypedDict):
    """Who holds the lock, as written into the file."""

    pid: int
    host: str
    boot: str
    started: int


def _read_text(path: str) -> str:
    """A file of /proc; "" where there is none."""
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return ""


def process_started(pid: int) -> int:
    """Start time of a process in clock ticks since boot; 0 if there is no such process.

    Together with the pid it tells a process from a later one that was given the same pid. A
    process that has ended but was not waited for counts as gone.
    """
    fields = _read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if len(fields) < 20 or fields[0] in "ZX":
        return 0
    return int(fields[19])


def this_process() -> Owner:
    """How this process writes itself into the lock file."""
    pid = os.getpid()
    return Owner(
        pid=pid,
        host=socket.gethostname(),
        boot=_read_text("/proc/sys/kernel/random/boot_id").strip(),
        started=process_started(pid),
    )


def is_alive(owner: Owner) -> bool:
    """Whether the owner may still be writing; a host that is not ours cannot be looked into."""
    here = this_process()
    if owner["host"] != here["host"]:
        return True
    if owner["boot"] != here["boot"]:
        return False
    return process_started(owner["pid"]) == owner["started"] != 0


def holder(path: Path) -> Owner | None:
    """Who writes just now, as the lock file at the path says; None if nobody does.

    Only looks: nobody is kept from anything. OSError if the file cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        owner = _owner(descriptor)
    finally:
        os.close(descriptor)
    return owner if owner is not None and is_alive(owner) else None


class WriterLock:
    """Held by the one process that may write to a memory.

    Use `acquire` and `release`, or a `with` block. `descriptor` is the open lock file, for
    child processes to inherit.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        self._borrowed = False

    @classmethod
    def inherited(cls, path: Path, descriptor: int) -> Self:
        """The lock that the process which started this one holds, by the descriptor it passed on.

        The kernel keeps it until both have let go; what the file says stays its first owner's.
        """
        lock = cls(path)
        lock._descriptor, lock._borrowed = descriptor, True
        return lock

    @property
    def descriptor(self) -> int:
        """File descriptor of the held lock; -1 if it is not held."""
        return self._descriptor

    def acquire(self) -> None:
        """Take the lock, recovering one whose owner is gone. Busy if somebody is writing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._take(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def _take(self, descriptor: int) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = _owner(descriptor)
                if owner is None or is_alive(owner) or time.monotonic() > deadline:
                    raise self._busy(owner) from None
                time.sleep(0.02)
                continue
            break
        owner = _owner(descriptor)
        if owner is not None and owner != this_process() and is_alive(owner):
            raise self._busy(owner)
        _write(descriptor, json.dumps(this_process()).encode() + b"\n")

    def _busy(self, owner: Owner | None) -> Busy:
        if owner is None:
            return Busy(f"somebody is writing to {self._path.parent}", "try again shortly")
        return Busy(
            f"process {owner['pid']} on {owner['host']} is writing to this memory",
            f"wait for it to finish; if that host is gone for good, remove {self._path}",
        )

    def release(self) -> None:
        """Give the lock back; does nothing if it is not held."""
        if self._descriptor < 0:
            return
        descriptor, self._descriptor = self._descriptor, -1
        if self._borrowed:
            os.close(descriptor)
            return
        with contextlib.suppress(OSError):  # a full disk must not keep us from letting go
            _write(descriptor, b"")
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()


def _owner(descriptor: int) -> Owner | None:
    """The owner named in the lock file; None if it is empty or was torn while being written."""
    try:
        found = json.loads(os.pread(descriptor, 4096, 0) or b"null")
        return Owner(
            pid=int(found["pid"]),
            host=str(found["host"]),
            boot=str(found["boot"]),
            started=int(found["started"]),
        )
    except (ValueError, TypeError, KeyError):
        return None


def _write(descriptor: int, content: bytes) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)
