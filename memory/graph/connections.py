"""Whether a policy, a route or a bound took away what a way needs, read from states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from kubectl_smart.memory.formats.wiring.packing import naming
from kubectl_smart.memory.formats.wiring.walking import inside
from kubectl_smart.memory.graph import routing
from kubectl_smart.memory.graph.configured import Configured
from kubectl_smart.memory.graph.named_services import leads_nowhere
from kubectl_smart.memory.graph.network_policies import Peer, allowed
from kubectl_smart.memory.graph.reach import Reached
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.records.changes import Change, Facet
from kubectl_smart.memory.records.facts import Committed, ReadStates, StatePlace
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.wiring import CALLS, ROUTES, SELECTS

_PORT = re.compile(r":([0-9]{1,5})(?![0-9])")
_OF_PODS = re.compile(r"template\.metadata\.labels|template\.spec\..*\bports\b")
_MOST_PAIRS = 12
_POLICIES = [("networking.k8s.io", "NetworkPolicy")]

State = Mapping[str, Any]


class Connections:
    """Compares what stood before a change with what stood after it."""

    def __init__(self, index: Index, read_states: ReadStates) -> None:
        self._index = index
        self._read_states = read_states
        self._configured = Configured(index)
        self._states: dict[StatePlace, State | None] = {}

    def lost(self, each: Committed, reached: Reached, onset: int) -> bool | None:
        """Whether the change took the connection away; None if that is not known."""
        change = each.record
        if not isinstance(change, Change):
            return None
        match change.object.kind:
            case "NetworkPolicy":
                return self._by_policy(change, reached)
            case "Service" if change.gone:
                return self._still_named(change, reached, onset)
            case "Service":
                return self._by_service(change, onset)
            case "Ingress" | "HTTPRoute" | "GRPCRoute":
                return self._by_ingress(change, reached)
            case "HorizontalPodAutoscaler":
                return self._by_bounds(change, reached, onset)
        if change.gone or not change.edits:
            return None
        if any(_OF_PODS.search(edit.path) for edit in change.edits):
            return self._by_template(change)
        return leads_nowhere(change, self._index)

    # --- policies -------------------------------------------------------------------------------

    def _by_policy(self, change: Change, reached: Reached) -> bool | None:
        """Whether it cut the connection of the way, or one that those it selects make."""
        pair = _pair(reached)
        pairs = [] if pair is None else [pair]
        if reached.way:
            pairs += self._outwards(reached.way[-1].near, change.happened_at)
        found = [self._cuts(change.happened_at, one) for one in dict.fromkeys(pairs)]
        if True in found:
            return True
        return None if pair is None or found[0] is None else False

    def _outwards(self, ref: ObjectRef, at: int) -> list[tuple[ObjectRef, ObjectRef]]:
        """(it, whom it calls) of a workload: the workloads behind the Services that it names."""
        called = [
            edge.callee
            for edge in self._configured.needs(ref)
            if edge.kind == CALLS and edge.from_at <= at < edge.to_at
        ]
        behind = {far for one in dict.fromkeys(called) for far in self._selected(one, at)}
        return [(ref, far) for far in sorted(behind)][:_MOST_PAIRS]

    def _cuts(self, at: int, pair: tuple[ObjectRef, ObjectRef]) -> bool | None:
        peers = [self._peer(ref, at) for ref in pair]
        if peers[0] is None or peers[1] is None:
            return None
        before, after = self._policies(at - 1, pair), self._policies(at, pair)
        if before is None or after is None:
            return None
        return allowed(peers[0], peers[1], before) and not allowed(peers[0], peers[1], after)

    def _peer(self, ref: ObjectRef, at: int) -> Peer | None:
        """The pods of a workload as policies see them."""
        state = self.state(ref, at)
        place = self.state(ObjectRef("", "Namespace", CLUSTER, ref.namespace), at)
        if state is None:
            return None
        template = state if ref.kind == "Pod" else inside(state, "spec", "template")
        if ref.kind == "CronJob":
            template = inside(state, "spec", "jobTemplate", "spec", "template")
        own = {"kubernetes.io/metadata.name": ref.namespace}
        return Peer(
            ref.namespace,
            {**own, **inside(place or {}, "metadata", "labels")},
            inside(template, "metadata", "labels"),
        )

    def _policies(
        self, at: int, pair: tuple[ObjectRef, ObjectRef]
    ) -> list[tuple[str, Mapping[str, Any]]] | None:
        found: list[tuple[str, Mapping[str, Any]]] = []
        for namespace in sorted({ref.namespace for ref in pair}):
            for standing in self._index.state_at(at, namespace, _POLICIES):
                state = self._at(standing[0].place if standing else None)
                if state is None:
                    return None
                found.append((namespace, inside(state, "spec")))
        return found

    # --- routing --------------------------------------------------------------------------------

    def _by_service(self, change: Change, onset: int) -> bool | None:
        at, ref = change.happened_at, change.object
        before, after = self.state(ref, at - 1), self.state(ref, at)
        if before is None or after is None:
            return None
        if routing.selector_of(before) != routing.selector_of(after):
            had, has = self._selected(ref, at - 1), self._selected(ref, at)
            if had - has:
                return True
        pods = [self.state(one, at) for one in sorted(self._selected(ref, at))]
        known = [routing.listening_of(one) for one in pods if one is not None]
        return routing.lost_ports(
            before, after, set().union(*known), self._called(ref, onset), pods=bool(known)
        )

    def _still_named(self, change: Change, reached: Reached, onset: int) -> bool | None:
        """Of a Service that was deleted: whether an address or a route still names it."""
        way = reached.way
        if not way or way[-1].kind not in (CALLS, ROUTES) or way[-1].far != change.object:
            return None
        lives = self._index.lives_of(change.object)
        return not any(low <= onset < high for low, high in lives)

    def _by_template(self, change: Change) -> bool | None:
        """Of a pod template: whether a Service lost its pods, or a port that it leads to."""
        at, ref = change.happened_at, change.object
        before, after = self.state(ref, at - 1), self.state(ref, at)
        if before is None or after is None:
            return None
        edges = [
            edge
            for edge in self._configured.needed_by(ref)
            if edge.kind == SELECTS and edge.caller.kind == "Service"
        ]
        had = {edge.caller for edge in edges if edge.from_at < at <= edge.to_at}
        has = {edge.caller for edge in edges if edge.from_at <= at < edge.to_at}
        if had - has:
            return True
        old, new = routing.listening_of(before), routing.listening_of(after)
        states = [self.state(one, at) for one in sorted(had)]
        return any(routing.unheard(one, old, new) for one in states if one is not None)

    def _called(self, ref: ObjectRef, at: int) -> set[object]:
        """The ports in the addresses by which others named a Service, until an instant."""
        return {
            int(port)
            for one in self._index.wired_with([naming(ref)])
            if one.from_at <= at
            for reference in one.wiring.references
            if reference.target == ref
            for port in _PORT.findall(reference.value)
        }

    def _by_bounds(self, change: Change, reached: Reached, onset: int) -> bool | None:
        target = reached.way[-1].near if reached.way else None
        at = change.happened_at
        before, after = self.state(change.object, at - 1), self.state(change.object, at)
        now = None if target is None else self.state(target, onset)
        if before is None or after is None or now is None:
            return None
        return routing.held_by(before, after, now)

    def _selected(self, ref: ObjectRef, at: int) -> set[ObjectRef]:
        return {
            edge.callee
            for edge in self._configured.needs(ref)
            if edge.kind == SELECTS and edge.from_at <= at < edge.to_at
        }

    def _by_ingress(self, change: Change, reached: Reached) -> bool | None:
        service = reached.way[-1].near if reached.way else None
        if service is None or service.kind != "Service":
            return None
        at = change.happened_at
        before, after = self.state(change.object, at - 1), self.state(change.object, at)
        if before is None or after is None:
            return None
        own = self.state(service, at)
        return routing.lost_backend(before, after, service.name, routing.ports_of(own or {}))

    # --- states ---------------------------------------------------------------------------------

    def state(self, ref: ObjectRef, at: int) -> State | None:
        """How an object stood at an instant; None if that is not known."""
        return self._at(self._index.previous_state(ref, "", Facet.OBJECT, at))

    def _at(self, place: StatePlace | None) -> State | None:
        """A state, read once."""
        if place is None:
            return None
        if place not in self._states:
            self._states[place] = _read(self._read_states, place)
        return self._states[place]


def state_of(index: Index, read_states: ReadStates, ref: ObjectRef, at: int) -> State | None:
    """How an object stood at an instant, microseconds UTC; None if that is not known."""
    return _read(read_states, index.previous_state(ref, "", Facet.OBJECT, at))


def _read(read_states: ReadStates, place: StatePlace | None) -> State | None:
    if place is None:
        return None
    (found,) = read_states([place])
    return None if found is None else orjson.loads(found)


def _pair(reached: Reached) -> tuple[ObjectRef, ObjectRef] | None:
    """(who calls, whose pods the policy selects) on the way; None if nobody calls on it."""
    selected = reached.way[-1].near if reached.way else None
    for step in reversed(reached.way):
        if step.kind == "calls" and selected is not None:
            return step.near, selected
    return None
