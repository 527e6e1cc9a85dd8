"""A real Prometheus on loopback, started and ended by process id; with a past, if one is given."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alertmanager import free_port

_CONFIG = """
global: {{scrape_interval: {scrape}, scrape_timeout: {scrape}}}
scrape_configs:
  - job_name: made
    static_configs: [{{targets: [{targets}]}}]
"""
_NO_TARGETS = "global: {scrape_interval: 1h}\n"


def backfill(folder: Path, text: str) -> None:
    """Give the Prometheus of that folder a past: OpenMetrics with timestamps."""
    file = folder / "past.om"
    file.write_text(text)
    subprocess.run(
        ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(_data(folder))],
        check=True,
        capture_output=True,
        timeout=600,
    )
    file.unlink()


@contextmanager
def prometheus(
    folder: Path,
    *,
    target: str = "",
    scrape: str = "1s",
    port: int = 0,
    web: Path | None = None,
) -> Iterator[str]:
    """It scrapes `target` (host:port), if there is one; gives its address.

    web  its own file of who may ask it, with a certificate
    """
    config = folder / "prometheus.yml"
    config.write_text(
        _CONFIG.format(scrape=scrape, targets=f"'{target}'") if target else _NO_TARGETS
    )
    address = f"127.0.0.1:{port or free_port()}"
    said = folder / "prometheus.log"
    begun = said.stat().st_size if said.exists() else 0
    with said.open("ab") as log:
        process = subprocess.Popen(
            [
                "prometheus", f"--config.file={config}", f"--storage.tsdb.path={_data(folder)}",
                f"--web.listen-address={address}", "--storage.tsdb.retention.time=30d",
                *([f"--web.config.file={web}"] if web else []),
            ],
            stdout=log,
            stderr=log,
        )  # fmt: skip
        try:
            _until_ready(process, said, begun)
            yield f"{'https' if web else 'http'}://{address}"
        finally:
            process.terminate()
            process.wait(300)


def _data(folder: Path) -> Path:
    return folder / "data"


def _until_ready(process: subprocess.Popen[bytes], log: Path, begun: int) -> None:
    """It says so: behind a password nobody else can ask."""
    for _ in range(6_000):
        assert process.poll() is None, log.read_text()[begun:]
        if b"ready to receive web requests" in log.read_bytes()[begun:]:
            return
        time.sleep(0.05)
    raise AssertionError("it never became ready")
