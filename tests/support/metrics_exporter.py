"""An exporter whose level is set from outside, and its past as Prometheus would have scraped it."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from aiohttp import web

LABELS = 'namespace="shop",service="cart"'
QUERIES = {
    "queue": "max by (namespace, service) (queue)",
    "work": "sum by (namespace, service) (rate(work_total[$range]))",
}
"""PromQL for each of its two metrics; the second is a rate over `$range`."""


class Exporter:
    """A gauge around a level, and a counter that grows by the level each second.

    The counter follows the clock, so that a scrape that comes late shows no other rate.
    asked  how often it was scraped
    """

    def __init__(self, level: float = 100.0, noise: float = 0.05) -> None:
        self.asked = 0
        self._level = level
        self._noise = noise
        self._rng = np.random.default_rng(8)
        self._since = time.time() - 86_400
        self._total = 0.0

    def shift(self, level: float) -> None:
        """From now on."""
        self._total, self._since = self._sum(time.time()), time.time()
        self._level = level

    def past(self, target: str, end: int, samples: int, step: int) -> str:
        """OpenMetrics of so many samples, `step` seconds apart, that end at unix second `end`.

        target  host:port: these are the series that a scrape of it goes on with
        """
        scraped = f'job="made",instance="{target}"'
        times = [end - step * place for place in range(samples - 1, -1, -1)]
        lines = ["# TYPE up gauge"]
        lines += [f"up{{{scraped}}} 1 {at}" for at in times]
        lines.append("# TYPE queue gauge")
        lines += [f"queue{{{LABELS},{scraped}}} {self._gauge()} {at}" for at in times]
        lines.append("# TYPE work counter")
        lines += [f"work_total{{{LABELS},{scraped}}} {self._sum(at)} {at}" for at in times]
        return "\n".join([*lines, "# EOF\n"])

    async def handle(self, _: web.Request) -> web.Response:
        """The exposition."""
        self.asked += 1
        return web.Response(
            text=f"""# TYPE queue gauge
queue{{{LABELS}}} {self._gauge()}
# TYPE work_total counter
work_total{{{LABELS}}} {self._sum(time.time())}
"""
        )

    def _gauge(self) -> float:
        return self._level * (1 + self._noise * float(self._rng.standard_normal()))

    def _sum(self, at: float) -> float:
        """The counter, with work that comes in waves: a rate has noise, too."""
        waves = 0.1 * math.sin(at / 1.7) + 0.1 * math.sin(at / 2.3)
        return self._total + self._level * (at - self._since + waves)


@contextmanager
def exporting(exporter: Exporter) -> Iterator[str]:
    """It answers beside the test; host:port."""
    from aiohttp.test_utils import unused_port

    loop, up, end, port = (
        asyncio.new_event_loop(),
        threading.Event(),
        asyncio.Event(),
        unused_port(),
    )

    async def live() -> None:
        app = web.Application()
        app.router.add_get("/metrics", exporter.handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        up.set()
        await end.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    assert up.wait(30)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()
