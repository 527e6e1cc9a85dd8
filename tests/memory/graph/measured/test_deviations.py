"""How far a series is off is said in spreads, whatever its unit, noise, gaps or drift."""

from __future__ import annotations

import math
import random
from typing import Any

import made_incidents as made
import pytest

from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.graph.measured.deviations import Deviation, deviations, relations, silent


def _of(document: made.Document, entity: str, metric: str) -> list[Deviation]:
    found = deviations(parse_bundle(document))
    return [one for one in found if (one.entity, one.metric) == (entity, metric)]


def _raw(document: made.Document, entity: str, metric: str) -> Deviation:
    return next(one for one in _of(document, entity, metric) if not one.per)


def test_ordinary_hours_are_not_off() -> None:
    """Noise of 25 series stays below four spreads over ten seeds, and mostly below two."""
    spreads = [
        max(one.up, one.down)
        for seed in range(10)
        for one in deviations(parse_bundle(made.shop(seed)))
    ]
    assert max(spreads) < 4.0
    assert sum(spread > 2.0 for spread in spreads) < 0.05 * len(spreads)


def test_a_step_is_off_on_its_side() -> None:
    """Up is up, and the levels are those before and after."""
    document = made.shop()
    made.raise_by(document, "db", "cpu", 0.6)
    found = _raw(document, "db", "cpu")
    assert found.up > 10.0 > 0.0 > found.down
    assert found.before == pytest.approx(0.3, abs=0.02)
    assert found.after == pytest.approx(0.9, abs=0.05)


def test_units_do_not_matter() -> None:
    """A metric in milliseconds is off as far as in seconds."""
    plain, scaled = made.slow_database(), made.slow_database()
    for one in scaled["series"]:
        if one["metric"] == "latency":
            one["v"] = [value * 1000.0 for value in one["v"]]
    assert _raw(scaled, "db", "latency").up == pytest.approx(_raw(plain, "db", "latency").up)


def test_a_slow_drift_is_no_deviation() -> None:
    """Memory that has been growing all day is at its highest, and does not step."""
    document = made.shop()
    grown = made.values(document, "db", "memory")
    for place in range(len(grown)):
        grown[place] += 3.0 * place
    assert _raw(document, "db", "memory").up < 2.0


def test_a_fault_in_half_of_the_window_counts() -> None:
    """It began late: the most extreme block is what counts, not the mean."""
    document = made.shop()
    found = made.values(document, "db", "cpu")
    for place in range(made.ORDINARY + made.DURING // 2, len(found)):
        found[place] += 0.6
    assert _raw(document, "db", "cpu").up > 5.0


def test_spikes_in_ordinary_times_make_a_spike_ordinary() -> None:
    """A series that jumps every quarter of an hour is not off when it jumps."""
    document = made.shop()
    found = made.values(document, "search", "latency")
    for place in range(0, len(found), 15):
        found[place : place + 5] = [value + 0.5 for value in found[place : place + 5]]
    assert _raw(document, "search", "latency").up < 3.0


@pytest.mark.parametrize("every", [2, 5])
def test_missing_samples_are_not_zero(every: int) -> None:
    """With half or most of them gone the rest says the same."""
    document = made.slow_database()
    for metric in ("latency", "requests"):
        found: list[Any] = made.values(document, "search", metric)
        found[:] = [value if not at % every else None for at, value in enumerate(found)]
    assert max(_raw(document, "search", "latency").up, _raw(document, "search", "latency").down) < 4
    assert _raw(document, "db", "latency").up > 10.0


def test_nothing_and_too_little_give_no_deviation() -> None:
    """A series without values, or with three ordinary ones, is not judged."""
    document = made.shop()
    found: list[Any] = made.values(document, "db", "cpu")
    found[:] = [None] * len(found)
    found = made.values(document, "db", "memory")
    found[3 : made.ORDINARY] = [None] * (made.ORDINARY - 3)
    assert _of(document, "db", "cpu") == []
    assert _of(document, "db", "memory") == []


def test_a_constant_series_is_not_off() -> None:
    """Nor is it by a hair more: that is no part of its level worth telling."""
    document = made.shop()
    for service in made.SERVICES:
        found = made.values(document, service, "memory")
        found[:] = [400.0] * len(found)
    made.raise_by(document, "db", "memory", 0.5)
    assert _raw(document, "db", "memory").up < 1.0


def test_errors_are_counted_per_request() -> None:
    """Twenty errors where there never are any; half as much traffic does not hide it."""
    document = made.shop()
    for place in range(made.ORDINARY, made.ORDINARY + 5):
        made.values(document, "cart", "errors")[place] = 4.0
        made.values(document, "cart", "requests")[place] = 300.0
    for one in document["series"]:
        if one["metric"] == "errors":
            one["v"] = [float(round(value)) for value in one["v"]]
    counted = next(one for one in _of(document, "cart", "errors") if one.per)
    assert counted.up > 10.0


def test_fewer_calls_than_the_work_brings() -> None:
    """The api gets as many requests as ever, and the cart none of them."""
    document = made.shop()
    for place in range(made.ORDINARY, made.ORDINARY + made.DURING):
        made.values(document, "cart", "requests")[place] = 60.0
    found = {(caller, one.entity): one.down for caller, one in relations(parse_bundle(document))}
    assert found["api", "cart"] > 10.0
    assert found["api", "search"] < 4.0


def test_what_fell_silent() -> None:
    """Only an entity of which nothing is heard any more, and that was heard all the time."""
    document = made.shop()
    for one in document["series"]:
        if one["entity"] == "db" or (one["entity"], one["metric"]) == ("cart", "cpu"):
            one["v"][made.ORDINARY :] = [None] * made.DURING
        if one["entity"] == "search":
            chance = random.Random(1)
            one["v"] = [value if chance.random() < 0.3 else None for value in one["v"]]
            one["v"][made.ORDINARY :] = [None] * made.DURING
    found = silent(parse_bundle(document))
    assert list(found) == ["db"]
    assert math.isclose(found["db"], 10.0)
