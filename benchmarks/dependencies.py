"""Measures `dependencies`: a memory of 10,000 objects, of one object and of a window; prints JSON.

    python benchmarks/dependencies.py /tmp/b [--services 2000]

Each of N services is a Deployment that calls three others (one through its ConfigMap), a Service, a
ConfigMap and two Pods; images are set 2 N times in between. What reading the wiring costs is
measured inside one import, because two imports on a shared machine differ by more: processor time
spent in it, as a part of all that the import took, git included.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import random
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import history
import orjson

ASKED = 200


class Services(history.History):
    """A history whose services name each other."""

    def __init__(self, services: int, seed: int = 1) -> None:
        super().__init__(1, seed)
        self._size = services

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event in order."""
        for number in range(self._size):
            yield from self._begin(number)
        for _ in range(2 * self._size):
            deployment = self._dice.choice(self._deployments)
            container = deployment["spec"]["template"]["spec"]["containers"][0]
            container["image"] = f"registry.example/app:1.{self._dice.randrange(999)}"
            yield self._written("patch", "deployments", "apps", deployment, manager="kubectl-set")

    def _begin(self, number: int) -> Iterator[dict[str, Any]]:
        namespace, name = f"team-{number % 20:02d}", f"service-{number:05d}"
        service = self._object("v1", "Service", namespace, name)
        service["spec"] = {"selector": {"app": name}, "ports": [{"port": 8080}]}
        yield self._written("create", "services", "", service)
        config = self._object("v1", "ConfigMap", namespace, f"config-{number:05d}")
        config["data"] = {"PEER_URL": self._url(), **{f"KEY_{n}": str(n) for n in range(6)}}
        yield self._written("create", "configmaps", "", config)
        deployment = self._object("apps/v1", "Deployment", namespace, name)
        container = self._container(number)
        container["env"] += [{"name": f"PEER_{n}", "value": self._url()} for n in range(2)]
        container["envFrom"] = [{"configMapRef": {"name": config["metadata"]["name"]}}]
        deployment["spec"] = {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [container], "serviceAccountName": "runner"},
            },
        }
        self._deployments.append(deployment)
        yield self._written("create", "deployments", "apps", deployment)
        for _ in range(2):
            yield self._pod_made(deployment)

    def _url(self) -> str:
        other = self._dice.randrange(self._size)
        return f"http://service-{other:05d}.team-{other % 20:02d}:8080"


def main() -> None:
    """Make the memory and ask it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--services", type=int, default=2_000)
    options = parser.parse_args()
    log, memory = options.folder / "services.jsonl.gz", options.folder / "services.memory"
    options.folder.mkdir(parents=True, exist_ok=True)
    with gzip.open(log, "wb", compresslevel=1) as file:
        for event in Services(options.services).events():
            file.write(orjson.dumps(event) + b"\n")
    shutil.rmtree(memory, ignore_errors=True)
    found = {"services": options.services, **imported(log, memory), **asked(memory)}
    print(json.dumps(found, indent=2))


def imported(log: Path, memory: Path) -> dict[str, float]:
    """Processor seconds of an import, and which part of them went into wiring."""
    from kubectl_smart.bot.cli.main import run
    from kubectl_smart.memory.index.wirings import Wirings

    spent = [0.0]

    def counted(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def timed(*args: Any) -> Any:
            began = time.thread_time()
            try:
                return method(*args)
            finally:
                spent[0] += time.thread_time() - began

        return timed

    for name in ("of", "is_now", "flush"):
        setattr(Wirings, name, counted(getattr(Wirings, name)))
    began = sum(os.times()[:4])
    if run(["import", "audit", str(log), "--memory", str(memory)]) != 0:
        raise SystemExit("the import failed")
    seconds = sum(os.times()[:4]) - began
    return {"import_cpu_s": seconds, "wiring_cpu_s": spent[0], "wiring_part": spent[0] / seconds}


def asked(memory: Path) -> dict[str, float]:
    """Milliseconds of single questions; seconds for all edges of the memory."""
    from kubectl_smart.memory.graph.configured import edges_between
    from kubectl_smart.memory.opening import open_memory
    from kubectl_smart.memory.questions.dependencies import dependencies

    dice, times = random.Random(7), []
    with open_memory(memory) as opened:
        refs = [seed.ref for seed in opened.index.fold_seed()]
        last = opened.index.coverage()[-1].to_at
    for _ in range(ASKED):
        ref = dice.choice(refs)
        with open_memory(memory) as opened:
            began = time.perf_counter()
            (row,) = opened.index.find_objects([(ref.group, ref.kind)], ref.name, ref.namespace)
            dependencies(opened.store, opened.index, row)
            times.append((time.perf_counter() - began) * 1_000)
    whole = []
    for _ in range(3):
        with open_memory(memory) as opened:
            began = time.perf_counter()
            edges = edges_between(opened.index, last - 3_600_000_000, last)
            whole.append(time.perf_counter() - began)
    times.sort()
    return {
        "objects": len(refs),
        "one_p50_ms": statistics.median(times),
        "one_p95_ms": times[int(len(times) * 0.95)],
        "one_worst_ms": times[-1],
        "window_edges": len(edges),
        "window_s": min(whole),
    }


if __name__ == "__main__":
    main()
