"""Words told by processes that are killed, among imports that are killed, stand in git once."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recordings import smart

WORDS = 6
KILLS = 40
IMPORTS = 8
EVENTS = 2_000


def _ids(memory: Path, name: str) -> list[str]:
    """The ids in this trailer of main's commits, each as often as it was recorded."""
    found = subprocess.run(
        [
            "git", "-C", str(memory), "log",
            f"--format=%(trailers:key={name},valueonly,separator=)", "main",
        ],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return sorted(line for line in found.split("\n") if line)


def _killed(command: list[str], after: float) -> None:
    """Run it, and kill it after so many seconds if it has not ended well by then."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        process.wait(timeout=after)
    except subprocess.TimeoutExpired:
        process.kill()
    _, errors = process.communicate()
    assert process.returncode in (0, -9), errors.decode()


@pytest.fixture(scope="module")
def log(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first events of the recording, as an audit log."""
    path = tmp_path_factory.mktemp("log") / "audit.log"
    with gzip.open(corpus / "story" / "audit.jsonl.gz") as file:
        path.write_bytes(b"".join(line for line, _ in zip(file, range(EVENTS), strict=False)))
    return path


def test_kill_9_while_something_is_said(log: Path, tmp_path: Path) -> None:
    """Killed at forty instants and said again, no word and no change is lost or doubled."""
    whole, memory = tmp_path / "whole", tmp_path / "memory"
    started = time.monotonic()
    smart("import", "audit", str(log), memory=whole)
    import_seconds = time.monotonic() - started
    begin = tmp_path / "begin.log"
    begin.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:50]))
    smart("import", "audit", str(begin), memory=memory)
    smart("incident", "open", "outage", memory=memory)
    run = [sys.executable, "-m", "kubectl_smart.bot"]
    place = ["--memory", str(memory)]
    started = time.monotonic()
    subprocess.run([*run, "incident", "note", "the first", *place], check=True, capture_output=True)
    seconds = time.monotonic() - started
    dice = random.Random(5)
    for number in range(KILLS):
        if number % (KILLS // IMPORTS) == 0:
            _killed([*run, "import", "audit", str(log), *place],
                    dice.uniform(0.2, 0.9) * import_seconds)  # fmt: skip
        words = f"words {number % WORDS}"
        _killed([*run, "incident", "note", words, *place], dice.uniform(0.3, 1.1) * seconds)
    for number in range(WORDS):
        smart("incident", "note", f"words {number}", memory=memory)
    notes = _ids(memory, "Note-Id")

    assert len(notes) == len(set(notes)) == WORDS + 1
    smart("import", "audit", str(log), memory=memory)
    assert _ids(memory, "Note-Id") == notes
    for name in ("Change-Id", "Step-Id"):
        assert _ids(memory, name) == _ids(whole, name)
    checked = subprocess.run([*run, "verify", *place], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
