"""Whether NetworkPolicies let one pod talk to another, as their specification says.

A pod that no policy selects for a direction takes (or makes) every connection of that direction;
one that is selected takes what any of those policies allows. Ports are left out: a rule that allows
some port counts as allowing. Source: networking.k8s.io/v1 NetworkPolicy, API reference of
Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kubectl_smart.memory.formats.wiring import selecting

Labels = Mapping[str, str]


class Peer(NamedTuple):
    """A pod as policies see it: its namespace, that namespace's labels, its own labels."""

    namespace: str
    namespace_labels: Labels
    labels: Labels


def allowed(source: Peer, target: Peer, policies: Iterable[tuple[str, Mapping[str, Any]]]) -> bool:
    """Whether a connection from source to target is let through.

    policies  (namespace, spec) of every policy of both namespaces
    """
    every = [(namespace, _map(spec)) for namespace, spec in policies]
    return _lets(every, target, source, "Ingress", "ingress", "from") and _lets(
        every, source, target, "Egress", "egress", "to"
    )


def _lets(
    policies: Iterable[tuple[str, Mapping[str, Any]]],
    own: Peer,
    other: Peer,
    direction: str,
    rules: str,
    peers: str,
) -> bool:
    selecting = [
        spec
        for namespace, spec in policies
        if namespace == own.namespace
        and direction in _types(spec)
        and matches(spec.get("podSelector"), own.labels)
    ]
    if not selecting:
        return True
    return any(
        _from_any(_map(rule).get(peers), other, own.namespace)
        for spec in selecting
        for rule in spec.get(rules) or ()
    )


def _types(spec: Mapping[str, Any]) -> list[str]:
    given = spec.get("policyTypes")
    if isinstance(given, list) and given:
        return [str(one) for one in given]
    return ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]


def _from_any(peers: Any, other: Peer, namespace: str) -> bool:
    if not peers:
        return True
    return any(_is(_map(peer), other, namespace) for peer in peers)


def _is(peer: Mapping[str, Any], other: Peer, namespace: str) -> bool:
    if "ipBlock" in peer:
        return False
    if "namespaceSelector" in peer:
        if not matches(peer["namespaceSelector"], other.namespace_labels):
            return False
    elif other.namespace != namespace:
        return False
    return "podSelector" not in peer or matches(peer["podSelector"], other.labels)


def matches(selector: Any, labels: Labels) -> bool:
    """Whether a LabelSelector chooses these labels; an empty one chooses all."""
    found = selecting.full("", selector)
    return found is None or selecting.matches(found, labels)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
