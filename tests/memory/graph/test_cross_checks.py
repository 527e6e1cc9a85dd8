"""Selectors, ports and addresses are held against what there is: the case itself proves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from built_memory import CONTROLLER, MINUTE, SARAH, TOM, Past, container, minutes, pod
from outage_story import API, API_CONFIG, GATEWAY, SLOW, USERS, service, shop, slow, workload

from kubectl_smart.memory.answers.causes import Chain, TraceAnswer
from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.graph.taking_effect import PROOF
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

Open = Callable[[Past], Memory]
AT = minutes(SLOW)
BREAKS = AT - 8 * MINUTE
USER_SERVICE = service("user-service", "prod")
ROUTE = ObjectRef("gateway.networking.k8s.io", "HTTPRoute", "prod", "users")


def users(past: Past, at: int, *, port: Any = 8080, named: str = "web", **labels: str) -> Change:
    """The user service, with a named port."""
    main = container("main", "shop:1", DB_HOST="user-db.data.svc.cluster.local")
    main["ports"] = [{"name": named, "containerPort": port}]
    template = {"metadata": {"labels": {"app": "user-service", **labels}},
                "spec": {"containers": [main]}}  # fmt: skip
    return past.write(USERS, at, by=TOM, template=template,
                      selector={"matchLabels": {"app": "user-service"}})  # fmt: skip


def made(past: Past, ref: ObjectRef, at: int) -> None:
    """A new pod of it."""
    one = pod(f"{ref.name}-{at}", ref.namespace)
    past.write(one, at, by=CONTROLLER, derived=True, owner=ref, containers=())


def leads_to(past: Past, **more: Any) -> Change:
    """The Service of the users."""
    given = {"selector": {"app": "user-service"}, "ports": [{"port": 80, "targetPort": "web"}]}
    return past.write(USER_SERVICE, more.pop("at", BREAKS), by=TOM, **{**given, **more})


def another_label(past: Past) -> Change:
    """The pods lose the label that the Service asks for."""
    users(past, minutes(100), tier="front")
    leads_to(past, at=minutes(101), selector={"app": "user-service", "tier": "front"})
    root = users(past, BREAKS, tier="back")
    made(past, USERS, BREAKS + MINUTE // 10)
    return root


def another_port_name(past: Past) -> Change:
    """The pods call their port by another name than the Service does."""
    users(past, minutes(100))
    leads_to(past, at=minutes(101))
    root = users(past, BREAKS, named="http")
    made(past, USERS, BREAKS + MINUTE // 10)
    return root


def no_such_name(past: Past) -> Change:
    """The Service leads to a name that no container declares; before that, to a number."""
    leads_to(past, at=minutes(101), ports=[{"port": 80, "targetPort": 8080}])
    return leads_to(past, ports=[{"port": 80, "targetPort": "web"}])


def deleted(past: Past) -> Change:
    """The Service is deleted, and addresses still name it."""
    return past.delete(USER_SERVICE, BREAKS, by=TOM)


def renamed(past: Past) -> Change:
    """The Service has another name now."""
    root = past.delete(USER_SERVICE, BREAKS, by=TOM)
    past.write(service("users", "prod"), BREAKS + 1, by=TOM, selector={"app": "user-service"},
               ports=[{"port": 80}])  # fmt: skip
    return root


@pytest.mark.parametrize("how", [another_label, another_port_name, no_such_name, deleted, renamed])
def test_what_a_service_no_longer_reaches_is_proven(
    opened: Open, how: Callable[[Past], Change]
) -> None:
    """Its callers fail; a colleague edited a setting of theirs, later."""
    past = shop()
    root = how(past)
    past.write(API_CONFIG, AT - 2 * MINUTE, by=SARAH,
               data={"CACHE_SIZE": "500", "TIMEOUT_MS": "815"})  # fmt: skip
    errors(past, USER_SERVICE, AT)
    errors(past, service("api-gateway", "prod"), AT + MINUTE // 6)
    chain = proven(asked(opened(past)))
    assert (chain.root.object, chain.root.at) == (root.object, root.happened_at)


def errors(past: Past, ref: ObjectRef, at: int) -> None:
    """The share of errors of a service shifts."""
    slow(past, ref, at, 1, 40)
    shift: Any = past.records[-1]
    from dataclasses import replace

    detail = {**shift.detail, "metric": "error ratio"}
    past.records[-1] = replace(shift, detail=detail, message="error ratio 1 % → 40 %")


def asked(memory: Memory, name: str = "api-gateway") -> TraceAnswer:
    """`trace errors api-gateway`."""
    return trace(memory.store, memory.index, ties_of(memory.index), ref=service(name, "prod"),
                 symptom=Symptom.ERRORS, at=AT + 2 * MINUTE)  # fmt: skip


def proven(answer: TraceAnswer) -> Chain:
    """The chain, in which the case itself proves it."""
    chain = answer.causes.chains[0]
    assert {one.value for one in chain.factors if one.name == "taken"} == {PROOF}
    return chain


@pytest.mark.parametrize(
    "address",
    [
        "http://user-servise:80",
        "http://user-service.prods.svc.cluster.local",
        "http://user-service:8081",
    ],
)
def test_an_address_that_names_nothing_is_proven(opened: Open, address: str) -> None:
    """A letter, a namespace or a port is wrong; the gateway's new pods have it."""
    past = shop()
    root = workload(past, GATEWAY, BREAKS, by=TOM, image="gateway:7", API_URL="http://api:8080",
                    USERS_URL="http://user-service:80")  # fmt: skip
    root = workload(past, GATEWAY, AT - MINUTE, by=TOM, image="gateway:7", USERS_URL=address,
                    API_URL="http://api:8080")  # fmt: skip
    made(past, GATEWAY, AT - MINUTE // 2)
    errors(past, service("api-gateway", "prod"), AT)
    chain = proven(asked(opened(past)))
    assert (chain.root.object, chain.root.at) == (GATEWAY, root.happened_at)


@pytest.mark.parametrize(
    ("address", "is_wrong"),
    [
        ("http://user-servise:80", True),
        ("http://shop.example.com", False),
        ("http://example.com", False),
        ("http://localhost:80", False),
    ],
)
def test_an_address_in_a_configmap_is_looked_at_too(
    opened: Open, address: str, *, is_wrong: bool
) -> None:
    """One that leads out of the cluster, or into the pod itself, is none of ours, and no proof."""
    past = shop()
    known = {"CACHE_SIZE": "512", "USERS_URL": "http://user-service:80"}
    past.write(API_CONFIG, BREAKS, by=SARAH, data=known)
    past.write(API_CONFIG, AT - 2 * MINUTE, by=TOM, data={**known, "USERS_URL": address})
    made(past, API, AT - MINUTE)
    errors(past, service("api", "prod"), AT)
    answer = asked(opened(past), "api")
    found = [
        one.words
        for chain in (*answer.causes.chains, *answer.causes.others)
        for one in chain.factors
        if one.name == "taken" and chain.root.at == AT - 2 * MINUTE
    ]
    assert any("no Service" in words for words in found) == is_wrong


def test_a_route_to_a_port_that_is_not_there_is_proven(opened: Open) -> None:
    """An HTTPRoute, as an Ingress."""
    past = shop()

    def rules(port: int) -> list[dict[str, Any]]:
        return [{"backendRefs": [{"name": "user-service", "port": port}]}]

    past.write(ROUTE, minutes(50), rules=rules(80))
    past.write(ROUTE, BREAKS, by=TOM, rules=rules(8080))
    errors(past, USER_SERVICE, AT)
    chain = proven(asked(opened(past), "user-service"))
    assert (chain.root.object, chain.root.actor) == (ROUTE, TOM)
