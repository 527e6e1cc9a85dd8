"""What may help a pod that was turned down: the queueing hints of the plugins.

Rule: EventsToRegister and the hint functions of each plugin of 1.36. A change of a node's taints,
and with it a cordon, wakes every pod: so a control plane of 1.36.2 was seen to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kubectl_smart.memory.formats.wiring.selecting import matches
from kubectl_smart.simulate.cluster.node_terms import matches as term_matches
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
from kubectl_smart.simulate.scheduling.profile import AffinityTerm, Profile, Taint, borne


class NodeView(NamedTuple):
    """A node, as far as hints look at it."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    closed: bool
    allocatable: Mapping[str, int]


class Happening(NamedTuple):
    """One thing that happened.

    left    a pod that was placed is gone, or has ended; or one that room was made for gave it up
    up_to   only pods of at most this priority may be helped
    placed  a pod was placed
    before  a node as it was; None if it is new; the same with after, if it is gone
    claim   (namespace, name) of a claim that is new or has changed
    storage whether a volume or a class is new or has changed
    """

    left: Profile | None = None
    placed: Profile | None = None
    before: NodeView | None = None
    after: NodeView | None = None
    claim: tuple[str, str] | None = None
    storage: bool = False
    up_to: int | None = None


def helps(plugin: str, profile: Profile, happening: Happening) -> bool:
    """Whether a pod that this plugin turned down should be tried again."""
    if happening.left is not None:
        return _left(plugin, profile, happening.left)
    if happening.placed is not None:
        return _placed(plugin, profile, happening.placed)
    if happening.claim is not None:
        return (
            plugin == volume_binding.NAME
            and happening.claim[0] == profile.shape.namespace
            and happening.claim[1] in profile.claims
        )
    if happening.storage:
        return plugin in (volume_binding.NAME, volume_zone.NAME)
    return _node(plugin, profile, happening.before, happening.after)


def _left(plugin: str, profile: Profile, gone: Profile) -> bool:
    if plugin == node_resources_fit.NAME:
        return True
    if plugin == node_ports.NAME:
        return node_ports.clash(profile, gone)
    if plugin == topology_spread.NAME:
        return _spread_with(profile, gone)
    if plugin == inter_pod_affinity.NAME:
        return _all_terms(profile.apart, gone)
    if plugin in (volume_restrictions.NAME, node_volume_limits.NAME):
        return bool(gone.claims)
    return False


def _placed(plugin: str, profile: Profile, new: Profile) -> bool:
    if plugin == topology_spread.NAME:
        return _spread_with(profile, new)
    if plugin == inter_pod_affinity.NAME:
        return _all_terms(profile.near, new)
    return False


def _spread_with(profile: Profile, other: Profile) -> bool:
    return other.shape.namespace == profile.shape.namespace and any(
        one.selector is not None and matches(one.selector, other.shape.labels)
        for one in profile.spread_hard
    )


def _all_terms(terms: tuple[AffinityTerm, ...], other: Profile) -> bool:
    return bool(terms) and all(one.chooses(other.shape) for one in terms)


def _node(plugin: str, profile: Profile, before: NodeView | None, after: NodeView | None) -> bool:
    if plugin == topology_spread.NAME:
        return _spread_node(profile, before, after)
    if after is None:
        return False
    if before is not None and before.taints != after.taints:
        return True
    if plugin == node_resources_fit.NAME:
        return _fits_empty(profile, after) and (before is None or _grew(profile, before, after))
    if plugin in (node_ports.NAME, node_volume_limits.NAME):
        return before is None
    if plugin == node_affinity.NAME:
        return _matches(profile, after) and (before is None or not _matches(profile, before))
    if plugin == taint_toleration.NAME:
        return _bears(profile, after) and (before is None or not _bears(profile, before))
    if plugin == node_unschedulable.NAME:
        return not after.closed and (before is None or before.closed)
    if plugin == inter_pod_affinity.NAME:
        had: Mapping[str, str] = {} if before is None else before.labels
        return any(
            had.get(one.key) != after.labels.get(one.key) for one in (*profile.near, *profile.apart)
        )
    if plugin in (volume_binding.NAME, volume_zone.NAME):
        return before is None or before.labels != after.labels
    return False


def _spread_node(profile: Profile, before: NodeView | None, after: NodeView | None) -> bool:
    keys = [one.key for one in profile.spread_hard]

    def matching(node: NodeView | None) -> bool:
        return node is not None and all(key in node.labels for key in keys)

    if before is None or after is None:
        return matching(before) or matching(after)
    if matching(before) != matching(after):
        return True
    return matching(after) and (
        any(before.labels.get(key) != after.labels.get(key) for key in keys)
        or before.taints != after.taints
    )


def _fits_empty(profile: Profile, node: NodeView) -> bool:
    return node.allocatable.get("pods", 0) > 0 and all(
        amount <= node.allocatable.get(name, 0) for name, amount in profile.amounts.items()
    )


def _grew(profile: Profile, before: NodeView, after: NodeView) -> bool:
    return any(
        after.allocatable.get(name, 0) > before.allocatable.get(name, 0)
        for name in (*profile.amounts, "pods")
    )


def _matches(profile: Profile, node: NodeView) -> bool:
    if any(node.labels.get(key) != value for key, value in profile.selector):
        return False
    return profile.node_terms is None or any(
        term_matches(term, node.labels, node.name) for term in profile.node_terms
    )


def _bears(profile: Profile, node: NodeView) -> bool:
    return all(
        borne(profile.tolerations, one) for one in node.taints if one.effect != "PreferNoSchedule"
    )
