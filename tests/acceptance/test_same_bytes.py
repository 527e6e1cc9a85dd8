"""What caused it, asked again: the same memory gives the same bytes, wherever and whenever.

A rebuilt index, an index on PostgreSQL, another time zone of the machine, another order in which
Python's sets are walked, records that came in another order and in other batches.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from built_memory import TOM, Past, minutes, pod
from outage_story import API, API_CONFIG, BREAKS, SLOW, dropped_index
from postgresql import running_server, schema_of
from recordings import smart

from kubectl_smart.bot.cli.main import run
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.times import to_rfc3339

OPENED, CLOSED = 1_795_402_220, 1_795_402_330
INCIDENT = "2026-11-23-api-dies"
_OUTAGE = "--timestamp=2026-11-23T02:50:46Z"
_SPIKE = "--spike=2026-11-23T02:49:00Z"
QUESTIONS = (
    ("trace", "latency", "api-gateway", _SPIKE, "-o", "json"),
    ("trace", "latency", "api-gateway", _SPIKE, "--explain", "--utc"),
    ("trace", "restarts", "user-service", "-n", "prod", _SPIKE, "-o", "md", "--utc"),
    ("trace", "latency", "api-gateway", _SPIKE, "-o", "dot", "--utc"),
    ("replay", "outage", _OUTAGE, "--window=40s", "-n", "prod", "-o", "json"),
    ("replay", "outage", _OUTAGE, "--window=40s", "--explain", "--utc"),
    ("incident", "show", INCIDENT, "-o", "json"),
    ("incident", "show", INCIDENT, "--utc"),
    ("export", "bundle", INCIDENT, "-o", "-"),
)


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded hour, with an incident that was opened and closed in it."""
    path = tmp_path_factory.mktemp("same") / "memory"

    def told(*words: str, at: int) -> None:
        smart(*words, "--as", "tom@example.com", memory=path, SOURCE_DATE_EPOCH=str(at))

    smart("demo", "--quiet", memory=path, SOURCE_DATE_EPOCH="1800000000")
    told("incident", "open", "api dies", at=OPENED)
    told("incident", "link", "configmap/api-config", "-n", "prod", at=OPENED + 20)
    told("incident", "close", "rolled back", at=CLOSED)
    return path


@pytest.fixture(scope="module")
def first(memory: Path) -> list[str]:
    """The answers."""
    found = answers(memory)
    assert "api-config" in found[QUESTIONS.index(("incident", "show", INCIDENT, "--utc"))]
    assert all('"chains": []' not in one for one in found)
    return found


def answers(memory: Path, *more: str, **environment: str) -> list[str]:
    """To all questions, each from a process of its own."""
    return [smart(*words, *more, memory=memory, **environment).stdout for words in QUESTIONS]


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4711", "LC_ALL": "C"},
        {"TZ": "UTC", "PYTHONHASHSEED": "0", "LANG": "tr_TR.UTF-8", "SOURCE_DATE_EPOCH": "1"},
    ],
)
def test_again_and_elsewhere(memory: Path, first: list[str], environment: dict[str, str]) -> None:
    """Twice, and on a machine with another clock, another language and other hashes."""
    assert answers(memory, **environment) == first


def test_the_zone_of_the_machine_is_only_how_it_is_written(memory: Path) -> None:
    """Without --utc the text has the machine's times, and nothing else differs."""
    words = ("trace", "latency", "api-gateway", _SPIKE, "--explain")
    here = smart(*words, memory=memory, TZ="Asia/Kathmandu").stdout
    there = smart(*words, memory=memory, TZ="UTC").stdout
    assert here != there
    clock = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\b\d\d:\d\d:\d\d\b|times in .*")
    assert clock.sub("(time)", here) == clock.sub("(time)", there)


def test_on_an_index_that_was_built_anew(memory: Path, first: list[str]) -> None:
    """From git alone; and once more, after somebody threw the file away."""
    smart("reindex", memory=memory)
    assert answers(memory) == first
    (memory / "smart" / "index.sqlite").unlink()
    assert answers(memory) == first


def test_on_the_other_database(memory: Path, first: list[str]) -> None:
    """PostgreSQL, whose rows come in another order and whose texts sort otherwise."""
    with running_server() as server, schema_of(server) as url:
        smart("reindex", "--index", url, memory=memory)
        assert answers(memory, "--index", url) == first


# --- in which order it came -----------------------------------------------------------------------

MADE = (
    ("trace", "latency", "api-gateway", f"--spike={to_rfc3339(minutes(SLOW + 7))}", "-o", "json"),
    ("trace", "restarts", "deployment/api", "-n", "prod",
     f"--spike={to_rfc3339(minutes(SLOW + 7))}", "-o", "json"),
    ("replay", f"--since={to_rfc3339(minutes(BREAKS))}",
     f"--until={to_rfc3339(minutes(SLOW + 30))}", "-o", "json"),
    ("incident", "show", "2025-11-29-slow", "-o", "json"),
)  # fmt: skip


def story() -> Past:
    """The outage of the dropped index, pods that die of an edit, and words about it."""
    past = dropped_index()
    data = {"CACHE_SIZE": "unlimited", "TIMEOUT_MS": "900"}
    edit = past.write(API_CONFIG, minutes(SLOW - 1), by=TOM, data=data)
    for place in range(4):
        past.seen(pod(f"api-7f9c-{place}", "prod"), minutes(SLOW + place), "OOMKilled", owner=API)
    past.incident(minutes(SLOW + 3), "2025-11-29-slow", "it is slow", "The gateway is slow.\n")
    past.incident(
        minutes(SLOW + 25), "2025-11-29-slow", "it is slow", "The gateway is slow.\n",
        opened_at=minutes(SLOW + 3), closed_at=minutes(SLOW + 25),
    )  # fmt: skip
    past.note(minutes(SLOW + 6), "no limit is needed here", explains=edit.id, by=TOM)
    return past


def series(record: Record) -> str:
    """What its records must keep their order among: the versions of one thing."""
    about = getattr(record, "object", None)
    return str(about if about is not None else getattr(record, "id", repr(record)))


def reordered(records: list[Record], seed: int) -> list[Record]:
    """Another order in which the same could have come: the versions of each thing as they were."""
    dice = random.Random(seed)
    order = [(dice.random(), series(one)) for one in records]
    of_each: dict[str, Iterator[Record]] = {
        key: iter([one for one in records if series(one) == key]) for _, key in order
    }
    return [next(of_each[key]) for _, key in sorted(order)]


def of_the_story(path: Path, past: Past, sizes: tuple[int, ...], tmp: Path) -> list[str]:
    """The answers of a memory to which so many records came at once; commits left out."""
    for size in sizes:
        part = Past(records=past.records[:size], recorded=past.recorded)
        part.record(path)
        past.recorded = part.recorded
    past.record(path)
    found = []
    for number, words in enumerate(MADE):
        file = tmp / f"{path.name}-{number}"
        assert _printed(file, words, path) == 0
        found.append(_without_commits(file.read_text()))
    return found


def _printed(file: Path, words: tuple[str, ...], memory: Path) -> int:
    from contextlib import redirect_stdout

    with file.open("w") as out, redirect_stdout(out):
        return run([*words, "--memory", str(memory)])


def _without_commits(text: str) -> str:
    """Where a record stands in git is the one thing that the order of arrival decides."""
    text = re.sub(r"\b[0-9a-f]{40}\b", "(commit)", text)
    return re.sub(r"\b[0-9a-f]{12}(\+[0-9a-f]{12})?\b", "(commit)", text)


def test_in_whatever_order_and_batches_it_came(tmp_path: Path) -> None:
    """Records of different things in any order, a few at a time or all at once."""
    expected = of_the_story(tmp_path / "whole", story(), (), tmp_path)
    assert all(one.count('"root') or '"steps"' in one for one in expected)
    assert of_the_story(tmp_path / "batches", story(), (3, 10, 11, 40), tmp_path) == expected
    for seed in (1, 2, 3):
        past = story()
        past.records = reordered(past.records, seed)
        assert of_the_story(tmp_path / f"order-{seed}", past, (17, 30), tmp_path) == expected
