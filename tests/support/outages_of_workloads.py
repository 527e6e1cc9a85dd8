"""Outages made in a workload or in what it reads: releases, limits, settings, addresses, probes."""

from __future__ import annotations

from typing import Any

from made_cluster import PEOPLE, SECOND
from ordinary_work import (
    main_of,
    restart,
)
from planting import Fault, Planting, homeless, set_to

from kubectl_smart.memory.graph.symptoms import Symptom


def bad_image(p: Planting) -> Fault:
    """A version that crashes at once."""
    part = p.part("domain", "api", "cache")
    root, new = p.rollout(part, p.rng.uniform(15, 60), set_to("image", f"{part.name}:2.0.0-rc1"))
    p.crash(part, new, "Error")
    p.measured(part.service, "error ratio", 12, 10)
    return Fault(part, root, [], "errors", Symptom.RESTARTS)


def no_such_image(p: Planting) -> Fault:
    """A version that was never pushed."""
    part = p.part("domain", "api")
    root, new = p.rollout(part, p.rng.uniform(10, 30), set_to("image", f"{part.name}:1.99"))
    for kind in ("ErrImagePull", "ImagePullBackOff"):
        p.crash(part, new, kind)
    return Fault(part, root, [], "", Symptom.AVAILABILITY)


def slow_release(p: Planting) -> Fault:
    """A version that answers slowly; nothing crashes."""
    part = p.part("domain", "database", "cache")
    root, _ = p.rollout(part, p.rng.uniform(20, 600), set_to("image", f"{part.name}:2.1.0"))
    p.measured(part.service, "latency p99", p.rng.uniform(3, 12))
    return Fault(part, root, [], "latency")


def faulty_release(p: Planting) -> Fault:
    """A version that answers with errors; nothing crashes."""
    part = p.part("domain")
    root, _ = p.rollout(part, p.rng.uniform(20, 300), set_to("image", f"{part.name}:2.2.0"))
    p.measured(part.service, "error ratio", p.rng.uniform(8, 30))
    return Fault(part, root, [], "errors")


def memory_limit(p: Planting) -> Fault:
    """Less memory than it needs."""
    part = p.part("domain", "api", "cache", "database")

    def how(state: dict[str, Any]) -> None:
        main_of(state)["resources"]["limits"]["memory"] = "128Mi"

    root, new = p.rollout(part, p.rng.uniform(60, 900), how)
    p.crash(part, new, "OOMKilled")
    p.measured(part.service, "error ratio", 10, 15)
    return Fault(part, root, [], "errors", Symptom.RESTARTS)


def cpu_limit(p: Planting) -> Fault:
    """Less CPU than it needs."""
    part = p.part("domain", "api")

    def how(state: dict[str, Any]) -> None:
        main_of(state)["resources"]["limits"]["cpu"] = "50m"

    root, _ = p.rollout(part, p.rng.uniform(30, 300), how)
    p.measured(part.workload, "CPU throttling", 20)
    p.measured(part.service, "latency p99", p.rng.uniform(4, 10), 5)
    return Fault(part, root, [], "latency", Symptom.SATURATION)


def cache_setting(p: Planting) -> Fault:
    """A cache without bounds, read at a restart minutes or hours later."""
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
    """A timeout far too short, in a mounted configuration."""
    part = p.part("domain", "api", style="mounted")
    lag = p.rng.uniform(40, 150)
    p.work_until(p.begins - int(lag * SECOND), part)
    root = p.edit(part.other("ConfigMap"), lag, lambda state: state["data"].update(TIMEOUT_MS="5"))
    p.measured(part.service, "error ratio", p.rng.uniform(8, 25))
    return Fault(part, root, [part.other("ConfigMap")], "errors")


def too_few(p: Planting) -> Fault:
    """One replica for the work of several."""
    part = p.part("domain", "api")
    lag = p.rng.uniform(20, 1_200)
    p.work_until(p.begins - int(lag * SECOND), part)
    p.by = p.rng.choice(PEOPLE)
    root = p.edit(part.workload, lag, lambda state: state["spec"].update(replicas=1))
    p.cluster.resized(part.workload, p.changed_at, 1)
    p.measured(part.service, "latency p99", p.rng.uniform(3, 8))
    p.measured(part.workload, "CPU throttling", 8, 5)
    return Fault(part, root, [], "latency", Symptom.SATURATION)


def secret(p: Planting) -> Fault:
    """A password that the other side does not know, read at a restart later on."""
    part = p.part("domain", secret=True)
    lag, start = p.lag(5 * 60, 3 * 3_600), p.rng.uniform(5, 40)
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("Secret")
    root = p.edit(ref, lag, lambda state: state["data"].update(password=f"redacted:{lag}"))
    restart(p.cluster, part, p.begins - int(start * SECOND))
    p.crash(part, [one for one, _ in p.cluster.pods[part.workload]], "Error")
    p.measured(part.service, "error ratio", 15, 5)
    return Fault(part, root, [ref], "errors", Symptom.RESTARTS)


def requests(p: Planting) -> Fault:
    """More CPU asked for than any node has."""
    part = p.part("domain", "api")
    lag = 3

    def how(state: dict[str, Any]) -> None:
        main_of(state)["resources"]["requests"]["cpu"] = "60"

    p.work_until(p.begins - lag * SECOND, part)
    root = p.edit(part.workload, lag, how)
    pod = p.cluster.born(part.workload, p.begins - SECOND, node="")
    homeless(p, part, [pod], "0/8 nodes are available: 8 Insufficient cpu.")
    return Fault(part, root, [], "", Symptom.UNSCHEDULABLE)


def placement(p: Planting) -> Fault:
    """A node selector that no node has."""
    part = p.part("domain", "api")
    lag = 3

    def how(state: dict[str, Any]) -> None:
        state["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "nvme"}

    p.work_until(p.begins - lag * SECOND, part)
    root = p.edit(part.workload, lag, how)
    pod = p.cluster.born(part.workload, p.begins - SECOND, node="")
    message = "0/8 nodes are available: 8 node(s) didn't match Pod's node affinity/selector."
    homeless(p, part, [pod], message)
    return Fault(part, root, [], "", Symptom.UNSCHEDULABLE)


def address(p: Planting) -> Fault:
    """A mistyped address in a variable."""
    part = p.part("domain", "api", style="env")

    def how(state: dict[str, Any]) -> None:
        one = p.rng.choice([env for env in main_of(state)["env"] if env["name"].endswith("_URL")])
        one["value"] = one["value"].replace(".svc", "x.svc")

    root, _ = p.rollout(part, p.rng.uniform(15, 120), how)
    p.measured(part.service, "error ratio", p.rng.uniform(8, 30))
    return Fault(part, root, [], "errors")


def address_in_config(p: Planting) -> Fault:
    """The same in a ConfigMap, read at a restart later on."""
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
    """A probe that asks for another path, or gives less time."""
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
    """An argument that the program does not know."""
    part = p.part("domain", "api")
    root, new = p.rollout(part, p.rng.uniform(10, 40), set_to("args", ["--serv"]))
    p.crash(part, new, "Error")
    return Fault(part, root, [], "errors", Symptom.RESTARTS)


def config_gone(p: Planting) -> Fault:
    """A ConfigMap is deleted; the next pods cannot start."""
    part = p.part("domain", "api", style="envFrom")
    lag, start = p.lag(5 * 60, 3 * 3_600), 8
    p.work_until(p.begins - int(lag * SECOND), part)
    ref = part.other("ConfigMap")
    root = p.cluster.delete(ref, p.changed_at, by=p.by)
    restart(p.cluster, part, p.begins - start * SECOND)
    p.crash(part, [one for one, _ in p.cluster.pods[part.workload]], "CreateContainerConfigError",
            message=f'Error: configmap "{part.name}" not found')  # fmt: skip
    return Fault(part, root, [ref], "", Symptom.RESTARTS)
