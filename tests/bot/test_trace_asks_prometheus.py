"""`trace --prometheus`: metrics of a real Prometheus count for one answer, and for no memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from alertmanager import free_port
from built_memory import TOM, Past, minutes
from made_metrics import SCRAPE, Service, Shift, exposition
from outage_story import JENKINS, MAINTENANCE, SLOW, USERS, dropped_index, service
from prometheus_server import backfill, prometheus

from kubectl_smart.bot.authorisation import Sight
from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.grammar.objects import Named
from kubectl_smart.bot.grammar.requests import Scope, TraceRequest
from kubectl_smart.bot.measuring import Metrics, at_address
from kubectl_smart.bot.slack.answering import Answering, Source
from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.times import to_rfc3339

ASKED = SLOW + 7
END = minutes(SLOW + 30) // 1_000_000 // SCRAPE * SCRAPE
PLACES = {"api-gateway": "prod", "user-service": "prod", "user-db": "data"}


def unmeasured() -> Past:
    """The outage of the dropped index, with no metrics in the memory."""
    past = dropped_index()
    past.records = [one for one in past.records if getattr(one, "source", "") != "prometheus"]
    return past


def measured() -> str:
    """What Prometheus knows of it: three services slow down, the farthest first; one is reset."""
    shifts = {"user-db": SLOW - 4, "user-service": SLOW - 2, "api-gateway": SLOW}
    services = [
        Service(name, latency_shift=Shift(END - minutes(at) // 1_000_000, 4.0))
        for name, at in shifts.items()
    ]
    text = exposition([*services, Service("api", reset=3_600)], [], end=END, hours=9.8)
    for name, place in PLACES.items():
        text = text.replace(
            f'namespace="shop",service="{name}"', f'namespace="{place}",service="{name}"'
        )
    return text


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The memory of the outage, without metrics."""
    path = tmp_path_factory.mktemp("asked") / "memory"
    unmeasured().record(path)
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that knows the metrics of it."""
    folder = tmp_path_factory.mktemp("prometheus")
    backfill(folder, measured())
    with prometheus(folder) as url:
        yield url


def asked(capfd: pytest.CaptureFixture[str], memory: Path, *more: str) -> str:
    """What `trace latency api-gateway` prints."""
    spike = f"--spike={to_rfc3339(minutes(ASKED))}"
    words = ["trace", "latency", "api-gateway", spike, "--utc", "--memory", str(memory)]
    assert run([*words, *more]) == 0
    return capfd.readouterr().out


def document(capfd: pytest.CaptureFixture[str], memory: Path, *more: str) -> dict[str, Any]:
    """The same as a document."""
    found: dict[str, Any] = json.loads(asked(capfd, memory, "-o", "json", *more))
    return found


def held(memory: Path) -> dict[str, str]:
    """What the memory holds: its tips, and how much of each kind."""
    with open_memory(memory) as found:
        return {**found.index.tips(), "counts": str(found.index.counts())}


def test_the_onset_is_the_one_that_prometheus_knows(
    memory: Path, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The chain down to the edit, from an onset seven minutes before the time somebody typed."""
    before = held(memory)
    found = document(capfd, memory, "--prometheus", address)
    assert found["knownFrom"] == "metrics asked live"
    assert found["onset"]["from"] <= to_rfc3339(minutes(SLOW)) <= found["onset"]["to"]
    root = found["chains"][0]["steps"][-1]
    assert (root["object"]["name"], root["actor"]) == (MAINTENANCE.name, JENKINS.name)
    assert {one["object"]["name"] for one in found["seen"]} == set(PLACES)
    whole = found["metricsAsked"]
    assert (whole["answered"], whole["queries"], whole["troubles"]) == (10, 10, [])
    assert whole["shifts"] >= 6
    assert all("asked live" in one["evidence"] for one in found["seen"])
    assert held(memory) == before
    assert document(capfd, memory, "--prometheus", address) == found


def test_what_it_rests_on_is_said(
    memory: Path, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """In words: asked of whom, for which time, how much; and that no memory holds it."""
    said = asked(capfd, memory, "--prometheus", address)
    assert "(known from metrics asked live)" in said
    assert f"metrics asked live of {address}, 2025-11-29 11:37:00 to 2025-11-29 14:52:00" in said
    assert "(10 of 10 queries), not part of the memory" in said
    assert "asked live of" in asked(capfd, memory, "--prometheus", address, "-o", "md")
    assert "known from the time asked about" in asked(capfd, memory)
    assert "asked live" not in asked(capfd, memory, "-o", "json")


def test_a_prometheus_that_is_down_ends_nothing(
    memory: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One sentence says so; the answer is the one of the memory alone."""
    nobody = f"http://127.0.0.1:{free_port()}"
    said = asked(capfd, memory, "--prometheus", nobody).splitlines()
    alone = asked(capfd, memory).splitlines()
    (more,) = [one for one in said if one not in alone]
    assert more.startswith(f"no metrics asked live of {nobody}: Prometheus cannot be reached: ")
    assert more.endswith("; the memory alone answers")
    assert [one for one in said if one != more] == alone


def test_what_the_memory_tells_is_not_told_twice(
    tmp_path: Path, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where the same shifts are stored, those asked for add none, and the stored are cited."""
    past = unmeasured()
    with open_memory(_recorded(past, tmp_path / "first")) as memory:
        found = Metrics(at_address(address)).around(
            memory, minutes(ASKED - 180), minutes(ASKED + 15), minutes(ASKED + 60)
        )
    assert found is not None
    past = unmeasured()
    past.records += found.shifts
    again = document(capfd, _recorded(past, tmp_path / "second"), "--prometheus", address)
    assert again["knownFrom"] == "metric shifts"
    assert again["metricsAsked"]["shifts"] == 0
    assert all(one["citation"]["commit"] for one in again["seen"])


def _recorded(past: Past, path: Path) -> Path:
    past.record(path)
    return path


def test_the_configuration_of_serve_says_whom_to_ask(
    tmp_path: Path, memory: Path, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its address and its queries: with null for all but one, one is asked."""
    names = at_address(address).queries
    file = tmp_path / "smart.yaml"
    lines = [f"    {name}: null" for name in names if name != "latency p99"]
    file.write_text("\n".join(["capture:", "  prometheus:", f"    url: {address}",
                               "    queries:", *(f"  {one}" for one in lines), ""]))  # fmt: skip
    found = document(capfd, memory, "--config", str(file))
    assert found["metricsAsked"]["queries"] == 1
    assert found["knownFrom"] == "metrics asked live"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--prometheus", "ftp://there"], "ftp://there is no http address"),
        (["--prometheus", "http://me:secret@there"], "a password stands in it"),
        (["--prometheus", "http://there", "--config", "x"], "give one of them"),
        (["--prometheus", "http://there", "--bundle", "x"], "a bundle holds its metrics itself"),
        (["--config", "{empty}"], "names no Prometheus"),
    ],
)
def test_whom_to_ask_is_said_right_or_not_at_all(
    tmp_path: Path, memory: Path, capfd: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    """One sentence; and no password is printed."""
    empty = tmp_path / "empty.yaml"
    empty.write_text("zone: UTC\n")
    words = [one.format(empty=empty) for one in more]
    assert run(["trace", "latency", "api-gateway", "--memory", str(memory), *words]) == 2
    printed = capfd.readouterr().err
    assert said in printed
    assert "secret" not in printed


REQUEST = TraceRequest(
    "latency", Named("", "api-gateway"), minutes(ASKED), 1_000_000, Scope("prod")
)


def in_channel(memory: Path, metrics: Metrics, sight: Sight) -> TraceAnswer:
    """The answer as the bot gives it to somebody."""
    source = Source(memory, None, UTC, lambda: minutes(ASKED + 60), metrics)
    answering = Answering(source)
    try:
        found = asyncio.run(answering.answer(REQUEST, sight))
    finally:
        answering.close()
    assert isinstance(found, TraceAnswer)
    return found


def test_in_a_channel_nobody_sees_more_than_they_may(memory: Path, address: str) -> None:
    """Metrics of a namespace that is hidden count as little as its objects."""
    metrics = Metrics(at_address(address), unless_heard=True)
    everything = in_channel(memory, metrics, Sight(None))
    assert service("user-db", "data") in {one.object for one in everything.seen}
    less = in_channel(memory, metrics, Sight(frozenset({"prod"})))
    assert less.known_from == "metrics asked live"
    assert less.metrics is not None
    assert everything.metrics is not None
    assert 0 < less.metrics.shifts < everything.metrics.shifts
    assert "user-db" not in str(less.seen)


def test_the_bot_asks_only_for_what_the_memory_has_not_heard(tmp_path: Path, address: str) -> None:
    """Where metrics were heard all the time the stored shifts are all there are."""
    metrics = Metrics(at_address(address), unless_heard=True)
    past = dropped_index()
    heard = in_channel(_recorded(past, tmp_path / "memory"), metrics, Sight(None))
    assert (heard.metrics, heard.known_from) == (None, "metric shifts")


def test_nothing_is_asked_of_the_future(tmp_path: Path) -> None:
    """A moment that is still to come: there is nothing to ask, and no error."""
    past = unmeasured()
    past.write(USERS, minutes(SLOW + 20), by=TOM, replicas=3)
    with past.memory(tmp_path / "memory") as memory:
        nobody = Metrics(at_address("http://127.0.0.1:9"))
        assert nobody.around(memory, minutes(9), minutes(10), minutes(8)) is None


def test_an_address_is_no_place_for_a_password() -> None:
    """BadInput, with where it belongs."""
    with pytest.raises(BadInput, match="use username and password"):
        at_address("http://me:secret@127.0.0.1:9090")
