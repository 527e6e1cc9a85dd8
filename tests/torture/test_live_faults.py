"""A live process whose parts are killed, stopped and removed: nothing is lost or doubled."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.audit_events import audit_event, deployment
from tests.support.live_process import CAPTURE, LiveProcess, deliver, event_list, post
from tests.support.recordings import smart

from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

API = ObjectRef("apps", "Deployment", "prod", "api")


class Writes:
    """Somebody scales and scales."""

    def __init__(self) -> None:
        self.count = 0

    def batch(self, size: int) -> bytes:
        """So many more writes."""
        events: list[dict[str, Any]] = []
        for _ in range(size):
            self.count += 1
            whole = deployment(self.count % 50 + 1, rv=self.count)
            verb = "create" if self.count == 1 else "update"
            events.append(
                audit_event(
                    verb, "deployments", "api", group="apps", at=self.count / 10, response=whole
                )
            )
        return event_list(events)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[LiveProcess]:
    """Running; killed in the end if it still is."""
    config = tmp_path / "smart.yaml"
    config.write_text(CAPTURE.format(memory=tmp_path / "memory"))
    process = LiveProcess(config)
    process.start()
    yield process
    process.end()


def committer(process: LiveProcess) -> int:
    """Its process id, once there is one."""
    for _ in range(600):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in children:
            if b"committing" in Path(f"/proc/{child}/cmdline").read_bytes():
                return int(child)
        time.sleep(0.1)
    raise AssertionError(process.said)


def settled(process: LiveProcess) -> None:
    """Wait until everything accepted is committed."""
    process.until("commit_lag_seconds", 0.0)


def all_there(memory: Path, count: int) -> None:
    """Each write is a change, once and in order, and git agrees with the index."""
    with open_memory(memory) as opened:
        found = [one.record for one in opened.index.changes_of(API)]
    versions = [int(one.resource_version) for one in found if isinstance(one, Change)]
    assert versions == list(range(1, count + 1))
    assert "no fault" in smart("verify", memory=memory).stdout


def test_a_committer_that_is_killed_is_replaced(tmp_path: Path, served: LiveProcess) -> None:
    """Again and again, in the middle of its work; git processes it left end first."""
    writes = Writes()
    for _ in range(3):
        deliver(served, writes.batch(150))
        os.kill(committer(served), signal.SIGKILL)
        deliver(served, writes.batch(150))
        committer(served)
    settled(served)
    assert served.figure("committer_restarts_total") == 3
    assert served.stop() == 0
    all_there(tmp_path / "memory", writes.count)


def test_an_index_that_is_deleted_is_made_anew(tmp_path: Path, served: LiveProcess) -> None:
    """While writes come in; what is resent meanwhile is still known."""
    writes = Writes()
    memory = tmp_path / "memory"
    first = writes.batch(150)
    deliver(served, first)
    settled(served)
    for path in (memory / "smart").glob("index.sqlite*"):
        path.unlink()
    deliver(served, writes.batch(50))
    deliver(served, first)
    deliver(served, writes.batch(50))
    settled(served)
    assert served.figure("duplicate_total") == 150
    assert served.stop() == 0
    assert any("made anew" in line for line in served.said)
    assert not any("Traceback" in line for line in served.said), served.said
    all_there(memory, writes.count)


def test_a_committer_that_is_stopped_holds_up_nobody(tmp_path: Path, served: LiveProcess) -> None:
    """Accepting goes on; what it is told meanwhile it knows afterwards."""
    writes = Writes()
    deliver(served, writes.batch(10))
    settled(served)
    stopped = committer(served)
    os.kill(stopped, signal.SIGSTOP)
    try:
        for _ in range(30):
            assert deliver(served, writes.batch(20)) == 0
        assert served.get("/readyz")[0] == 200
        assert served.figure("spool_entries") >= 600
    finally:
        os.kill(stopped, signal.SIGCONT)
    settled(served)
    assert served.stop() == 0
    all_there(tmp_path / "memory", writes.count)


def test_killed_whole_again_and_again(tmp_path: Path, served: LiveProcess) -> None:
    """Kill -9 of the process, its committer left to notice; each time all accepted is kept."""
    writes = Writes()
    for _ in range(4):
        deliver(served, writes.batch(120))
        served.kill()
        served.start()
    deliver(served, writes.batch(5))
    settled(served)
    assert served.stop() == 0
    all_there(tmp_path / "memory", writes.count)


def test_only_one_may_be_live(tmp_path: Path, served: LiveProcess) -> None:
    """A second process says who is, and ends; questions are answered all the time."""
    writes = Writes()
    deliver(served, writes.batch(3))
    settled(served)
    config = tmp_path / "smart.yaml"
    second = smart("serve", "--config", str(config), memory=tmp_path / "memory", check=False)
    assert second.returncode == 6
    assert f"process {served.pid}" in second.stderr
    said = smart("why", "deployment/api", "-n", "prod", memory=tmp_path / "memory")
    assert "sarah@example.com" in said.stdout
    busy = smart("remember", "deployment/api", "x", memory=tmp_path / "memory", check=False)
    assert busy.returncode == 6


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path) -> None:
    """503 for what is handed over and for readiness, the reason in words; alive all the time."""
    config = tmp_path / "smart.yaml"
    config.write_text(CAPTURE.format(memory=tmp_path / "memory") + "  spool: {free: 1000000000}\n")
    process = LiveProcess(config)
    process.start()
    try:
        committer(process)
        for _ in range(100):
            status, why = process.get("/readyz")
            if "left on the disk" in why:
                break
            time.sleep(0.1)
        assert (status, "MiB are left on the disk" in why) == (503, True)
        assert process.get("/healthz")[0] == 200
        status, answer = post(process.audit, Writes().batch(1))
        assert (status, "MiB are left" in answer) == (503, True)
        assert process.stop() == 0
    finally:
        process.end()
