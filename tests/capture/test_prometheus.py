"""A real Prometheus, asked: every planted shift is found, when and where it was planted."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from tests.support.audit_events import REDACTOR
from tests.support.door_stage import Keeper, now
from tests.support.made_metrics import SCRAPE, Calls, Pod, Service, Shift, exposition
from tests.support.prometheus_server import backfill, prometheus

from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding import metrics, service_graph
from kubectl_smart.capture.decoding.state import NO_OBJECTS
from kubectl_smart.capture.sources.prometheus import Prometheus
from kubectl_smart.capture.sources.prometheus_http import Client
from kubectl_smart.capture.sources.prometheus_queries import Settings
from kubectl_smart.memory.records.dependencies import Dependency
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry

SECOND = 1_000_000
HASH = "7d9f8b6c5d"
SERVICES = [
    Service("cart", latency_shift=Shift(4_000, 3.0)),
    Service("api", failing_shift=Shift(6_000, 8.0), reset=9_000),
    Service("web", rate_shift=Shift(3_000, 0.4)),
    Service("calm"),
]
CALLS = [Calls("web", "cart", since=36_000), Calls("cart", "db", since=9_000, until=4_500)]
PODS = [
    Pod(f"web-{HASH}-x7k2p", memory_shift=Shift(5_000, 1.6)),
    Pod("db-0", throttled_shift=Shift(7_000, 15.0)),
    Pod(f"worker-{HASH}-q4c8z", restarting=7_920),
    Pod(f"calm-{HASH}-b5m6n"),
]
SERVICE = ("", "Service", "shop")
PLANTED = {
    ("latency p99", ObjectRef(*SERVICE, "cart")): (4_000, "up"),
    ("latency p50", ObjectRef(*SERVICE, "cart")): (4_000, "up"),
    ("error ratio", ObjectRef(*SERVICE, "api")): (6_000, "up"),
    ("request rate", ObjectRef(*SERVICE, "web")): (3_000, "down"),
    ("memory", ObjectRef("apps", "Deployment", "shop", "web")): (5_000, "up"),
    ("CPU throttling", ObjectRef("", "Pod", "shop", "db-0")): (7_000, "up"),
    ("restarts", ObjectRef("apps", "Deployment", "shop", "worker")): (7_920, "up"),
}


def observed(keeper: Keeper) -> list[Observation]:
    """What the entries kept are made into."""
    return [
        metrics.observation_of(SpoolEntry(key, metrics.SOURCE, now(), body, 1), NO_OBJECTS)
        for key, body in keeper.kept.items()
        if key.startswith(f"{metrics.SOURCE}/")
    ]


def source(settings: Settings, folder: Path, keeper: Keeper, hearing: Hearing) -> Prometheus:
    """The source."""
    return Prometheus(settings, folder / "notebook", keeper, REDACTOR, hearing, now)


async def one_round(found: Prometheus, settings: Settings) -> None:
    """Ask once."""
    async with Client(settings) as client:
        await found.round(client)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A folder with the blocks of ten hours, and when they end."""
    folder = tmp_path_factory.mktemp("prometheus")
    end = int(time.time()) // SCRAPE * SCRAPE
    text = exposition(SERVICES, PODS, CALLS, end=end, hours=10, silent=(11_000, 10_400))
    backfill(folder, text)
    return folder, end


def test_every_planted_shift_is_found_and_no_other(past: tuple[Path, int], tmp_path: Path) -> None:
    """Of latency, errors, requests, memory, throttling, restarts; each within two scrapes.

    Counters begin again meanwhile, and for ten minutes nothing is scraped.
    """
    folder, end = past
    keeper, hearing = Keeper(), Hearing(now)
    with prometheus(folder) as url:
        settings = Settings(url=url, backlog=14_000)
        asyncio.run(one_round(source(settings, tmp_path, keeper, hearing), settings))
        again = Keeper()
        asyncio.run(one_round(source(settings, tmp_path, again, Hearing(now)), settings))
        anew = Keeper()
        fresh = source(settings, tmp_path / "anew", anew, Hearing(now))
        asyncio.run(one_round(fresh, settings))

    found = {(one.detail["metric"], one.about): one for one in observed(keeper)}
    assert found.keys() == PLANTED.keys()
    assert len(observed(keeper)) == len(PLANTED)
    for what, (before_end, direction) in PLANTED.items():
        planted, one = (end - before_end) * SECOND, found[what]
        assert abs(one.first_at - planted) <= 2 * SCRAPE * SECOND, what
        assert one.detail["onset_from"] <= planted <= one.detail["onset_to"] + SCRAPE * SECOND
        assert one.detail["direction"] == direction
        assert one.kind == "MetricShift"
        assert one.warning
        assert one.first_at < one.last_at <= one.first_at + 3_600 * SECOND
    slow = found["latency p50", ObjectRef(*SERVICE, "cart")]
    assert slow.detail["before"] == pytest.approx(0.05, rel=0.2)
    assert slow.detail["after"] == pytest.approx(0.15, rel=0.2)
    assert re.fullmatch(
        r"latency p50 5\d(\.\d)? ms → 1[45]\d ms since \d\d:\d\d:\d\d UTC \(.+\)", slow.message
    )
    assert [key for key in again.kept if key in keeper.kept] == []
    assert observed(again) == []
    assert {one.id for one in observed(anew)} == {one.id for one in observed(keeper)}


def test_what_was_not_scraped_was_not_heard(past: tuple[Path, int], tmp_path: Path) -> None:
    """Coverage has the hole, to a scrape; and that there is one is said."""
    folder, end = past
    hearing = Hearing(now)
    with prometheus(folder) as url:
        settings = Settings(url=url, backlog=14_000)
        asyncio.run(one_round(source(settings, tmp_path, Keeper(), hearing), settings))
    heard = [one for one in hearing.due() if one.source == metrics.SOURCE]
    assert len(heard) == 2
    assert abs(heard[0].to_at - (end - 11_000) * SECOND) <= 3 * SCRAPE * SECOND
    assert abs(heard[1].from_at - (end - 10_400) * SECOND) <= 3 * SCRAPE * SECOND
    assert abs(heard[1].to_at - end * SECOND) <= 3 * SCRAPE * SECOND
    (state,) = [one for one in hearing.states() if one.source == metrics.SOURCE]
    assert "scraped nothing" in state.trouble


def test_calls_are_seen_as_long_as_they_last(past: tuple[Path, int], tmp_path: Path) -> None:
    """First and last seen, told when new, every hour, and when they ceased."""
    folder, end = past
    keeper = Keeper()
    with prometheus(folder) as url:
        settings = Settings(url=url, backlog=14_000)
        asyncio.run(one_round(source(settings, tmp_path, keeper, Hearing(now)), settings))
        told = len(keeper.kept)
        asyncio.run(one_round(source(settings, tmp_path, keeper, Hearing(now)), settings))
    found: dict[tuple[str, str], Dependency] = {}
    for key, body in keeper.kept.items():
        if key.startswith(f"{service_graph.SOURCE}/"):
            entry = SpoolEntry(key, service_graph.SOURCE, now(), body, 1)
            one = service_graph.dependency_of(entry, NO_OBJECTS)
            found[one.caller.name, one.callee.name] = one
    assert len(keeper.kept) == told
    assert found.keys() == {("web", "cart"), ("cart", "db")}
    for call in CALLS:
        one = found[call.client, call.server]
        assert one.caller == ObjectRef(*SERVICE, call.client)
        assert one.kind == "calls"
        assert "traces_service_graph_request_total" in one.evidence
        since = min(call.since, 14_000)
        assert abs(one.first_at - (end - since) * SECOND) <= 600 * SECOND
        assert abs(one.last_at - (end - call.until) * SECOND) <= 600 * SECOND
