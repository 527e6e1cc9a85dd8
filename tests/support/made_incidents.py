"""Made-up incidents as bundles: a small shop, its ordinary hours, and one fault."""

from __future__ import annotations

import math
import random
from typing import Any

START = 1_700_000_000
STEP = 60
ORDINARY = 240
DURING = 10
BEGIN = START + ORDINARY * STEP
"""When every incident begins, in seconds."""

CALLS = (("web", "api"), ("api", "cart"), ("api", "search"), ("cart", "db"))
SERVICES = ("web", "api", "cart", "search", "db")
_LATENCY = {"web": 0.2, "api": 0.12, "cart": 0.05, "search": 0.04, "db": 0.01}

Document = dict[str, Any]


def shop(seed: int = 1) -> Document:
    """The bundle of an hour in which nothing is wrong."""
    chance = random.Random(seed)
    times = [START + place * STEP for place in range(ORDINARY + DURING)]
    series = []
    for service in SERVICES:
        usual = _LATENCY[service]
        for metric, stat, level, noise in (
            ("latency", "mean", usual, 0.05 * usual),
            ("requests", "sum", 600.0, 20.0),
            ("cpu", "raw", 0.3, 0.03),
            ("memory", "raw", 400.0, 4.0),
            ("errors", "sum", 0.0, 0.0),
        ):
            values = [max(0.0, chance.gauss(level, noise)) for _ in times]
            if metric == "requests":
                values = [float(round(value)) for value in values]
            series.append(
                {"entity": service, "metric": metric, "stat": stat, "axis": "a", "v": values}
            )
    return {
        "schema": "rca-case/1",
        "id": "shop",
        "symptom": {"entity": "web", "metric": "latency", "stat": "mean", "time": BEGIN + 180},
        "windows": {
            "baseline": [[START, BEGIN]],
            "incident": [BEGIN, START + (ORDINARY + DURING) * STEP],
        },
        "candidates": list(SERVICES),
        "entities": [{"id": one, "kind": "Service"} for one in SERVICES],
        "edges": [{"from": one, "to": other, "type": "calls"} for one, other in CALLS],
        "axes": {"a": times},
        "series": series,
        "events": [],
        "changes": [],
        "alerts": [],
    }


def values(document: Document, entity: str, metric: str) -> list[Any]:
    """The values of one series, to be changed in place."""
    found: list[Any] = next(
        one["v"] for one in document["series"] if (one["entity"], one["metric"]) == (entity, metric)
    )
    return found


def raise_by(document: Document, entity: str, metric: str, more: float) -> None:
    """Add to every value of the incident."""
    found = values(document, entity, metric)
    for place in range(ORDINARY, ORDINARY + DURING):
        found[place] += more


def slow(document: Document, *entities: str, by: float = 0.3) -> None:
    """These services, and so all that wait for them, answer later by so many seconds."""
    for entity in entities:
        raise_by(document, entity, "latency", by)


def slow_database() -> Document:
    """The database is busy, and everything above it waits."""
    document = shop()
    slow(document, "db", "cart", "api", "web")
    raise_by(document, "db", "cpu", 0.6)
    return document


def changed(
    document: Document,
    id_: str,
    entity: str,
    at: float,
    *,
    user: str = "jenkins@prod",
    kind: str = "config",
    field: str = "env:POOL_SIZE",
) -> None:
    """Add a change, `at` seconds after the incident began."""
    document["changes"].append(
        {"id": id_, "time": BEGIN + at, "user": user, "entity": entity, "kind": kind,
         "object": field, "from": "50", "to": "5", "text": f"{kind} {field} on {entity}: 50 -> 5"}
    )  # fmt: skip


def job_at_night() -> Document:
    """A job of the night, half a day before, left the database with a smaller pool."""
    document = slow_database()
    first = START - 30 * 86_400
    document["windows"]["baseline"] = [[first, BEGIN]]
    changed(document, "night", "db", -11.5 * 3600, user="cron@prod")
    changed(document, "month", "search", -25 * 86_400, user="ada@example.com")
    return document


def decoy_after() -> Document:
    """The true change, and one on the same database that came when all was slow already."""
    document = slow_database()
    changed(document, "true", "db", -40)
    changed(document, "elsewhere", "search", -20, user="ada@example.com")
    changed(document, "after", "db", 400, user="ben@example.com", kind="scale", field="replicas")
    return document


def no_change() -> Document:
    """Changes there are, but none on what deviates."""
    document = slow_database()
    changed(document, "one", "search", -200)
    changed(document, "two", "web", -9_000)
    return document


def holes() -> Document:
    """Missing, constant and sparse series beside the sound ones, and one that ends."""
    document = slow_database()
    axis = document["axes"]["a"]
    document["axes"]["sparse"] = axis[::7]
    for name, axis_name, some in (
        ("nothing", "a", [None] * len(axis)),
        ("constant", "a", [5.0] * len(axis)),
        ("sparse", "sparse", [float(place % 3) for place in range(len(axis[::7]))]),
    ):
        document["series"].append(
            {"entity": "search", "metric": name, "stat": "raw", "axis": axis_name, "v": some}
        )
    holed = values(document, "cart", "latency")
    for place in range(0, len(holed), 4):
        holed[place] = None
    return document


def nothing_wrong() -> Document:
    """A symptom was reported, and no series shows any."""
    document = shop(seed=3)
    changed(document, "one", "search", -200)
    return document


def told_only() -> Document:
    """No series at all: pods, their owner, Events and alerts."""
    document = shop()
    document["series"], document["axes"] = [], {}
    document["symptom"] = {"entity": "web", "metric": None, "stat": None, "time": BEGIN + 180}
    document["candidates"] += ["deployment/cart", "pod/cart-1"]
    document["entities"] += [
        {"id": "deployment/cart", "kind": "Deployment"}, {"id": "pod/cart-1", "kind": "Pod"},
    ]  # fmt: skip
    document["edges"] += [
        {"from": "cart", "to": "deployment/cart", "type": "runs_on"},
        {"from": "deployment/cart", "to": "pod/cart-1", "type": "owns"},
    ]
    document["events"] = [
        {"time": BEGIN + 30 * place, "entity": "pod/cart-1", "kind": "Event", "type": "Warning",
         "reason": "OOMKilled", "message": "container main", "count": 1}
        for place in range(4)
    ]  # fmt: skip
    document["alerts"] = [
        {"time": BEGIN + 60, "entity": name, "kind": "ErrorRate", "text": ["5xx above 5 %"]}
        for name in ("web", "api", "cart")
    ]
    changed(document, "limit", "deployment/cart", -90, field="resources.limits.memory")
    return document


def daily(document: Document) -> None:
    """Let everything breathe with the hour, so that levels alone tell nothing."""
    for one in document["series"]:
        times = document["axes"][one["axis"]]
        one["v"] = [
            value if value is None else value * (1.0 + 0.2 * math.sin(at / 3_000.0))
            for at, value in zip(times, one["v"], strict=True)
        ]


ALL = {
    "slow-database": slow_database,
    "job-at-night": job_at_night,
    "decoy-after": decoy_after,
    "no-change": no_change,
    "holes": holes,
    "nothing-wrong": nothing_wrong,
    "told-only": told_only,
}
