"""Answer times of the admission webhook: alone, beside an audit webhook under load, and recording.

    python benchmarks/admission.py [--reviews 1000] [--notes 1000] [--corpus ../shared/corpus/story]

Reviews of a scale that breaks a rule, each of an object with notes pinned to it, are sent one after
the other over TLS on one connection, as the API server sends them, to `kubectl smart serve` on
loopback. Three runs: warnings only; the same while 2,000 audit events a second come in; and without
an audit webhook, where each review is made durable before it is answered.
Figures are of one run on one machine.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from load import BATCH, TOKEN, Load

CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0, tls: {{certificate: {folder}/tls.crt, key: {folder}/tls.key}}}}
  admission: {{tokens: [{{env: AUDIT_TOKEN}}]}}
"""
AUDITED = "  audit_webhook: {tokens: [{env: AUDIT_TOKEN}]}\n"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


def certificate(folder: Path) -> None:
    """One that signs itself."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext"),
            *("subjectAltName=IP:127.0.0.1", "-keyout", folder / "tls.key"),
            *("-out", folder / "tls.crt"),
        ],
        check=True,
        capture_output=True,
    )


def remembered(memory: Path, notes: int) -> None:
    """A memory with a rule for each of so many objects."""
    from kubectl_smart.bot.recorders import recorder_of
    from kubectl_smart.capture.statements import note_item
    from kubectl_smart.memory.opening import open_for_writing
    from kubectl_smart.memory.records.actors import Actor, ActorKind
    from kubectl_smart.memory.records.notes import Note
    from kubectl_smart.memory.records.objects import ObjectRef
    from kubectl_smart.memory.store.git_store import OURS
    from kubectl_smart.memory.store.spool import FileSpool

    opened = open_for_writing(memory, index=None, create=True)
    spool = FileSpool(memory / OURS / "spool", floor=opened.store.last_sequence())
    made = [
        Note(
            id=f"{number:032x}",
            author=Actor("sarah@example.com", ActorKind.HUMAN),
            text="never below 5: provider SLA",
            about=ObjectRef("apps", "Deployment", "prod", f"api-{number}"),
            field="replicas",
            explains="",
            incident="2020-11-blackfriday",
            happened_at=1_606_435_200_000_000 + number,
        )
        for number in range(notes)
    ]
    spool.append([note_item(one, 1_606_435_200_000_000) for one in made])
    recorder = recorder_of(opened, spool)
    recorder.drain(final=True)
    recorder.close()
    spool.close()
    opened.close()


def review(number: int, notes: int) -> bytes:
    """A scale to three, of one of the objects with a note."""

    def scale(replicas: int) -> dict[str, Any]:
        name = f"api-{number % notes}"
        metadata = {"name": name, "namespace": "prod", "uid": name, "resourceVersion": "7"}
        spec = {"replicas": replicas}
        return {
            "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec,
        }  # fmt: skip

    request = {
        "uid": f"705ab4f5-6393-11e8-b7cc-{number:012d}",
        "resource": {"group": "apps", "version": "v1", "resource": "deployments"},
        "subResource": "scale",
        "name": f"api-{number % notes}",
        "namespace": "prod",
        "operation": "UPDATE",
        "userInfo": {"username": "ada@example.com", "groups": ["sre"]},
        "object": scale(3),
        "oldObject": scale(8),
        "options": {"kind": "PatchOptions", "apiVersion": "meta.k8s.io/v1"},
    }
    found = {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}
    return json.dumps(found).encode()


class Served:
    """`kubectl smart serve`, started and ended by this process."""

    def __init__(self, folder: Path, notes: int, *, audited: bool) -> None:
        memory = folder / "memory"
        remembered(memory, notes)
        certificate(folder)
        config = folder / "smart.yaml"
        text = CONFIG.format(memory=memory, folder=folder) + (AUDITED if audited else "")
        config.write_text(text)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kubectl_smart.bot", "serve", "--config", str(config)],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "AUDIT_TOKEN": TOKEN},
        )
        self.context = ssl.create_default_context(cafile=str(folder / "tls.crt"))
        self.health = self.base = ""
        errors = self.process.stderr
        assert errors is not None  # noqa: S101 - it was opened as a pipe
        while not self.base:
            line = errors.readline()
            if not line:
                raise SystemExit("serve ended")
            if found := re.search(r"figures at (\S+)", line):
                self.health = found[1]
            if found := re.search(r"listening at (\S+)/admission$", line.rstrip()):
                self.base = found[1]
        threading.Thread(target=lambda: [sys.stderr.write(x) for x in errors], daemon=True).start()

    def connection(self) -> HTTPConnection:
        """To its doors."""
        place = urlsplit(self.base)
        return HTTPSConnection(place.hostname or "", place.port, timeout=60, context=self.context)

    def outcomes(self) -> dict[str, float]:
        """Of the reviews, by its own account."""
        with urllib.request.urlopen(f"{self.health}/metrics") as answer:  # noqa: S310 - on loopback
            text = answer.read().decode()
        found = re.findall(r'admissions_total\{outcome="(\w+)"\} (\S+)', text)
        return {name: float(value) for name, value in found}

    def end(self) -> None:
        """As Kubernetes does."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(90)


def asked(served: Served, reviews: int, notes: int) -> list[float]:
    """Milliseconds of each answer, sorted; those before the notes are read are not counted."""
    wire = served.connection()
    answers: list[float] = []
    number = 0
    while len(answers) < reviews:
        body = review(number, notes)
        number += 1
        began = time.perf_counter()
        wire.request("POST", "/admission", body, HEADERS)
        answer = wire.getresponse()
        response = json.loads(answer.read())["response"]
        took = (time.perf_counter() - began) * 1_000
        if response.get("warnings") or answers:
            answers.append(took)
        else:
            time.sleep(0.1)
    return sorted(answers)


def loaded(served: Served, corpus: Path, rate: int, stop: threading.Event) -> None:
    """Audit events at a steady rate until it is told to stop."""
    load, wire = Load(corpus), served.connection()
    began, turn = time.monotonic(), 0
    while not stop.is_set():
        body = load.batch()
        time.sleep(max(0.0, began + turn * BATCH / rate - time.monotonic()))
        turn += 1
        wire.request("POST", "/audit", body, HEADERS)
        wire.getresponse().read()


def told(name: str, answers: list[float], outcomes: dict[str, float]) -> None:
    """The figures of a run, printed."""
    at = {50: len(answers) // 2, 99: int(len(answers) * 0.99)}
    found = {f"p{which}_ms": round(answers[place], 2) for which, place in at.items()}
    figures = {"run": name, "reviews": len(answers), **found, "most_ms": round(answers[-1], 1)}
    print(json.dumps({**figures, **outcomes}), flush=True)


def main() -> None:
    """The three runs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--reviews", type=int, default=1_000)
    options.add_argument("--notes", type=int, default=1_000)
    options.add_argument("--rate", type=int, default=2_000)
    options.add_argument("--corpus", type=Path, default=Path("../shared/corpus/story"))
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder), given.notes, audited=True)
        told("warnings only", asked(served, given.reviews, given.notes), served.outcomes())
        stop = threading.Event()
        work = threading.Thread(target=loaded, args=(served, given.corpus, given.rate, stop))
        work.start()
        time.sleep(2)
        beside = asked(served, given.reviews, given.notes)
        stop.set()
        work.join()
        told("beside audit events", beside, served.outcomes())
        served.end()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(Path(folder), given.notes, audited=False)
        told("recording", asked(served, given.reviews, given.notes), served.outcomes())
        served.end()


if __name__ == "__main__":
    main()
