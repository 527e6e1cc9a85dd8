"""Load on the audit webhook: events a second, answer times, memory; and with a stopped committer.

    python benchmarks/capture.py [--seconds 60] [--rate 5000] [--corpus ../shared/corpus/story]

Batches of 400 events, the API server's default, are sent at a steady rate over a few connections,
by a process of its own, to `kubectl smart serve` on loopback. The events are those of the recorded
hour, each time with audit ids, uids, versions, people and times of their own, made before the
clock starts. The first run commits as it goes; in the second the committer is stopped (SIGSTOP)
before it begins and goes on only after it.
Figures are of one run on one machine; the ratios of both runs are what to compare.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from load import BATCH, TOKEN, Load

CONNECTIONS = 4
CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook: {{tokens: [{{env: AUDIT_TOKEN}}]}}
"""


class Figures(NamedTuple):
    """Of one run."""

    sent: int
    seconds: float
    answers_ms: list[float]
    refused: int
    resident_mib: list[float]


def sending(address: str, corpus: Path, rate: int, seconds: float, first: int) -> None:
    """The process that sends; tells its figures as JSON."""
    load = Load(corpus)
    load.next = first
    place = urlsplit(address)
    answers: list[float] = []
    refused = [0]
    lock = threading.Lock()
    every = BATCH / rate
    bodies = [load.batch() for _ in range(int(seconds / every))]
    turns = iter(range(len(bodies)))
    print("made", flush=True)
    began = time.monotonic()

    def send() -> None:
        wire = HTTPConnection(place.hostname or "", place.port, timeout=60)
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            body, bodies[turn] = bodies[turn], b""
            time.sleep(max(0.0, began + turn * every - time.monotonic()))
            while True:
                asked = time.perf_counter()
                wire.request("POST", place.path, body, headers)
                answer = wire.getresponse()
                answer.read()
                answers.append((time.perf_counter() - asked) * 1_000)
                if answer.status == 200:
                    break
                refused[0] += 1
                time.sleep(1)

    threads = [threading.Thread(target=send) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    sent = (len(answers) - refused[0]) * BATCH
    print(json.dumps([sent, took, answers, refused[0]]))


class Served:
    """`kubectl smart serve`, started and ended by this process."""

    def __init__(self, folder: Path) -> None:
        self.memory = folder / "memory"
        config = folder / "smart.yaml"
        config.write_text(CONFIG.format(memory=self.memory))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kubectl_smart.bot", "serve", "--config", str(config)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "AUDIT_TOKEN": TOKEN},
        )
        self.health = self.audit = ""
        errors = self.process.stderr
        assert errors is not None  # noqa: S101 - it was opened as a pipe
        while not self.audit:
            line = errors.readline()
            if not line:
                raise SystemExit("serve ended")
            if found := re.search(r"figures at (\S+)", line):
                self.health = found[1]
            if found := re.search(r"listening at (\S+/audit)$", line.rstrip()):
                self.audit = found[1]
        threading.Thread(target=lambda: [sys.stderr.write(x) for x in errors], daemon=True).start()
        while self._ready() != 200:
            time.sleep(0.1)

    def _ready(self) -> int:
        try:
            with urllib.request.urlopen(f"{self.health}/readyz") as answer:  # noqa: S310 - on loopback
                return int(answer.status)
        except OSError:
            return 0

    def figure(self, name: str, source: str = "") -> float:
        """The sum of one of its figures, of one source if it is named."""
        with urllib.request.urlopen(f"{self.health}/metrics") as answer:  # noqa: S310 - on loopback
            text = answer.read().decode()
        return sum(
            map(
                float,
                re.findall(
                    rf"^kubectl_smart_{name}(?:{{[^}}]*{source}[^}}]*}})? (\S+)$",
                    text,
                    re.MULTILINE,
                ),
            )
        )

    def resident(self) -> float:
        """MiB of the process that accepts."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    def committer(self) -> int:
        """Its process id."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return int(children.split()[0])


def run(served: Served, corpus: Path, rate: int, seconds: float, first: int) -> Figures:
    """One run of load."""
    sender = subprocess.Popen(
        [
            *(sys.executable, __file__, "--send", served.audit, "--corpus", str(corpus)),
            *("--rate", str(rate), "--seconds", str(seconds), "--first", str(first)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sender.stdout is not None  # noqa: S101 - it was opened as a pipe
    sender.stdout.readline()
    resident: list[float] = []
    began = time.monotonic()
    while sender.poll() is None:
        time.sleep(1)
        if time.monotonic() - began > min(10.0, seconds / 3):
            resident.append(served.resident())
    sent, took, answers, refused = json.loads(sender.stdout.read())
    return Figures(sent, took, sorted(answers), refused, resident)


def told(name: str, figures: Figures) -> dict[str, Any]:
    """The figures of a run, printed."""
    answers = figures.answers_ms
    low, high = min(figures.resident_mib), max(figures.resident_mib)
    found = {
        "run": name,
        "events_a_second": round(figures.sent / figures.seconds),
        "sent": figures.sent,
        "p50_ms": round(answers[len(answers) // 2], 1),
        "p99_ms": round(answers[int(len(answers) * 0.99)], 1),
        "refused": figures.refused,
        "resident_mib": [round(low), round(high)],
        "resident_spread": round((high - low) / (high + low), 3),
    }
    print(json.dumps(found), flush=True)
    return found


def main() -> None:
    """Both runs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--rate", type=int, default=5_200)
    options.add_argument("--corpus", type=Path, default=Path("../shared/corpus/story"))
    options.add_argument("--send", help=argparse.SUPPRESS)
    options.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.send:
        sending(asked.send, asked.corpus, asked.rate, asked.seconds, asked.first)
        return
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder))
        first = run(served, asked.corpus, asked.rate, asked.seconds, 0)
        told("committing", first)
        committer = served.committer()
        os.kill(committer, signal.SIGSTOP)
        second = run(served, asked.corpus, asked.rate, asked.seconds, first.sent)
        told("committer stopped", second)
        os.kill(committer, signal.SIGCONT)
        taken = ("accepted_total", "irrelevant_total")
        accepted = sum(served.figure(name, "audit-webhook") for name in taken)
        lost = first.sent + second.sent - accepted
        began = time.monotonic()
        while served.figure("commit_lag_seconds") > 0:
            time.sleep(1)
        left = {
            "lost": lost,
            "caught_up_after_s": round(time.monotonic() - began, 1),
            "committed_records": served.figure("records_total"),
            "spool_mib": round(served.figure("spool_bytes") / (1 << 20), 1),
        }
        print(json.dumps(left), flush=True)
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(90)
        memory = ["--memory", str(served.memory)]
        subprocess.run([sys.executable, "-m", "kubectl_smart.bot", "verify", *memory], check=True)


if __name__ == "__main__":
    main()
