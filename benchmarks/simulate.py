"""What a simulation costs: load, one node, a whole zone, on generated clusters.

    python benchmarks/simulate.py [--nodes 5000] [--pods 150000] [--folder /tmp/bench]
    python benchmarks/simulate.py --nodes 20 --pods 1500 --pending 100000
    python benchmarks/simulate.py --sweep nodes [--losses 200]

Three zones; 32 of 100 nodes are in the first. One pod in ten belongs to a DaemonSet, the others to
Deployments and StatefulSets of 10 to 90 pods with mixed constraints: hard and soft spreading,
anti-affinity by node, affinity to another workload's zone, node pools, services, budgets. Each
measurement is a process of its own; times are of its processor. Figures are of one run on one
machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ZONES = (("z0", 32), ("z1", 34), ("z2", 34))
ZONE = "topology.kubernetes.io/zone"
HOST = "kubernetes.io/hostname"


def nodes(number: int) -> list[dict[str, Any]]:
    """Nodes of 32 cores."""
    zones = [zone for zone, share in ZONES for _ in range(share)]
    found = []
    for place in range(number):
        name = f"node-{place}"
        labels = {
            HOST: name,
            ZONE: zones[place % 100],
            "pool": "batch" if place % 10 == 9 else "general",
        }
        size = {"cpu": "32", "memory": "128Gi", "ephemeral-storage": "200Gi", "pods": "110"}
        found.append(
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": name, "uid": f"node-uid-{place}", "labels": labels},
                "spec": {},
                "status": {"allocatable": size, "capacity": size},
            }
        )
    return found


def template(app: str, kind: int, draw: random.Random, other: str) -> dict[str, Any]:
    """The pod template of a workload; `kind` chooses its constraints."""
    spec: dict[str, Any] = {
        "containers": [
            {
                "name": "main",
                "image": f"registry.example/{app}:1",
                "resources": {
                    "requests": {
                        "cpu": draw.choice(("100m", "250m", "500m")),
                        "memory": draw.choice(("256Mi", "512Mi", "1Gi")),
                    }
                },
                "terminationMessagePath": "/dev/termination-log",
                "terminationMessagePolicy": "File",
            }
        ],
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "terminationGracePeriodSeconds": 30,
    }
    selector = {"matchLabels": {"app": app}}
    near = {"labelSelector": {"matchLabels": {"app": other}}, "topologyKey": ZONE}
    apart = {"labelSelector": selector, "topologyKey": HOST}
    if kind == 1:
        spec["topologySpreadConstraints"] = [
            {
                "maxSkew": 5,
                "topologyKey": ZONE,
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": selector,
            }
        ]
    elif kind == 2:
        spec["affinity"] = {
            "podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}
        }
    elif kind == 3:
        spec["affinity"] = {
            "podAntiAffinity": {
                "preferredDuringSchedulingIgnoredDuringExecution": [
                    {"weight": 100, "podAffinityTerm": apart}
                ]
            }
        }
    elif kind == 4:
        spec["affinity"] = {
            "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}
        }
    elif kind == 5:
        spec["nodeSelector"] = {"pool": "general"}
    return {"metadata": {"labels": {"app": app, "tier": "back"}}, "spec": spec}


def pod(
    name: str, owner: tuple[str, str, str], made: dict[str, Any], node: str, place: int
) -> dict[str, Any]:
    """A running pod as the API server shows it."""
    spec = json.loads(json.dumps(made["spec"]))
    spec["nodeName"] = node
    spec["priority"] = 0
    spec["preemptionPolicy"] = "PreemptLowerPriority"
    spec["serviceAccountName"] = "default"
    token = f"kube-api-access-{place}"
    spec["volumes"] = [{"name": token, "projected": {"sources": [{"serviceAccountToken": {}}]}}]
    spec["containers"][0]["volumeMounts"] = [{"name": token, "mountPath": "/var/run/secrets"}]
    then = "2026-11-23T02:49:41Z"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"pod-uid-{place}",
            "creationTimestamp": then,
            "resourceVersion": str(place),
            "labels": made["metadata"]["labels"],
            "ownerReferences": [
                {"kind": owner[0], "name": owner[1], "uid": owner[2], "controller": True}
            ],
        },
        "spec": spec,
        "status": {
            "phase": "Running",
            "startTime": then,
            "podIP": "10.0.0.1",
            "conditions": [
                {"type": kind, "status": "True", "lastTransitionTime": then}
                for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
            ],
            "containerStatuses": [{"name": "main", "ready": True, "restartCount": 0}],
        },
    }


def cluster(node_count: int, pod_count: int, seed: int) -> Iterator[dict[str, Any]]:
    """The objects of a cluster, pods first."""
    draw = random.Random(seed)
    made = nodes(node_count)
    by_zone: dict[str, list[int]] = {}
    for place, node in enumerate(made):
        by_zone.setdefault(node["metadata"]["labels"][ZONE], []).append(place)
    spread = [place for row in zip(*by_zone.values(), strict=False) for place in row]
    others: list[dict[str, Any]] = []
    place = turn = 0
    daemons = max(1, pod_count // 10 // node_count)
    for number in range(daemons):
        name = f"agent-{number}"
        body = template(name, 0, draw, "")
        others.append(workload("DaemonSet", name, body, None))
        for node in made:
            yield pod(
                f"{name}-{place}",
                ("DaemonSet", name, f"uid-{name}"),
                body,
                node["metadata"]["name"],
                place,
            )
            place += 1
    apps = 0
    while place < pod_count:
        size = min(draw.randint(10, 90), pod_count - place)
        app = f"app-{apps}"
        kind = (0, 0, 0, 0, 1, 1, 2, 3, 4, 5)[apps % 10]
        body = template(app, kind, draw, f"app-{max(0, apps - 4)}")
        stateful = apps % 20 == 13
        others += workloads(app, body, size, stateful, apps)
        owner = (
            ("StatefulSet", app, f"uid-{app}")
            if stateful
            else ("ReplicaSet", f"{app}-rs", f"uid-rs-{app}")
        )
        for ordinal in range(size):
            at = spread[turn % len(spread)]
            turn += 1
            while kind == 5 and at % 10 == 9:
                at = spread[turn % len(spread)]
                turn += 1
            name = f"{app}-{ordinal}" if stateful else f"{app}-rs-{place}"
            yield pod(name, owner, body, f"node-{at}", place)
            place += 1
        apps += 1
    yield from made
    yield from others
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {}}}


def workload(kind: str, name: str, body: dict[str, Any], size: int | None) -> dict[str, Any]:
    """A controller."""
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"app": body["metadata"]["labels"]["app"]}},
        "template": body,
    }
    if size is not None:
        spec["replicas"] = size
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}"},
        "spec": spec,
        "status": {},
    }


def workloads(
    app: str, body: dict[str, Any], size: int, stateful: bool, number: int
) -> list[dict[str, Any]]:
    """The controllers of an app, its service and its budget."""
    if stateful:
        one = workload("StatefulSet", app, body, size)
        one["spec"]["podManagementPolicy"] = "Parallel"
        one["spec"]["updateStrategy"] = {"type": "OnDelete"}
        found = [one]
    else:
        rs = workload("ReplicaSet", f"{app}-rs", body, size)
        rs["metadata"]["uid"] = f"uid-rs-{app}"
        rs["metadata"]["ownerReferences"] = [
            {"kind": "Deployment", "name": app, "uid": f"uid-{app}", "controller": True}
        ]
        found = [workload("Deployment", app, body, size), rs]
    selector = {"app": app}
    place = {"name": app, "namespace": "shop"}
    if number % 3 == 0:
        found.append(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {**place, "uid": f"uid-svc-{app}"},
                "spec": {"selector": selector},
            }
        )
    if number % 5 == 0:
        found.append(
            {
                "apiVersion": "policy/v1",
                "kind": "PodDisruptionBudget",
                "metadata": {**place, "uid": f"uid-pdb-{app}"},
                "spec": {"maxUnavailable": "10%", "selector": {"matchLabels": selector}},
            }
        )
    return found


def write(path: Path, node_count: int, pod_count: int) -> None:
    """The snapshot as a file, as kubectl would write it but for the indent."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"apiVersion":"v1","items":[')
        for place, one in enumerate(cluster(node_count, pod_count, 7)):
            file.write(",\n" if place else "\n")
            json.dump(one, file, separators=(",", ":"))
        file.write('],"kind":"List"}\n')


def measure(path: Path, line: str) -> dict[str, Any]:
    """Load a snapshot and simulate one command, in this process."""
    from kubectl_smart.simulate.cluster.snapshot import read_file
    from kubectl_smart.simulate.cluster.store import load
    from kubectl_smart.simulate.commands import parse
    from kubectl_smart.simulate.simulation import simulate

    gc.set_threshold(500_000)  # as the command line begins
    began = time.process_time()
    found = load(read_file(path))
    loaded = time.process_time()
    answer = simulate(found, [parse(line)])
    ended = time.process_time()
    placed = sum(one.outcome == "placed" for one in answer.pods)
    return {
        "command": line,
        "load_s": round(loaded - began, 2),
        "simulate_s": round(ended - loaded, 2),
        "placed": placed,
        "pending": sum(one.node is None for one in answer.pods),
        "placed_per_s": round(placed / (ended - loaded)),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "settled": answer.settled,
    }


def measure_sweep(path: Path, what: str, losses: int | None) -> dict[str, Any]:
    """Load a snapshot and sweep the first losses of a kind, with all processes there are."""
    from kubectl_smart.simulate.cluster.snapshot import read_file
    from kubectl_smart.simulate.cluster.store import load
    from kubectl_smart.simulate.sweeps import sweep as sweeping

    gc.set_threshold(500_000)
    found = load(read_file(path))
    every = sweeping.cases(found, what)
    sweeping.cases = lambda *_: every[:losses]  # type: ignore[assignment]  # fewer
    wall, began = time.perf_counter(), _processors()
    answer = sweeping.sweep(found, what)
    spent, lasted = _processors() - began, time.perf_counter() - wall
    return {
        "sweep": what,
        "losses": f"{len(answer.losses)} of {len(every)}",
        "processor_s": round(spent, 1),
        "wall_s": round(lasted, 1),
        "processor_s_a_loss": round(spent / len(answer.losses), 3),
    }


def _processors() -> float:
    """Seconds of the processor, of this process and those that it waited for."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(kind) for kind in kinds]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """See the module."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--nodes", type=int, default=5000)
    asked.add_argument("--pods", type=int, default=150_000)
    asked.add_argument("--folder", type=Path, default=Path("/tmp/bench-simulate"))  # noqa: S108
    asked.add_argument("--measure", nargs=2, metavar=("FILE", "COMMAND"))
    asked.add_argument("--pending", type=int, help="scale one workload to so many pods")
    asked.add_argument("--sweep", choices=("nodes", "zones", "workloads"))
    asked.add_argument("--losses", type=int, help="of a sweep; else all")
    given = asked.parse_args()
    if given.measure:
        print(json.dumps(measure(Path(given.measure[0]), given.measure[1])))
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    path = given.folder / f"cluster-{given.nodes}-{given.pods}.json"
    if not path.exists():
        write(path, given.nodes, given.pods)
    print(f"{path.name}: {path.stat().st_size // 1_000_000} MB")
    if given.sweep:
        print(json.dumps(measure_sweep(path, given.sweep, given.losses)))
        return
    lines = ["kubectl delete node node-1", f"kubectl delete nodes -l {ZONE}=z0"]
    if given.pending:
        lines = [f"kubectl scale deployment app-1 -n shop --replicas={given.pending}"]
    for line in lines:
        subprocess.run([sys.executable, __file__, "--measure", str(path), line], check=True)


if __name__ == "__main__":
    main()
