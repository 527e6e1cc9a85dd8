"""Memories to trace in: fifty services with an outage, in a cluster where N other changes are made.

The outage, its services and their fortnight of ordinary work are those of `planted_outages`; the
same namespaces and fourteen others hold up to two thousand services more, which call each other,
read their configuration and are edited all the time (`history.py`). Of each of the fifty services
ten series of 24 h at one minute are looked at by the change-point code that `serve` uses.

`heavy` is what makes a namespace heavy: a ConfigMap that an operator rewrites every ten seconds, a
Job controller that makes a pod every half a second, and a storm of warnings.
"""

from __future__ import annotations

import gzip
import math
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import history
import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from built_memory import MINUTE, START, Past
from made_cluster import HOUR, PEOPLE, SECOND, Cluster
from planted_outages import base_of, plant
from planting import Case
from shifted_metrics import tell

from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.patterns.change_points import Tuning, shifts
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

PROGRAM = [sys.executable, "-m", "kubectl_smart.bot"]
DAYS = 14.5
SPACES = ("edge", "shop", "pay", "ship", "data", "ops", *(f"team-{n:02d}" for n in range(6, 20)))
CROWDED, OPERATED = "shop", "operator-settings"
INCIDENT = "2025-12-07-slow-partner-gateway"
OPERATOR = "system:serviceaccount:operators:settings-operator"
KIND, SEED = "dropped index", 7
_BEGIN = datetime.fromtimestamp(START / 1e6, UTC)

SERIES = {
    "latency p50": (0.02, 0.005), "latency p99": (0.05, 0.005), "error ratio": (0.004, 0.005),
    "request rate": (80.0, 0.1), "CPU throttling": (0.02, 0.02), "cpu": (0.3, 0.02),
    "memory": (2e8, float(16 << 20)), "queue length": (5.0, 1.0), "restarts": (0.01, 0.1),
    "open connections": (40.0, 2.0),
}  # fmt: skip
"""Metric -> (level, the least that counts)."""


class Busy(history.History):
    """Services that call each other, read what they are told and are edited for two weeks."""

    def __init__(self, changes: int) -> None:
        super().__init__(changes, 1, _BEGIN, DAYS * 86_400 / (changes * 1.04))

    def _begin(self, number: int) -> Iterator[dict[str, Any]]:
        namespace, name = SPACES[number % 20], f"service-{number:05d}"
        service = self._object("v1", "Service", namespace, name)
        service["spec"] = {"selector": {"app": name}, "ports": [{"port": 8080}]}
        yield self._written("create", "services", "", service)
        config = self._object("v1", "ConfigMap", namespace, f"config-{number:05d}")
        config["data"] = {f"KEY_{n}": str(n) for n in range(6)} | {"CACHE_SIZE": "512"}
        self._configs.append(config)
        yield self._written("create", "configmaps", "", config)
        deployment = self._object("apps/v1", "Deployment", namespace, name)
        container = self._container(number)
        upstream = number // 2
        container["env"][0]["value"] = f"http://service-{upstream:05d}.{SPACES[upstream % 20]}:8080"
        container["envFrom"] = [{"configMapRef": {"name": config["metadata"]["name"]}}]
        deployment["spec"] = {
            "replicas": history.PODS_PER_DEPLOYMENT,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container], "restartPolicy": "Always"},
            },
        }
        self._deployments.append(deployment)
        yield self._written("create", "deployments", "apps", deployment)
        for _ in range(history.PODS_PER_DEPLOYMENT):
            yield self._pod_made(deployment)


class Heavy(history.History):
    """An operator's ConfigMap, and pods without end, in one namespace until an instant."""

    def __init__(self, until: int) -> None:
        super().__init__(0, 2, _BEGIN, 10.0)
        self._until = datetime.fromtimestamp(until / 1e6, UTC)

    def events(self) -> Iterator[dict[str, Any]]:
        """A fortnight of the one, then six hours of both."""
        config = self._object("v1", "ConfigMap", CROWDED, OPERATED)
        config["data"] = {"leader": "0", "CACHE_SIZE": "512"}
        yield self._written("create", "configmaps", "", config)
        job = self._object("apps/v1", "Deployment", CROWDED, "endless")
        job["spec"] = {"template": {"spec": {"containers": []}}}
        begin = self._until - timedelta(hours=6)
        turn = 0
        while self._at < self._until:
            busy = self._at >= begin
            self._between = 0.5 if busy else 10.0
            turn += 1
            if busy and turn % 20:
                yield self._pod_made(job) if turn % 2 or not self._pods else self._pod_deleted()
                continue
            config["data"]["leader"] = str(turn)
            yield self._written("update", "configmaps", "", config, user=OPERATOR)


def _told_by_operator(cluster: Cluster) -> None:
    """All workloads of the namespace read the ConfigMap that the operator rewrites."""

    def how(state: dict[str, Any]) -> None:
        main = state["spec"]["template"]["spec"]["containers"][0]
        main.setdefault("envFrom", []).append({"configMapRef": {"name": OPERATED}})

    for part in cluster.parts.values():
        if part.namespace == CROWDED:
            cluster.edit(part.workload, START + SECOND, PEOPLE[0], how)


class Built(NamedTuple):
    """A memory and what is asked of it."""

    memory: Path
    case: Case


def built(folder: Path, changes: int, *, heavy: bool = False) -> Built:
    """The memory of so many other changes; made once and kept."""
    place = folder / f"{changes}{'-heavy' if heavy else ''}"
    truth = place / "case.pickle"
    if not truth.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        _make(place, changes, heavy)
    return Built(place / "memory", pickle.loads(truth.read_bytes()))  # noqa: S301 - made below


def _make(place: Path, changes: int, heavy: bool) -> None:
    memory = place / "memory"
    _import(place / "audit.jsonl.gz", Busy(changes).events(), memory)
    case = plant(base_of(SEED, _told_by_operator if heavy else None), KIND, SEED)
    cluster = case.cluster
    rng = random.Random(SEED)
    for part in cluster.parts.values():
        for metric in SERIES:
            _day(cluster, rng, part.service, metric, case.began + 30 * MINUTE)
    if heavy:
        _import(place / "heavy.jsonl.gz", Heavy(case.began + 30 * MINUTE).events(), memory)
        _storm(cluster, rng, case.paths[0][3], case.began)
    cluster.recorded = 0
    with GitStore.open(memory) as store:
        cluster.commit_to(store)
    report(memory, case)
    open_memory(memory).close()
    (place / "case.pickle").write_bytes(pickle.dumps(case._replace(cluster=Cluster())))


def report(memory: Path, case: Case) -> None:
    """Somebody opens an incident when it is noticed, names what is slow, and closes it."""
    past = Past()
    over = case.began + 35 * MINUTE
    past.incident(case.at, INCIDENT, "the partner gateway is slow", "It is slow.\n")
    past.note(case.at + MINUTE, "it is slow", about=case.asked, of_incident=INCIDENT)
    past.incident(over, INCIDENT, "the partner gateway is slow", "It was slow.\n", closed_at=over,
                  opened_at=case.at)  # fmt: skip
    past.record(memory)


def _import(log: Path, events: Iterable[dict[str, Any]], memory: Path) -> None:
    with gzip.open(log, "wb", compresslevel=1) as file:
        for event in events:
            file.write(orjson.dumps(event) + b"\n")
    subprocess.run([*PROGRAM, "import", "audit", str(log), "--memory", str(memory)], check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    log.unlink()


def _day(cluster: Cluster, rng: random.Random, ref: ObjectRef, metric: str, end: int) -> None:
    """24 h of one series; one in five settles on another level somewhere."""
    dice = np.random.default_rng(rng.randrange(1 << 32))
    level, floor = SERIES[metric]
    times = end - end % MINUTE - MINUTE * np.arange(1_439, -1, -1, dtype=np.int64)
    hours = (9 + (times - START) / HOUR) % 24
    rhythm = 1 + float(dice.uniform(0.05, 0.35)) * np.cos((hours - 14) / 24 * 2 * math.pi)
    values = level * rhythm * np.exp(0.1 * dice.standard_normal(times.size))
    if rng.random() < 0.2:
        values[rng.randrange(400, 1_300) :] *= rng.choice((0.5, 1.6, 2.5))
    tuning = Tuning(step=MINUTE, lasting=4 * MINUTE, window=6 * HOUR, least=0.2, floor=floor)
    for one in shifts(times, values, tuning):
        tell(cluster, ref, metric, one)


def _storm(cluster: Cluster, rng: random.Random, owner: ObjectRef, at: int) -> None:
    """Ten thousand warnings within an hour, on five hundred pods of one workload."""
    pods = [
        ObjectRef("", "Pod", owner.namespace, f"{owner.name}-storm-{n:03d}") for n in range(500)
    ]
    reasons = ("BackOff", "Unhealthy", "FailedMount", "Evicted")
    for number in range(10_000):
        seen = at - 20 * MINUTE + int(rng.uniform(0, 60) * MINUTE)
        cluster.sees(rng.choice(pods), owner, seen + number, rng.choice(reasons),
                     until=seen + 20 * SECOND, source="pod status")  # fmt: skip
