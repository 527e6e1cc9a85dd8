"""`doctor` on a real Prometheus and a real Alertmanager."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.alertmanager import alertmanager, free_port
from tests.support.doctored import Found, doctor
from tests.support.exporter import exporter
from tests.support.prometheus_server import prometheus

from kubectl_smart.bot.doctor.alertmanager import judged
from kubectl_smart.bot.doctor.findings import State
from kubectl_smart.bot.doctor.prometheus import counted

TEXT = 'kube_pod_container_status_restarts_total{namespace="prod",pod="api-1",container="a"} 0\n'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that scrapes kube-state-metrics' metric every second, and nothing else."""
    folder = tmp_path_factory.mktemp("prometheus")
    with exporter(TEXT) as target, prometheus(folder, target=target) as found:
        yield found


def found_with(folder: Path, prometheus: str, *more: str) -> Found:
    """What the doctor finds where this stands under capture."""
    config = folder / "smart.yaml"
    config.write_text(f"capture:\n  prometheus: {prometheus}\n")
    return doctor(
        "--memory", str(folder / "m"), "--config", str(config), "--within", "60", *more
    )  # fmt: skip


def test_an_exporter_that_is_missing_is_named(tmp_path: Path, address: str) -> None:
    """Each default query says who would tell it."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:  # two scrapes, and `restarts` has a series
        found = found_with(tmp_path, f"{{url: '{address}', scrape: 1, reach: 4}}")
        said = {one["said"]: one for one in found.of("Prometheus", "queries")}
        if "restarts: 1 series" in said:
            break
        time.sleep(0.2)
    assert said["restarts: 1 series"]["state"] == "ok"
    memory = next(one for text, one in said.items() if text.startswith("memory:"))
    assert (memory["state"], "cAdvisor" in memory["said"]) == ("warning", True)
    assert "let Prometheus scrape it" in memory["remedy"]
    mesh = next(one for text, one in said.items() if text.startswith("mesh latency"))
    assert (mesh["state"], "Istio" in mesh["said"]) == ("not configured", True)


def test_an_interval_set_wrong_is_told(tmp_path: Path, address: str) -> None:
    """The real one is measured, and the key to set is named."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        found = found_with(tmp_path, f"{{url: '{address}', scrape: 0.2, reach: 4}}")
        one = found.one("Prometheus", "scrape interval")
        if "nothing twice" not in one["said"]:
            break
        time.sleep(0.2)
    assert one["state"] == "warning"
    assert "capture.prometheus.scrape is 0.2" in one["said"]
    assert "set capture.prometheus.scrape to 1" in one["remedy"]


def test_a_prometheus_that_scrapes_nothing_is_told(tmp_path: Path) -> None:
    """Its page of targets is named."""
    (tmp_path / "p").mkdir()
    with prometheus(tmp_path / "p") as url:
        found = found_with(tmp_path, f"{{url: '{url}'}}")
    one = found.one("Prometheus", "scrape interval")
    assert one["state"] == "warning"
    assert "Targets" in one["remedy"]


def test_a_query_that_is_wrong_is_told(tmp_path: Path, address: str) -> None:
    """With Prometheus' own words."""
    more = "queries: {depth: {promql: 'sum by (nothing'}}"
    found = found_with(tmp_path, f"{{url: '{address}', {more}}}")
    one = next(one for one in found.of("Prometheus", "queries") if one["said"].startswith("depth:"))
    assert one["state"] == "failed"
    assert "mend the query" in one["remedy"]


def test_a_prometheus_that_is_not_there_is_told(tmp_path: Path) -> None:
    """What to look at; nothing else is asked of it."""
    found = found_with(tmp_path, f"{{url: 'http://127.0.0.1:{free_port()}'}}")
    one = found.one("Prometheus", "reached")
    assert one["state"] == "failed"
    assert "network policy" in one["remedy"]
    assert not found.of("Prometheus", "queries")


def test_what_a_count_means() -> None:
    """Many are cut, some are well, none has a reason."""
    assert counted("memory", "container_x", 900, 500).state is State.WARNING
    assert counted("memory", "container_x", 9, 500).state is State.OK
    assert "try the query" in counted("own", "queue", 0, 500).remedy


def test_an_alertmanager_that_calls_somebody_else_is_told(tmp_path: Path) -> None:
    """The receiver to add, as YAML."""
    with alertmanager(tmp_path, "http://127.0.0.1:9/other", "x") as url:
        found = doctor("--memory", str(tmp_path / "m"), "--alertmanager", url, "--within", "30")
    one = found.one("Alertmanager", "calls us")
    assert one["state"] == "failed"
    assert "none of its 1 webhooks" in one["said"]
    assert any("kubectl-smart.svc:8443/alertmanager" in step for step in one["steps"])


def test_an_alertmanager_that_calls_us_is_well(tmp_path: Path) -> None:
    """Its own configuration says so."""
    with alertmanager(tmp_path, "https://smart.example.com:8443/alertmanager", "x") as url:
        found = doctor("--memory", str(tmp_path / "m"), "--alertmanager", url, "--within", "30")
    assert found.one("Alertmanager", "calls us")["state"] == "ok"


def test_an_alertmanager_that_hides_addresses_is_told() -> None:
    """Newer versions show none; then an alert has to show it."""
    text = "receivers: [{name: a, webhook_configs: [{url: <secret>}]}]"
    body = json.dumps({"config": {"original": text}}).encode()
    outcome = judged("http://am:9093", body)
    assert outcome.state is State.WARNING
    assert outcome.steps == ("amtool alert add hello-memory --alertmanager.url=http://am:9093",)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"no json", b'{"config": {"original": "a: ["}}'])
def test_what_is_no_alertmanager_is_told(body: bytes) -> None:
    """Another program answers there."""
    outcome = judged("http://am:9093", body)
    assert outcome.state is State.FAILED
    assert "0.16" in outcome.remedy
