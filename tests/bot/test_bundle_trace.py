"""`trace --bundle`: what is printed, in each form, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import made_incidents as made
import pytest

from kubectl_smart.bot.cli.main import run
from kubectl_smart.memory.formats.manifests import from_yaml

GOLDEN = Path(__file__).parents[1] / "golden"


def _ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = run(["trace", *words, "--utc"])
    written = capsys.readouterr()
    return code, written.out, written.err


@pytest.fixture
def bundles(tmp_path: Path) -> Path:
    """A folder with every made-up incident."""
    for name, story in made.ALL.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(story()))
    return tmp_path


@pytest.mark.parametrize("story", sorted(made.ALL))
def test_answers_as_they_were_agreed(
    story: str, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word for word (set GOLDEN=write to agree on others)."""
    code, out, _ = _ask(capsys, "--bundle", str(bundles / f"{story}.json"), "--explain")
    assert code == 0
    path = GOLDEN / f"trace-{story}.txt"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(out)
    assert out == path.read_text()


@pytest.mark.parametrize(("form", "name"), [("json", "json"), ("md", "md"), ("dot", "dot"),
                                            ("mermaid", "mmd")])  # fmt: skip
def test_the_other_forms(
    form: str, name: str, bundles: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same answer as a document, as Markdown and as a graph, word for word."""
    _, out, _ = _ask(capsys, "--bundle", str(bundles / "decoy-after.json"), "-o", form)
    path = GOLDEN / f"trace-decoy-after.{name}"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(out)
    assert out == path.read_text()


def test_what_a_script_reads(bundles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and YAML are the same document: causes best first, and the change or null."""
    _, out, _ = _ask(capsys, "--bundle", str(bundles / "decoy-after.json"), "-o", "json")
    found = json.loads(out)
    assert found["causes"][0]["entity"] == "db"
    assert found["change"] == "true"
    _, written, _ = _ask(capsys, "--bundle", str(bundles / "decoy-after.json"), "-o", "yaml")
    assert from_yaml(written.encode()) == found
    _, out, _ = _ask(capsys, "--bundle", str(bundles / "no-change.json"), "-o", "json")
    assert json.loads(out)["change"] is None


def test_a_symptom_in_words(bundles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """KIND, SERVICE and --spike stand in for what the bundle says."""
    bundle = str(bundles / "slow-database.json")
    code, out, _ = _ask(
        capsys, "latency", "api", "--spike", "2023-11-15 02:20", "--bundle", bundle, "-o", "json"
    )
    assert code == 0
    symptom = json.loads(out)["symptom"]
    assert (symptom["entity"], symptom["noticedAt"]) == ("api", "2023-11-15T02:20:00Z")
    code, _, err = _ask(capsys, "latency", "ap1", "--bundle", bundle)
    assert (code, err.count("\n")) == (3, 1)
    assert "did you mean api?" in err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["slowness", "api", "--bundle", "x"], 2, "nothing that can be traced"),
        (["latency", "api", "cart", "--bundle", "x"], 2, "too many words"),
        (["--bundle", "none.json"], 2, "cannot read none.json"),
    ],
)
def test_what_cannot_be_asked(
    words: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on stderr, nothing on stdout."""
    ended, out, err = _ask(capsys, *words)
    assert (ended, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1


def test_the_same_bytes_everywhere(bundles: Path) -> None:
    """Another seed for hashes and another time zone of the machine change nothing."""
    command = [
        sys.executable, "-m", "kubectl_smart.bot", "trace", "-o", "json",
        "--bundle", str(bundles / "told-only.json"),
    ]  # fmt: skip
    printed = {
        subprocess.run(
            command,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True, check=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }  # fmt: skip
    assert len(printed) == 1


def test_hostile_names_stay_on_their_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line breaks, quotes and markup in names and texts break no form."""
    document = made.decoy_after()
    hostile = 'db"];\n```\u202e<b>|'
    text = json.dumps(document).replace('"db"', json.dumps(hostile))
    path = tmp_path / "a.json"
    path.write_text(text)
    for form in ("table", "md", "dot", "mermaid"):
        _, out, _ = _ask(capsys, "--bundle", str(path), "-o", form)
        assert "\u202e" not in out
        assert "\n```\\u" not in out
    _, out, _ = _ask(capsys, "--bundle", str(path), "-o", "dot")
    for line in out.splitlines()[3:-1]:
        assert re.fullmatch(r'  s\d+( \[label="([^"\\]|\\.)*"\]| -> s\d+);', line)


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
def test_graphviz_draws_it(bundles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The real `dot` takes the graph."""
    _, out, _ = _ask(capsys, "--bundle", str(bundles / "decoy-after.json"), "-o", "dot")
    subprocess.run(["dot", "-Tsvg"], input=out, text=True, check=True, capture_output=True)
