"""One writer per memory, with real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_smart.memory.records.errors import Busy
from kubectl_smart.memory.store.lock import WriterLock, process_started, this_process

HOLDER = """
import subprocess, sys, time
from pathlib import Path
from kubectl_smart.memory.store.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
lock.acquire()
if len(sys.argv) > 2:
    child = subprocess.Popen(["sleep", sys.argv[2]], pass_fds=(lock.descriptor,))
print("held", flush=True)
time.sleep(60)
"""


def holder(path: Path, *more: str) -> subprocess.Popen[bytes]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), *more], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    process.stdout.close()
    return process


def test_a_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    """Busy names the process, while it lives."""
    process = holder(tmp_path / "lock")
    try:
        with pytest.raises(Busy, match=f"process {process.pid} on "):
            WriterLock(tmp_path / "lock").acquire()
    finally:
        process.kill()
        process.wait()


def test_a_killed_writer_leaves_no_lock(tmp_path: Path) -> None:
    """The lock of a dead process is taken over at once, and written anew."""
    process = holder(tmp_path / "lock")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert json.loads((tmp_path / "lock").read_text())["pid"] == process.pid

    with WriterLock(tmp_path / "lock"):
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    assert (tmp_path / "lock").read_text() == ""


def test_a_git_that_outlives_its_writer_keeps_the_lock(tmp_path: Path) -> None:
    """Nobody writes before the processes of a killed writer have ended."""
    process = holder(tmp_path / "lock", "0.6")
    process.kill()
    process.wait()
    with WriterLock(tmp_path / "lock") as lock:
        assert lock.descriptor >= 0
    assert process_started(process.pid) == 0


@pytest.mark.parametrize(
    ("changed", "alive"),
    [
        ({"started": 1}, False),
        ({"boot": "another"}, False),
        ({"pid": 2**22 + 1}, False),
        ({"host": "elsewhere"}, True),
        ({"pid": 1, "started": process_started(1)}, True),
    ],
)
def test_an_owner_is_believed_only_while_it_can_live(
    tmp_path: Path, changed: dict[str, object], alive: bool
) -> None:
    """A reused pid or a reboot frees the lock; another host, or a living process, does not."""
    (tmp_path / "lock").write_text(json.dumps({**this_process(), **changed}))
    lock = WriterLock(tmp_path / "lock")
    if alive:
        with pytest.raises(Busy):
            lock.acquire()
    else:
        lock.acquire()
    lock.release()


def test_a_torn_lock_file_names_nobody(tmp_path: Path) -> None:
    """Rubbish in the file does not lock anybody out."""
    (tmp_path / "lock").write_text('{"pid": 12')
    with WriterLock(tmp_path / "lock"):
        pass


def test_one_process_locks_once(tmp_path: Path) -> None:
    """Two locks in one process exclude each other too; releasing twice is fine."""
    with WriterLock(tmp_path / "lock") as lock:
        with pytest.raises(Busy):
            WriterLock(tmp_path / "lock").acquire()
        lock.release()
        lock.release()
    with WriterLock(tmp_path / "lock"):
        pass
