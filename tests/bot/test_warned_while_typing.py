"""`kubectl smart serve` at the API server's admission webhook: from a note to a warning."""

from __future__ import annotations

import json
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from tests.bot.test_watched_cluster import in_a_thread, kubeconfig, until_said
from tests.support.admission_reviews import body, review, scaled
from tests.support.audit_events import audit_event, deployment
from tests.support.certificates import Authority
from tests.support.cluster import CONFIG_MAPS, DEPLOYMENTS, FakeCluster
from tests.support.live_process import TOKEN, LiveProcess, deliver, event_list, post
from tests.support.recordings import smart

AUDITED = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0, tls: {{certificate: {certificate}, key: {key}}}}}
  admission: {{tokens: [{{env: AUDIT_TOKEN}}]}}
  audit_webhook: {{tokens: [{{env: AUDIT_TOKEN}}]}}
  commit: {{decisions: 0.1, journal: 0.5}}
"""
ALONE = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  admission: {{tokens: [{{env: AUDIT_TOKEN}}]}}
  commit: {{decisions: 0.1, journal: 0.5}}
"""
WATCHED = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  admission: {{tokens: [{{env: AUDIT_TOKEN}}]}}
  watch: {{kubeconfig: {kubeconfig}}}
  commit: {{decisions: 0.1, journal: 0.5}}
"""


def admission(process: LiveProcess) -> str:
    """Where it listens, once it does."""
    (line,) = [one for one in process.said if one.endswith("/admission")]
    return line.rpartition(" ")[2]


def answered(url: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The response to a review, which is always allowed."""
    status, text = post(url, body(asked))
    assert status == 200, text
    response = json.loads(text)["response"]
    assert (response["uid"], response["allowed"]) == (asked["request"]["uid"], True)
    return dict(response)


def test_a_rule_is_told_to_whoever_breaks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Remembered, then scaled below it over TLS: warned in its words; nothing is recorded twice."""
    authority = Authority(tmp_path)
    pair = authority.signed("kubectl-smart.kubectl-smart.svc")
    context = ssl.create_default_context(cafile=str(authority.certificate))
    monkeypatch.setattr(
        urllib.request, "_opener",
        urllib.request.build_opener(urllib.request.HTTPSHandler(context=context)),
    )  # fmt: skip
    memory, config = tmp_path / "memory", tmp_path / "smart.yaml"
    config.write_text(
        AUDITED.format(memory=memory, certificate=pair.certificate, key=pair.key), "utf-8"
    )
    known = deployment(8, rv=1)
    process = LiveProcess(config)
    process.start()
    try:
        event = audit_event("create", "deployments", "api", group="apps", response=known)
        deliver(process, event_list([event]))
        process.until("changes_total", 1)
    finally:
        assert process.stop() == 0, process.said
    words = "never below 5: provider SLA, see 2020-11-blackfriday"
    smart("remember", "deployment/api", "-n", "prod", words, "--field", "replicas", memory=memory)
    process = LiveProcess(config)
    process.start_at("admission")
    try:
        url = admission(process)
        asked = review("UPDATE", scaled(known, 3), known, scale=True)
        said = until_warned(url, asked)
        assert len(said) == 1
        assert said[0].startswith(f"{words} (")
        assert said[0].endswith("; this sets spec.replicas to 3)")
        asked = review("UPDATE", scaled(known, 6), known, scale=True)
        assert "warnings" not in answered(url, asked)
        assert process.figure("changes_total") == 0
        assert 'outcome="warned"' in process.get("/metrics")[1]
        assert 'outcome="recorded"' not in process.get("/metrics")[1]
    finally:
        assert process.stop() == 0, process.said
    assert not [line for line in process.said if "Traceback" in line], process.said


def until_warned(url: str, asked: dict[str, Any]) -> list[str]:
    """The warnings, once there are: the process has just begun to read its notes."""
    for _ in range(100):
        if warnings := answered(url, asked).get("warnings"):
            return list(warnings)
        time.sleep(0.1)
    raise AssertionError("never warned")


def test_a_watch_learns_from_it_who_wrote(tmp_path: Path) -> None:
    """With its confidence stated; what was refused later is no change, and a dry run is nothing."""
    pytest.importorskip("kubernetes")
    cluster = FakeCluster()
    before = cluster.put(DEPLOYMENTS, "api", spec={"replicas": 2})
    memory, config = tmp_path / "memory", tmp_path / "smart.yaml"
    with in_a_thread(cluster) as url:
        where = kubeconfig(tmp_path / "kubeconfig", url)
        config.write_text(WATCHED.format(memory=memory, kubeconfig=where))
        process = LiveProcess(config)
        process.start_at("admission")
        try:
            until_said(memory, "why deployment/api -n prod", "found")
            door = admission(process)
            answered(door, review("UPDATE", scaled(before, 9), before, scale=True, dry_run=True))
            answered(door, review("UPDATE", scaled(before, 7), before, scale=True))  # refused later
            answered(door, review("UPDATE", scaled(before, 3), before, scale=True))
            cluster.put(DEPLOYMENTS, "api", spec={"replicas": 3}, manager="kubectl")
            made = {"SIZE": "1"}
            wanted = cluster.put(CONFIG_MAPS, "other", data=made)
            answer = until_said(memory, "why deployment/api --replicas -n prod", "2 → 3")
            until_said(memory, "why configmap/other -n prod", "created")
        finally:
            code = process.stop()
    assert code == 0, process.said
    assert "by ada@example.com" in answer
    assert "by admission: asked to scale this uid to 3" in answer
    assert "kubectl scale deployment/api -n prod --replicas=3" in answer
    assert "→ 7" not in answer
    assert "→ 9" not in answer
    assert wanted["data"] == made
    found = smart("why", "configmap/other", "-n", "prod", memory=memory).stdout
    assert "by admission" not in found
    assert smart("verify", memory=memory).returncode == 0


def test_who_asked_is_known_after_a_crash(tmp_path: Path) -> None:
    """Killed between what was asked and what came of it; nobody listened meanwhile."""
    pytest.importorskip("kubernetes")
    cluster = FakeCluster()
    before = cluster.put(DEPLOYMENTS, "api", spec={"replicas": 2})
    memory, config = tmp_path / "memory", tmp_path / "smart.yaml"
    with in_a_thread(cluster) as url:
        where = kubeconfig(tmp_path / "kubeconfig", url)
        config.write_text(WATCHED.format(memory=memory, kubeconfig=where))
        process = LiveProcess(config)
        process.start_at("admission")
        until_said(memory, "why deployment/api -n prod", "found")
        answered(admission(process), review("UPDATE", scaled(before, 3), before, scale=True))
        process.kill()
        cluster.put(DEPLOYMENTS, "api", spec={"replicas": 3}, manager="kubectl")
        process = LiveProcess(config)
        process.start_at("admission")
        try:
            answer = until_said(memory, "why deployment/api --replicas -n prod", "2 → 3")
        finally:
            assert process.stop() == 0, process.said
    assert "by ada@example.com" in answer
    assert "nobody saw it: between" in answer


def test_where_nobody_listens_it_is_said_so(tmp_path: Path) -> None:
    """Neither watch nor audit log: what was asked is an attempt, and no change."""
    memory, config = tmp_path / "memory", tmp_path / "smart.yaml"
    config.write_text(ALONE.format(memory=memory))
    process = LiveProcess(config)
    process.start_at("admission")
    try:
        known = deployment(8)
        door = admission(process)
        answered(f"{door}/{TOKEN}", review("UPDATE", scaled(known, 3), known, scale=True))
        answered(door, review("UPDATE", scaled(known, 2), known, scale=True, dry_run=True))
        process.until("records_total", 1)
    finally:
        assert process.stop() == 0, process.said
    log = ["git", "-C", str(memory), "log", "--format=%an: %s%n%b", "main", "-1"]
    said = subprocess.run(log, capture_output=True, text=True, check=True).stdout
    assert "ada@example.com: ada@example.com tried: scale deployment/api -n prod --repl" in said
    assert "Outcome: admitted; whether it took place was not heard" in said
    assert smart("verify", memory=memory).returncode == 0
    smart("reindex", memory=memory)
    asked = smart("why", "deployment/api", "-n", "prod", memory=memory, check=False)
    assert "→ 3" not in asked.stdout
