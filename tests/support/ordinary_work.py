"""What people and machines do to a made-up cluster when nothing is wrong: releases, edits.

Most of it by day, some of it followed by the small noise that goes with it: a pod that is not
ready yet, a pod that waits a moment for a node, a latency that settles on another level.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

from built_memory import CONTROLLER, START
from made_cluster import (
    AUTOSCALER,
    DAY,
    HOUR,
    NODES,
    PEOPLE,
    PIPELINES,
    SECOND,
    Cluster,
    Part,
)
from shifted_metrics import told

from kubectl_smart.memory.records.actors import Actor
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef

Work = Callable[[Cluster, Part, int], None]


def main_of(state: dict[str, Any]) -> dict[str, Any]:
    """The container of a workload's state."""
    spec = state["spec"]
    spec = spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec
    found: dict[str, Any] = spec["template"]["spec"]["containers"][0]
    return found


def anybody(cluster: Cluster) -> Actor:
    """A person, or now and then a pipeline."""
    return cluster.rng.choice([*PEOPLE, *PIPELINES])


def release(cluster: Cluster, part: Part, at: int) -> None:
    """A new version; its pods are replaced."""
    rng = cluster.rng
    tag = f"registry.example/{part.name}:1.{rng.randrange(90)}.{rng.randrange(10)}"
    by = rng.choice(PIPELINES) if rng.random() < 0.6 else rng.choice(PEOPLE)
    cluster.edit(part.workload, at, by, lambda state: main_of(state).update(image=tag),
                 via="kubectl set image")  # fmt: skip
    new = cluster.rolled(part.workload, at)
    if new and rng.random() < 0.25:
        cluster.sees(new[0], part.workload, at + 9 * SECOND, "Unhealthy", count=2,
                     message="Readiness probe failed: connection refused")  # fmt: skip
    if rng.random() < 0.05:
        told(cluster, part.service, "latency p99", at + 40 * SECOND, 0.08, 0.1)


def scale(cluster: Cluster, part: Part, at: int) -> None:
    """One more or one fewer."""
    now = len(cluster.pods.get(part.workload, ()))
    if part.layer in ("database", "broker", "cache") or not now:
        return
    count = max(2, now + cluster.rng.choice((-1, 1)))
    if count == now:
        count += 1
    cluster.edit(part.workload, at, cluster.rng.choice(PEOPLE),
                 lambda state: state["spec"].update(replicas=count), via="kubectl scale",
                 verb="scale")  # fmt: skip
    cluster.resized(part.workload, at, count)


def configure(cluster: Cluster, part: Part, at: int) -> None:
    """A setting is changed; half of the time its readers are restarted."""
    rng = cluster.rng
    key, values = rng.choice(
        [("CACHE_SIZE", ("128", "192", "256", "320", "384")),
         ("TIMEOUT_MS", ("600", "700", "800", "900", "1000")),
         ("WORKERS", ("8", "12", "16", "24")), ("LOG_LEVEL", ("info", "warn", "debug"))]
    )  # fmt: skip
    config = part.other("ConfigMap")
    value = rng.choice([one for one in values if one != cluster.body(config)["data"].get(key)])
    cluster.edit(config, at, anybody(cluster), lambda state: state["data"].update({key: value}),
                 via="kubectl patch configmap")  # fmt: skip
    if rng.random() < 0.5:
        restart(cluster, part, at + 40 * SECOND)


def restart(cluster: Cluster, part: Part, at: int) -> None:
    """`kubectl rollout restart`."""
    if part.layer == "job":
        return
    stamp = {"annotations": {"kubectl.kubernetes.io/restartedAt": str(at)}}

    def how(state: dict[str, Any]) -> None:
        state["spec"]["template"]["metadata"].update(stamp)

    cluster.edit(part.workload, at, cluster.rng.choice(PEOPLE), how, via="kubectl rollout restart")
    cluster.rolled(part.workload, at)


def size(cluster: Cluster, part: Part, at: int) -> None:
    """Limits, requests or a probe are tuned a little."""
    rng = cluster.rng

    def how(state: dict[str, Any]) -> None:
        main = main_of(state)
        which = rng.randrange(4)
        if which == 0:
            main["resources"]["limits"]["memory"] = _another(
                rng, main, "limits", "memory", ("512Mi", "640Mi", "768Mi", "1Gi")
            )
        elif which == 1:
            main["resources"]["limits"]["cpu"] = _another(
                rng, main, "limits", "cpu", ("500m", "600m", "750m", "1")
            )
        elif which == 2:
            main["resources"]["requests"]["cpu"] = _another(
                rng, main, "requests", "cpu", ("100m", "120m", "150m", "200m")
            )
        else:
            now = main["readinessProbe"]["periodSeconds"]
            main["readinessProbe"]["periodSeconds"] = rng.choice(
                [one for one in (5, 8, 10, 15) if one != now]
            )

    cluster.edit(part.workload, at, anybody(cluster), how, via="kubectl apply")
    if part.layer != "job":
        cluster.rolled(part.workload, at)


def _another(
    rng: random.Random, main: dict[str, Any], which: str, what: str, values: tuple[str, ...]
) -> str:
    return rng.choice([one for one in values if one != main["resources"][which].get(what)])


def variable(cluster: Cluster, part: Part, at: int) -> None:
    """A plain variable of the template."""

    def how(state: dict[str, Any]) -> None:
        env = main_of(state).setdefault("env", [])
        env[:] = [one for one in env if one["name"] != "FEATURES"]
        env.append({"name": "FEATURES", "value": str(cluster.rng.randrange(1_000))})

    cluster.edit(part.workload, at, anybody(cluster), how, via="kubectl set env")
    if part.layer != "job":
        cluster.rolled(part.workload, at)


def rotate(cluster: Cluster, part: Part, at: int) -> None:
    """A password is changed and its readers are restarted."""
    if not part.secret:
        return
    secret = part.other("Secret")
    cluster.edit(secret, at, anybody(cluster), via="kubectl apply",
                 how=lambda state: state["data"].update(password=f"redacted:{at}"))  # fmt: skip
    restart(cluster, part, at + 20 * SECOND)


def around(cluster: Cluster, part: Part, at: int) -> None:
    """Something that acts on a service from outside: bounds, a policy, a Service's port, rights."""
    rng, by = cluster.rng, anybody(cluster)
    if part.scaled and rng.random() < 0.6:
        most = rng.randint(8, 12)
        _spec(cluster, part.other("HorizontalPodAutoscaler"), at, by, maxReplicas=most)
    elif part.guarded and rng.random() < 0.5:
        tool = {"podSelector": {"matchLabels": {"app": f"tool-{rng.randrange(99)}"}}}
        rules = cluster.body(part.other("NetworkPolicy"))["spec"]["ingress"]
        ref = part.other("NetworkPolicy")
        _spec(cluster, ref, at, by, ingress=[*rules, {"from": [tool]}])
    elif part.layer != "job" and rng.random() < 0.5:
        first = cluster.body(part.service)["spec"]["ports"][:1]
        more = {"name": "metrics", "port": 9_000 + rng.randrange(99), "targetPort": 9090}
        _spec(cluster, part.service, at, by, ports=[*first, more])
    elif part.layer in ("domain", "api"):
        rules = [{"verbs": ["get", "list"], "resources": [f"r{rng.randrange(99)}"]}]
        cluster.edit(part.other("Role"), at, by, lambda state: state.update(rules=rules),
                     via="kubectl apply")  # fmt: skip
    else:
        quota = ObjectRef("", "ResourceQuota", part.namespace, "quota")
        hard = cluster.body(quota)["spec"]["hard"]
        _spec(cluster, quota, at, by, hard={**hard, "pods": str(200 + rng.randrange(50))})


def _spec(cluster: Cluster, ref: ObjectRef, at: int, by: Actor, **members: Any) -> None:
    cluster.edit(ref, at, by, lambda state: state["spec"].update(members), via="kubectl apply")


def autoscale(cluster: Cluster, part: Part, at: int) -> None:
    """The autoscaler follows the day."""
    if not part.scaled:
        return
    spec = cluster.body(part.other("HorizontalPodAutoscaler"))["spec"]
    wanted = round(2 + 4 * busy(at) + cluster.rng.uniform(-0.6, 0.6))
    scaled_to(cluster, part, at, min(max(wanted, spec["minReplicas"]), spec["maxReplicas"]))


def scaled_to(cluster: Cluster, part: Part, at: int, count: int) -> None:
    """The autoscaler sets a number of pods."""
    if count == len(cluster.pods[part.workload]):
        return
    cluster.edit(part.workload, at, AUTOSCALER, lambda state: state["spec"].update(replicas=count),
                 via="HorizontalPodAutoscaler", verb="scale")  # fmt: skip
    cluster.resized(part.workload, at, count)


def maintain(cluster: Cluster, _part: Part, at: int) -> None:
    """A node is drained and comes back."""
    name = cluster.rng.choice([one for one in NODES if one not in cluster.shut])
    by = cluster.rng.choice(PEOPLE)
    drain(cluster, name, at, by)
    node = ObjectRef("", "Node", CLUSTER, name)
    cluster.edit(node, at + 25 * 60 * SECOND, by, lambda state: state["spec"].pop("unschedulable"),
                 via="kubectl uncordon")  # fmt: skip
    cluster.shut.discard(name)


def drain(
    cluster: Cluster, name: str, at: int, by: Actor, *, homeless: bool = False
) -> list[ObjectRef]:
    """`kubectl drain`; the new pods. homeless: there is no room for them."""
    node = ObjectRef("", "Node", CLUSTER, name)
    cluster.shut.add(name)
    cluster.edit(node, at, by, lambda state: state["spec"].update(unschedulable=True),
                 via=f"kubectl drain {name}")  # fmt: skip
    made = []
    for ref, several in list(cluster.pods.items()):
        for number, (pod, place) in enumerate(list(several)):
            if place == name:
                cluster.gone(ref, pod, at + (2 + number) * SECOND, by)
                made.append(cluster.born(ref, at + (4 + number) * SECOND,
                                         node="" if homeless else None))  # fmt: skip
    return made


def run(cluster: Cluster, part: Part, at: int, touches: str = "") -> ObjectRef:
    """A run of a job, and its pod."""
    job = ObjectRef("batch", "Job", part.namespace, f"{part.name}-{at // (60 * SECOND)}")
    cluster.put(job, at, {"spec": {"parallelism": 1}}, by=CONTROLLER, derived=True,
                owner=part.workload, via="cronjob-controller")  # fmt: skip
    cluster.born(part.workload, at + SECOND)
    cluster.pods[part.workload].clear()
    return job


def flap(cluster: Cluster, part: Part, at: int) -> None:
    """A pod has a hiccup of its own."""
    several = cluster.pods.get(part.workload)
    if several:
        kind = cluster.rng.choice(("Unhealthy", "Unhealthy", "BackOff", "OOMKilled"))
        cluster.sees(several[0][0], part.workload, at, kind)


OFTEN: list[tuple[float, Work]] = [
    (30, release), (10, scale), (14, configure), (6, restart), (8, size), (5, variable),
    (3, rotate), (6, around), (30, autoscale), (0.6, maintain), (6, flap),
]  # fmt: skip
"""How often in comparison."""

A_DAY = 70
"""Pieces of work on a day."""


def busy(at: int) -> float:
    """How busy it is, 0 to 1: most at two in the afternoon."""
    hour = (9 + (at - START) / HOUR) % 24
    return 0.5 + 0.5 * math.cos((hour - 14) / 24 * 2 * math.pi)


def days(cluster: Cluster, since: int, until: int) -> None:
    """Ordinary work from one instant to another."""
    rng = cluster.rng
    plan: list[tuple[int, int, Work, Part]] = []
    known = list(cluster.parts.values())
    weights = [weight for weight, _ in OFTEN]
    for _ in range(_poisson(rng, A_DAY * (until - since) / DAY * 1.9)):
        at = rng.randrange(since, until)
        (_, work) = rng.choices(OFTEN, weights)[0]
        part = rng.choice(known)
        if rng.random() > max(busy(at), 0.08) or (part.layer == "job" and work is not configure):
            continue
        plan.append((at, len(plan), work, part))
    for part in known:
        if part.layer == "job":
            hour = int(cluster.body(part.workload)["spec"]["schedule"].split()[1])
            at = START - START % DAY + hour * HOUR + 25 * 60 * SECOND
            while at < until:
                if at >= since:
                    plan.append((at, len(plan), run_of, part))
                at += DAY
    for at, _, work, part in sorted(plan, key=lambda one: one[:2]):
        work(cluster, part, at)


def run_of(cluster: Cluster, part: Part, at: int) -> None:
    """A run as scheduled."""
    run(cluster, part, at)


def _poisson(rng: random.Random, mean: float) -> int:
    return max(0, round(rng.gauss(mean, math.sqrt(mean))))
