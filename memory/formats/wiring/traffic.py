"""What passes traffic on or chooses pods: Services, Ingresses, routes, webhooks, policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubectl_smart.memory.formats.wiring import addresses, selecting
from kubectl_smart.memory.formats.wiring.walking import inside, items, mapping, text
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.wiring import ROUTES, USES, Reference, Wiring

GATEWAYS = "gateway.networking.k8s.io"


def service(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A Service: the pods it selects, its ports, the Service behind an external name."""
    spec = inside(state, "spec")
    selector = selecting.plain("spec.selector", spec.get("selector"))
    ports = {one.get("port") for _, one in items(spec, "ports", "spec")}
    external = text(spec.get("externalName"))
    references = [
        Reference(
            ROUTES,
            ObjectRef("", "Service", one.namespace, one.name),
            "spec.externalName",
            external,
            sure=one.sure,
        )
        for one in addresses.in_value(external, "host", ref.namespace)
        if (one.namespace, one.name) != (ref.namespace, ref.name)
    ]  # fmt: skip
    return Wiring(
        tuple(references),
        (selector,) if selector else (),
        None,
        tuple(sorted(port for port in ports if type(port) is int)),
    )


def policy(_ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A PodDisruptionBudget or a NetworkPolicy: the pods of its namespace that it is about."""
    spec = inside(state, "spec")
    found = [
        selecting.full(f"spec.{field}", spec.get(field)) for field in ("selector", "podSelector")
    ]
    return Wiring((), tuple(one for one in found if one is not None))


def ingress(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """An Ingress: the Services behind it, its certificates and its class."""
    return Wiring(tuple(_ingress(ref.namespace, inside(state, "spec"))))


def _ingress(namespace: str, spec: dict[str, Any]) -> Iterator[Reference]:
    yield from _backend("spec.defaultBackend", mapping(spec.get("defaultBackend")), namespace)
    for where, rule in items(spec, "rules", "spec"):
        for path, one in items(inside(rule, "http"), "paths", f"{where}.http"):
            yield from _backend(f"{path}.backend", mapping(one.get("backend")), namespace)
    for where, one in items(spec, "tls", "spec"):
        name = text(one.get("secretName"))
        if name:
            target = ObjectRef("", "Secret", namespace, name)
            yield Reference(USES, target, f"{where}.secretName", name)
    name = text(spec.get("ingressClassName"))
    if name:
        target = ObjectRef("networking.k8s.io", "IngressClass", CLUSTER, name)
        yield Reference(USES, target, "spec.ingressClassName", name)


def _backend(path: str, backend: dict[str, Any], namespace: str) -> Iterator[Reference]:
    name = text(inside(backend, "service").get("name"))
    if name:
        target = ObjectRef("", "Service", namespace, name)
        yield Reference(ROUTES, target, f"{path}.service.name", name)
    resource = mapping(backend.get("resource"))
    kind, name = text(resource.get("kind")), text(resource.get("name"))
    if kind and name:
        target = ObjectRef(text(resource.get("apiGroup")), kind, namespace, name)
        yield Reference(ROUTES, target, f"{path}.resource.name", name)


def route(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A route of the Gateway API: the gateways it hangs on, the Services it leads to."""
    spec = inside(state, "spec")
    found = [
        reference
        for where, one in items(spec, "parentRefs", "spec")
        for reference in _gateway_ref(USES, where, one, ref.namespace, (GATEWAYS, "Gateway"))
    ]
    for where, rule in items(spec, "rules", "spec"):
        for path, one in items(rule, "backendRefs", where):
            found += _gateway_ref(ROUTES, path, one, ref.namespace, ("", "Service"))
        for path, one in items(rule, "filters", where):
            mirror = inside(one, "requestMirror", "backendRef")
            at = f"{path}.requestMirror.backendRef"
            found += _gateway_ref(ROUTES, at, mirror, ref.namespace, ("", "Service"))
    return Wiring(tuple(found))


def gateway(ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """A Gateway: its class and its certificates."""
    spec = inside(state, "spec")
    found = []
    name = text(spec.get("gatewayClassName"))
    if name:
        target = ObjectRef(GATEWAYS, "GatewayClass", CLUSTER, name)
        found.append(Reference(USES, target, "spec.gatewayClassName", name))
    for where, listener in items(spec, "listeners", "spec"):
        for path, one in items(inside(listener, "tls"), "certificateRefs", f"{where}.tls"):
            found += _gateway_ref(USES, path, one, ref.namespace, ("", "Secret"))
    return Wiring(tuple(found))


def _gateway_ref(
    relation: str, path: str, found: dict[str, Any], namespace: str, default: tuple[str, str]
) -> Iterator[Reference]:
    name = text(found.get("name"))
    if name:
        kind = text(found.get("kind")) or default[1]
        group = text(found["group"]) if "group" in found else default[0]
        place = text(found.get("namespace")) or namespace
        yield Reference(relation, ObjectRef(group, kind, place, name), f"{path}.name", name)


def webhook(_ref: ObjectRef, state: dict[str, Any]) -> Wiring:
    """What the API server calls: webhooks, aggregated APIs, conversions of custom resources."""
    spec = inside(state, "spec")
    found = list(_api_service("spec.service", inside(spec, "service")))
    for where, one in items(state, "webhooks", ""):
        found += _api_service(
            f"{where}.clientConfig.service", inside(one, "clientConfig", "service")
        )
    conversion = inside(spec, "conversion", "webhook", "clientConfig", "service")
    found += _api_service("spec.conversion.webhook.clientConfig.service", conversion)
    return Wiring(tuple(found))


def _api_service(path: str, found: dict[str, Any]) -> Iterator[Reference]:
    name, namespace = text(found.get("name")), text(found.get("namespace"))
    if name and namespace:
        target = ObjectRef("", "Service", namespace, name)
        yield Reference(ROUTES, target, f"{path}.name", name)
