"""NodeVolumeLimits: how many volumes of a driver a node can hold.

Rule: plugins/nodevolumelimits. CSINode says how many; volumes already on the node are not counted
again. Preemption may help. Only nodes with a CSINode object in the snapshot have limits.
"""

from __future__ import annotations

import numpy as np

from kubectl_smart.simulate.cluster.reading import at, items, mapping, name_of
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.board import Board, Mask
from kubectl_smart.simulate.scheduling.plugins.volume_binding import class_of
from kubectl_smart.simulate.scheduling.profile import Profile

NAME = "NodeVolumeLimits"
REASON = "node(s) exceed max volume count"


def fails(board: Board, cluster: Cluster, namespace: str, profile: Profile) -> Mask | None:
    """The nodes it turns down; None if there are none."""
    wanted = _volumes(cluster, namespace, profile.claims)
    if not wanted:
        return None
    bad = np.zeros(board.size, np.bool_)
    for node in cluster.list("CSINode"):
        slot = board.slots.get(name_of(node))
        if slot is None:
            continue
        for driver in items(node, "spec", "drivers"):
            limit = at(driver, "allocatable", "count")
            if limit is None:
                continue
            name = str(driver.get("name"))
            mine = {volume for volume, by in wanted.items() if by == name}
            there = {
                volume
                for pod, other in board.pods[slot].items()
                for volume, by in _volumes(cluster, pod.namespace, other.claims).items()
                if by == name
            }
            if mine - there and len(mine | there) > int(limit):
                bad[slot] = True
    return bad


def _volumes(cluster: Cluster, namespace: str, claims: tuple[str, ...]) -> dict[str, str]:
    """Volume, or claim that has none yet, to the CSI driver that serves it."""
    found: dict[str, str] = {}
    for name in claims:
        claim = cluster.get("PersistentVolumeClaim", namespace, name)
        if claim is None:
            continue
        volume = at(claim, "spec", "volumeName")
        raw = cluster.get("PersistentVolume", "", str(volume)) if volume else None
        driver = at(raw, "spec", "csi", "driver")
        if raw is None:
            driver = mapping(class_of(cluster, claim) or {}).get("provisioner")
        if driver:
            found[str(volume or f"{namespace}/{name}")] = str(driver)
    return found
