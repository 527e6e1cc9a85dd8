"""A real Alertmanager on loopback, started and ended by process id."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = "prometheus-alertmanager"
_CONFIG = """
route: {{receiver: smart, group_by: [alertname], group_wait: 0s, group_interval: 1s}}
receivers:
  - name: smart
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config: {{authorization: {{credentials: {token}}}}}
"""


def free_port() -> int:
    """One that nobody listens on just now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def alertmanager(folder: Path, url: str, token: str) -> Iterator[str]:
    """It hands alerts over to `url`; gives its address."""
    config = folder / "alertmanager.yml"
    config.write_text(_CONFIG.format(url=url, token=token))
    address = f"127.0.0.1:{free_port()}"
    with (folder / "alertmanager.log").open("wb") as log:
        process = subprocess.Popen(
            [
                PROGRAM, f"--config.file={config}", f"--storage.path={folder / 'data'}",
                f"--web.listen-address={address}", "--cluster.listen-address=",
            ],
            stdout=log,
            stderr=log,
        )  # fmt: skip
        try:
            _until_ready(process, f"http://{address}/-/ready")
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(30)


def _until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(600):
        assert process.poll() is None, "it ended"
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("it never became ready")


def raise_alerts(address: str, *alerts: dict[str, Any]) -> None:
    """As Prometheus does."""
    request = urllib.request.Request(  # noqa: S310
        f"{address}/api/v2/alerts",
        json.dumps(alerts).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310
        pass
