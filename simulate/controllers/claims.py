"""Claims that are deleted, and those of StatefulSets that go with their pods or their set.

Rule: the finalizer of storage protection, and controller/statefulset with
`persistentVolumeClaimRetentionPolicy`: with whenDeleted the set owns the claims of its pods, with
whenScaled a pod beyond the replicas owns its own. Of a claim whose pod is not there any more its
owner references say whether the set owns it.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_smart.simulate.cluster.reading import (
    Raw,
    at,
    controller_of,
    items,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.controllers.world import World

_CLAIM = "PersistentVolumeClaim"


def let_go(world: World, claim: Raw) -> None:
    """Delete a claim; one that a pod uses goes with the last of them."""
    if world.board.claims.get((namespace_of(claim), name_of(claim)), 0) > 0:
        metadata = {**mapping(claim, "metadata"), "deletionTimestamp": "now"}
        world.put({**claim, "metadata": metadata})
    else:
        world.remove(_CLAIM, namespace_of(claim), name_of(claim))


def with_pod(cluster: Cluster, raw: Raw, ordinal: int) -> list[Raw]:
    """The claims that go with a pod beyond the replicas of a StatefulSet, once it is gone."""
    if _policy(raw, "whenScaled") != "Delete":
        return []
    return [claim for _, claim in _claims(cluster, raw, {ordinal})]


def with_set(cluster: Cluster, raw: Raw) -> list[Raw]:
    """The claims that go with a StatefulSet when it is deleted."""
    there = {pod.name for pod in cluster.owned(uid_of(raw))}
    goes = _policy(raw, "whenDeleted") == "Delete"
    found = []
    for pod, claim in _claims(cluster, raw, None):
        owners = {one.get("uid") for one in items(claim, "metadata", "ownerReferences")}
        if goes if pod in there else uid_of(raw) in owners:
            found.append(claim)
    return found


def _claims(cluster: Cluster, raw: Raw, ordinals: set[int] | None) -> Iterator[tuple[str, Raw]]:
    """(pod, claim) of the claims that its templates name; those of another controller are left."""
    for template in items(raw, "spec", "volumeClaimTemplates"):
        start = f"{name_of(template)}-{name_of(raw)}-"
        for claim in cluster.list(_CLAIM, namespace_of(raw)):
            name = name_of(claim)
            rest = name.removeprefix(start)
            if rest == name or not rest.isdigit() or (ordinals and int(rest) not in ordinals):
                continue
            above = controller_of(claim)
            if above is None or above[2] == uid_of(raw) or above[0] == "Pod":
                yield f"{name_of(raw)}-{rest}", claim


def _policy(raw: Raw, when: str) -> str:
    return str(at(raw, "spec", "persistentVolumeClaimRetentionPolicy", when) or "Retain")
