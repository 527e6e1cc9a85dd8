"""The edges of the recorded hour: all that its objects say of each other, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recordings import smart

_PLACES = ("prod", "payments", "data", "ops")


def _asked(memory: Path, *words: str) -> dict[str, Any]:
    printed = smart("dependencies", *words, "-o", "json", memory=memory).stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def _edges(found: list[dict[str, Any]]) -> list[str]:
    return [
        f"{one['caller']['kind']}/{one['caller']['name']} {one['kind']} "
        f"{one['callee']['kind']}/{one['callee']['name']} by {one['evidence'][-1]['field']}"
        for one in found
    ]


def test_the_database_and_all_that_lead_to_it(story_memory: Path) -> None:
    """The job whose ConfigMap names it is among them: it dropped the index."""
    found = _asked(story_memory, "service/user-db")
    template = "spec.template.spec.containers[main]"
    assert _edges(found["needs"]) == [
        "Service/user-db selects StatefulSet/user-db by spec.selector"
    ]
    assert _edges(found["neededBy"]) == [
        f"Deployment/user-service calls Service/user-db by {template}.env[DB_HOST].value",
        "CronJob/maintenance-job calls Service/user-db by data.TARGET_DB",
        "ConfigMap/maintenance-config names Service/user-db by data.TARGET_DB",
        "StatefulSet/user-db uses Service/user-db by spec.serviceName",
    ]
    job = found["neededBy"][1]["evidence"]
    assert [one["object"]["kind"] for one in job] == ["CronJob", "ConfigMap"]
    assert [one["value"] for one in job] == ["maintenance-config", "user-db.data"]
    assert all(one["commit"] and one["changeId"] for one in job)


def test_who_needs_the_gateway_and_whom_it_needs(story_memory: Path) -> None:
    """Its three addresses, the Ingress before it, its autoscaler."""
    found = _asked(story_memory, "deployment/api-gateway")
    env = "spec.template.spec.containers[main].env"
    assert _edges(found["needs"]) == [
        f"Deployment/api-gateway calls Service/payment-api by {env}[PAYMENT_URL].value",
        f"Deployment/api-gateway calls Service/api by {env}[API_URL].value",
        f"Deployment/api-gateway calls Service/user-service by {env}[USER_SERVICE_URL].value",
    ]
    path = "spec.rules[shop.example.com].http.paths[/:Prefix].backend.service.name"
    assert _edges(found["neededBy"]) == [
        f"Ingress/shop routes Service/api-gateway by {path}",
        "Service/api-gateway selects Deployment/api-gateway by spec.selector",
        "HorizontalPodAutoscaler/api-gateway scales Deployment/api-gateway by "
        "spec.scaleTargetRef.name",
    ]


def test_every_edge_of_the_applications(story_memory: Path) -> None:
    """Asked one by one: no feature flag and no number is taken for an address."""
    from kubectl_smart.memory.graph.configured import edges_between
    from kubectl_smart.memory.opening import open_memory

    with open_memory(story_memory) as memory:
        edges = edges_between(memory.index, None, None)
    calls = {
        (one.caller.name, one.callee.name)
        for one in edges
        if one.caller.namespace in _PLACES and one.kind in ("calls", "routes", "names")
    }
    assert calls == {
        ("api", "user-service"),
        ("api-gateway", "api"),
        ("api-gateway", "payment-api"),
        ("api-gateway", "user-service"),
        ("maintenance-config", "user-db"),
        ("maintenance-job", "user-db"),
        ("payment-api", "payment-processor"),
        ("shop", "api-gateway"),
        ("user-service", "redis"),
        ("user-service", "user-db"),
    }
