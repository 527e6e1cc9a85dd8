"""A day of noise in a real Prometheus, asked as `serve` asks it: how many shifts are told of none.

    python benchmarks/prometheus_day.py [--series 100]

Ten kinds of noise on daily rhythms (tests/support/noisy_series.py), back-filled, asked over HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from noisy_series import KINDS, made
from prometheus_server import backfill, prometheus
from tests.support.audit_events import REDACTOR
from tests.support.door_stage import Keeper, now

from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.sources.prometheus import Prometheus
from kubectl_smart.capture.sources.prometheus_http import Client
from kubectl_smart.capture.sources.prometheus_queries import Query, Settings


def exposition(count: int, end: int) -> str:
    """So many series of 24 h, as OpenMetrics."""
    lines = ["# TYPE up gauge"]
    times = end - 30 * np.arange(2_879, -1, -1)
    lines += [f"up 1 {at}" for at in times]
    lines.append("# TYPE noise gauge")
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        values = made(kind, 5_000 + number).values
        label = f'namespace="shop",service="s{number}",kind="{kind}"'
        lines += [f"noise{{{label}}} {v} {at}" for at, v in zip(times, values, strict=True)]
    return "\n".join([*lines, "# EOF\n"])


async def told(settings: Settings, folder: Path) -> list[str]:
    """The keys of the shifts."""
    keeper = Keeper()
    source = Prometheus(settings, folder / "notebook", keeper, REDACTOR, Hearing(now), now)
    async with Client(settings) as client:
        await source.round(client)
    return [body.decode() for key, body in keeper.kept.items() if key.startswith("prometheus/")]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100)
    count = parser.parse_args().series
    query = Query(promql="max by (namespace, service, kind) (noise)", averaged=False, least=0.1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        backfill(folder, exposition(count, int(time.time()) // 30 * 30))
        with prometheus(folder) as url:
            began = time.perf_counter()
            settings = Settings(url=url, queries={"noise": query}, graph={}, backlog=86_400)
            found = asyncio.run(told(settings, folder))
            took = time.perf_counter() - began
    print(f"{len(found)} shifts told of {count} series of 24 h without any, in {took:.1f} s")
    print("\n".join(found))


if __name__ == "__main__":
    main()
