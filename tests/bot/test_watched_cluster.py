"""`kubectl smart serve` listens to a cluster: what only the watch told is in the answers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.audit_events import audit_event
from tests.support.cluster import CONFIG_MAPS, DEPLOYMENTS, TOKEN, FakeCluster, served
from tests.support.live_process import LiveProcess, deliver, event_list
from tests.support.recordings import smart

CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  watch: {{kubeconfig: {kubeconfig}, wait: 1}}
  commit: {{decisions: 0.1, journal: 0.5}}
"""


@contextmanager
def in_a_thread(cluster: FakeCluster) -> Iterator[str]:
    """The cluster's URL; it answers beside the test."""
    loop, url, up = asyncio.new_event_loop(), [""], threading.Event()
    end = asyncio.Event()

    async def live() -> None:
        async with served(cluster) as found:
            url[0] = found
            up.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    assert up.wait(10)
    try:
        yield url[0]
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


def kubeconfig(path: Path, url: str) -> Path:
    """A file that leads there."""
    found = {
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": {"server": url}}],
        "users": [{"name": "smart", "user": {"token": TOKEN}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "smart"}}],
    }  # fmt: skip
    path.write_text(json.dumps(found))
    return path


def until_said(memory: Path, question: str, words: str) -> str:
    """The answer, once it holds these words."""
    for _ in range(75):
        answer = smart(*question.split(), memory=memory, check=False).stdout
        if words in answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(answer)


def test_watch_and_audit_are_told_as_one(tmp_path: Path) -> None:
    """What both told stands once, with the person; what the watch alone told says so."""
    pytest.importorskip("kubernetes")
    cluster = FakeCluster()
    cluster.put(DEPLOYMENTS, "api", spec={"replicas": 2})
    memory = tmp_path / "memory"
    with in_a_thread(cluster) as url:
        config = tmp_path / "smart.yaml"
        where = kubeconfig(tmp_path / "kubeconfig", url)
        config.write_text(CONFIG.format(memory=memory, kubeconfig=where))
        process = LiveProcess(config)
        process.start()
        try:
            until_said(memory, "why deployment/api -n prod", "found")
            both = cluster.put(DEPLOYMENTS, "api", spec={"replicas": 3})
            stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
            event = audit_event("update", "deployments", "api", group="apps", response=both)
            event |= {"stageTimestamp": stamp, "requestReceivedTimestamp": stamp}
            deliver(process, event_list([event]))
            cluster.put(DEPLOYMENTS, "api", spec={"replicas": 5}, manager="kubectl-scale")
            answer = until_said(memory, "why deployment/api --replicas -n prod", "3 → 5")
            cluster.put(CONFIG_MAPS, "settings", data={"SIZE": "1"})
            until_said(memory, "why configmap/settings -n prod", "created")
        finally:
            code = process.stop()
    assert code == 0, process.said
    assert answer.count("2 → 3") == 1
    assert "by sarah@example.com" in answer
    assert "field manager kubectl-scale" in answer
    assert "names the tool, not the person" in answer
    shown = smart("status", memory=memory).stdout
    assert "heard watch from" in shown
    assert smart("verify", memory=memory).returncode == 0


def test_while_nobody_listened(tmp_path: Path) -> None:
    """A change made between two runs has an interval, in every rendering."""
    pytest.importorskip("kubernetes")
    cluster = FakeCluster()
    cluster.put(CONFIG_MAPS, "settings", data={"SIZE": "1"})
    memory = tmp_path / "memory"
    with in_a_thread(cluster) as url:
        config = tmp_path / "smart.yaml"
        where = kubeconfig(tmp_path / "kubeconfig", url)
        config.write_text(CONFIG.format(memory=memory, kubeconfig=where))
        for size in ("1", "2"):
            cluster.put(CONFIG_MAPS, "settings", data={"SIZE": size})
            process = LiveProcess(config)
            process.start()
            until_said(memory, "why configmap/settings --SIZE -n prod", f"SIZE is {size}")
            assert process.stop() == 0, process.said
            time.sleep(1.1)
    answer = smart("why", "configmap/settings", "--SIZE", "-n", "prod", memory=memory).stdout
    assert "nobody saw it: between" in answer
    found = smart("why", "configmap/settings", "--SIZE", "-n", "prod", "-o", "json", memory=memory)
    changes = json.loads(found.stdout)["changes"]
    assert changes[-1]["notBefore"] < changes[-1]["at"]
    assert "attribution" in changes[-1]
    report = smart("why", "configmap/settings", "--SIZE", "-n", "prod", "-o", "md", memory=memory)
    assert "nobody saw it" in report.stdout
