"""Which nodes could run a pod, and why the others could not.

The plugins are asked in the scheduler's order; the first that turns a node down is the reason for
that node. Two of them may give several reasons for one node.
"""

from __future__ import annotations

from collections import Counter
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.scheduling.board import Board, Mask
from kubectl_smart.simulate.scheduling.headroom import room_for
from kubectl_smart.simulate.scheduling.plugins import (
    inter_pod_affinity,
    node_affinity,
    node_ports,
    node_resources_fit,
    node_unschedulable,
    node_volume_limits,
    taint_toleration,
    topology_spread,
    volume_binding,
    volume_restrictions,
    volume_zone,
)
from kubectl_smart.simulate.scheduling.profile import Profile

Codes = npt.NDArray[np.int8]


class Stage(IntEnum):
    """Who turned a node down, in the order of asking."""

    FITS = 0
    ABSENT = 1
    CORDONED = 2
    TAINTED = 3
    AFFINITY = 4
    PORTS = 5
    RESOURCES = 6
    RESTRICTED = 7
    LIMIT = 8
    VOLUMES = 9
    VOLUME_ZONE = 10
    NO_LABEL = 11
    SPREAD = 12
    FAR = 13
    NEAR = 14
    UNWANTED = 15


_TEXTS = {
    Stage.ABSENT: node_affinity.ABSENT,
    Stage.CORDONED: node_unschedulable.REASON,
    Stage.TAINTED: taint_toleration.REASON,
    Stage.AFFINITY: node_affinity.REASON,
    Stage.PORTS: node_ports.REASON,
    Stage.RESTRICTED: volume_restrictions.REASON,
    Stage.LIMIT: node_volume_limits.REASON,
    Stage.VOLUME_ZONE: volume_zone.REASON,
    Stage.NO_LABEL: topology_spread.NO_LABEL,
    Stage.SPREAD: topology_spread.REASON,
    Stage.FAR: inter_pod_affinity.FAR,
    Stage.NEAR: inter_pod_affinity.NEAR,
    Stage.UNWANTED: inter_pod_affinity.UNWANTED,
}
_PLUGINS = {
    Stage.ABSENT: node_affinity.NAME,
    Stage.CORDONED: node_unschedulable.NAME,
    Stage.TAINTED: taint_toleration.NAME,
    Stage.AFFINITY: node_affinity.NAME,
    Stage.PORTS: node_ports.NAME,
    Stage.RESOURCES: node_resources_fit.NAME,
    Stage.RESTRICTED: volume_restrictions.NAME,
    Stage.LIMIT: node_volume_limits.NAME,
    Stage.VOLUMES: volume_binding.NAME,
    Stage.VOLUME_ZONE: volume_zone.NAME,
    Stage.NO_LABEL: topology_spread.NAME,
    Stage.SPREAD: topology_spread.NAME,
    Stage.FAR: inter_pod_affinity.NAME,
    Stage.NEAR: inter_pod_affinity.NAME,
    Stage.UNWANTED: inter_pod_affinity.NAME,
}
_HELPED = frozenset(
    {
        Stage.PORTS,
        Stage.RESOURCES,
        Stage.RESTRICTED,
        Stage.LIMIT,
        Stage.SPREAD,
        Stage.NEAR,
        Stage.UNWANTED,
    }
)
"""Where preemption may help."""
_BY_TEXT = {
    text: plugin for stage, text in _TEXTS.items() for plugin in (_PLUGINS[stage],)
} | dict.fromkeys(
    (
        volume_binding.UNREACHABLE,
        volume_binding.NONE_FREE,
        volume_binding.NO_SPACE,
        volume_binding.NO_VOLUME,
        volume_binding.UNBOUND,
    ),
    volume_binding.NAME,
)


def plugin_of(reason: str) -> str | None:
    """The plugin that gives a reason; None if the text is not known."""
    if reason.startswith("Insufficient ") or reason == node_resources_fit.TOO_MANY:
        return node_resources_fit.NAME
    if reason.startswith("persistentvolumeclaim "):
        return volume_binding.NAME
    return _BY_TEXT.get(reason)


class Told(NamedTuple):
    """What the filters said of one node that does not fit."""

    reasons: Counter[str]
    helped: bool
    plugins: frozenset[str]


class Verdict:
    """What the filters said of every node.

    fits     the nodes that could run the pod
    refusal  the reason why no node was looked at; None if they were
    volumes  what its waiting claims would be bound to
    beside   what was said of single nodes with the pods that room was made for there
    """

    __slots__ = (
        "_board", "_codes", "_later", "_profile", "_static", "beside", "fits", "refusal", "volumes",
    )  # fmt: skip

    def __init__(
        self,
        board: Board,
        profile: Profile,
        static: Codes,
        fits: Mask,
        later: list[tuple[Stage, Mask]],
        volumes: volume_binding.Volumes | None,
    ) -> None:
        self._board = board
        self._profile = profile
        self._static = static
        self._later = later
        self._codes: Codes | None = None
        self.fits = fits
        self.volumes = volumes
        self.refusal: str | None = None
        self.beside: dict[int, Told] = {}

    @property
    def codes(self) -> Codes:
        """The Stage that turned each node down."""
        if self._codes is None:
            codes = self._static.copy()
            for stage, mask in self._later:
                codes[(codes == 0) & mask & self._board.alive] = stage
            self._codes = codes
        return self._codes

    def helped(self) -> Mask:
        """The nodes where preemption may help."""
        found = np.isin(self.codes, list(_HELPED)) & self._board.alive
        short = self.codes == Stage.RESOURCES
        if short.any():
            small = node_resources_fit.reasons(self._board, self._profile).small
            found &= ~(short & small)
        for slot, told in self.beside.items():
            found[slot] = told.helped
        return found

    def plugins(self) -> frozenset[str]:
        """The plugins that turned a node down."""
        codes = {Stage(code) for code in np.unique(self.codes[self._others()]) if code}
        found = frozenset(_PLUGINS[code] for code in codes)
        return found.union(*(told.plugins for told in self.beside.values()))

    def _others(self) -> Mask:
        """The nodes that were looked at by themselves."""
        mask = self._board.alive
        if self.beside:
            mask = mask.copy()
            mask[list(self.beside)] = False
        return mask

    def told(self, slot: int) -> Told:
        """What was said of one node that does not fit."""
        only = np.zeros(self._board.size, np.bool_)
        only[slot] = True
        plugin = _PLUGINS[Stage(self.codes[slot])]
        return Told(self._counted(only), bool(self.helped()[slot]), frozenset((plugin,)))

    def reasons(self) -> Counter[str]:
        """How many nodes were turned down for each reason."""
        found = self._counted(self._others())
        for told in self.beside.values():
            found.update(told.reasons)
        return found

    def _counted(self, mask: Mask) -> Counter[str]:
        found: Counter[str] = Counter()
        for code, number in zip(*np.unique(self.codes[mask], return_counts=True), strict=True):
            stage = Stage(code)
            if stage is Stage.RESOURCES:
                parts = node_resources_fit.reasons(self._board, self._profile).reasons
            elif stage is Stage.VOLUMES and self.volumes is not None:
                parts = self.volumes.reasons
            elif stage is Stage.FITS:
                continue
            else:
                found[_TEXTS[stage]] += int(number)
                continue
            here = mask & (self.codes == stage)
            for text, nodes in parts:
                counted = int((nodes & here).sum())
                if counted:
                    found[text] += counted
        return found


def judge_beside(
    board: Board, cluster: Cluster, pod: Pod, profile: Profile, slot: int
) -> Told | None:
    """What is said of a node with the pods that room was made for there; None if it fits.

    Rule: RunFilterPluginsWithNominatedPods. Only pods of at least its priority count.
    """
    others = [
        one
        for one, other in board.nominated.get(slot, {}).items()
        if one is not pod and one.node is None and other.priority >= profile.priority
    ]
    if others:
        for one in others:
            board.add(one, slot)
        try:
            verdict = judge(board, cluster, pod, profile)
            if not verdict.fits[slot]:
                return verdict.told(slot)
        finally:
            for one in others:
                board.remove(one)
    verdict = judge(board, cluster, pod, profile)
    return None if verdict.fits[slot] else verdict.told(slot)


def judge(board: Board, cluster: Cluster, pod: Pod, profile: Profile) -> Verdict:
    """Ask every filter about every node."""
    static_fits, static = _static(board, profile)
    later: list[tuple[Stage, Mask]] = []
    ports = node_ports.fails(board, profile)
    if ports is not None:
        later.append((Stage.PORTS, ports))
    later.append((Stage.RESOURCES, room_for(board, profile).short.copy()))
    volumes: volume_binding.Volumes | None = None
    if profile.claims:
        claims = volume_binding.claims_of(cluster, pod.namespace, profile)
        if isinstance(claims, str):
            verdict = Verdict(board, profile, static, np.zeros(board.size, np.bool_), [], None)
            verdict.refusal = claims
            return verdict
        volumes = _volumes(board, cluster, pod, profile, claims, later)
    spread = topology_spread.fails(board, profile)
    if spread is not None:
        later += [(Stage.NO_LABEL, spread[0]), (Stage.SPREAD, spread[1])]
    for stage, mask in (
        (Stage.FAR, inter_pod_affinity.too_far(board, profile)),
        (Stage.NEAR, inter_pod_affinity.too_near(board, profile)),
        (Stage.UNWANTED, inter_pod_affinity.unwanted(board, profile)),
    ):
        if mask is not None:
            later.append((stage, mask))
    bad = later[0][1]
    for _, mask in later[1:]:
        bad = bad | mask
    return Verdict(board, profile, static, static_fits & ~bad, later, volumes)


def _volumes(
    board: Board,
    cluster: Cluster,
    pod: Pod,
    profile: Profile,
    claims: volume_binding.Claims,
    later: list[tuple[Stage, Mask]],
) -> volume_binding.Volumes:
    for stage, mask in (
        (Stage.RESTRICTED, volume_restrictions.fails(board, cluster, pod.namespace, profile)),
        (Stage.LIMIT, node_volume_limits.fails(board, cluster, pod.namespace, profile)),
    ):
        if mask is not None:
            later.append((stage, mask))
    volumes = volume_binding.look(board, cluster, claims)
    for _, mask in volumes.reasons:
        later.append((Stage.VOLUMES, mask))
    zone = volume_zone.fails(board, cluster, claims.bound)
    if zone is not None:
        later.append((Stage.VOLUME_ZONE, zone))
    return volumes


def _static(board: Board, profile: Profile) -> tuple[Mask, Codes]:
    """What depends on labels, taints and cordons only: remembered until a node changes."""
    key = ("static", profile.shape.id)
    found: tuple[Mask, Codes] | None = board.memo.get(key)
    if found is None:
        codes: Codes = np.zeros(board.size, np.int8)
        for stage, mask in (
            (Stage.ABSENT, _absent(board, profile)),
            (Stage.CORDONED, node_unschedulable.fails(board, profile)),
            (Stage.TAINTED, taint_toleration.fails(board, profile)),
            (Stage.AFFINITY, _mismatched(board, profile)),
        ):
            if mask is not None:
                codes[(codes == 0) & mask & board.alive] = stage
        found = board.memo[key] = (board.alive & (codes == 0), codes)
    return found


def _absent(board: Board, profile: Profile) -> Mask | None:
    if profile.names is None:
        return None
    mask = np.ones(board.size, np.bool_)
    mask[[board.slots[name] for name in profile.names if name in board.slots]] = False
    return mask


def _mismatched(board: Board, profile: Profile) -> Mask | None:
    allowed = node_affinity.allowed(board, profile)
    return None if allowed is None else ~allowed
