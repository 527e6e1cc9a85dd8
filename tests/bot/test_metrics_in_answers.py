"""`kubectl smart serve` asks a real Prometheus: shifts and calls end in the answers."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.support.live_process import LiveProcess
from tests.support.made_metrics import SCRAPE, Calls, Pod, Service, Shift, exposition
from tests.support.prometheus_server import backfill, prometheus
from tests.support.recordings import smart

CONFIG = """
memory: {memory}
listen: {{port: 0}}
capture:
  doors: {{port: 0}}
  audit_webhook:
    tokens: [{{env: AUDIT_TOKEN}}]
  prometheus:
    url: {url}
    every: 1
    backlog: 7200
  commit: {{decisions: 0.1, journal: 0.5}}
"""
SHIFTED = 3_000


def rfc3339(at: int) -> str:
    """As people give it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_replay_names_the_shift(tmp_path: Path) -> None:
    """From Prometheus' past to the time line, with object and levels; coverage tells of it."""
    end = int(time.time()) // SCRAPE * SCRAPE
    services = [Service("cart", latency_shift=Shift(SHIFTED, 3.0)), Service("calm")]
    pods = [Pod("db-0", memory_shift=Shift(SHIFTED, 1.6))]
    backfill(
        tmp_path, exposition(services, pods, [Calls("web", "cart", since=36_000)], end=end, hours=8)
    )
    memory = tmp_path / "memory"
    question = [
        "replay", "outage", f"--timestamp={rfc3339(end - SHIFTED)}", "--window=20m", "-n", "shop",
    ]  # fmt: skip
    with prometheus(tmp_path) as url:
        config = tmp_path / "smart.yaml"
        config.write_text(CONFIG.format(memory=memory, url=url))
        process = LiveProcess(config)
        process.start()
        try:
            for _ in range(120):
                told = smart(*question, "-o", "json", memory=memory, check=False).stdout
                if "db-0" in told and "latency p50" in told and "latency p99" in told:
                    break
                time.sleep(0.5)
            else:
                raise AssertionError([told, *process.said])
            assert process.stop() == 0
        finally:
            process.end()
        assert not [line for line in process.said if "Traceback" in line]
    found = [one for one in json.loads(told)["items"] if one["kind"] == "observation"]
    sentences = {one["sentence"]: one for one in found}
    assert len(found) == 3, sentences
    (memory_grew,) = [one for one in sentences if "db-0" in one]
    assert re.match(r"shop/pod db-0: memory 28\d MiB → 4[56]\d MiB since ", memory_grew)
    assert all(one["warning"] for one in found)
    text = smart(*question, memory=memory).stdout
    assert "shop/service cart: latency p99 1" in text
    assert "calm" not in text
    document = smart(*question, "-o", "md", memory=memory).stdout
    assert "latency p50 5" in document
    status = smart("status", memory=memory).stdout
    assert "heard prometheus from" in status
    assert "heard service-graph from" in status
    smart("verify", memory=memory)
