"""An import that is killed, resent, reordered or interleaved ends in the same memory."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from recordings import comparable, smart

EVENTS = 3_000
KILLS = 100
CLOCK = {"SOURCE_DATE_EPOCH": "1800000000"}


@pytest.fixture(scope="module")
def lines(corpus: Path) -> list[bytes]:
    """The first events of the recording."""
    with gzip.open(corpus / "story" / "audit.jsonl.gz") as file:
        return [line for line, _ in zip(file, range(EVENTS), strict=False)]


@pytest.fixture(scope="module")
def log(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those events as an audit log."""
    path = tmp_path_factory.mktemp("log") / "audit.log"
    path.write_bytes(b"".join(lines))
    return path


def _refs(memory: Path) -> str:
    return subprocess.run(
        ["git", "-C", str(memory), "for-each-ref", "--format=%(refname) %(objectname)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _final_state(memory: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    printed = smart("at", "now", "dump", "-A", "-o", "json", memory=memory).stdout
    return {
        (item["kind"], item["metadata"].get("namespace", ""), item["metadata"]["name"]): comparable(
            item
        )
        for item in json.loads(printed)["items"]
    }


def _changes(memory: Path) -> list[str]:
    """The Change-Ids of main, each as often as it was recorded."""
    found = subprocess.run(
        [
            "git", "-C", str(memory), "log",
            "--format=%(trailers:key=Change-Id,valueonly,separator=)", "main",
        ],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return sorted(line for line in found.split("\n") if line)


@pytest.fixture(scope="module")
def undisturbed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """The memory that an import makes when nobody disturbs it, and the seconds it took."""
    memory = tmp_path_factory.mktemp("undisturbed") / "memory"
    started = time.monotonic()
    smart("import", "audit", str(log), memory=memory, **CLOCK)
    return memory, time.monotonic() - started


def test_kill_9_at_a_hundred_instants(
    log: Path, undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    """Killed at a hundred instants and resumed, the import makes the very same commits."""
    reference, seconds = undisturbed
    expected = _refs(reference)
    dice = random.Random(20261123)
    kills, finished, number = 0, 0, 0
    memory = tmp_path / "memory-0"
    while kills < KILLS:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "kubectl_smart.bot", "import", "audit", str(log),
                "--memory", str(memory),
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **CLOCK},
        )  # fmt: skip
        try:
            process.wait(timeout=dice.uniform(0.05, 1.05) * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        _, errors = process.communicate()
        if process.returncode == 0:
            assert _refs(memory) == expected
            finished += 1
            number += 1
            memory = tmp_path / f"memory-{number}"
        else:
            assert process.returncode == -9, errors.decode()
    smart("import", "audit", str(log), memory=memory, **CLOCK)

    assert _refs(memory) == expected
    assert smart("verify", memory=memory).returncode == 0


def test_the_same_log_resent_changes_nothing(
    log: Path, undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    """A log imported twice, whole and doubled line by line, leaves every branch where it was."""
    expected = _changes(undisturbed[0])
    doubled = tmp_path / "doubled.log"
    doubled.write_bytes(b"".join(line + line for line in log.read_bytes().splitlines(True)))
    memory = tmp_path / "memory"
    smart("import", "audit", str(doubled), memory=memory, **CLOCK)

    assert _changes(memory) == expected

    before = _refs(memory)
    smart("import", "audit", str(log), memory=memory, **CLOCK)

    assert _changes(memory) == expected
    assert before.split("\n")[-2] == _refs(memory).split("\n")[-2]


def test_reordered_events_end_in_the_same_state(
    lines: list[bytes], undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    """Events that arrive up to 50 places out of order end in the state of the ordered ones."""
    dice = random.Random(7)
    places = sorted(range(len(lines)), key=lambda i: i + dice.uniform(0, 50))
    shuffled = tmp_path / "shuffled.log"
    shuffled.write_bytes(b"".join(lines[i] for i in places))
    memory = tmp_path / "memory"
    smart("import", "audit", str(shuffled), memory=memory, **CLOCK)

    assert _final_state(memory) == _final_state(undisturbed[0])


def test_two_api_servers_interleaved(
    lines: list[bytes], undisturbed: tuple[Path, float], tmp_path: Path
) -> None:
    """The log split over two API servers, the second imported after the first, is one history."""
    dice = random.Random(11)
    halves: tuple[list[bytes], list[bytes]] = ([], [])
    for line in lines:
        halves[dice.random() < 0.5].append(line)
    memory = tmp_path / "memory"
    for number, half in enumerate(halves):
        path = tmp_path / f"server-{number}.log"
        path.write_bytes(b"".join(half))
        smart("import", "audit", str(path), memory=memory, **CLOCK)

    assert _final_state(memory) == _final_state(undisturbed[0])
    assert smart("verify", memory=memory).returncode == 0
