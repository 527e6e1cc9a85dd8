"""VolumeBinding: volumes that a pod's claims are, or can be, bound to on a node.

Rule: plugins/volumebinding. A bound volume must be reachable from the node (its node affinity). A
claim that waits for its first consumer needs a free volume of its class, big enough and reachable,
the smallest first, or a class that provisions one there. No preemption helps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kubectl_smart.memory.formats.wiring.selecting import full, matches
from kubectl_smart.simulate.cluster.node_terms import Requirement, terms_of
from kubectl_smart.simulate.cluster.quantities import whole
from kubectl_smart.simulate.cluster.reading import (
    Raw,
    annotations_of,
    at,
    items,
    labels_of,
    mapping,
    name_of,
    namespace_of,
    uid_of,
)
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.board import Board, Mask, Numbers
from kubectl_smart.simulate.scheduling.profile import Profile

NAME = "VolumeBinding"
UNREACHABLE = "node(s) didn't match PersistentVolume's node affinity"
NONE_FREE = "node(s) didn't find available persistent volumes to bind"
NO_SPACE = "node(s) did not have enough free storage"
NO_VOLUME = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
UNBOUND = "pod has unbound immediate PersistentVolumeClaims"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_DEFAULT = "storageclass.kubernetes.io/is-default-class"


class Claims(NamedTuple):
    """bound: volume names; waiting: claims that are bound when the pod is placed."""

    bound: tuple[str, ...]
    waiting: tuple[Raw, ...]


class Volumes(NamedTuple):
    """reasons: (text, nodes); choice: for each waiting claim, the place in `free` by node or -1."""

    reasons: list[tuple[str, Mask]]
    waiting: tuple[Raw, ...]
    choice: list[Numbers]
    free: list[Raw]


def claims_of(cluster: Cluster, namespace: str, profile: Profile) -> Claims | str:
    """The claims of a pod, or the reason why it cannot be placed on any node."""
    bound: list[str] = []
    waiting: list[Raw] = []
    immediate = False
    for name in profile.claims:
        claim = cluster.get("PersistentVolumeClaim", namespace, name)
        if claim is None:
            return f'persistentvolumeclaim "{name}" not found'
        volume = at(claim, "spec", "volumeName")
        if at(claim, "status", "phase") == "Lost":
            return (
                f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{volume}"'
            )
        if at(claim, "metadata", "deletionTimestamp"):
            return f'persistentvolumeclaim "{name}" is being deleted'
        if volume:
            bound.append(str(volume))
        elif waits(cluster, claim):
            waiting.append(claim)
        else:
            immediate = True
    if immediate:
        return UNBOUND
    waiting.sort(key=_asked)
    return Claims(tuple(bound), tuple(waiting))


def class_of(cluster: Cluster, claim: Raw) -> Raw | None:
    """The StorageClass of a claim: the one it names, or the default one."""
    name = at(claim, "spec", "storageClassName")
    if name is not None:
        return cluster.get("StorageClass", "", str(name))
    return next(
        (
            one
            for one in cluster.list("StorageClass")
            if annotations_of(one).get(_DEFAULT) == "true"
        ),
        None,
    )


def waits(cluster: Cluster, claim: Raw) -> bool:
    """Whether a claim is only bound when a pod that uses it is placed."""
    found = class_of(cluster, claim)
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def reachable(board: Board, volume: Raw) -> Mask:
    """The nodes that a volume can be used on."""
    key = (NAME, name_of(volume))
    found: Mask | None = board.memo.get(key)
    if found is None:
        required = at(volume, "spec", "nodeAffinity", "required")
        found = board.alive
        if required is not None:
            found = np.zeros(board.size, np.bool_)
            for term in terms_of(required):
                found |= board.fits_term(term)
        board.memo[key] = found
    return found


def look(board: Board, cluster: Cluster, claims: Claims) -> Volumes:
    """Which nodes are out, and which free volume each claim gets on each of the others."""
    unreachable = np.zeros(board.size, np.bool_)
    missing = np.zeros(board.size, np.bool_)
    for name in claims.bound:
        volume = cluster.get("PersistentVolume", "", name)
        if volume is None:
            missing |= board.alive
        else:
            unreachable |= board.alive & ~reachable(board, volume)
    none_free = np.zeros(board.size, np.bool_)
    no_space = np.zeros(board.size, np.bool_)
    free: list[Raw] = []
    choice: list[Numbers] = []
    for claim in claims.waiting:
        chosen = _choose(board, cluster, claim, free, choice)
        choice.append(chosen)
        lacking = board.alive & (chosen < 0)
        if lacking.any():
            possible, space = _provisioned(board, cluster, claim)
            none_free |= lacking & ~possible
            no_space |= lacking & possible & ~space
    reasons = [
        (UNREACHABLE, unreachable),
        (NONE_FREE, none_free),
        (NO_SPACE, no_space),
        (NO_VOLUME, missing),
    ]
    return Volumes(
        [(text, mask) for text, mask in reasons if mask.any()], claims.waiting, choice, free
    )


def _choose(
    board: Board, cluster: Cluster, claim: Raw, free: list[Raw], taken: list[Numbers]
) -> Numbers:
    chosen = np.full(board.size, -1, np.int64)
    candidates = sorted(
        (one for one in cluster.list("PersistentVolume") if _suits(one, claim)), key=_capacity
    )
    mine = [one for one in candidates if _reserved(one, claim)]
    for volume in [*mine, *(one for one in candidates if one not in mine)]:
        if volume in free:
            place = free.index(volume)
        else:
            place = len(free)
            free.append(volume)
        open_to = (chosen < 0) & reachable(board, volume)
        for other in taken:
            open_to &= other != place
        chosen[open_to] = place
    return chosen


def _suits(volume: Raw, claim: Raw) -> bool:
    """Rule: component-helpers/storage/volume FindMatchingVolume."""
    spec, asked = mapping(volume, "spec"), mapping(claim, "spec")
    if at(volume, "metadata", "deletionTimestamp"):
        return False
    if spec.get("claimRef") is not None:
        return _reserved(volume, claim)
    if at(volume, "status", "phase") not in (None, "Available"):
        return False
    selector = full("", asked.get("selector"))
    return (
        (spec.get("storageClassName") or "") == (asked.get("storageClassName") or "")
        and (spec.get("volumeMode") or "Filesystem") == (asked.get("volumeMode") or "Filesystem")
        and set(items(asked, "accessModes")) <= set(items(spec, "accessModes"))
        and (selector is None or matches(selector, labels_of(volume)))
        and _capacity(volume) >= _asked(claim)
    )


def _reserved(volume: Raw, claim: Raw) -> bool:
    found = mapping(volume, "spec", "claimRef")
    return (
        found.get("name") == name_of(claim)
        and found.get("namespace") == namespace_of(claim)
        and found.get("uid") in (None, "", uid_of(claim))
    )


def _capacity(volume: Raw) -> int:
    return whole(at(volume, "spec", "capacity", "storage") or 0)


def _asked(claim: Raw) -> int:
    return whole(at(claim, "spec", "resources", "requests", "storage") or 0)


def _provisioned(board: Board, cluster: Cluster, claim: Raw) -> tuple[Mask, Mask]:
    """(nodes where the class could make a volume, nodes where there is room for one)."""
    found = class_of(cluster, claim)
    nowhere = np.zeros(board.size, np.bool_)
    if found is None or str(found.get("provisioner") or _NO_PROVISIONER) == _NO_PROVISIONER:
        return nowhere, nowhere
    possible = board.alive
    topologies = items(found, "allowedTopologies")
    if topologies:
        possible = nowhere.copy()
        for one in topologies:
            mask = board.alive.copy()
            for asked in items(one, "matchLabelExpressions"):
                values = tuple(str(value) for value in items(asked, "values"))
                mask &= board.meets(Requirement(str(asked.get("key")), "In", values))
            possible = possible | mask
    driver = cluster.get("CSIDriver", "", str(found.get("provisioner")))
    if not at(driver, "spec", "storageCapacity"):
        return possible, possible
    space = nowhere.copy()
    for one in cluster.list("CSIStorageCapacity"):
        if one.get("storageClassName") == name_of(found) and _roomy(one, claim):
            selector = full("", one.get("nodeTopology"))
            for slot, labels in enumerate(board.labels):
                if selector is not None and matches(selector, labels):
                    space[slot] = True
    return possible, space


def _roomy(capacity: Raw, claim: Raw) -> bool:
    limit = capacity.get("maximumVolumeSize") or capacity.get("capacity")
    return limit is not None and whole(limit) >= _asked(claim)
