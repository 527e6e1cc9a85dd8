"""The patterns of a year, as they were once found good, in every face; and the same bytes again.

After a change that is meant: GOLDEN=write pytest tests/acceptance
"""

from __future__ import annotations

import json
import os
import random
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from built_memory import Past
from patterned_year import ZONE, Maker, Told
from recordings import smart
from slack_limits import check

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.grammar.chat import parse_question, typed
from kubectl_smart.bot.render.messages import Message
from kubectl_smart.bot.slack.digest import QUESTION
from kubectl_smart.bot.slack.faces import message_of
from kubectl_smart.memory.answers.patterns import PatternsAnswer
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Record

GOLDEN = Path(__file__).parents[1] / "golden"
NOW = 1_772_500_000_000_000
"""2026-03-03, after the year."""
_TEAM = "--zone Europe/Berlin"
QUESTIONS = {
    "patterns.txt": f"patterns {_TEAM} --explain",
    "patterns.json": f"patterns {_TEAM} -o json",
    "patterns.md": f"patterns {_TEAM} -o md",
    "patterns-human.txt": f"patterns --human {_TEAM} --since 2025-06-01T00:00:00Z",
    "patterns-billing.txt": "patterns --temporal --systematic -n billing",
}


def _recorded(records: list[Record], folder: Path) -> Path:
    first, last = Told(records).span
    heard = Heard(source="audit-log", session="year", from_at=first, to_at=last)
    Past(records=[*records, heard]).record(folder)
    return folder


@pytest.fixture(scope="module")
def records() -> list[Record]:
    """A year in which all patterns are planted."""
    return Maker(8, changes=1_200).history().records


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory, records: list[Record]) -> Path:
    """It, committed."""
    return _recorded(records, tmp_path_factory.mktemp("golden") / "memory")


def _comparable(text: str) -> str:
    """Commit ids depend on when the memory recorded them, and on nothing in the answer."""
    text = re.sub(r"\b[0-9a-f]{12}\+[0-9a-f]{12}\b", "(memory)", text)
    text = re.sub(r'("commit": ")[0-9a-f]{40}', r"\1(commit)", text)
    text = re.sub(r"\bcommit (`?)[0-9a-f]{12}\b", r"commit \1(commit)", text)
    return re.sub(r"\[[0-9a-f]{12} on ", "[(commit) on ", text)


def _as_found_good(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_patterns_are_those_found_good(
    name: str, memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Byte for byte, but for commit ids; and nobody is named."""
    capsys.readouterr()
    assert run([*shlex.split(QUESTIONS[name]), "--memory", str(memory)]) == 0
    printed = _comparable(capsys.readouterr().out)
    _as_found_good(name, printed)
    assert "@example.com" not in printed


def test_a_team_that_moved_has_one_rhythm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the calendar of both places; by that of the first it seems to stop and to begin anew."""
    memory = _recorded(Maker(7, changes=1_200, moves=True).history().records, tmp_path / "memory")
    words = [*shlex.split(f"patterns --temporal {_TEAM} --memory"), str(memory)]
    capsys.readouterr()
    assert run([*words, "--zone", "2025-09-01=America/New_York"]) == 0
    printed = _comparable(capsys.readouterr().out)
    _as_found_good("patterns-moved.txt", printed)
    assert printed.count("replicas of shop/deployment web") == 1
    assert "BROKEN" not in printed
    assert run(words) == 0
    still = capsys.readouterr().out
    assert still.count("replicas of shop/deployment web") == 2
    assert "BROKEN" in still


def _said(memory: Path, question: str) -> Message:
    request = parse_question(typed(question), now=NOW, zone=ZONE)
    with open_memory(memory) as opened:
        answer = ask(opened, request, now=NOW)
    assert isinstance(answer, PatternsAnswer)
    return message_of(answer, ZONE, "handle")


@pytest.mark.parametrize(
    ("name", "question"),
    [("slack-patterns", "patterns --operational"), ("slack-patterns-digest", QUESTION)],
)
def test_the_messages_are_those_found_good(name: str, question: str, memory: Path) -> None:
    """Asked in a channel, and told by the clock; within Slack's limits, and nobody is named."""
    message = _said(memory, question)
    check(message)
    document = {
        "text": message.text.split("\n"),
        "blocks": message.blocks,
        "evidence": message.evidence,
    }
    written = _comparable(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"
    _as_found_good(f"{name}.json", written)
    assert "@example.com" not in written


def _answers(memory: Path, **environment: str) -> list[str]:
    return [
        smart(*shlex.split(question), memory=memory, **environment).stdout
        for question in QUESTIONS.values()
    ]


@pytest.fixture(scope="module")
def first(memory: Path) -> list[str]:
    """The answers of a process of its own."""
    return _answers(memory)


@pytest.mark.parametrize(
    "environment",
    [
        {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "PYTHONHASHSEED": "4711", "LC_ALL": "C"},
    ],
)
def test_again_and_elsewhere(memory: Path, first: list[str], environment: dict[str, str]) -> None:
    """On a machine with another clock, another language and other hashes."""
    assert _answers(memory, **environment) == first


def _dropped(memory: Path, _records: list[Record], _place: Path) -> Path:
    (memory / "smart" / "index.sqlite").unlink()
    return memory


def _shuffled(_memory: Path, records: list[Record], place: Path) -> Path:
    return _recorded(random.Random(3).sample(records, len(records)), place / "memory")


@pytest.mark.parametrize("other", [_dropped, _shuffled])
def test_an_index_rebuilt_and_records_in_another_order(
    other: Callable[[Path, list[Record], Path], Path],
    memory: Path,
    records: list[Record],
    first: list[str],
    tmp_path: Path,
) -> None:
    """Every row has another number then; only the commits may differ, and when they were made."""
    found = _answers(other(memory, records, tmp_path))
    assert [_comparable(one) for one in found] == [_comparable(one) for one in first]
