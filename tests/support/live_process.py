"""`kubectl smart serve` as a process of its own, and an API server's side of its audit webhook."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

TOKEN = "token-of-the-api-server"
VARIABLE = "AUDIT_TOKEN"

CAPTURE = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  commit: {{decisions: 0.2, journal: 0.5}}
"""


class LiveProcess:
    """Started by `start`, ended by `stop` or `kill`; each by its process id.

    health, audit  addresses, once started
    said           what it wrote to stderr, line by line
    """

    def __init__(self, config: Path, **environment: str) -> None:
        self._config = config
        self._environment = {**os.environ, VARIABLE: TOKEN, **environment}
        self._process: subprocess.Popen[str] | None = None
        self._reading: threading.Thread | None = None
        self.said: list[str] = []
        self.health = self.audit = ""

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Until it listens."""
        self.start_at("audit")

    def start_at(self, door: str) -> None:
        """Until it listens at a door."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kubectl_smart.bot", "serve", "--config", str(self._config)],
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        errors = self._process.stderr
        assert errors is not None
        for line in errors:
            self.said.append(line.rstrip())
            if found := re.search(r"figures at (\S+)", line):
                self.health = found[1]
            if found := re.search(r"listening at (\S+/audit)$", line):
                self.audit = found[1]
            if re.search(rf"listening at \S+/{door}$", line):
                break
        else:
            self._process.wait()
            raise AssertionError("\n".join(self.said))
        self._reading = threading.Thread(target=lambda: self.said.extend(map(str.rstrip, errors)))
        self._reading.start()

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """As Kubernetes does; the exit code."""
        return self._end(signal.SIGTERM)

    def end(self) -> None:
        """Kill it if it still runs."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def _end(self, number: int) -> int:
        assert self._process is not None
        assert self._reading is not None
        self._process.send_signal(number)
        code = self._process.wait(timeout=90)
        self._reading.join(timeout=90)
        assert self._process.stderr is not None
        self._process.stderr.close()
        return code

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of one of the pages about it."""
        try:
            with urllib.request.urlopen(self.health + path, timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def figure(self, name: str) -> float:
        """The sum of a figure over its labels."""
        _, text = self.get("/metrics")
        found = re.findall(rf"^kubectl_smart_{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        assert found, text
        return sum(map(float, found))

    def until(self, name: str, value: float, *, within: float = 60) -> None:
        """Wait until a figure is what it should be."""
        deadline = time.monotonic() + within
        while self.figure(name) != value:
            assert time.monotonic() < deadline, self.get("/metrics")[1] + "\n".join(self.said)
            time.sleep(0.1)


def event_list(events: Iterable[dict[str, Any]]) -> bytes:
    """A batch as the API server sends it."""
    return json.dumps(
        {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": [*events]}
    ).encode()


def post(url: str, body: bytes, *, token: str = TOKEN, **headers: str) -> tuple[int, str]:
    """Status and text of the answer to one request."""
    known = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, body, {**known, **headers}, method="POST")  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def deliver(process: LiveProcess, body: bytes) -> int:
    """Send a batch again until it is taken, as the API server does; how often it was not."""
    for attempt in range(60):
        try:
            status, text = post(process.audit, body)
        except OSError:
            status, text = 0, "no answer"
        if status == 200:
            return attempt
        assert status in (0, 429, 503), (status, text)
        time.sleep(0.2)
    raise AssertionError("never taken")
