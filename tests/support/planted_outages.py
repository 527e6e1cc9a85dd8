"""Outages planted into a made-up cluster, and the truth about each.

Each kind does what Kubernetes would do: pods made from a broken template crash, older ones do not;
a configuration that is read at the start shows when a pod starts, hours later if need be; a policy
acts at once. Trouble then goes up the calls, a while later at every hop, and not along all of
them. Around it ordinary work goes on, and others have a hand in things at the wrong time: shortly
before, on the way and off it, and after the beginning, when people try what helps.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from built_memory import MINUTE, START
from made_cluster import DAY, HOUR, NODES, PEOPLE, SECOND, Cluster, Part, port_of, raised
from ordinary_work import (
    OFTEN,
    anybody,
    configure,
    days,
    drain,
    main_of,
    release,
    restart,
    run,
    scale,
    scaled_to,
    variable,
)
from shifted_metrics import shift

from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation

END = START + 14 * DAY
"""Until here the base is ordinary work."""


class Case(NamedTuple):
    """One outage, or trouble that no change caused.

    asked, symptom, at   what somebody on call asks, and when
    began                when trouble began at the place of the fault
    root                 the change that caused it; None if none did
    paths                every true way from what is asked about to what was changed
    nearby               changes within two hours before the beginning, on any object
    """

    kind: str
    cluster: Cluster
    asked: ObjectRef
    symptom: Symptom
    at: int
    began: int
    root: Change | None
    paths: list[list[ObjectRef]]


class Fault(NamedTuple):
    """What a kind of outage did.

    tail     the objects behind the workload at fault, down to what was changed
    spreads  "errors", "latency" or "": how callers suffer
    at       the workload, the Service, or what callers suffer through
    pods     what is seen on its pods; None if nothing
    """

    part: Part
    root: Change | None
    tail: list[ObjectRef]
    spreads: str
    pods: Symptom | None = None
    via_service: bool = False
    asked: Part | None = None


class Planting:
    """Plants one outage; `begins` is when trouble begins at its place."""

    def __init__(self, cluster: Cluster, seed: int, late: int) -> None:
        self.cluster = cluster
        self.rng = random.Random(seed)
        self.late = late
        self.begins = END + int(self.rng.uniform(1, 10) * HOUR)
        self.by = anybody(cluster)
        self.changed_at = 0

    def lag(self, least: float, most: float) -> float:
        """Seconds; not so many that it was before the base ended."""
        return self.rng.uniform(least, min(most, (self.begins - END) / SECOND - 60))

    def part(self, *layers: str, **flags: bool) -> Part:
        """One that somebody calls."""
        found = [
            one
            for one in self.cluster.parts.values()
            if one.layer in layers
            and (one.layer == "edge" or any(self.cluster.callers(one.name)))
            and all(getattr(one, key) == value for key, value in flags.items())
        ]
        return self.rng.choice(found)

    def work_until(self, at: int, *spared: Part) -> None:
        """Ordinary work goes on, as everywhere; from here on not on those that break."""
        days(self.cluster, END, at)
        self.changed_at = at
        names = {one.name for one in spared}
        rest = Cluster.fork(self.cluster, self.rng.randrange(1 << 30))
        self.cluster.rng = rest.rng
        kept = dict(self.cluster.parts)
        self.cluster.parts = {key: one for key, one in kept.items() if key not in names}
        self._later = kept

    def go_on(self) -> None:
        """And after the change, on all others."""
        days(self.cluster, self.changed_at, self.begins + 40 * MINUTE)
        self.cluster.parts = self._later

    # --- what is seen -----------------------------------------------------------------------

    def measured(self, ref: ObjectRef, metric: str, factor: float, after: float = 0) -> None:
        """A shift at the place of the fault; after: seconds."""
        at = self.begins + int(after * SECOND)
        shift(self.cluster, self.rng, ref, metric, at, factor, late=self.late)

    def crash(
        self, part: Part, pods: list[ObjectRef], kind: str, *, lasts: int = 20, message: str = ""
    ) -> None:
        """Pods fail, and go on failing."""
        for number, pod in enumerate(pods):
            at = self.begins + int((number * 8 + self.rng.uniform(0, 4)) * SECOND)
            self.cluster.sees(pod, part.workload, at, kind, until=at + lasts * MINUTE, count=9,
                              source="pod status", message=message)  # fmt: skip
            if kind in ("Error", "OOMKilled"):
                self.cluster.sees(pod, part.workload, at + 12 * SECOND, "CrashLoopBackOff",
                                  until=at + lasts * MINUTE, count=6, source="pod status")  # fmt: skip

    def edit(self, ref: ObjectRef, lag: float, how: Callable[[dict[str, Any]], None]) -> Change:
        """The change that breaks it, so many seconds before; ordinary work until then."""
        return self.cluster.edit(ref, self.begins - int(lag * SECOND), self.by, how,
                                 via="kubectl apply")  # fmt: skip

    def rollout(
        self, part: Part, lag: float, how: Callable[[dict[str, Any]], None], *others: Part
    ) -> tuple[Change, list[ObjectRef]]:
        """The template is changed and the pods are replaced; the new ones."""
        self.work_until(self.begins - int(lag * SECOND), part, *others)
        root = self.edit(part.workload, lag, how)
        return root, self.cluster.rolled(part.workload, self.changed_at, 4 * SECOND)


def _set(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def how(state: dict[str, Any]) -> None:
        main_of(state)[key] = value

    return how


# --- kinds ------------------------------------------------------------------------------------


def bad_image(p: Planting) -> Fault:
    part = p.part("domain", "api", "cache")
    root, new = p.rollout(part, p.rng.uniform(15, 60), _set("image", f"{part.name}:2.0.0-rc1"))
    p.crash(part, new, "Error")
    p.measured(part.service, "error ratio", 12, 10)
    return Fault(part, root, [], "errors", Symptom.RESTARTS)


def no_such_image(p: Planting) -> Fault:
    part = p.part("domain", "api")
    root, new = p.rollout(part, p.rng.uniform(10, 30), _set("image", f"{part.name}:1.99"))
    for kind in ("ErrImagePull", "ImagePullBackOff"):
        p.crash(part, new, kind)
    return Fault(part, root, [], "", Symptom.AVAILABILITY)


def slow_release(p: Planting) -> Fault:
    part = p.part("domain", "database", "cache")
    root, _ = p.rollout(part, p.rng.uniform(20, 600), _set("image", f"{part.name}:2.1.0"))
    p.measured(part.service, "latency p99", p.rng.uniform(3, 12))
    return Fault(part, root, [], "latency")


def faulty_release(p: Planting) -> Fault:
    part = p.part("domain")
    root, _ = p.rollout(part, p.rng.uniform(20, 300), _set("image", f"{part.name}:2.2.0"))
    p.measured(part.service, "error ratio", p.rng.uniform(8, 30))
    return Fault(part, root, [], "errors")


def memory_limit(p: Planting) -> Fault:
    part = p.part("domain", "api", "cache", "database")

    def how(state: dict[str, Any]) -> None:
        main_of(state)["resources"]["limits"]["memory"] = "128Mi"

    root, new = p.rollout(part, p.rng.uniform(60, 900), how)
    p.crash(part, new, "OOMKilled")
    p.measured(part.service, "error ratio", 10, 15)
    return Fault(part, root, [], "errors", Symptom.RESTARTS)


def cpu_limit(p: Planting) -> Fault:
    part = p.part("domain", "api")

    def how(state: dict[str, Any]) -> None:
        main_of(state)["resources"]["limits"]["cpu"] = "50m"

    root, _ = p.rollout(part, p.rng.uniform(30, 300), how)
    p.measured(part.workload, "CPU throttling", 20)
    p.measured(part.service, "latency p99", p.rng.uniform(4, 10), 5)
    return Fault(part, root, [], "latency", Symptom.SATURATION)


def cache_setting(p: Planting) -> Fault:
    part = p.part("domain", "api", "cache")
    lag, start = p.lag(10 * 60, 5 * 3_600), p.rng.uniform(60, 300)
    p.work_until(p.begins - int(lag * SECOND), part)
    root = p.edit(part.other("ConfigMap"), lag,
                  lambda state: state["data"].update(CACHE_SIZE="unlimited"))  # fmt: skip
    restart(p.cluster, part, p.begins - int(start * SECOND))
    p.crash(part, [one for one, _ in p.cluster.pods[part.workload]], "OOMKilled")
    p.measured(part.workload, "memory", 3, -40)
    p.measured(part.service, "error ratio", 10, 15)
    return Fault(part, root, [part.other("ConfigMap")], "errors", Symptom.RESTARTS)


def timeout_setting(p: Planting) -> Fault:
    part = p.part("domain", "api", style="mounted")
    lag = p.rng.uniform(40, 150)
    p.work_until(p.begins - int(lag * SECOND), part)
    root = p.edit(part.other("ConfigMap"), lag, lambda state: state["data"].update(TIMEOUT_MS="5"))
    p.measured(part.service, "error ratio", p.rng.uniform(8, 25))
    return Fault(part, root, [part.other("ConfigMap")], "errors")


def too_few(p: Planting) -> Fault:
    part = p.part("domain", "api")
    lag = p.rng.uniform(20, 1_200)
    p.work_until(p.begins - int(lag * SECOND), part)
    p.by = p.rng.choice(PEOPLE)
    root = p.edit(part.workload, lag, lambda state: state["spec"].update(replicas=1))
    p.cluster.resized(part.workload, p.changed_at, 1)
    p.measured(part.service, "latency p99", p.rng.uniform(3, 8))
    p.measured(part.workload, "CPU throttling", 8, 5)
    return Fault(part, root, [], "latency", Symptom.SATURATION)


def bounds(p: Planting) -> Fault:
    part = p.part("domain", "api", scaled=True)
    lag = p.lag(120, 2 * 3_600)
    p.work_until(p.begins - int(lag * SECOND), part)
    if len(p.cluster.pods[part.workload]) < 4:
        scaled_to(p.cluster, part, p.changed_at - 20 * MINUTE, 5)
    ref = part.other("HorizontalPodAutoscaler")
    root = p.edit(ref, lag, lambda state: state["spec"].update(minReplicas=1, maxReplicas=2))
    scaled_to(p.cluster, part, p.changed_at + 15 * SECOND, 2)
    p.measured(part.service, "latency p99", p.rng.uniform(3, 8))
    p.measured(part.workload, "CPU throttling", 8, 5)
    return Fault(part, root, [ref], "latency", Symptom.SATURATION)


def policy(p: Planting) -> Fault:
    part = p.part("database", guarded=True)
    ref, lag = part.other("NetworkPolicy"), p.rng.uniform(1, 20)
    p.work_until(p.begins - int(lag * SECOND), part)

    def how(state: dict[str, Any]) -> None:
        peer = {"podSelector": {"matchLabels": {"app": "backup"}}}
        state["spec"]["ingress"] = [{"from": [peer]}]

    root = p.edit(ref, lag, how)
    return Fault(part, root, [ref], "errors")


def selector(p: Planting) -> Fault:
    part = p.part("domain", "api", "cache")
    lag = p.rng.uniform(1, 20)
    p.work_until(p.begins - int(lag * SECOND), part)
    root = p.edit(part.service, lag, lambda state: state["spec"]["selector"].update(tier="new"))
    return Fault(part, root, [], "errors", via_service=True)


def port(p: Planting) -> Fault:
    part = p.part("domain", "api", "cache", "database")
    lag = p.rng.uniform(1, 20)
    p.work_until(p.begins - int(lag * SECOND), part)

    def how(state: dict[str, Any]) -> None:
        one = state["spec"]["ports"][0]
        if p.rng.random() < 0.5:
            one["targetPort"] = 8081
        else:
            one["port"] = port_of(part.name) + 1

    root = p.edit(part.service, lag, how)
    return Fault(part, root, [], "errors", via_service=True)


def dropped_index(p: Planting) -> Fault:
    name = p.rng.choice([one.name for one in p.cluster.parts.values() if one.layer == "job"])
    job = p.cluster.parts[name]
    part = p.cluster.parts[job.calls[0]]
    lag, ran = p.lag(20 * 60, 6 * 3_600), p.rng.uniform(30, 300)
    p.work_until(p.begins - int(lag * SECOND), part, job)
    ref = job.other("ConfigMap")
    root = p.edit(ref, lag, lambda state: state["data"].update(DROP_UNUSED_INDEXES="true"))
    run(p.cluster, job, p.begins - int(ran * SECOND))
    p.measured(part.service, "latency p99", p.rng.uniform(5, 20))
    return Fault(part, root, [job.workload, ref], "latency", via_service=True)


def schedule(p: Planting) -> Fault:
    name = p.rng.choice([one.name for one in p.cluster.parts.values() if one.layer == "job"])
    job = p.cluster.parts[name]
    part = p.cluster.parts[job.calls[0]]
    lag, ran = p.lag(20 * 60, 5 * 3_600), p.rng.uniform(20, 120)
    p.work_until(p.begins - int(lag * SECOND), part, job)
    at = p.begins - int(ran * SECOND)
    minute = (9 * 60 + (at - START) // MINUTE) % (24 * 60)
    busy = f"{minute % 60} {minute // 60} * * *"
    root = p.edit(job.workload, lag, lambda state: state["spec"].update(schedule=busy))
    run(p.cluster, job, at)
    p.measured(part.service, "latency p99", p.rng.uniform(3, 8))
    return Fault(part, root, [job.workload], "latency", via_service=True)


def secret(p: Planting) -> Fault:
    part = p.part("domain", secret=True)
    lag, start = p.lag(5 * 60, 3 * 3_600), p.rng.uniform(5, 40)
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("Secret")
    root = p.edit(ref, lag, lambda state: state["data"].update(password=f"redacted:{lag}"))
    restart(p.cluster, part, p.begins - int(start * SECOND))
    p.crash(part, [one for one, _ in p.cluster.pods[part.workload]], "Error")
    p.measured(part.service, "error ratio", 15, 5)
    return Fault(part, root, [ref], "errors", Symptom.RESTARTS)


def quota(p: Planting) -> Fault:
    part = p.part("domain", "api")
    lag, start = p.lag(5 * 60, 3 * 3_600), 10
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = ObjectRef("", "ResourceQuota", part.namespace, "quota")
    root = p.edit(ref, lag, lambda state: state["spec"]["hard"].update(pods="10"))
    count = len(p.cluster.pods[part.workload]) + 2
    p.cluster.edit(part.workload, p.begins - start * SECOND, PEOPLE[1], via="kubectl scale",
                   how=lambda state: state["spec"].update(replicas=count))  # fmt: skip
    made = ObjectRef("apps", "ReplicaSet", part.namespace, f"{part.name}-6d4cf56db6")
    p.cluster.sees(
        made, part.workload, p.begins, "FailedCreate", until=p.begins + 20 * MINUTE, count=14,
        message=f'Error creating: pods "{part.name}-x" is forbidden: exceeded quota: quota, '
        "requested: pods=1, used: pods=10, limited: pods=10",
    )  # fmt: skip
    return Fault(part, root, [ref], "", Symptom.AVAILABILITY)


def _homeless(p: Planting, part: Part, pods: list[ObjectRef], message: str) -> None:
    for number, pod in enumerate(pods):
        at = p.begins + number * SECOND
        p.cluster.sees(pod, part.workload, at, "FailedScheduling", until=at + 15 * MINUTE, count=8,
                       message=message)  # fmt: skip


def requests(p: Planting) -> Fault:
    part = p.part("domain", "api")
    lag = 3

    def how(state: dict[str, Any]) -> None:
        main_of(state)["resources"]["requests"]["cpu"] = "60"

    p.work_until(p.begins - lag * SECOND, part)
    root = p.edit(part.workload, lag, how)
    pod = p.cluster.born(part.workload, p.begins - SECOND, node="")
    _homeless(p, part, [pod], "0/8 nodes are available: 8 Insufficient cpu.")
    return Fault(part, root, [], "", Symptom.UNSCHEDULABLE)


def placement(p: Planting) -> Fault:
    part = p.part("domain", "api")
    lag = 3

    def how(state: dict[str, Any]) -> None:
        state["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "nvme"}

    p.work_until(p.begins - lag * SECOND, part)
    root = p.edit(part.workload, lag, how)
    pod = p.cluster.born(part.workload, p.begins - SECOND, node="")
    message = "0/8 nodes are available: 8 node(s) didn't match Pod's node affinity/selector."
    _homeless(p, part, [pod], message)
    return Fault(part, root, [], "", Symptom.UNSCHEDULABLE)


def _on_node(p: Planting) -> tuple[str, Part]:
    """A node, and a service that had a pod there."""
    here: dict[str, list[Part]] = {}
    for part in p.cluster.parts.values():
        for _, node in p.cluster.pods.get(part.workload, ()):
            if node and node not in p.cluster.shut and part.layer in ("domain", "api"):
                here.setdefault(node, []).append(part)
    node = p.rng.choice(sorted(here))
    return node, p.rng.choice(here[node])


def drained(p: Planting) -> Fault:
    days(p.cluster, END, p.begins - 4 * SECOND)
    name, part = _on_node(p)
    p.by = p.rng.choice(PEOPLE)
    p.changed_at = p.begins - 4 * SECOND
    p._later = dict(p.cluster.parts)
    made = drain(p.cluster, name, p.changed_at, p.by, homeless=True)
    root = next(
        one for one in reversed(p.cluster.records)
        if isinstance(one, Change) and one.object.kind == "Node"
    )  # fmt: skip
    owners = {one: ref for ref, several in p.cluster.pods.items() for one, _ in several}
    for pod in made:
        p.cluster.sees(pod, owners[pod], p.begins + 2 * SECOND, "FailedScheduling", count=9,
                       until=p.begins + 15 * MINUTE,
                       message="0/8 nodes are available: 1 node(s) were unschedulable, "
                       "7 Insufficient memory.")  # fmt: skip
    return Fault(part, root, [ObjectRef("", "Node", CLUSTER, name)], "", Symptom.UNSCHEDULABLE)


def tainted(p: Planting) -> Fault:
    days(p.cluster, END, p.begins - 2 * SECOND)
    name, part = _on_node(p)
    p.by = p.rng.choice(PEOPLE)
    p.changed_at = p.begins - 2 * SECOND
    p._later = dict(p.cluster.parts)
    node = ObjectRef("", "Node", CLUSTER, name)
    taint = {"key": "dedicated", "value": "gpu", "effect": "NoExecute"}
    root = p.cluster.edit(node, p.changed_at, p.by, via=f"kubectl taint nodes {name}",
                          how=lambda state: state["spec"].update(taints=[taint]))  # fmt: skip
    p.cluster.shut.add(name)
    for ref, several in list(p.cluster.pods.items()):
        for pod, place in list(several):
            if place == name:
                p.cluster.sees(pod, ref, p.begins + SECOND, "TaintManagerEviction",
                               message=f"Marking for deletion Pod {pod.namespace}/{pod.name}")  # fmt: skip
                p.cluster.gone(ref, pod, p.begins + 2 * SECOND)
                p.cluster.born(ref, p.begins + 3 * SECOND)
    return Fault(part, root, [node], "", Symptom.AVAILABILITY)


def node_deleted(p: Planting) -> Fault:
    days(p.cluster, END, p.begins - 30 * SECOND)
    name, part = _on_node(p)
    p.by = p.rng.choice(PEOPLE)
    p.changed_at = p.begins - 30 * SECOND
    p._later = dict(p.cluster.parts)
    node = ObjectRef("", "Node", CLUSTER, name)
    root = p.cluster.delete(node, p.changed_at, by=p.by)
    p.cluster.shut.add(name)
    for ref, several in list(p.cluster.pods.items()):
        for pod, place in list(several):
            if place == name:
                p.cluster.sees(pod, ref, p.begins + SECOND, "PodFailed", source="pod status")
                p.cluster.gone(ref, pod, p.begins + 5 * SECOND)
                p.cluster.born(ref, p.begins + 8 * SECOND)
    return Fault(part, root, [node], "", Symptom.AVAILABILITY)


def claim(p: Planting) -> Fault:
    part = p.part("database")
    lag, start = p.lag(5 * 60, 3 * 3_600), 8
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("PersistentVolumeClaim")
    root = p.cluster.delete(ref, p.changed_at, by=p.by)
    restart(p.cluster, part, p.begins - start * SECOND)
    pod, _ = p.cluster.pods[part.workload][0]
    p.cluster.sees(pod, part.workload, p.begins, "FailedScheduling", until=p.begins + 15 * MINUTE,
                   count=9, message=f'persistentvolumeclaim "{part.name}" not found')  # fmt: skip
    return Fault(part, root, [ref], "errors", Symptom.UNSCHEDULABLE)


def address(p: Planting) -> Fault:
    part = p.part("domain", "api", style="env")

    def how(state: dict[str, Any]) -> None:
        one = p.rng.choice([env for env in main_of(state)["env"] if env["name"].endswith("_URL")])
        one["value"] = one["value"].replace(".svc", "x.svc")

    root, _ = p.rollout(part, p.rng.uniform(15, 120), how)
    p.measured(part.service, "error ratio", p.rng.uniform(8, 30))
    return Fault(part, root, [], "errors")


def address_in_config(p: Planting) -> Fault:
    part = p.part("domain", "api", style="envFrom")
    lag, start = p.lag(5 * 60, 2 * 3_600), p.rng.uniform(15, 60)
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("ConfigMap")

    def how(state: dict[str, Any]) -> None:
        key = p.rng.choice([one for one in state["data"] if one.endswith("_URL")])
        state["data"][key] = state["data"][key].replace(":", "s:", 1).replace(".svc", "x.svc")

    root = p.edit(ref, lag, how)
    restart(p.cluster, part, p.begins - int(start * SECOND))
    p.measured(part.service, "error ratio", p.rng.uniform(8, 30))
    return Fault(part, root, [ref], "errors")


def probe(p: Planting) -> Fault:
    part = p.part("domain", "api")

    def how(state: dict[str, Any]) -> None:
        probes = main_of(state)
        if p.rng.random() < 0.5:
            probes["readinessProbe"]["httpGet"]["path"] = "/healthz"
        else:
            probes["livenessProbe"].update(timeoutSeconds=1, initialDelaySeconds=0)

    root, new = p.rollout(part, p.rng.uniform(20, 90), how)
    p.crash(part, new, "Unhealthy")
    p.measured(part.service, "error ratio", 6, 10)
    return Fault(part, root, [], "errors", Symptom.AVAILABILITY)


def command(p: Planting) -> Fault:
    part = p.part("domain", "api")
    root, new = p.rollout(part, p.rng.uniform(10, 40), _set("args", ["--serv"]))
    p.crash(part, new, "Error")
    return Fault(part, root, [], "errors", Symptom.RESTARTS)


def front(p: Planting) -> Fault:
    part = p.part("edge")
    lag = p.rng.uniform(2, 20)
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = ObjectRef("networking.k8s.io", "Ingress", "edge", "front")

    def how(state: dict[str, Any]) -> None:
        for one in state["spec"]["rules"][0]["http"]["paths"]:
            if one["backend"]["service"]["name"] == part.name:
                one["backend"]["service"]["port"]["number"] = 9090

    root = p.edit(ref, lag, how)
    p.measured(part.service, "error ratio", 40)
    return Fault(part, root, [ref], "errors", via_service=True, asked=part)


def rights(p: Planting) -> Fault:
    part = p.part("domain")
    lag = p.rng.uniform(5, 60)
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("RoleBinding")
    root = p.cluster.delete(ref, p.changed_at, by=p.by)
    p.measured(part.service, "error ratio", p.rng.uniform(8, 20))
    return Fault(part, root, [part.other("ServiceAccount"), ref], "errors")


def config_gone(p: Planting) -> Fault:
    part = p.part("domain", "api", style="envFrom")
    lag, start = p.lag(5 * 60, 3 * 3_600), 8
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("ConfigMap")
    root = p.cluster.delete(ref, p.changed_at, by=p.by)
    restart(p.cluster, part, p.begins - start * SECOND)
    p.crash(part, [one for one, _ in p.cluster.pods[part.workload]], "CreateContainerConfigError",
            message=f'Error: configmap "{part.name}" not found')  # fmt: skip
    return Fault(part, root, [ref], "", Symptom.RESTARTS)


# --- trouble without a change ---------------------------------------------------------------------


def surge(p: Planting) -> Fault:
    part = p.part("edge")
    p.work_until(p.begins - 30 * SECOND)
    p.measured(part.service, "request rate", p.rng.uniform(2, 4), -40)
    p.measured(part.service, "latency p99", p.rng.uniform(2, 5))
    for name in p.rng.sample(part.calls, 2):
        other = p.cluster.parts[name]
        p.measured(other.service, "request rate", p.rng.uniform(2, 4), -30)
        p.measured(other.service, "latency p99", p.rng.uniform(2, 4), p.rng.uniform(-20, 40))
    return Fault(part, None, [], "latency", asked=part)


def outside(p: Planting) -> Fault:
    part = p.part("domain", "api")
    p.work_until(p.begins - 30 * SECOND)
    spreads = p.rng.choice(("errors", "latency"))
    p.measured(part.service, "error ratio" if spreads == "errors" else "latency p99", 8)
    return Fault(part, None, [], spreads)


def hardware(p: Planting) -> Fault:
    days(p.cluster, END, p.begins - SECOND)
    p.changed_at = p.begins - SECOND
    p._later = dict(p.cluster.parts)
    name, part = _on_node(p)
    node = ObjectRef("", "Node", CLUSTER, name)
    p.cluster.sees(node, node, p.begins, "NodeNotReady", until=p.begins + 20 * MINUTE)
    for ref, several in list(p.cluster.pods.items()):
        for pod, place in several:
            if place == name:
                p.cluster.sees(pod, ref, p.begins + SECOND, "NodeNotReady")
    return Fault(part, None, [], "", Symptom.AVAILABILITY)


def leak(p: Planting) -> Fault:
    part = p.part("domain", "api")
    p.work_until(p.begins - 30 * SECOND)
    several = [one for one, _ in p.cluster.pods[part.workload]]
    p.crash(part, several[:1], "OOMKilled")
    return Fault(part, None, [], "", Symptom.RESTARTS)


def slow_disk(p: Planting) -> Fault:
    part = p.part("database")
    p.work_until(p.begins - 30 * SECOND)
    p.measured(part.service, "latency p99", p.rng.uniform(3, 10))
    return Fault(part, None, [], "latency")


CAUSED: dict[str, Callable[[Planting], Fault]] = {
    one.__name__.replace("_", " "): one
    for one in (
        bad_image, no_such_image, slow_release, faulty_release, memory_limit, cpu_limit,
        cache_setting, timeout_setting, too_few, bounds, policy, selector, port, dropped_index,
        schedule, secret, quota, requests, placement, drained, tainted, node_deleted, claim,
        address, address_in_config, probe, command, front, rights, config_gone,
    )
}  # fmt: skip
UNCAUSED: dict[str, Callable[[Planting], Fault]] = {
    one.__name__.replace("_", " "): one for one in (surge, outside, hardware, leak, slow_disk)
}


# --- how it spreads, and who else is at work ----------------------------------------------------------


def plant(base: Cluster, kind: str, seed: int, *, late: int = 0) -> Case:
    """One case; late: how much later than true metrics are stamped, microseconds."""
    cluster = base.fork(seed)
    p = Planting(cluster, seed, late)
    fault = {**CAUSED, **UNCAUSED}[kind](p)
    p.go_on()
    began = {fault.part.name: p.begins}
    paths = _spread(p, fault, began)
    _decoys(p, fault, began)
    own = fault.pods is not None and (not fault.spreads or p.rng.random() < 0.4)
    if own:
        assert fault.pods is not None  # noqa: S101
        asked, symptom, at = fault.part.workload, fault.pods, p.begins
        true = [[fault.part.workload, *fault.tail]]
    else:
        fronts = [cluster.parts[name] for name in began if cluster.parts[name].layer == "edge"]
        apis = [cluster.parts[name] for name in began if cluster.parts[name].layer == "api"]
        several = fronts if fronts and (not apis or p.rng.random() < 0.65) else apis
        part = fault.asked or p.rng.choice(several or [cluster.parts[one] for one in began])
        asked, at = part.service, began[part.name]
        symptom = Symptom.ERRORS if fault.spreads == "errors" else Symptom.LATENCY
        true = [_objects(cluster, names, fault) for names in paths(part.name)]
    fresh = cluster.records[cluster.recorded :]
    cluster.heard(END, p.begins + 2 * HOUR)
    cluster.heard(END, p.begins + 2 * HOUR, "prometheus")
    fresh.sort(key=_when)
    cluster.records[cluster.recorded :] = [*fresh, *cluster.records[-2:]]
    noticed = at + int(p.rng.uniform(2, 15) * MINUTE)
    return Case(kind, cluster, asked, symptom, noticed, p.begins, fault.root, true)


def _when(record: Any) -> int:
    if isinstance(record, Change):
        return record.happened_at
    return record.first_at if isinstance(record, Observation) else 0


def _objects(cluster: Cluster, names: list[str], fault: Fault) -> list[ObjectRef]:
    found: list[ObjectRef] = []
    for name in names:
        part = cluster.parts[name]
        found += [part.service, part.workload]
    if fault.via_service:
        found.pop()
    return [*found, *fault.tail]


def _spread(p: Planting, fault: Fault, began: dict[str, int]) -> Callable[[str], list[list[str]]]:
    """Callers suffer, and their callers; (name) -> the ways trouble came there."""
    cluster, edges = p.cluster, {}
    wave = [(fault.part, p.rng.uniform(4, 14))] if fault.spreads else []
    while wave:
        part, factor = wave.pop(0)
        callers = sorted(cluster.callers(part.name), key=lambda one: one.name)
        sure = p.rng.choice(callers).name if callers else ""
        for caller in callers:
            if caller.name != sure and p.rng.random() > 0.75:
                continue
            edges.setdefault(caller.name, []).append(part.name)
            if caller.name in began:
                continue
            at = began[part.name] + int(p.rng.uniform(2, 60) * SECOND)
            began[caller.name] = at
            metric = "error ratio" if fault.spreads == "errors" else "latency p99"
            shift(cluster, p.rng, caller.service, metric, at, factor, late=p.late)
            if p.rng.random() < 0.3:
                other = "latency p99" if metric == "error ratio" else "error ratio"
                shift(cluster, p.rng, caller.service, other, at + 10 * SECOND, 3, late=p.late)
            wave.append((caller, max(2.0, 1 + (factor - 1) * 0.75)))

    def ways(name: str) -> list[list[str]]:
        if name == fault.part.name:
            return [[name]]
        return [[name, *rest] for one in edges.get(name, ()) for rest in ways(one)]

    return ways


def _decoys(p: Planting, fault: Fault, began: dict[str, int]) -> None:
    """Others at work: shortly before on the way and off it, and after the beginning."""
    cluster, rng = p.cluster, p.rng
    works = [release, configure, scale, variable]
    names = [name for name in cluster.parts if name != fault.part.name]
    names = [one for one in names if cluster.parts[one].layer != "job"]
    on = [name for name in began if name != fault.part.name]
    for _ in range(rng.choice((1, 2, 3))):
        part = cluster.parts[rng.choice(names)]
        rng.choice(works)(cluster, part, p.begins - int(rng.uniform(1, 45) * MINUTE))
    if on and rng.random() < 0.5:
        part = cluster.parts[rng.choice(on)]
        rng.choice(works)(cluster, part, p.begins - int(rng.uniform(2, 60) * MINUTE))
    if rng.random() < 0.6:
        part = cluster.parts[rng.choice(on or names)]
        later = p.begins + int(rng.uniform(2, 20) * MINUTE)
        rng.choice([restart, release, scale])(cluster, part, later)


def base_of(seed: int) -> Cluster:
    """A fortnight of ordinary work."""
    cluster = raised(seed)
    days(cluster, START + MINUTE, END)
    cluster.records.sort(key=_when)
    cluster.heard(START, END)
    cluster.heard(START, END, "prometheus")
    return cluster


__all__ = ["CAUSED", "END", "UNCAUSED", "Case", "Facet", "NODES", "OFTEN", "base_of", "plant"]
