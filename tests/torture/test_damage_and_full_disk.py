"""Disks that fill up, files that are damaged, writers that die or hold on."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from recordings import smart

CLOCK = {"SOURCE_DATE_EPOCH": "1800000000"}
ASKED = ("why", "deployment/payment-api", "-n", "payments", "-o", "json")


@pytest.fixture(scope="module")
def log(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 2,500 events of the recording."""
    path = tmp_path_factory.mktemp("log") / "audit.log"
    with gzip.open(corpus / "story" / "audit.jsonl.gz") as file:
        path.write_bytes(b"".join(line for line, _ in zip(file, range(2_500), strict=False)))
    return path


def _import(log: Path, memory: Path) -> subprocess.CompletedProcess[str]:
    return smart("import", "audit", str(log), memory=memory, check=False, **CLOCK)


def _refs(memory: Path) -> str:
    return subprocess.run(
        ["git", "-C", str(memory), "for-each-ref"], capture_output=True, text=True, check=True
    ).stdout


@pytest.fixture(scope="module")
def undisturbed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The memory that an import makes when nobody disturbs it."""
    memory = tmp_path_factory.mktemp("undisturbed") / "memory"
    assert _import(log, memory).returncode == 0
    return memory


@contextmanager
def _small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    folder.mkdir()
    options = f"size={kilobytes}k"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("kilobytes", [300, 900, 1_800, 2_600, 3_200, 3_800])
def test_a_full_disk_loses_nothing(
    kilobytes: int, log: Path, undisturbed: Path, tmp_path: Path
) -> None:
    """Wherever it fills (spool, packs, index), one sentence; with room again, the same commits."""
    disk = tmp_path / "disk"
    with _small_disk(disk, kilobytes):
        memory = disk / "memory"
        first = _import(log, memory)

        assert first.returncode == 1, first.stdout
        assert first.stderr.count("\n") == 1, first.stderr
        assert "Traceback" not in first.stderr

        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        second = _import(log, memory)

        assert second.returncode == 0, second.stderr
        assert _refs(memory) == _refs(undisturbed)
        assert smart("verify", memory=memory, check=False).returncode == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_truncated_index_is_built_anew(share: float, undisturbed: Path, tmp_path: Path) -> None:
    """The next question brings it up from git and answers with the same bytes."""
    memory = tmp_path / "memory"
    subprocess.run(["cp", "-r", str(undisturbed), str(memory)], check=True)
    expected = smart(*ASKED, memory=memory).stdout
    index = memory / "smart" / "index.sqlite"
    os.truncate(index, int(index.stat().st_size * share))

    assert smart(*ASKED, memory=memory).stdout == expected
    assert smart("verify", memory=memory).returncode == 0


def test_a_garbled_object_is_named(undisturbed: Path, tmp_path: Path) -> None:
    """Verify says which object it is, and where it was met."""
    memory = tmp_path / "memory"
    subprocess.run(["cp", "-r", str(undisturbed), str(memory)], check=True)
    path = "main:state/payments/Deployment.apps/payment-api.yaml"
    blob = subprocess.run(
        ["git", "-C", str(memory), "rev-parse", path], capture_output=True, text=True, check=True
    ).stdout.strip()
    for pack in memory.glob("objects/pack/*.idx"):
        listing = subprocess.run(
            ["git", "verify-pack", "-v", str(pack)], capture_output=True, text=True, check=True
        ).stdout
        found = [line.split() for line in listing.splitlines() if line.startswith(blob)]
        if found:
            data = pack.with_suffix(".pack")
            data.chmod(0o600)
            content = bytearray(data.read_bytes())
            offset, size = int(found[0][4]), int(found[0][3])
            content[offset + size // 2] ^= 0xFF
            data.write_bytes(content)
            break
    else:
        pytest.fail("the object is in no pack")
    checked = smart("verify", memory=memory, check=False)

    assert checked.returncode == 1
    assert checked.stdout.count("\n") == 1
    named = re.search(r"\(object ([0-9a-f]{40}), path state/", checked.stdout)
    assert named is not None, checked.stdout
    read = subprocess.run(
        ["git", "-C", str(memory), "cat-file", "-p", named[1]], capture_output=True, check=False
    )
    assert read.returncode != 0


def test_a_changed_trailer_is_named(undisturbed: Path, tmp_path: Path) -> None:
    """A commit rewritten by somebody with plain git is found."""
    memory = tmp_path / "memory"
    subprocess.run(["cp", "-r", str(undisturbed), str(memory)], check=True)

    def git(*words: str, text: str | None = None) -> str:
        return subprocess.run(
            ["git", "-C", str(memory), *words], input=text, capture_output=True, text=True,
            check=True,
        ).stdout.strip()  # fmt: skip

    found = git("log", "-1", "--grep=^Actor: sarah", "--format=%H", "main")
    message = git("show", "-s", "--format=%B", found)
    forged = git(
        "commit-tree", f"{found}^{{tree}}", "-p", f"{found}^",
        text=message.replace("Change-Id: ", "Change-Id: 00", 1),
    )  # fmt: skip
    git("update-ref", "refs/heads/main", forged)
    checked = smart("verify", memory=memory, check=False)

    assert checked.returncode == 1
    assert forged in checked.stdout


def test_one_writer_and_readers_that_never_wait(
    undisturbed: Path, log: Path, tmp_path: Path
) -> None:
    """While somebody writes, questions are answered; another writer is told who it is."""
    memory = tmp_path / "memory"
    subprocess.run(["cp", "-r", str(undisturbed), str(memory)], check=True)
    program = [sys.executable, "-m", "kubectl_smart.bot"]
    writer = subprocess.Popen(
        [*program, "import", "audit", "-", "--memory", str(memory)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert writer.stdin is not None
        writer.stdin.write(log.read_bytes()[:200_000])
        writer.stdin.flush()
        for _ in range(100):
            second = _import(log, memory)
            if second.returncode == 6:
                break
            time.sleep(0.1)

        assert second.returncode == 6
        assert str(writer.pid) in second.stderr
        assert smart(*ASKED, memory=memory).returncode == 0
    finally:
        writer.kill()
        writer.communicate()

    assert _import(log, memory).returncode == 0
    assert smart("verify", memory=memory).returncode == 0
