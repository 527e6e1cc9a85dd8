"""`export bundle`: the file, the pipe, and what is said where it cannot be."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from built_memory import TOM, minutes, pod
from outage_story import API, API_CONFIG, BREAKS, shop

from kubectl_smart.bot.cli.completing import completions
from kubectl_smart.bot.cli.main import run
from kubectl_smart.memory.records.times import to_rfc3339

ID = "2025-11-29-api-dies"
OTHER = "2025-11-28-other"


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The api's configuration is edited, its pods die, and somebody opens an incident."""
    past = shop()
    data = {"CACHE_SIZE": "unlimited", "TIMEOUT_MS": "815"}
    past.write(API_CONFIG, minutes(BREAKS), by=TOM, data=data)
    for at in (3, 4, 6):
        past.seen(pod("api-7f9c", "prod"), minutes(BREAKS + at), "OOMKilled", owner=API, count=3)
    past.incident(minutes(10), OTHER, "other", "Nothing.\n", closed_at=minutes(20))
    past.incident(minutes(BREAKS + 10), ID, "it dies", "Pods of api die.\n")
    path = tmp_path_factory.mktemp("exported") / "memory"
    past.record(path)
    return path


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, memory: Path) -> None:
    monkeypatch.setenv("KUBECTL_SMART_MEMORY", str(memory))


def _since() -> str:
    return to_rfc3339(minutes(BREAKS - 20))


def _until() -> str:
    return to_rfc3339(minutes(BREAKS + 20))


def test_a_file_that_trace_reads(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Gzipped by its name, twice the same bytes; the change behind it is found in it."""
    files = [tmp_path / name for name in ("a.json.gz", "b.json.gz", "c.json")]
    window = ["--since", _since(), "--until", _until()]
    for file in files:
        assert run(["export", "bundle", *window, "-n", "prod", "-o", str(file), "--utc"]) == 0
    said = capfd.readouterr().out
    assert f"see `kubectl smart trace --bundle {files[0]}`" in said
    assert files[0].read_bytes() == files[1].read_bytes()
    assert gzip.decompress(files[0].read_bytes()) == files[2].read_bytes()
    assert run(["trace", "--bundle", str(files[0]), "-o", "json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["causes"][0]["entity"] == "prod/deployment/api"
    assert answer["changed"]["actor"] == "tom@example.com"
    assert answer["changed"]["entity"] == "prod/configmap/api-config"


def test_an_incident_on_the_pipe(capfd: pytest.CaptureFixture[str]) -> None:
    """By the beginning of its id, or the only open one; without FILE on standard output."""
    assert run(["export", "bundle", "2025-11-29"]) == 0
    named = capfd.readouterr().out
    assert json.loads(named)["id"] == ID
    assert run(["export", "bundle", "--anonymous", "-o", "-"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["id"] == ID
    assert "tom@example.com" in named
    assert "tom@example.com" not in json.dumps(found)
    assert {one["user"].partition("-")[0] for one in found["changes"]} == {"human"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("2025-11-29", "--since", "-2h"), 2, "an incident has its own window"),
        (("-n", "prod"), 2, "-n needs a window"),
        (("--until", "-1h"), 2, "--until needs a beginning"),
        (("nonsense",), 3, "no incident is called nonsense"),
        (("-o", "/nowhere/at/all.json"), 2, "cannot write /nowhere/at/all.json"),
    ],
)
def test_refusals(
    words: tuple[str, ...], code: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and what to do next; nothing on standard output."""
    assert run(["export", "bundle", *words]) == code
    written = capfd.readouterr()
    assert said in written.err
    assert written.out == ""


def test_a_quiet_window_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing known, exit code 3, and no file."""
    file = tmp_path / "a.json"
    low, high = (to_rfc3339(minutes(at)) for at in (60, 120))
    assert run(["export", "bundle", "--since", low, "--until", high, "-o", str(file)]) == 3
    assert "no trouble began between" in capfd.readouterr().err
    assert not file.exists()


def test_completion_knows_the_incidents_and_files() -> None:
    """Ids, the newest first; files after -o."""
    assert list(completions(["export", ""])) == ["bundle", ":4"]
    assert list(completions(["export", "bundle", ""])) == [ID, OTHER, ":4"]
    assert list(completions(["export", "bundle", "-o", ""])) == [":0"]
