"""Pipes to processes that we start: having them, making them wide, closing them."""

from __future__ import annotations

import contextlib
import fcntl
import subprocess
from typing import IO

_SIZE = 1 << 20
"""Bytes; the most that Linux grants to everybody."""


def pipe(one: IO[bytes] | None) -> IO[bytes]:
    """The pipe of a process that was started with it; TypeError if it was not."""
    if one is None:
        raise TypeError("the process was started without this pipe")
    return one


def widen(one: IO[bytes]) -> None:
    """Let a pipe hold a megabyte, so that both ends wait less; only a matter of speed."""
    with contextlib.suppress(OSError, AttributeError):
        fcntl.fcntl(one, fcntl.F_SETPIPE_SZ, _SIZE)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Close our ends and wait; a process that waits for more input or a reader ends by that."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    return process.wait()
