"""`kubectl smart patterns` in a terminal: forms, zones, and what may be told of people."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from built_memory import Past
from patterned_year import Maker, Told

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.main import run
from kubectl_smart.memory.records.coverage import Heard


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year with nine patterns."""
    made = Maker(8, changes=1_200).history()
    first, last = Told(made.records).span
    heard = Heard(source="audit-log", session="year", from_at=first, to_at=last)
    folder = tmp_path_factory.mktemp("command") / "memory"
    Past(records=[*made.records, heard]).record(folder)
    return folder


def _out(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["patterns", *words]) == exit_codes.OK
    return capsys.readouterr().out


def test_the_three_parts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All with --operational and without any; one with its own option."""
    place = ("--memory", str(folder), "--zone", "Europe/Berlin")
    whole = _out(capsys, "--operational", *place)
    assert whole == _out(capsys, *place)
    for heading in ("TEMPORAL", "HUMAN", "SYSTEMATIC"):
        assert heading in whole
    assert "every Monday about 09:" in whole
    assert "replicas of shop/deployment web 3 → 8, and back about 1" in whole
    temporal = _out(capsys, "--temporal", *place)
    assert "every Monday about 09:" in temporal
    assert "HUMAN" not in temporal


def test_the_arithmetic_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Test, interval, correction, hypotheses, commits."""
    told = _out(capsys, "--explain", "--memory", str(folder), "--zone", "Europe/Berlin")
    for words in ("binomial tail", "Fisher's exact test", "Wilson", "Benjamini", "tested, human:"):
        assert words in told
    assert " on main]" in told


def test_the_machines_zone_changes_no_byte(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of the document nor of the lines."""
    told = []
    for zone in ("UTC", "Asia/Tokyo"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        told += [
            [_out(capsys, "--memory", str(folder), "-o", form) for form in ("json", "table", "md")]
        ]
    monkeypatch.delenv("TZ")
    time.tzset()
    assert told[0] == told[1]
    assert json.loads(told[0][0])["zone"] == "UTC"


def test_the_configuration_says_whose_calendar_and_who_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its zone, its names, its roles; without it nobody is named."""
    config = tmp_path / "smart.yaml"
    config.write_text(
        "zone: Europe/Berlin\npatterns: {names: true, silent_people: [tom@example.com]}\n",
        encoding="utf-8",
    )
    found = _out(capsys, "--memory", str(folder), "--config", str(config))
    assert "sarah@example.com checks data/redis first" in found
    assert "tom@example.com" not in found
    assert "calendar of Europe/Berlin" in found
    assert "@example.com" not in _out(capsys, "--memory", str(folder))
    config.write_text("patterns: {least_group: 2}\n", encoding="utf-8")
    assert run(["patterns", "--memory", str(folder), "--config", str(config)]) != exit_codes.OK
    assert "least_group" in capsys.readouterr().err


def test_a_zone_there_is_not_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With an example of one that there is."""
    assert run(["patterns", "--memory", str(folder), "--zone", "Berlin"]) != exit_codes.OK
    assert "'Berlin' is no time zone" in capsys.readouterr().err


def test_a_team_that_moved(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Told on the command line or in the file, it is the same calendar; what is none is refused."""
    place = ("--memory", str(folder), "--temporal")
    zones = ("--zone", "Europe/Berlin", "--zone", "2025-09-01=America/New_York")
    config = tmp_path / "smart.yaml"
    config.write_text(
        "zone: Europe/Berlin\npatterns: {zones: {2025-09-01: America/New_York}}\n", encoding="utf-8"
    )
    told = _out(capsys, *place, *zones)
    assert "calendar of Europe/Berlin, from 2025-09-01 America/New_York" in told
    assert told == _out(capsys, *place, "--config", str(config))
    assert told != _out(capsys, *place, "--zone", "Europe/Berlin")
    for wrong, said in (
        (("--zone", "2025-13-01=America/New_York"), "'2025-13-01' is no day"),
        (("--zone", "2025-09-01=York"), "'York' is no time zone"),
        (("--zone", "UTC", "--zone", "Europe/Berlin"), "more than one zone to begin with"),
    ):
        assert run(["patterns", *place, *wrong]) != exit_codes.OK
        assert said in capsys.readouterr().err
    config.write_text("patterns: {zones: {2025-09-01: York}}\n", encoding="utf-8")
    assert run(["patterns", *place, "--config", str(config)]) != exit_codes.OK
    assert "York is no time zone" in capsys.readouterr().err


def test_where_there_is_too_little_that_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a namespace that nobody knows nothing was tested."""
    told = _out(capsys, "--memory", str(folder), "-n", "nosuch")
    assert told.count("nothing beyond what chance explains") == 3
    assert "nothing came 5 times, so nothing was tested" in told
