"""The recorded hour comes through the webhook on a bad day; it is remembered as from its file."""

from __future__ import annotations

import gzip
import json
import random
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.live_process import (
    CAPTURE,
    TOKEN,
    LiveProcess,
    deliver,
    event_list,
    post,
)
from tests.support.recordings import smart

from kubectl_smart.memory.opening import open_memory


def broken_off(url: str, body: bytes) -> None:
    """A request of which half arrives before the connection is reset."""
    place = urlsplit(url)
    head = (
        f"POST {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as wire:
        wire.sendall(head.encode() + body[: len(body) // 2])
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_is_lost_and_nothing_doubled(
    tmp_path: Path, story: Path, story_memory: Path, seed: int
) -> None:
    """Batches swapped, sent twice, broken off, and a kill -9 in the middle of one."""
    chance = random.Random(seed)
    with gzip.open(story / "audit.jsonl.gz") as lines:
        events = [json.loads(line) for line in lines]
    size = chance.choice([150, 400])
    batches = [event_list(events[at : at + size]) for at in range(0, len(events), size)]
    for at in range(0, len(batches) - 1, 2):
        if chance.random() < 0.5:
            batches[at : at + 2] = batches[at + 1], batches[at]
    again = chance.sample(range(len(batches)), 5)
    memory = tmp_path / "memory"
    config = tmp_path / "smart.yaml"
    config.write_text(CAPTURE.format(memory=memory))
    process = LiveProcess(config)
    process.start()
    for at, body in enumerate(batches):
        if chance.random() < 0.2:
            broken_off(process.audit, body)
        if at == len(batches) // 2:
            dying = threading.Thread(target=_sent, args=(process.audit, body))
            dying.start()
            process.kill()
            dying.join()
            process.start()
        deliver(process, body)
        if at in again:
            deliver(process, batches[chance.randrange(at + 1)])
    assert process.figure("dropped_total") == 0
    assert process.figure("duplicate_total") > 0
    assert process.stop() == 0

    scorer = story.parent.parent / "tools" / "score_story.py"
    command = f"{sys.executable} -m kubectl_smart.bot"
    run = subprocess.run(
        [sys.executable, scorer, story, "--command", command, "--memory", memory, "--show", "10"],
        capture_output=True,
        text=True,
        check=True,
    )
    score = json.loads(run.stdout.splitlines()[-1])
    assert score["state"] == score["why"] == score["via"] == 1.0, run.stdout
    assert score["spurious"] == score["leaks"] == 0, run.stdout
    assert "no fault" in smart("verify", memory=memory).stdout
    assert _links(memory) == _links(story_memory)


def _links(memory: Path) -> set[tuple[str, str, str, float]]:
    """What caused what, in a memory."""
    with open_memory(memory) as opened:
        found = opened.index.links_between()
    assert found
    return {(one.effect, one.rule.value, one.cause, one.confidence) for one in found}


def _sent(url: str, body: bytes) -> None:
    try:
        post(url, body)
    except OSError:
        return
