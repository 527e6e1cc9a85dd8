"""A Prometheus that is slow, odd, refuses, or lost what it had: said, and no end of the source."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from tests.support.audit_events import REDACTOR
from tests.support.door_stage import Keeper, now
from tests.support.odd_prometheus import Answer, OddPrometheus, answering, matrix

from kubectl_smart.capture.coverage import Hearing, SourceState
from kubectl_smart.capture.decoding import metrics
from kubectl_smart.capture.sources.prometheus import Prometheus
from kubectl_smart.capture.sources.prometheus_http import Client
from kubectl_smart.capture.sources.prometheus_queries import Query, Settings

STEP = 30
QUERIES = {
    "queue": Query(promql="queue", averaged=False),
    "depth": Query(promql="depth", averaged=False),
}


class Stage:
    """The source and what it heard; `ask` asks once, `heard` is what it then claims, in seconds."""

    def __init__(self, folder: Path, odd: OddPrometheus, url: str, **changed: Any) -> None:
        settings = Settings(url=url, queries=QUERIES, graph={}, backlog=7_200)
        self.settings = dataclasses.replace(settings, **changed)
        self.odd, self.keeper, self.hearing = odd, Keeper(), Hearing(now)
        self.source = Prometheus(
            self.settings, folder / "notebook", self.keeper, REDACTOR, self.hearing, now
        )

    async def ask(self) -> SourceState:
        """One round."""
        async with Client(self.settings) as client:
            await self.source.round(client)
        return next(one for one in self.hearing.states() if one.source == metrics.SOURCE)

    def heard(self) -> int:
        """How many seconds were heard."""
        due = [one for one in self.hearing.due() if one.source == metrics.SOURCE]
        return sum(one.to_at - one.from_at for one in due) // 1_000_000

    @property
    def shifts(self) -> int:
        """How many were told."""
        return sum(key.startswith(f"{metrics.SOURCE}/") for key in self.keeper.kept)


def played(
    tmp_path: Path, answer: Answer, story: Callable[[Stage], Awaitable[None]], **changed: Any
) -> None:
    """The story, with a stand-in that answers so."""

    async def play() -> None:
        odd = OddPrometheus(answer)
        async with answering(odd) as url:
            await story(Stage(tmp_path, odd, url, **changed))

    asyncio.run(play())


def level(instants: list[float], shift: float = 0, at: float = 0) -> list[Any]:
    """Noise around 100, the same for the same instant; from an instant on around `shift`."""
    found = []
    for instant in instants:
        noise = float(np.random.default_rng(int(instant)).standard_normal())
        found.append((shift if shift and instant >= at else 100) * (1 + 0.05 * noise))
    return found


def well(promql: str, instants: list[float]) -> Any:
    """Both queries have a series."""
    return matrix(instants, {"cart": level(instants)}) if promql in QUERIES else None


def test_who_is_well_is_heard(tmp_path: Path) -> None:
    """What the others are to be compared with: all is heard, and nothing is said."""

    async def story(stage: Stage) -> None:
        state = await stage.ask()
        assert (state.listening, state.trouble) == (True, "")
        assert stage.heard() == 7_200 - STEP
        assert stage.shifts == 0

    played(tmp_path, well, story)


def test_who_is_slow_is_asked_again(tmp_path: Path) -> None:
    """An answer that takes too long is none; once it comes, nothing is missing."""

    async def story(stage: Stage) -> None:
        stage.odd.slow = 5
        state = await stage.ask()
        assert not state.listening
        assert state.trouble == "Prometheus did not answer within 1 s"
        assert stage.heard() == 0
        stage.odd.slow = 0
        assert (await stage.ask()).listening
        assert stage.heard() >= 7_200 - STEP

    played(tmp_path, well, story, timeout=1.0)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "it is no JSON"),
        (b'{"status":"error","error":"no"}', "it does not say that it succeeded"),
        (b'{"status":"success","data":{"resultType":"vector","result":[]}}', "no matrix"),
        (b'{"status":"success","data":[]}', "no matrix"),
    ],
)
def test_what_is_no_answer_is_said(tmp_path: Path, body: bytes, words: str) -> None:
    """Of one query, and the others are asked all the same; coverage waits for it."""

    def answer(promql: str, instants: list[float]) -> Any:
        return web.Response(body=body) if promql == "queue" else well(promql, instants)

    async def story(stage: Stage) -> None:
        state = await stage.ask()
        assert state.trouble.startswith("queue: ")
        assert words in state.trouble
        assert "depth" in stage.odd.asked
        assert stage.heard() == 0

    played(tmp_path, answer, story)


@pytest.mark.parametrize(
    ("status", "words", "others"),
    [
        (400, "refuses a query (400): bad_data: parse error", True),
        (422, "refuses a query (422): bad_data: parse error", True),
        (401, "does not let us in (401)", False),
        (503, "answered 503", False),
    ],
)
def test_what_it_refuses_is_said(tmp_path: Path, status: int, words: str, others: bool) -> None:
    """With its own words; a fault of the query alone keeps no other from being asked."""

    def answer(promql: str, instants: list[float]) -> Any:
        if promql != "queue":
            return well(promql, instants)
        refusal = {"status": "error", "error": "bad_data: parse error"}
        return web.json_response(refusal, status=status)

    async def story(stage: Stage) -> None:
        state = await stage.ask()
        assert words in state.trouble
        assert ("depth" in stage.odd.asked) is others
        assert stage.heard() == 0

    played(tmp_path, answer, story)


def test_an_answer_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    """It is given up, and said."""

    def answer(promql: str, instants: list[float]) -> Any:
        if promql != "queue":
            return well(promql, instants)
        return web.Response(body=b" " * (3 << 20))

    async def story(stage: Stage) -> None:
        assert "an answer is larger than 1 MiB" in (await stage.ask()).trouble

    played(tmp_path, answer, story, most_bytes=1 << 20)


def test_parts_that_are_missing_are_a_gap(tmp_path: Path) -> None:
    """Prometheus' own warnings, and series that cannot be read: not heard, and said."""

    def answer(promql: str, instants: list[float]) -> Any:
        found = well(promql, instants)
        if promql == "queue":
            found["warnings"] = ["a store did not answer"]
        if promql == "depth":
            found["data"]["result"].append({"metric": {"service": 7}, "values": []})
        return found

    async def story(stage: Stage) -> None:
        state = await stage.ask()
        assert "queue: parts may be missing: a store did not answer" in state.trouble
        assert "depth: parts may be missing: 1 series could not be read" in state.trouble
        assert stage.heard() == 0
        assert stage.source.rejected > 0

    played(tmp_path, answer, story)


def test_what_is_no_number_is_no_value(tmp_path: Path) -> None:
    """NaN and infinities are looked past: the shift among them is found, and nothing is a gap."""
    middle = now() // 1_000_000 - 3_600

    def answer(promql: str, instants: list[float]) -> Any:
        if promql not in QUERIES:
            return None
        values = level(instants, 300, middle)
        odd = {0: "NaN", 3: "+Inf", 6: "-Inf"}
        return matrix(
            instants,
            {
                "cart": [
                    odd.get(int(at) // STEP % 9, one)
                    for at, one in zip(instants, values, strict=True)
                ],
                "idle": ["NaN"] * len(instants),
            },
        )

    async def story(stage: Stage) -> None:
        assert (await stage.ask()).trouble == ""
        assert stage.shifts == len(QUERIES)
        assert stage.heard() == 7_200 - STEP

    played(tmp_path, answer, story)


def test_series_that_vanish_are_a_gap(tmp_path: Path) -> None:
    """A query that gave something and gives nothing any more: not heard since, and said."""
    gone = now() // 1_000_000 - 3_600

    def answer(promql: str, instants: list[float]) -> Any:
        if promql not in QUERIES:
            return None
        values = level(instants)
        if promql == "queue":
            values = [None if at >= gone else one for at, one in zip(instants, values, strict=True)]
        return matrix(instants, {"cart": values})

    async def story(stage: Stage) -> None:
        state = await stage.ask()
        assert state.trouble == "queue: there are no series any more"
        assert abs(stage.heard() - 3_600) <= 3 * STEP

    played(tmp_path, answer, story)


def test_what_there_never_was_is_no_gap(tmp_path: Path) -> None:
    """The default set asks for more than any one cluster has."""

    def answer(promql: str, instants: list[float]) -> Any:
        return well(promql, instants) if promql == "depth" else None

    async def story(stage: Stage) -> None:
        assert (await stage.ask()).trouble == ""
        assert stage.heard() == 7_200 - STEP

    played(tmp_path, answer, story)


def test_no_more_series_are_held_than_may_be(tmp_path: Path, caplog: Any) -> None:
    """Those that are left out are counted in the log."""

    def answer(promql: str, instants: list[float]) -> Any:
        if promql not in QUERIES:
            return None
        return matrix(instants, {f"s{number}": level(instants) for number in range(5)})

    async def story(stage: Stage) -> None:
        await stage.ask()

    played(tmp_path, answer, story, most_series=3)
    assert "gives 2 series more than the 3 of most_series" in caplog.text


def test_what_is_not_durable_is_asked_again(tmp_path: Path) -> None:
    """A process that ends before the shift was kept tells it the next time."""
    middle = now() // 1_000_000 - 3_600

    def answer(promql: str, instants: list[float]) -> Any:
        if promql not in QUERIES:
            return None
        return matrix(instants, {"cart": level(instants, 300, middle)})

    async def story(stage: Stage) -> None:
        stage.keeper.trouble = None
        await stage.ask()
        first = dict(stage.keeper.kept)
        (tmp_path / "notebook").unlink()
        stage.keeper.kept.clear()
        again = Stage(tmp_path, stage.odd, stage.settings.url)
        await again.ask()
        assert again.keeper.kept.keys() == first.keys()
        assert len(first) == len(QUERIES)

    played(tmp_path, answer, story)
