"""A real Prometheus that scrapes an exporter while we ask it, goes away and comes back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.alertmanager import free_port
from tests.support.audit_events import REDACTOR
from tests.support.door_stage import Keeper, now
from tests.support.metrics_exporter import QUERIES, Exporter, exporting
from tests.support.prometheus_server import backfill, prometheus

from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding import metrics
from kubectl_smart.capture.decoding.state import NO_OBJECTS
from kubectl_smart.capture.sources.prometheus import Prometheus
from kubectl_smart.capture.sources.prometheus_queries import Query, Settings
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry

SECOND = 1_000_000
SETTLED = 24
"""Scrapes after which a level is known well enough that the next shift can be told."""
LIVE = {
    "queue": Query(promql=QUERIES["queue"], averaged=False),
    "work": Query(promql=QUERIES["work"], unit="/s"),
}


def observed(keeper: Keeper) -> list[Observation]:
    """What the entries kept are made into."""
    return [
        metrics.observation_of(SpoolEntry(key, metrics.SOURCE, now(), body, 1), NO_OBJECTS)
        for key, body in keeper.kept.items()
        if key.startswith(f"{metrics.SOURCE}/")
    ]


def test_a_live_exporter_is_followed_while_prometheus_goes_and_comes(tmp_path: Path) -> None:
    """A shift while it listens, and one while it does not: both found; the gap is said."""
    exporter, keeper, hearing = Exporter(), Keeper(), Hearing(now)
    port, shifted, dark = free_port(), list[int](), list[int]()

    async def until(done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 200
        while not done():
            assert time.monotonic() < deadline, (observed(keeper), hearing.states())
            await asyncio.sleep(0.1)

    async def scraped(count: int) -> None:
        last = exporter.asked + count
        await until(lambda: exporter.asked >= last)

    def shift(level: float) -> None:
        exporter.shift(level)
        shifted.append(now())

    async def story(target: str) -> None:
        running = prometheus(tmp_path, target=target, scrape="1s", port=port)
        url = await asyncio.to_thread(running.__enter__)
        settings = Settings(
            url=url, queries=LIVE, graph={}, every=1, scrape=1, reach=4, backlog=3_600
        )
        source = Prometheus(settings, tmp_path / "notebook", keeper, REDACTOR, hearing, now)
        task = asyncio.create_task(source.run())
        try:
            await scraped(8)
            shift(300.0)
            await scraped(SETTLED)
            await until(lambda: len(observed(keeper)) >= 2)
            dark.append(now())
            await asyncio.to_thread(running.__exit__, None, None, None)
            await until(lambda: not hearing.states()[0].listening)
            assert "cannot be reached" in hearing.states()[0].trouble
            await asyncio.sleep(3)
            shift(60.0)
            await asyncio.sleep(3)
            running = prometheus(tmp_path, target=target, scrape="1s", port=port)
            await asyncio.to_thread(running.__enter__)
            dark.append(now())
            await until(lambda: len(observed(keeper)) >= 4)
            await until(lambda: hearing.states()[0].heard_at > dark[1])
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.to_thread(running.__exit__, None, None, None)

    with exporting(exporter) as target:
        backfill(tmp_path, exporter.past(target, int(time.time()), 240, 1))
        asyncio.run(story(target))
    found = sorted(observed(keeper), key=lambda one: (one.detail["metric"], one.first_at))
    assert [one.detail["metric"] for one in found] == ["queue", "queue", "work", "work"]
    for one, at in zip(found, shifted * 2, strict=True):
        assert one.detail["onset_from"] <= at <= one.detail["onset_to"] + SECOND, one.message
        if one.detail["direction"] == "up":
            assert abs(one.first_at - at) <= 2 * SECOND, one.message
    heard = [one for one in hearing.due() if one.source == metrics.SOURCE]
    assert not any(one.from_at < dark[0] and one.to_at > dark[1] for one in heard), heard
