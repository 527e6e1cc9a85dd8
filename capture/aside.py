"""Reading a log file in a process of its own, so that two cores share an import.

The child reads, checks, trims and redacts; what comes through the pipe is what intake takes. It is
this program's own interpreter on this module, and ends with its parent: the pipe breaks.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from kubectl_smart.capture.batches import Batch, batches, read_batch, write_batch
from kubectl_smart.capture.bookmarks import Bookmarks
from kubectl_smart.capture.sources import audit_file
from kubectl_smart.memory.formats.redaction import Redactor
from kubectl_smart.memory.records.errors import BadInput, SmartError
from kubectl_smart.memory.store.keys import load_or_create_key
from kubectl_smart.memory.store.pipes import pipe, stop, widen

_BAD_INPUT = 2
_NICE = 5
"""It reads ahead; whoever folds and commits comes first."""


def read_aside(path: str, key: Path, bookmarks: Path) -> Iterator[Batch]:
    """The batches of `batches.batches`, made by another process.

    key, bookmarks  the memory's key file and the folder of its bookmarks, which must not change
                    before the first batch has come

    BadInput if the file cannot be read; SmartError if that process ended before its time.
    """
    with contextlib.ExitStack() as opened:
        source = None
        if path != "-" and not Path(path).is_file():  # a pipe of the shell's: <(zcat …)
            source, path = opened.enter_context(audit_file.opened(path)), "-"
        # -P: a file in the working directory must not be taken for a module
        command = [sys.executable, "-P", "-m", __name__, path, str(key), str(bookmarks)]
        child = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE)
        opened.callback(_end, child)
        widen(pipe(child.stdout))
        yield from iter(lambda: read_batch(pipe(child.stdout)), None)
        child.wait()
    if child.returncode == _BAD_INPUT:
        raise BadInput(f"{path} cannot be read any more", "name an audit log that stays readable")
    if child.returncode != 0:
        raise SmartError(
            f"reading {path} was cut short (the reader ended with {child.returncode})",
            "run the same command again: it goes on where it was",
        )


def _end(child: subprocess.Popen[bytes]) -> None:
    """Whether it has ended or not: nobody takes what it makes any more."""
    if child.poll() is None:
        child.kill()
    stop(child)


def main(path: str, key: str, bookmarks: str) -> int:
    """What the child does; its exit code."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    os.nice(_NICE)
    redactor = Redactor(load_or_create_key(Path(key)))
    try:
        for batch in batches(path, redactor, Bookmarks(Path(bookmarks))):
            write_batch(sys.stdout.buffer, batch)
    except BadInput:
        return _BAD_INPUT
    except BrokenPipeError:
        with contextlib.suppress(BrokenPipeError):
            sys.stdout.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
