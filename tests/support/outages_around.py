"""Outages made around a workload: policies, Services, jobs, bounds, quotas, nodes, storage."""

from __future__ import annotations

from typing import Any

from built_memory import MINUTE, START
from made_cluster import PEOPLE, SECOND, port_of
from ordinary_work import (
    days,
    drain,
    restart,
    run,
    scaled_to,
)
from planting import END, Fault, Planting, on_node

from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef


def bounds(p: Planting) -> Fault:
    """An autoscaler may make fewer pods from now on; hours later there are too few."""
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
    """A NetworkPolicy lets only the backup at a database."""
    part = p.part("database", guarded=True)
    ref, lag = part.other("NetworkPolicy"), p.rng.uniform(1, 20)
    p.work_until(p.begins - int(lag * SECOND), part)

    def how(state: dict[str, Any]) -> None:
        peer = {"podSelector": {"matchLabels": {"app": "backup"}}}
        state["spec"]["ingress"] = [{"from": [peer]}]

    root = p.edit(ref, lag, how)
    return Fault(part, root, [ref], "errors")


def selector(p: Planting) -> Fault:
    """A Service asks for a label that no pod has."""
    part = p.part("domain", "api", "cache")
    lag = p.rng.uniform(1, 20)
    p.work_until(p.begins - int(lag * SECOND), part)
    root = p.edit(part.service, lag, lambda state: state["spec"]["selector"].update(tier="new"))
    return Fault(part, root, [], "errors", via_service=True)


def port(p: Planting) -> Fault:
    """A Service leads to a port where nobody listens, or has another one itself."""
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
    """A job is told to drop indexes, and does so at its next run."""
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
    """A heavy job is moved into the day."""
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


def quota(p: Planting) -> Fault:
    """A quota is lowered; the next scaling is refused."""
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


def drained(p: Planting) -> Fault:
    """A node is drained, and its pods fit nowhere else."""
    days(p.cluster, END, p.begins - 4 * SECOND)
    name, part = on_node(p)
    p.by = p.rng.choice(PEOPLE)
    p.changed_at = p.begins - 4 * SECOND
    p.later = dict(p.cluster.parts)
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
    """A taint sends the pods of a node away."""
    days(p.cluster, END, p.begins - 2 * SECOND)
    name, part = on_node(p)
    p.by = p.rng.choice(PEOPLE)
    p.changed_at = p.begins - 2 * SECOND
    p.later = dict(p.cluster.parts)
    node = ObjectRef("", "Node", CLUSTER, name)
    taint = {"key": "dedicated", "value": "gpu", "effect": "NoExecute"}
    root = p.cluster.edit(node, p.changed_at, p.by, via=f"kubectl taint nodes {name}",
                          how=lambda state: state["spec"].update(taints=[taint]))  # fmt: skip
    p.cluster.shut.add(name)
    for ref, several in list(p.cluster.pods.items()):
        for pod, place in list(several):
            if place == name:
                words = f"Marking for deletion Pod {pod.namespace}/{pod.name}"
                p.cluster.sees(pod, ref, p.begins + SECOND, "TaintManagerEviction", message=words)
                p.cluster.gone(ref, pod, p.begins + 2 * SECOND)
                p.cluster.born(ref, p.begins + 3 * SECOND)
    return Fault(part, root, [node], "", Symptom.AVAILABILITY)


def node_deleted(p: Planting) -> Fault:
    """A node is deleted, and the pods that were on it are gone."""
    days(p.cluster, END, p.begins - 30 * SECOND)
    name, part = on_node(p)
    p.by = p.rng.choice(PEOPLE)
    p.changed_at = p.begins - 30 * SECOND
    p.later = dict(p.cluster.parts)
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
    """The claim of a database is deleted; its next pod waits for it."""
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


def front(p: Planting) -> Fault:
    """The Ingress leads to a port that the Service does not have."""
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
    """The RoleBinding of a service is deleted."""
    part = p.part("domain")
    lag = p.rng.uniform(5, 60)
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("RoleBinding")
    root = p.cluster.delete(ref, p.changed_at, by=p.by)
    p.measured(part.service, "error ratio", p.rng.uniform(8, 20))
    return Fault(part, root, [part.other("ServiceAccount"), ref], "errors")
