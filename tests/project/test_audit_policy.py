"""The audit policy we recommend: nothing the memory records is lost by it, much else is."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from audit_events import Log, audit_event
from audit_policy import LEVELS, level_of, logged

SOURCE = Path(os.environ.get("KUBECTL_SMART_SOURCE", Path(__file__).parents[2]))
CORPUS = Path(os.environ.get("KUBECTL_SMART_CORPUS", SOURCE.parent / "shared" / "corpus"))
POLICY = yaml.safe_load((SOURCE / "deploy" / "audit" / "policy.yaml").read_text("utf-8"))
PERSON = {"username": "sarah@example.com", "groups": ["sre", "system:authenticated"]}
NODE = {"username": "system:node:n1", "groups": ["system:nodes", "system:authenticated"]}
ACCOUNT = {
    "username": "system:serviceaccount:argocd:argocd-server",
    "groups": ["system:serviceaccounts", "system:authenticated"],
}
SCHEDULER = {"username": "system:kube-scheduler", "groups": ["system:authenticated"]}


@pytest.fixture(scope="module")
def events() -> list[dict[str, Any]]:
    """The hour that was recorded, at RequestResponse."""
    recording = CORPUS / "story" / "audit.jsonl.gz"
    if not recording.exists():
        pytest.skip(f"no recording at {recording}")
    with gzip.open(recording) as lines:
        return [orjson.loads(line) for line in lines]


def _records(events: list[dict[str, Any]]) -> list[str]:
    log = Log()
    log.add(*events)
    log.close()
    return sorted(repr(record) for record in log.records)


def test_no_record_is_lost(events: list[dict[str, Any]]) -> None:
    """What the policy leaves of the hour makes the very same records as the whole of it."""
    kept = [one for event in events if (one := logged(POLICY, event)) is not None]
    whole, left = (sum(len(orjson.dumps(one)) for one in some) for some in (events, kept))
    print(f"{len(kept)} of {len(events)} events, {left} of {whole} bytes")

    assert len(_records(events)) > 2_000
    assert _records(kept) == _records(events)
    assert left < 0.7 * whole


def test_losses_would_be_seen(events: list[dict[str, Any]]) -> None:
    """Without the status writes of Deployments, revisions are lost: why that rule is not there."""
    rule = {"level": "None", "resources": [{"group": "apps", "resources": ["deployments/status"]}]}
    stricter = {**POLICY, "rules": [rule, *POLICY["rules"]]}
    kept = [one for event in events if (one := logged(stricter, event)) is not None]

    assert _records(kept) != _records(events)


@pytest.mark.parametrize(
    ("event", "level"),
    [
        (audit_event("get", "pods", "api-1", user=PERSON), "Metadata"),
        (audit_event("list", "deployments", group="apps", user=PERSON), "Metadata"),
        (audit_event("get", "pods", "api-1", subresource="log", user=PERSON), "Metadata"),
        (audit_event("get", "pods", "api-1", subresource="exec", user=PERSON), "Metadata"),
        (audit_event("create", "pods", "api-1", subresource="exec", user=PERSON), "Metadata"),
        (
            audit_event("create", "pods", "api-1", subresource="portforward", user=PERSON),
            "Metadata",
        ),
        (audit_event("get", "secrets", "key", user=PERSON), "Metadata"),
        (audit_event("update", "secrets", "key", user=PERSON), "Metadata"),
        (audit_event("create", "secrets", "key", user=ACCOUNT), "Metadata"),
        (audit_event("create", "serviceaccounts", "x", subresource="token", user=NODE), "Metadata"),
        (audit_event("list", "secrets", user=ACCOUNT), "None"),
        (audit_event("list", "pods", user=NODE), "None"),
        (audit_event("get", "pods", "api-1", user=ACCOUNT), "None"),
        (audit_event("watch", "pods", user=SCHEDULER), "None"),
        (audit_event("update", "leases", "x", group="coordination.k8s.io", user=NODE), "None"),
        (audit_event("update", "leases", "x", group="", user=NODE), "RequestResponse"),
        (
            audit_event("create", "tokenreviews", group="authentication.k8s.io", user=ACCOUNT),
            "None",
        ),
        (audit_event("patch", "deployments", "api", group="apps", user=PERSON), "RequestResponse"),
        (
            audit_event("patch", "deployments", "api", group="apps", subresource="scale"),
            "RequestResponse",
        ),
        (audit_event("update", "replicasets", "a", group="apps", subresource="status"), "None"),
        (audit_event("create", "pods", "a", subresource="binding"), "RequestResponse"),
        (audit_event("create", "pods", "a", subresource="eviction"), "RequestResponse"),
        (audit_event("patch", "pods", "a", subresource="status", user=NODE), "RequestResponse"),
        (audit_event("create", "events", "a", user=NODE), "RequestResponse"),
        (audit_event("patch", "widgets", "w", group="example.com"), "RequestResponse"),
    ],
)
def test_each_request_has_its_level(event: dict[str, Any], level: str) -> None:
    """People's reads and every write are told, secrets without content, noise not at all."""
    assert level_of(POLICY, event) == level


def test_paths_without_objects_are_not_told() -> None:
    """Health checks and discovery, whoever asks."""
    event = audit_event("get", "x", user=PERSON)
    del event["objectRef"]

    assert level_of(POLICY, {**event, "requestURI": "/healthz?verbose"}) == "None"


def test_the_first_rule_that_matches_decides() -> None:
    """The evaluation is that of the API server: order, sub-resources, names, the default None."""
    event = audit_event("patch", "deployments", "api", group="apps", subresource="scale")

    def level(*rules: dict[str, Any]) -> str:
        return level_of({"rules": rules}, event)

    def on(*resources: str, **more: Any) -> dict[str, Any]:
        return {
            "level": "Request",
            "resources": [{"group": "apps", "resources": resources, **more}],
        }

    assert level() == "None"
    assert level({"level": "Metadata"}, on("*")) == "Metadata"
    assert level(on("deployments")) == "None"
    assert level(on("deployments/scale")) == "Request"
    assert level(on("deployments/*")) == level(on("*/scale")) == level(on("*")) == "Request"
    assert level(on("*", resourceNames=["web"])) == "None"
    assert level({"level": "Request", "users": ["sarah"]}) == "None"
    assert level({"level": "Request", "namespaces": ["other"]}) == "None"


def test_levels_cut_bodies() -> None:
    """Metadata holds none, Request what was asked, and field managers can be left out."""
    event = audit_event(
        "patch", "pods", "a", request={"spec": {}}, response={"metadata": {"managedFields": []}}
    )
    shapes = {}
    for level in LEVELS[1:]:
        one = logged({"rules": [{"level": level}], "omitManagedFields": True}, event)
        assert one is not None
        shapes[level] = {
            name: one[name] for name in ("requestObject", "responseObject") if name in one
        }

    assert shapes["Metadata"] == {}
    assert shapes["Request"] == {"requestObject": {"spec": {}}}
    assert shapes["RequestResponse"]["responseObject"] == {"metadata": {}}


def test_the_policy_is_one() -> None:
    """Fields and values of audit.k8s.io/v1 (apiserver/pkg/apis/audit/v1/types.go), no others."""
    assert (POLICY["apiVersion"], POLICY["kind"]) == ("audit.k8s.io/v1", "Policy")
    assert set(POLICY) == {"apiVersion", "kind", "rules", "omitStages", "omitManagedFields"}
    assert set(POLICY["omitStages"]) == {"RequestReceived", "ResponseStarted"}
    known = {"level", "users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs"}
    for rule in POLICY["rules"]:
        assert rule["level"] in LEVELS
        assert set(rule) <= known
        assert not ("nonResourceURLs" in rule and ("resources" in rule or "namespaces" in rule))
        for group in rule.get("resources", ()):
            assert set(group) <= {"group", "resources", "resourceNames"}
