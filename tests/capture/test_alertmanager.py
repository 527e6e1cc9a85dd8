"""Alerts from a real Alertmanager, and what becomes of them; odd ones by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession
from tests.support.alertmanager import alertmanager, raise_alerts
from tests.support.audit_events import REDACTOR
from tests.support.door_stage import TOKEN, Keeper, now

from kubectl_smart.bot.serve.web import doors, listening
from kubectl_smart.capture.coverage import Hearing
from kubectl_smart.capture.decoding import alerts
from kubectl_smart.capture.decoding.state import NO_OBJECTS
from kubectl_smart.capture.sources.alertmanager import Alertmanager
from kubectl_smart.capture.sources.receiving import Callers, Door, Limits, Waiting
from kubectl_smart.memory.records.objects import CLUSTER, ObjectRef
from kubectl_smart.memory.records.observations import Observation
from kubectl_smart.memory.store.protocols import SpoolEntry

SECRET = "postgres://app:hunter2-do-not-store@db/app"


def taken(keeper: Keeper) -> list[Observation]:
    """What the entries kept are made into, in the order they came."""
    return [
        alerts.observation_of(SpoolEntry(key, alerts.SOURCE, now(), body, 1), NO_OBJECTS)
        for key, body in keeper.kept.items()
    ]


def door(keeper: Keeper) -> Alertmanager:
    """The webhook."""
    limits = Limits()
    border = Door(Callers(tokens=(TOKEN,)), limits, Waiting(limits.waiting))
    return Alertmanager(border, keeper, REDACTOR, Hearing(now), now)


def test_a_real_alertmanager_is_heard(tmp_path: Path) -> None:
    """Firing, then resolved: one observation, whose end comes with the second notification."""
    keeper = Keeper()
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
    firing: dict[str, Any] = {
        "labels": {
            "alertname": "HighLatency", "namespace": "shop", "deployment": "cart",
            "severity": "critical",
        },
        "annotations": {"summary": f"p99 of cart is 2 s, see {SECRET}"},
        "startsAt": began.isoformat(),
        "generatorURL": "http://prometheus/graph",
    }  # fmt: skip
    other = {"labels": {"alertname": "Watchdog", "severity": "none"}, "startsAt": began.isoformat()}

    async def until(count: int) -> None:
        for _ in range(600):
            if len(keeper.kept) >= count:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(keeper.kept)

    async def story() -> None:
        hook = door(keeper)
        async with listening(doors({"/alerts": hook.handle}), "127.0.0.1", 0) as address:
            hear = alertmanager(tmp_path, f"{address}/alerts", TOKEN)
            running = await asyncio.to_thread(hear.__enter__)
            try:
                await asyncio.to_thread(raise_alerts, running, firing, other)
                await until(2)
                ended = {**firing, "endsAt": datetime.now(UTC).isoformat()}
                await asyncio.to_thread(raise_alerts, running, ended)
                await until(3)
            finally:
                await asyncio.to_thread(hear.__exit__, None, None, None)
        assert set(hook.door.answered) == {200}

    asyncio.run(asyncio.wait_for(story(), 90))
    found = taken(keeper)
    latency = [one for one in found if one.kind == "HighLatency"]
    assert [one.detail["status"] for one in latency] == ["firing", "resolved"]
    assert len({one.id for one in latency}) == 1
    assert latency[0].about == ObjectRef("apps", "Deployment", "shop", "cart")
    assert latency[0].first_at == int(began.timestamp()) * 1_000_000
    assert latency[1].last_at >= latency[0].first_at
    assert latency[0].warning
    assert "p99 of cart is 2 s" in latency[0].message
    assert b"hunter2" not in b"".join(keeper.kept.values())
    (watchdog,) = [one for one in found if one.kind == "Watchdog"]
    assert not watchdog.warning
    assert watchdog.about == ObjectRef("", "Alert", CLUSTER, "Watchdog")


def notification(*found: Any, **more: Any) -> bytes:
    """One by hand."""
    return orjson.dumps({"version": "4", "alerts": list(found), **more})


GOOD = {
    "status": "firing", "fingerprint": "f1", "startsAt": "2026-11-23T10:00:00Z",
    "endsAt": "0001-01-01T00:00:00Z", "labels": {"alertname": "A"}, "annotations": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "kept", "rejected"),
    [
        (notification(GOOD), 200, 1, 0),
        (notification(GOOD, GOOD), 200, 1, 0),
        (notification(GOOD, 7, {**GOOD, "labels": {}}, {**GOOD, "startsAt": "soon"}), 200, 1, 3),
        (notification({**GOOD, "labels": {"alertname": 3}}, {**GOOD, "status": "x"}), 200, 0, 2),
        (notification(), 200, 0, 0),
        (b"nonsense", 400, 0, 0),
        (orjson.dumps({"version": "3", "alerts": []}), 400, 0, 0),
        (orjson.dumps([1]), 400, 0, 0),
    ],
)
def test_odd_notifications(body: bytes, status: int, kept: int, rejected: int) -> None:
    """What is no alert is left out alone and counted; what is no notification is refused."""
    keeper = Keeper()

    async def story() -> None:
        hook = door(keeper)
        async with (
            listening(doors({"/alerts": hook.handle}), "127.0.0.1", 0) as address,
            ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        ):
            async with session.post(f"{address}/alerts", data=body) as answer:
                assert answer.status == status
            assert len(keeper.kept) == kept
            assert hook.rejected == rejected
            async with session.post(f"{address}/alerts", data=b"", headers={}) as answer:
                assert answer.status == 400

    asyncio.run(asyncio.wait_for(story(), 30))


@pytest.mark.parametrize(
    ("labels", "about"),
    [
        ({"namespace": "a", "pod": "p", "node": "n"}, ObjectRef("", "Pod", "a", "p")),
        (
            {"namespace": "a", "pod": "p", "statefulset": "s"},
            ObjectRef("apps", "StatefulSet", "a", "s"),
        ),
        ({"pod": "p", "node": "n"}, ObjectRef("", "Node", CLUSTER, "n")),
        ({"namespace": "a"}, ObjectRef("", "Namespace", CLUSTER, "a")),
        ({"namespace": "a", "service": ""}, ObjectRef("", "Namespace", CLUSTER, "a")),
    ],
)
def test_the_object_is_the_one_that_labels_name(labels: dict[str, str], about: ObjectRef) -> None:
    """The nearest to what people decide, and none that has to be guessed."""
    made = alerts.alert_of({**GOOD, "labels": {"alertname": "A", **labels}}, REDACTOR)
    assert isinstance(made, alerts.Alert)
    assert alerts.about_of(made) == about
