"""A shape, compiled to what the scheduler's plugins look at. Made once for each shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from kubectl_smart.memory.formats.wiring.selecting import full, matches
from kubectl_smart.memory.records.wiring import Requirement, Selector
from kubectl_smart.simulate.cluster.node_terms import Term, names_only, term_of, terms_of
from kubectl_smart.simulate.cluster.reading import Raw, at, items, mapping
from kubectl_smart.simulate.cluster.shapes import Shape

if TYPE_CHECKING:
    from kubectl_smart.simulate.cluster.pods import Pod
    from kubectl_smart.simulate.scheduling.tallies import Tally

Resolve = Callable[[Raw], frozenset[str] | None]
"""A namespaceSelector to the names it selects; None for all of them."""

_KEYS = re.compile("[mM]atchLabelKeys")
"""What makes a pod's own labels part of its selectors."""


class Taint(NamedTuple):
    """A taint of a node."""

    key: str
    value: str
    effect: str


class Toleration(NamedTuple):
    """seconds: how long a NoExecute taint is borne; None for ever."""

    key: str
    operator: str
    value: str
    effect: str
    seconds: float | None

    def tolerates(self, taint: Taint) -> bool:
        """Rule: core/v1 Toleration.ToleratesTaint."""
        if self.effect and self.effect != taint.effect:
            return False
        if self.key and self.key != taint.key:
            return False
        return self.operator == "Exists" or self.value == taint.value


class AffinityTerm(NamedTuple):
    """Pods that match a selector in some namespaces (None: in all), seen by a topology key."""

    selector: Selector | None
    namespaces: frozenset[str] | None
    key: str

    def chooses(self, shape: Shape) -> bool:
        """Whether pods of a shape are meant."""
        return (
            self.selector is not None
            and (self.namespaces is None or shape.namespace in self.namespaces)
            and matches(self.selector, shape.labels)
        )


class Spread(NamedTuple):
    """A topology spread constraint. selector None selects nothing."""

    key: str
    max_skew: int
    selector: Selector | None
    min_domains: int
    honours_affinity: bool
    honours_taints: bool


class Profile:
    """What the plugins read of a shape, and what the board keeps beside it.

    asks      amounts and scored, to find pods that ask for the same
    names     the only nodes it can run on, by name; None if it names none
    tallies   the counts that pods of this shape are part of
    carriers  counts of pods whose own terms mean this shape
    members   the pods of this shape that are on the board, with the slots of their nodes
    """

    def __init__(self, shape: Shape, resolve: Resolve) -> None:
        self._read(shape, resolve)
        self._begin(shape)

    def zoned(self, shape: Shape, resolve: Resolve) -> Profile:
        """The profile of the same pods once they are placed: with labels of their node's zone."""
        if self._by_keys:
            return Profile(shape, resolve)
        found = copy(self)
        found._begin(shape)
        return found

    def _begin(self, shape: Shape) -> None:
        self.shape = shape
        self.tallies: list[Tally] = []
        self.carriers: list[Tally] = []
        self.members: dict[Pod, int] = {}

    def _read(self, shape: Shape, resolve: Resolve) -> None:
        spec = shape.spec
        self.amounts = shape.requests.amounts
        self.scored = shape.requests.scored
        self.asks = (tuple(sorted(self.amounts.items())), self.scored)
        self.priority = shape.priority
        self.preempts = spec.get("preemptionPolicy") != "Never"
        self.tolerations = tolerations_of(spec)
        self.selector = tuple(sorted(mapping(spec, "nodeSelector").items()))
        node = mapping(spec, "affinity", "nodeAffinity")
        wanted = at(node, "requiredDuringSchedulingIgnoredDuringExecution")
        self.node_terms: tuple[Term, ...] | None = None if wanted is None else terms_of(wanted)
        self.names = None if self.node_terms is None else names_only(self.node_terms)
        self.node_wishes = tuple(
            (int(one.get("weight", 0)), term_of(mapping(one, "preference")))
            for one in items(node, "preferredDuringSchedulingIgnoredDuringExecution")
        )
        self.ports = _ports(spec)
        constraints = items(spec, "topologySpreadConstraints")
        self.own_spread = bool(constraints)
        self.spread_hard = _spreads(constraints, shape, "DoNotSchedule")
        self.spread_soft = _spreads(constraints, shape, "ScheduleAnyway")
        affinity = mapping(spec, "affinity")
        self.near, self.near_wishes = _terms(mapping(affinity, "podAffinity"), shape, resolve)
        self.apart, self.apart_wishes = _terms(mapping(affinity, "podAntiAffinity"), shape, resolve)
        self.images = _images(spec)
        self.claims = shape.claims
        self.gates = tuple(str(one.get("name")) for one in items(spec, "schedulingGates"))
        self.scheduler = str(spec.get("schedulerName") or "default-scheduler")
        self.resource_claims = bool(items(spec, "resourceClaims"))
        self._by_keys = _KEYS.search(repr((constraints, affinity))) is not None


def tolerations_of(spec: Mapping[str, Any]) -> tuple[Toleration, ...]:
    """The tolerations of a pod's spec."""
    return tuple(
        Toleration(
            str(one.get("key") or ""),
            str(one.get("operator") or "Equal"),
            str(one.get("value") or ""),
            str(one.get("effect") or ""),
            None if one.get("tolerationSeconds") is None else float(one["tolerationSeconds"]),
        )
        for one in items(spec, "tolerations")
    )


def taints_of(node: Raw) -> tuple[Taint, ...]:
    """The taints of a node."""
    return tuple(
        Taint(str(one.get("key")), str(one.get("value") or ""), str(one.get("effect")))
        for one in items(node, "spec", "taints")
    )


def borne(tolerations: Iterable[Toleration], taint: Taint) -> bool:
    """Whether any of the tolerations bears a taint."""
    return any(one.tolerates(taint) for one in tolerations)


def with_keys(selector: Selector | None, keys: Iterable[str], shape: Shape) -> Selector | None:
    """A selector narrowed by `matchLabelKeys`, as the API server does it when a pod is made."""
    if selector is None:
        return None
    more = tuple(
        Requirement(key, "In", (shape.labels[key],)) for key in keys if key in shape.labels
    )
    more = tuple(one for one in more if one not in selector.requirements)
    return selector._replace(requirements=(*selector.requirements, *more)) if more else selector


def _without_keys(selector: Selector | None, keys: Iterable[str], shape: Shape) -> Selector | None:
    if selector is None:
        return None
    more = tuple(
        Requirement(key, "NotIn", (shape.labels[key],)) for key in keys if key in shape.labels
    )
    more = tuple(one for one in more if one not in selector.requirements)
    return selector._replace(requirements=(*selector.requirements, *more)) if more else selector


def _spreads(constraints: Any, shape: Shape, when: str) -> tuple[Spread, ...]:
    return tuple(
        Spread(
            str(one.get("topologyKey")),
            int(one.get("maxSkew") or 1),
            with_keys(full("", one.get("labelSelector")), items(one, "matchLabelKeys"), shape),
            int(one.get("minDomains") or 1),
            one.get("nodeAffinityPolicy") != "Ignore",
            one.get("nodeTaintsPolicy") == "Honor",
        )
        for one in constraints
        if one.get("whenUnsatisfiable") == when
    )


def _terms(
    raw: Raw, shape: Shape, resolve: Resolve
) -> tuple[tuple[AffinityTerm, ...], tuple[tuple[int, AffinityTerm], ...]]:
    required = tuple(
        _term(one, shape, resolve)
        for one in items(raw, "requiredDuringSchedulingIgnoredDuringExecution")
    )
    wished = tuple(
        (int(one.get("weight", 0)), _term(mapping(one, "podAffinityTerm"), shape, resolve))
        for one in items(raw, "preferredDuringSchedulingIgnoredDuringExecution")
    )
    return required, wished


def _term(raw: Raw, shape: Shape, resolve: Resolve) -> AffinityTerm:
    selector = full("", raw.get("labelSelector"))
    selector = with_keys(selector, items(raw, "matchLabelKeys"), shape)
    selector = _without_keys(selector, items(raw, "mismatchLabelKeys"), shape)
    names = frozenset(str(one) for one in items(raw, "namespaces"))
    namespaces: frozenset[str] | None = names
    asked = raw.get("namespaceSelector")
    if asked is not None:
        found = resolve(asked)
        namespaces = None if found is None else names | found
    elif not names:
        namespaces = frozenset((shape.namespace,))
    return AffinityTerm(selector, namespaces, str(raw.get("topologyKey")))


def _ports(spec: Mapping[str, Any]) -> tuple[tuple[str, str, int], ...]:
    """(IP, protocol, port) of each port of the node it takes: containers' and sidecars'."""
    host = bool(spec.get("hostNetwork"))
    holders = [
        *items(spec, "containers"),
        *(one for one in items(spec, "initContainers") if one.get("restartPolicy") == "Always"),
    ]
    found = (
        (
            str(port.get("hostIP") or "0.0.0.0"),  # noqa: S104 - what a missing address means
            str(port.get("protocol") or "TCP"),
            int(port.get("hostPort") or (port.get("containerPort", 0) if host else 0)),
        )
        for one in holders
        for port in items(one, "ports")
    )
    return tuple(dict.fromkeys(one for one in found if one[2] > 0))


def _images(spec: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        str(one.get("image") or "")
        for kind in ("initContainers", "containers")
        for one in items(spec, kind)
    )
