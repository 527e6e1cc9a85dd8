"""Whether an edit of a Service, a route or a bound took something away: pods, a port, a backend.

A Service whose selector matches nothing has no endpoints; a port that nobody listens on refuses; a
route to a port that the Service does not have answers 503. An edit that leaves all of that as it
was (a port for metrics is added) has taken nothing away. An autoscaler whose workload stands at a
bound that was lowered would have made more pods. Source: API reference of Kubernetes 1.36.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

State = Mapping[str, Any]
_Port = tuple[object, object]


def lost_ports(
    before: State, after: State, listening: set[object], called: set[object], *, pods: bool = True
) -> bool | None:
    """Of a Service: whether a port is gone, or leads where nobody is known to listen.

    listening  the container ports of the pods behind it, by number and name; empty if not known
    called     the ports at which it is known to be called; empty if not known
    pods       whether the pods behind it are known: then a name that none declares is no port
    None if a port is gone and it is not known whether it was called, or leads elsewhere than before
    and it is not known who listens there.
    """
    old, new = dict(_ports(before)), dict(_ports(after))
    gone = old.keys() - new.keys()
    if gone & called:
        return True
    moved = {new[port] for port in old.keys() & new.keys() if new[port] != old[port]}
    if not moved:
        return None if gone and not called else False
    if not listening:
        return True if any(isinstance(one, str) for one in moved) and pods else None
    return bool(moved - listening)


def unheard(service: State, old: set[object], new: set[object]) -> bool:
    """Whether a Service leads to a port that its pods declared before, and do not now.

    old, new  the container ports by number and name; a number counts where ports are declared
    """
    lost = {target for _, target in _ports(service)} & (old - new)
    return any(isinstance(one, str) or new for one in lost)


def _ports(service: State) -> Iterator[_Port]:
    for one in _list(service, "spec", "ports"):
        port = one.get("port")
        yield port, one.get("targetPort", port)


def selector_of(service: State) -> State:
    """Its labels."""
    return _map(_map(service.get("spec")).get("selector"))


def listening_of(workload: State) -> set[object]:
    """The ports that its containers declare, by number and by name."""
    spec = _map(_map(_map(workload.get("spec")).get("template")).get("spec"))
    return {
        value
        for container in _list({"c": spec.get("containers")}, "c")
        for port in _list(container, "ports")
        for value in (port.get("containerPort"), port.get("name"))
        if value is not None
    }


def lost_backend(before: State, after: State, service: str, ports: set[object]) -> bool | None:
    """Of an Ingress or HTTPRoute: whether it leads to a Service no longer, or to no port of it.

    ports  of the Service, by number and name; empty if not known
    """
    old, new = set(_backends(before, service)), set(_backends(after, service))
    if old == new:
        return False
    if not new:
        return bool(old)
    fresh = new - old
    if not ports or not fresh:
        return None if fresh else bool(old - new)
    return any(port not in ports for port in fresh) or None


def _backends(ingress: State, service: str) -> Iterator[object]:
    spec = _map(ingress.get("spec"))
    found = [_map(spec.get("defaultBackend"))]
    for rule in _list({"r": spec.get("rules")}, "r"):
        found += [_map(one.get("backend")) for one in _list(rule, "http", "paths")]
        found += [
            {"service": {"name": one.get("name"), "port": {"number": one.get("port")}}}
            for one in _list(rule, "backendRefs")
            if one.get("kind", "Service") == "Service"
        ]
    for one in found:
        named = _map(one.get("service"))
        if named.get("name") == service:
            port = _map(named.get("port"))
            yield port.get("number", port.get("name"))


def ports_of(service: State) -> set[object]:
    """The ports of a Service, by number and by name."""
    return {
        value
        for one in _list(service, "spec", "ports")
        for value in (one.get("port"), one.get("name"))
        if value is not None
    }


def held_by(before: State, after: State, target: State) -> bool | None:
    """Of an autoscaler: whether what it scales stands at a bound that is lower than before."""
    old, new = (_map(one.get("spec")).get("maxReplicas") for one in (before, after))
    now = _map(target.get("spec")).get("replicas")
    if not isinstance(old, int) or not isinstance(new, int) or not isinstance(now, int):
        return None
    return now >= new if new < old else None


def _map(value: Any) -> State:
    return value if isinstance(value, Mapping) else {}


def _list(state: State, *keys: str) -> list[State]:
    here: Any = state
    for key in keys:
        here = here.get(key) if isinstance(here, Mapping) else None
    return [one for one in here if isinstance(one, Mapping)] if isinstance(here, list) else []
