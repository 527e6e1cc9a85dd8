"""Mixed sources for ten minutes, with faults: what was accepted must stand in git in the end, once.

    python benchmarks/soak.py [--minutes 10] [--corpus ../shared/corpus/story]

The recorded hour comes again and again, each time with ids, versions and times of its own:
through the audit webhook, in a log that is rotated, and alerts beside it; a real Prometheus
scrapes an exporter whose level shifts. Meanwhile there are faults, one after the other. As root
the memory lies on a small file system of its own, which is filled once. In the end everything
that was acknowledged is sent again: if any of it is new, it was lost.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from alertmanager import free_port
from load import TOKEN, Load
from metrics_exporter import QUERIES, Exporter, exporting
from prometheus_server import prometheus

SIZE = 200
CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook: {{tokens: [{{env: AUDIT_TOKEN}}]}}
  alertmanager: {{tokens: [{{env: AUDIT_TOKEN}}]}}
  audit_log: {{path: {log}}}
  prometheus:
    url: {prometheus}
    scrape: 1
    reach: 4
    every: 2
    backlog: 600
    queries:
      queue: {{promql: "{queue}", averaged: false}}
      work: {{promql: "{work}", unit: /s}}
  spool: {{free: 16}}
"""


class Metrics:
    """A Prometheus that comes and goes, and what it scrapes."""

    def __init__(self, folder: Path, exporter: Exporter, target: str) -> None:
        self.exporter = exporter
        self._folder = folder
        self._folder.mkdir()
        self._target = target
        self._port = free_port()
        self._running = contextlib.ExitStack()
        self.start()

    def start(self) -> None:
        """At the same address each time."""
        self.url = self._running.enter_context(
            prometheus(self._folder, target=self._target, port=self._port)
        )

    def close(self) -> None:
        """It ends."""
        self._running.close()


class Served:
    """`kubectl smart serve`, and what it said."""

    def __init__(self, folder: Path, memory: Path, metrics: str) -> None:
        self.memory = memory
        self._config = folder / "smart.yaml"
        self._config.write_text(
            CONFIG.format(memory=memory, log=folder / "audit.log", prometheus=metrics, **QUERIES)
        )
        self.said: list[str] = []
        self.places: dict[str, str] = {}
        self.start()

    def start(self) -> None:
        """Until it listens."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kubectl_smart.bot", "serve", "--config", str(self._config)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "AUDIT_TOKEN": TOKEN},
        )
        errors = self.process.stderr
        assert errors is not None  # noqa: S101 - it was opened as a pipe
        while "alertmanager" not in self.places or not self.said[-1].endswith("/alertmanager"):
            line = errors.readline()
            if not line:
                raise SystemExit("\n".join([*self.said, "serve ended"]))
            self.said.append(line.rstrip())
            for name in ("health", "audit", "alertmanager"):
                at = re.search(rf"(?:{name} and figures|listening) at (\S+)$", line.rstrip())
                if at and (name == "health" or at[1].endswith(f"/{name}")):
                    self.places[name] = at[1]
        threading.Thread(target=self._read, args=(errors,), daemon=True).start()

    def _read(self, errors: Iterator[str]) -> None:
        for line in errors:
            self.said.append(line.rstrip())

    def post(self, name: str, body: bytes) -> int:
        """The status; 0 if there was no answer."""
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.places[name], body, headers)  # noqa: S310 - on loopback
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - on loopback
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code
        except OSError:
            return 0

    def figure(self, name: str) -> float:
        """The sum of one of its figures; -1 if it does not answer."""
        try:
            with urllib.request.urlopen(f"{self.places['health']}/metrics") as answer:  # noqa: S310 - on loopback
                text = answer.read().decode()
        except OSError:
            return -1.0
        line = rf"^kubectl_smart_{name}(?:{{[^}}]*}})? (\S+)$"
        return sum(map(float, re.findall(line, text, re.MULTILINE)))

    def committer(self) -> int:
        """Its process id; 0 while there is none."""
        with contextlib.suppress(OSError):
            pid = self.process.pid
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                if b"committing" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return int(child)
        return 0


class Soak:
    """The sources, and the faults."""

    def __init__(self, served: Served, metrics: Metrics, folder: Path, corpus: Path) -> None:
        self.served = served
        self._metrics = metrics
        self._log = folder / "audit.log"
        self._load = Load(corpus)
        self._load._next = 1_000_000
        self.acknowledged: list[bytes] = []
        self.refused = 0
        self.pause = threading.Event()
        self.end = threading.Event()
        self.skew = 0.0
        self._lock = threading.Lock()

    def webhook(self) -> None:
        """As the API server: again until it is taken."""
        while not self.end.is_set():
            if self.pause.wait(0):
                time.sleep(0.2)
                continue
            body = self._batch()
            while not self.end.is_set():
                status = self.served.post("audit", body)
                if status == 200:
                    self.acknowledged.append(body)
                    break
                self.refused += 1
                time.sleep(0.5)
            time.sleep(0.2)

    def log(self) -> None:
        """A log that is rotated every now and then."""
        turn = 0
        while not self.end.is_set():
            lines = json.loads(self._batch())["items"]
            with self._log.open("a") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
            turn += 1
            if turn % 20 == 0:
                self._log.rename(self._log.with_name(f"audit-{turn:06d}.log"))
            time.sleep(1)

    def alerts(self) -> None:
        """One alert, firing and resolved."""
        number = 0
        while not self.end.is_set():
            number += 1
            stamp = datetime.now(UTC).isoformat()
            alert = {
                "status": "firing" if number % 2 else "resolved",
                "fingerprint": f"{number // 2:x}",
                "startsAt": "2026-01-01T00:00:00Z",
                "endsAt": stamp,
                "labels": {"alertname": "Soak", "namespace": "payments", "pod": f"p{number % 9}"},
                "annotations": {"summary": f"number {number}"},
            }
            self.served.post(
                "alertmanager", json.dumps({"version": "4", "alerts": [alert]}).encode()
            )
            time.sleep(2)

    def _batch(self) -> bytes:
        with self._lock:
            return self._load.batch(SIZE, time.time() + self.skew)

    # --- faults ---------------------------------------------------------------------------

    def source_down(self) -> None:
        """The API server says nothing for twenty seconds."""
        self.pause.set()
        time.sleep(20)
        self.pause.clear()

    def committer_killed(self) -> None:
        """Kill -9."""
        if pid := self.served.committer():
            os.kill(pid, signal.SIGKILL)

    def committer_stopped(self) -> None:
        """For twenty seconds."""
        if pid := self.served.committer():
            os.kill(pid, signal.SIGSTOP)
            time.sleep(20)
            os.kill(pid, signal.SIGCONT)

    def index_deleted(self) -> None:
        """With all that belongs to it."""
        for path in (self.served.memory / "smart").glob("index.sqlite*"):
            path.unlink(missing_ok=True)

    def clock_stepped(self) -> None:
        """The API server's clock goes back by five minutes, and forward again."""
        self.skew = -300.0
        time.sleep(20)
        self.skew = 0.0

    def disk_full(self) -> None:
        """For twenty seconds; only where the memory has a file system of its own."""
        if not os.path.ismount(self.served.memory.parent):
            return
        filler = self.served.memory.parent / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        time.sleep(20)
        filler.unlink()

    def killed(self) -> None:
        """Kill -9 of the whole process."""
        self.served.process.kill()
        self.served.process.wait()
        self.served.start()

    def metrics_shifted(self) -> None:
        """Threefold, or back."""
        self._metrics.exporter.shift(300.0 if len(self.acknowledged) % 2 else 100.0)

    def prometheus_gone(self) -> None:
        """For twenty seconds."""
        self._metrics.close()
        time.sleep(20)
        self._metrics.start()

    def faults(self) -> list[Callable[[], None]]:
        """In turn."""
        return [
            self.prometheus_gone, self.metrics_shifted, self.source_down, self.committer_killed,
            self.index_deleted, self.clock_stepped,
            self.committer_stopped, self.disk_full, self.killed,
        ]  # fmt: skip


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A folder on a file system of 1 GiB of its own, where we may make one."""
    place = folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1g", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False).returncode == 0
    try:
        yield place
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)


def main() -> None:
    """Soak, then look."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--minutes", type=float, default=10)
    options.add_argument("--corpus", type=Path, default=Path("../shared/corpus/story"))
    asked = options.parse_args()
    chance = random.Random(1)
    exporter = Exporter()
    with (
        tempfile.TemporaryDirectory() as name,
        small_disk(Path(name)) as disk,
        exporting(exporter) as target,
        contextlib.closing(Metrics(Path(name) / "prometheus", exporter, target)) as metrics,
    ):
        served = Served(Path(name), disk / "memory", metrics.url)
        soak = Soak(served, metrics, Path(name), asked.corpus)
        sources = [threading.Thread(target=one) for one in (soak.webhook, soak.log, soak.alerts)]
        for one in sources:
            one.start()
        until = time.monotonic() + asked.minutes * 60
        told: list[str] = []
        while time.monotonic() < until:
            for fault in soak.faults():
                if time.monotonic() > until:
                    break
                time.sleep(chance.uniform(5, 15))
                told.append(fault.__name__)
                fault()
        soak.end.set()
        for one in sources:
            one.join()
        waited = time.monotonic()
        while served.figure("commit_lag_seconds") > 0 and time.monotonic() - waited < 600:
            time.sleep(1)
        before = served.figure("accepted_total")
        for body in soak.acknowledged:
            while served.post("audit", body) != 200:
                time.sleep(0.5)
        lost = served.figure("accepted_total") - before
        served.process.send_signal(signal.SIGTERM)
        code = served.process.wait(120)
        odd = [line for line in served.said if "Traceback" in line or line.startswith("ERROR")]
        smart = [sys.executable, "-m", "kubectl_smart.bot"]
        memory = ["--memory", str(served.memory)]
        verified = subprocess.run([*smart, "verify", *memory], check=False)
        print(
            json.dumps(
                {
                    "faults": told,
                    "acknowledged": len(soak.acknowledged) * SIZE,
                    "refused_requests": soak.refused,
                    "new_when_sent_again": lost,
                    "exit_code": code,
                    "verify": verified.returncode,
                    "unhandled": odd,
                }
            )
        )
        print("\n".join(sorted({re.sub(r"\d+", "N", line) for line in served.said})))
        subprocess.run([*smart, "status", *memory], check=False)


if __name__ == "__main__":
    main()
