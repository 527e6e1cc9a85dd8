"""`doctor` on a whole set-up that works, and on one in which everything is broken.

After a change that is meant: GOLDEN=write pytest tests/bot/doctor
"""

from __future__ import annotations

import json
import os
import ssl
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from rendered_manifests import SOURCE
from tests.bot.test_watched_cluster import kubeconfig
from tests.support.alertmanager import alertmanager, free_port
from tests.support.audit_events import audit_event
from tests.support.beside import beside
from tests.support.certificates import Authority
from tests.support.cluster import USUAL, FakeCluster, Rule, served
from tests.support.doctored import doctor, doctor_prints, pinned
from tests.support.exporter import exporter
from tests.support.live_process import TOKEN, LiveProcess, event_list
from tests.support.prometheus_server import prometheus
from tests.support.slack_world import a_workspace

from kubectl_smart.bot.console.platform import Platform
from kubectl_smart.bot.console.server import Server, running
from kubectl_smart.memory.formats.manifests import from_yaml

GOLDEN = Path(__file__).parents[2] / "golden"
POLICY = SOURCE / "deploy" / "audit" / "policy.yaml"
CONFIG = """
memory: {folder}/memory
listen: {{port: {port}}}
capture:
  doors:
    port: 0
    tls: {{certificate: {folder}/{name}.crt, key: {folder}/{name}.key}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  alertmanager:
    tokens: [{{file: {folder}/alertmanager-token}}]
  watch: {{kubeconfig: {folder}/kubeconfig, wait: 1}}
  prometheus: {{url: "{prometheus}", scrape: 1, reach: 4, every: 1}}
  commit: {{decisions: 0.1, journal: 0.5}}
slack:
  base_url: {slack}/api/
  bot_token: {{env: BOT}}
  app_token: {{env: APP}}
  teams: [{team}]
  roles:
    - {{name: all, users: [U1], namespaces: ["*"]}}
  feeds:
    - {{channel: {channel}}}
"""
METRICS = """\
http_requests_total{service="api"} 1
http_request_duration_seconds_bucket{namespace="prod",service="api",code="200",le="0.1"} 9
http_request_duration_seconds_bucket{namespace="prod",service="api",code="200",le="+Inf"} 9
http_request_duration_seconds_count{namespace="prod",service="api",code="200"} 9
http_request_duration_seconds_sum{namespace="prod",service="api",code="200"} 0.5
container_cpu_cfs_throttled_periods_total{namespace="prod",pod="api-1",container="api"} 1
container_cpu_cfs_periods_total{namespace="prod",pod="api-1",container="api"} 9
container_memory_working_set_bytes{namespace="prod",pod="api-1",container="api"} 9000000
kube_pod_container_status_restarts_total{namespace="prod",pod="api-1",container="api"} 0
"""
NAME = "kubectl-smart.kubectl-smart.svc"


@dataclass
class Setup:
    """A configuration and what it leads to."""

    folder: Path
    config: Path
    environment: dict[str, str]
    alertmanager: str
    words: tuple[str, ...]


@pytest.fixture
def setup(tmp_path: Path) -> Iterator[Setup]:
    """A cluster, Prometheus, Alertmanager, Slack and `serve`, each having been heard."""
    pytest.importorskip("kubernetes")
    workspace, app = a_workspace()
    channel = next(one for one in workspace.channels.values() if one.name == "incidents")
    mine = Rule(("*",), tuple(one.plural for one in USUAL if one.plural != "secrets"))
    cluster = FakeCluster(rules=[mine])
    authority = Authority(tmp_path)
    authority.signed(NAME, NAME, days=300)
    token = tmp_path / "alertmanager-token"
    token.write_text("token-of-alertmanager\n")
    token.chmod(0o600)
    port = free_port()
    with ExitStack() as stack:
        url = stack.enter_context(beside(lambda: served(cluster)))
        kubeconfig(tmp_path / "kubeconfig", url)
        target = stack.enter_context(exporter(METRICS))
        (tmp_path / "prometheus").mkdir()
        metrics = stack.enter_context(prometheus(tmp_path / "prometheus", target=target))
        platform = Platform(workspace, app, rates_enforced=False)
        slack = stack.enter_context(beside(lambda: running(Server(platform))))
        config = tmp_path / "smart.yaml"
        config.write_text(
            CONFIG.format(
                folder=tmp_path, port=port, name=NAME, prometheus=metrics, slack=slack.base,
                team=workspace.team, channel=channel.id,
            )
        )  # fmt: skip
        environment = {"AUDIT_TOKEN": TOKEN, "BOT": app.bot_token, "APP": app.app_token}
        process = LiveProcess(config, **environment)
        process.start()
        stack.callback(process.end)
        door = process.audit.removesuffix("/audit")
        _hand_over(f"{door}/audit", event_list([_just_now()]), TOKEN, authority)
        alerts = json.dumps({"version": "4", "alerts": [ALERT]}).encode()
        _hand_over(f"{door}/alertmanager", alerts, "token-of-alertmanager", authority)
        (tmp_path / "alertmanager").mkdir()
        calls = alertmanager(tmp_path / "alertmanager", f"{door}/alertmanager", "x")
        address = stack.enter_context(calls)
        _until_heard(tmp_path, process, "watch", "audit-webhook", "alertmanager", "prometheus")
        words = (
            "--config", str(config), "--alertmanager", address, "--audit-policy", str(POLICY),
            "--within", "60",
        )  # fmt: skip
        yield Setup(tmp_path, config, environment, address, words)


ALERT = {
    "status": "firing", "labels": {"alertname": "Slow", "namespace": "prod"}, "annotations": {},
    "startsAt": "2026-11-23T02:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "ab12",
}  # fmt: skip


def _just_now() -> dict[str, Any]:
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    event = audit_event("create", "configmaps", "settings", response={"data": {"a": "b"}})
    return {**event, "stageTimestamp": stamp, "requestReceivedTimestamp": stamp}


def _hand_over(url: str, body: bytes, token: str, authority: Authority) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
    context = ssl.create_default_context(cafile=str(authority.certificate))
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:  # noqa: S310
        assert answer.status == 200


def _until_heard(folder: Path, process: LiveProcess, *sources: str) -> None:
    """Until the figures of the process, and the file it writes, name them all."""
    file = folder / "memory" / "smart" / "hearing.json"
    for _ in range(900):
        told = json.loads(file.read_text())["states"] if file.exists() else []
        heard = {name for name, listening, _, heard_at, *_ in told if listening and heard_at}
        if heard.issuperset(sources):
            return
        time.sleep(0.1)
    raise AssertionError((heard, process.said))


def test_a_set_up_that_works(setup: Setup) -> None:
    """Every check is ok or not configured; the output is the golden one, and holds no secret."""
    printed = doctor_prints(*setup.words, environment=setup.environment)
    assert printed.returncode == 0, printed.stdout
    for secret in (*setup.environment.values(), "token-of-alertmanager", "token-of-the-watch"):
        assert secret not in printed.stdout
    _is_golden("doctor-healthy.txt", pinned(printed.stdout, setup.folder))
    yaml = doctor_prints(*setup.words, "-o", "yaml", environment=setup.environment).stdout
    document = from_yaml(yaml.encode())
    assert document["kind"] == "Doctor"
    assert document["counts"]["failed"] == document["counts"]["warning"] == 0
    markdown = doctor_prints(*setup.words, "-o", "md", environment=setup.environment).stdout
    assert markdown.startswith("# kubectl smart doctor: ")
    assert "- **ok** " in markdown


def test_everything_is_broken(tmp_path: Path) -> None:
    """Each part that does not work says what to do next; the output is the golden one."""
    pytest.importorskip("kubernetes")
    authority = Authority(tmp_path)
    authority.signed(NAME, NAME, days=-1, since=30)
    closed = f"http://127.0.0.1:{free_port()}"
    (tmp_path / "alertmanager-token").write_text("token-of-alertmanager\n")
    (tmp_path / "alertmanager-token").chmod(0o644)
    kubeconfig(tmp_path / "kubeconfig", closed)
    policy = tmp_path / "policy.yaml"
    policy.write_text("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{level: Metadata}]\n")
    config = tmp_path / "smart.yaml"
    config.write_text(
        CONFIG.format(
            folder=tmp_path, port=free_port(), name=NAME, prometheus=closed, slack=closed,
            team="T1", channel="C1",
        )
    )  # fmt: skip
    words = (
        "--config", str(config), "--audit-policy", str(policy), "--alertmanager", closed,
    )  # fmt: skip
    secrets = {"BOT": "xoxb-stand-in-bot", "APP": "xapp-stand-in-app"}
    printed = doctor_prints(*words, environment=secrets)
    assert printed.returncode == 1
    assert "stand-in-bot" not in printed.stdout
    _is_golden("doctor-broken.txt", pinned(printed.stdout, tmp_path))
    for one in doctor(*words, environment=secrets).findings:
        if one["state"] in ("failed", "warning"):
            assert one["remedy"], one


def test_with_nothing_at_all(tmp_path: Path) -> None:
    """No configuration, no kubeconfig, no memory: what was tried, and how to begin."""
    found = doctor("--memory", str(tmp_path / "none"), environment={"HOME": str(tmp_path)})
    assert found.code == 1
    assert [one["check"] for one in found.findings if one["state"] == "failed"] == ["repository"]
    assert "kubectl smart import" in found.one("memory", "repository")["remedy"]
    assert "tried $KUBECONFIG" in found.one("cluster", "account")["said"]


def _is_golden(name: str, text: str) -> None:
    place = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        place.write_text(text)
    assert text == place.read_text()
