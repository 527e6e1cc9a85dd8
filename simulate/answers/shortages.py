"""Pods that a quota or a limit keeps from being made, by the workload that is short of them."""

from __future__ import annotations

from kubectl_smart.simulate.answers.model import Shortage
from kubectl_smart.simulate.cluster.reading import controller_of, uid_of
from kubectl_smart.simulate.controllers.replicasets import KINDS, replicas_of
from kubectl_smart.simulate.controllers.world import World


def shortages(world: World) -> tuple[Shortage, ...]:
    """Those that hold at the end, in the order of namespaces and names."""
    found: dict[tuple[str, str, str, str], int] = {}
    for one in world.refusals.left():
        kind, name, uid = one.owner
        raw = world.cluster.by_uid(uid)
        if raw is None:
            continue
        above = controller_of(raw)
        key = (one.namespace, *((kind, name) if above is None else above[:2]), one.words)
        if kind not in (*KINDS, "StatefulSet"):
            found[key] = found.get(key, 0) + 1
            continue
        missing = replicas_of(raw) - sum(pod.active for pod in world.cluster.owned(uid_of(raw)))
        if missing > 0:
            found[key] = missing
    return tuple(
        Shortage(namespace, kind, name, missing, words)
        for (namespace, kind, name, words), missing in sorted(found.items())
    )
