"""`doctor` on the API server's audit: its log and its policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rendered_manifests import SOURCE
from tests.support.audit_events import audit_event
from tests.support.audit_policy import level_of as reference_level_of
from tests.support.doctored import look

from kubectl_smart.bot.doctor import audit, policies
from kubectl_smart.bot.doctor.findings import State

DEPLOYED = SOURCE / "deploy" / "audit" / "policy.yaml"


def log_of(folder: Path, text: str | None) -> dict[str, Any]:
    """What the doctor says of a log with this text."""
    path = folder / "audit.log"
    if text is not None:
        path.write_text(text)
    found = look(folder, f"capture:\n  audit_log: {{path: {path}}}\n")
    return found.one("audit", "log")


@pytest.mark.parametrize(
    ("text", "state", "remedy"),
    [
        (None, "failed", "--audit-log-path"),
        ("", "warning", "audit policy"),
        ("2026-01-01 AUDIT: id=1 stage=x\n", "failed", "--audit-log-format=json"),
        ('{"kind": "Pod"}\n', "failed", "--audit-log-format=json"),
        (json.dumps(audit_event("get", "pods")) + "\n", "warning", "clocks agree"),
    ],
)
def test_logs_that_are_of_no_use(tmp_path: Path, text: str | None, state: str, remedy: str) -> None:
    """Missing, empty, of another form, of something else, or old."""
    one = log_of(tmp_path, text)
    assert one["state"] == state
    assert remedy in one["remedy"]


def test_the_newest_whole_line_counts(tmp_path: Path) -> None:
    """Half a line at the end is still being written."""
    path = tmp_path / "audit.log"
    path.write_bytes(b'{"a": 1}\n{"b": 2}\n{"c"')
    assert audit.last_line(path) == b'{"b": 2}'


def policy_of(folder: Path, text: str) -> list[dict[str, Any]]:
    """What the doctor says of a policy."""
    (folder / "policy.yaml").write_text(text)
    found = look(folder, "", "--audit-policy", str(folder / "policy.yaml"))
    return found.of("audit", "policy")


def test_the_policy_that_comes_along_is_well(tmp_path: Path) -> None:
    """Every request that matters, at its level."""
    (one,) = policy_of(tmp_path, DEPLOYED.read_text())
    assert one["state"] == "ok"


def test_a_policy_without_bodies_is_told_the_rule(tmp_path: Path) -> None:
    """Put first, the rule mends it."""
    head = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
    (one,) = policy_of(tmp_path, f"{head}- level: Metadata\n")
    assert one["state"] == "failed"
    assert "told below RequestResponse: a person's create of deployments" in one["said"]
    mended = yaml.safe_load(f"{head}{chr(10).join(one['steps'])}\n- level: Metadata\n")
    assert {one.state for one in policies.judged(mended)} == {State.WARNING}


def test_a_policy_that_tells_secrets_is_warned_of(tmp_path: Path) -> None:
    """Redacted or not, they need not travel."""
    head = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
    (one,) = policy_of(tmp_path, f"{head}- level: RequestResponse\n")
    assert one["state"] == "warning"
    assert "secrets" in one["said"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is no YAML"),
        ("kind: Policy\n", "no Policy of audit.k8s.io/v1"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\n", "no rules"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: All}]\n", "rule 1"),
        ("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: None}]\n"
         "omitStages: [ResponseComplete]\n", "ResponseComplete"),
    ],
)  # fmt: skip
def test_policies_that_are_broken(tmp_path: Path, text: str, said: str) -> None:
    """What the API server would not start with."""
    first = policy_of(tmp_path, text)[0]
    assert first["state"] == "failed"
    assert said in first["said"]
    assert first["remedy"]


_WORDS = st.sampled_from(["pods", "pods/*", "*", "*/exec", "pods/exec", "secrets", "configmaps"])
_RULES = st.fixed_dictionaries(
    {"level": st.sampled_from(policies.LEVELS)},
    optional={
        "users": st.lists(st.sampled_from(["alice@example.com", "bob"]), max_size=2),
        "userGroups": st.lists(st.sampled_from(["developers", "system:nodes"]), max_size=2),
        "verbs": st.lists(st.sampled_from(["create", "patch", "get"]), max_size=2),
        "namespaces": st.lists(st.sampled_from(["default", "prod"]), max_size=2),
        "resources": st.lists(
            st.fixed_dictionaries(
                {"group": st.sampled_from(["", "apps"])},
                optional={"resources": st.lists(_WORDS, max_size=3)},
            ),
            max_size=2,
        ),
    },
)


@given(rules=st.lists(_RULES, max_size=5))
def test_a_policy_is_read_as_the_reference_reads_it(rules: list[dict[str, Any]]) -> None:
    """The same level for every request that matters, whatever the rules."""
    for probe in policies.PROBES:
        asked = probe.asked
        event = {
            "user": {"username": asked.user, "groups": list(asked.groups)},
            "verb": asked.verb,
            "requestURI": "/",
            "objectRef": {
                "resource": asked.resource, "apiGroup": asked.group, "namespace": asked.namespace,
                "subresource": asked.subresource, "name": asked.name,
            },
        }  # fmt: skip
        assert policies.level_of({"rules": rules}, asked) == reference_level_of(
            {"rules": rules}, event
        )
