"""Prometheus asked for one stretch of the past: odd, partial, slow or no answers are said."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.alertmanager import free_port
from tests.support.odd_prometheus import OddPrometheus, answering, matrix

from kubectl_smart.capture.sources.prometheus_asked import Found, shifts_between
from kubectl_smart.capture.sources.prometheus_queries import Query, Settings

SECOND = 1_000_000
STEP = 30
END = (int(time.time()) - 7_200) // STEP * STEP
SHIFTED = END - 1_800
QUERIES = {
    "queue": Query(promql="queue", averaged=False),
    "depth": Query(promql="depth", averaged=False),
}


def asked(odd: OddPrometheus, *, within: float = 60, **changed: Any) -> Found:
    """The last three hours before END."""

    async def story() -> Found:
        async with answering(odd) as url:
            how = Settings(url=url, queries=QUERIES, graph={}, **changed)
            since = (END - 10_800) * SECOND
            return await shifts_between(how, str, since, END * SECOND, within)

    return asyncio.run(story())


def level(instants: list[float], before: float = 100.0, after: float = 300.0) -> list[Any]:
    """A noisy level that shifts at SHIFTED: the same at the same instants, however asked for."""
    return [
        (before if at < SHIFTED else after) * (1 + 0.03 * math.sin(at * 1.7) * math.cos(at / 7))
        for at in instants
    ]


def test_a_shift_is_found_with_its_onset() -> None:
    """One series shifts, one does not; what is asked for is the stretch and the past it needs."""
    odd = OddPrometheus(
        lambda query, instants: (
            matrix(instants, {"cart": level(instants)})
            if query == "queue"
            else matrix(instants, {"cart": level(instants, after=100.0)})
            if query == "depth"
            else None
        )
    )
    found = asked(odd)
    (shift,) = found.shifts
    assert shift.onset_from <= SHIFTED * SECOND <= shift.onset_to + STEP * SECOND
    assert (shift.metric, shift.labels["service"]) == ("queue", "cart")
    assert (found.answered, found.series, found.troubles) == ((2, 2), 2, ())


ODD = {
    "no number": lambda one, place: "NaN" if place % 3 == 0 else one,
    "infinite": lambda one, place: "+Inf" if place % 7 == 0 else one,
    "missing": lambda one, place: None if place % 4 == 0 else one,
    "sparse": lambda one, place: one if place % 10 == 0 else None,
    "constant": lambda _one, _place: 5,
    "nothing but NaN": lambda _one, _place: "NaN",
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_not_there_is_no_zero(kind: str) -> None:
    """Holes, no numbers, constants: no shift where there is none, and no trouble."""
    odd = OddPrometheus(
        lambda query, instants: (
            matrix(
                instants,
                {
                    "cart": [
                        ODD[kind](one, round(at / STEP))
                        for at, one in zip(instants, level(instants, after=100.0), strict=True)
                    ]
                },
            )
            if query in QUERIES
            else None
        )
    )
    found = asked(odd)
    assert found.shifts == ()
    assert (found.answered, found.troubles) == ((2, 2), ())


def test_one_query_that_is_refused_leaves_the_other() -> None:
    """Its own fault: said with its name, and what the other gives counts."""

    def answer(query: str, instants: list[float]) -> Any:
        if query == "depth":
            body = {"status": "error", "errorType": "bad_data", "error": "too many samples"}
            return web.json_response(body, status=422)
        return matrix(instants, {"cart": level(instants)}) if query == "queue" else None

    found = asked(OddPrometheus(answer))
    assert [one.metric for one in found.shifts] == ["queue"]
    assert found.answered == (1, 2)
    (said,) = found.troubles
    assert said == "depth: Prometheus refuses a query (422): too many samples"


def test_a_part_of_an_answer_is_said_to_be_one() -> None:
    """Prometheus' own warnings, series that cannot be read, and series that are too many."""

    def answer(query: str, instants: list[float]) -> Any:
        if query not in QUERIES:
            return None
        found = matrix(instants, {"cart": level(instants), "web": level(instants)})
        if query == "queue":
            found["warnings"] = ["a store was away"]
            found["data"]["result"].append({"metric": {"a": 5}, "values": [[instants[0], "1"]]})
        return found

    found = asked(OddPrometheus(answer), most_series=1)
    assert found.answered == (2, 2)
    assert found.troubles == (
        "queue: parts may be missing: a store was away",
        "queue: parts may be missing: 1 series could not be read",
        "queue: 1 series too many are left out",
        "depth: 1 series too many are left out",
    )


def test_slow_is_waited_for_no_longer_than_said() -> None:
    """Whoever asks gets an answer in time, with a sentence."""
    odd = OddPrometheus(lambda _query, instants: matrix(instants, {"cart": level(instants)}))
    odd.slow = 30
    found = asked(odd, within=0.5)
    assert found.answered[0] == 0
    (said,) = found.troubles
    assert "did not answer" in said
    assert "within 0.5 s" in said


def test_who_is_not_let_in_says_so() -> None:
    """A token that is missing or wrong: one sentence, whatever the number of queries."""
    odd = OddPrometheus(lambda query, instants: matrix(instants, {}) if query in QUERIES else None)
    odd.authorization = "Bearer right"
    found = asked(odd, authorization="Bearer wrong")
    assert found.troubles == ("Prometheus does not let us in (401)",)
    odd.authorization = "Bearer wrong"
    assert asked(odd, authorization="Bearer wrong").troubles == (
        "none of its queries gives a series at that time",
    )


def test_nobody_there_and_no_past() -> None:
    """A port that nobody listens on; one who scraped nothing then; one who answers nonsense."""
    nobody = Settings(url=f"http://127.0.0.1:{free_port()}", queries=QUERIES, graph={})
    found = asyncio.run(shifts_between(nobody, str, (END - 600) * SECOND, END * SECOND, 20))
    assert found.answered == (0, 2)
    assert found.troubles[0].startswith("Prometheus cannot be reached: ")
    empty = OddPrometheus(lambda _query, instants: matrix(instants, {}))
    assert asked(empty).troubles == ("Prometheus scraped nothing at that time",)
    nonsense = OddPrometheus(lambda _query, _instants: web.Response(text="<html>hello</html>"))
    (said,) = asked(nonsense).troubles
    assert said.startswith("Prometheus' answer cannot be read: it is no JSON")


_VALUES = st.one_of(st.none(), st.floats(width=32), st.just("NaN"), st.integers(-5, 5))


@settings(max_examples=12, deadline=None)
@given(st.lists(_VALUES, min_size=1, max_size=40), st.integers(0, 2**20))
def test_whatever_it_answers_there_is_an_answer(values: list[Any], seed: int) -> None:
    """Any mixture of holes and numbers gives finite levels and onsets within what was asked."""
    dice = np.random.default_rng(seed)
    picked = dice.integers(0, len(values), 4_000)

    def answer(query: str, instants: list[float]) -> Any:
        if query not in QUERIES:
            return None
        row = [values[picked[round(at / STEP) % 4_000]] for at in instants]
        return matrix(instants, {"cart": row})

    found = asked(OddPrometheus(answer))
    assert found.answered == (2, 2)
    for shift in _all(found):
        assert math.isfinite(shift.before)
        assert math.isfinite(shift.after)
        assert shift.onset_from <= shift.onset_to <= END * SECOND


def _all(found: Found) -> Iterator[Any]:
    yield from found.shifts
