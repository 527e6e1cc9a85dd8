"""`simulate` at a terminal: gates, sweeps, and the forms of their answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.built_memory import Past, minutes
from tests.support.frail_cluster import frail_cluster, snapshot
from tests.support.made_snapshots import budget, deployment, node, pod, template
from tests.support.remembered_cluster import put_all

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.main import run

LOSS = "kubectl delete node two"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A snapshot of the frail cluster."""
    return str(snapshot(tmp_path / "cluster.json"))


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ("pending", "1 pod pending (shop/deployment/cache)"),
        ("data-loss", "1 pod loses data (shop/cache-1-0)"),
        ("unavailable", "1 service without endpoints (shop/cache)"),
        ("pending,data-loss", "1 pod pending (shop/deployment/cache); 1 pod loses data"),
    ],
)
def test_a_gate_that_is_closed_ends_with_its_own_code(
    file: str, gates: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer is printed all the same, and one sentence on stderr says what it holds."""
    code = run(["simulate", LOSS, "--snapshot", file, "--fail-on", gates])
    printed = capsys.readouterr()
    assert code == exit_codes.GATE
    assert printed.out.startswith(f"IMPACT of {LOSS}\n")
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1


def test_a_budget_that_refuses_an_eviction_closes_its_gate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gates may be given one by one; the others stay open."""
    objects = [node("one"), node("two"), *deployment("web", ["one"]), budget("web", minAvailable=1)]
    file = str(snapshot(tmp_path / "cluster.json", objects))
    line = "kubectl drain one --timeout=20s"
    words = ["simulate", line, "--snapshot", file, "--fail-on", "pending", "--fail-on", "budget"]
    assert run(words) == exit_codes.GATE
    assert "1 budget refuses evictions (shop/web)" in capsys.readouterr().err


def test_a_job_that_fails_closes_a_gate_and_is_in_the_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its one pod is deleted, and it may not lose any."""
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "load", "namespace": "shop", "uid": "uid-Job-load"},
        "spec": {"template": template("load"), "completions": 1, "backoffLimit": 0},
        "status": {},
    }
    mine = pod("load-0", template("load"), "one", ("Job", "load"))
    file = str(snapshot(tmp_path / "cluster.json", [node("one"), job, mine]))
    words = ["simulate", "kubectl delete pod load-0 -n shop", "--snapshot", file]
    assert run([*words, "-o", "json", "--fail-on", "unavailable"]) == exit_codes.GATE
    printed = capsys.readouterr()
    assert "1 Job failed (shop/job/load)" in printed.err
    (workload,) = json.loads(printed.out)["workloads"]
    failed = {"at": 0.01, "reason": "BackoffLimitExceeded", "anyway": False}
    assert workload["failed"] == failed
    assert run(words) == exit_codes.OK
    assert "failed: Job load: BackoffLimitExceeded" in capsys.readouterr().out


def test_gates_that_are_open_change_nothing(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, and nothing on stderr."""
    words = ["simulate", "kubectl delete node three", "--snapshot", file]
    assert run([*words, "--fail-on", "pending,budget,data-loss,unavailable"]) == exit_codes.OK
    assert capsys.readouterr().err == ""


def test_an_unknown_gate_is_named(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    assert run(["simulate", LOSS, "--snapshot", file, "--fail-on", "rain"]) == exit_codes.USAGE
    assert "'rain' is none of pending, budget, data-loss, unavailable" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], 'no command is named; write simulate "kubectl delete node worker-5"'),
        ([LOSS, "--sweep", "nodes"], "a sweep takes no commands"),
        ([LOSS, "--top", "3"], "--top and --processes are for --sweep"),
    ],
)
def test_either_commands_or_a_sweep(
    file: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says what to do."""
    assert run(["simulate", *words, "--snapshot", file]) == exit_codes.USAGE
    assert said in capsys.readouterr().err


def test_a_sweep_lists_the_worst_first(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As many as asked for, what the worst does, and the order they are ranked by."""
    assert run(["simulate", "--sweep", "nodes", "--snapshot", file, "--top", "2"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0] == "SWEEP of 3 nodes, each lost by itself, the worst first"
    assert [line.split()[:3] for line in lines[3:5]] == [["1", "one", "2"], ["2", "two", "2"]]
    assert lines[4].endswith("for good")
    assert lines[5] == "and 1 more; -o wide shows them all"
    assert "WITHOUT one" in lines
    assert any(line.startswith("ranked by pods that nobody makes again, then ") for line in lines)
    assert printed.err == ""


def test_a_sweep_as_a_document_has_every_loss(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the commands that a loss is like, and names instead of numbers."""
    assert (
        run(["simulate", "--sweep", "nodes", "--snapshot", file, "--top", "1", "-o", "json"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["losses"]] == ["one", "two", "three"]
    two = found["losses"][1]
    assert two["commands"] == [LOSS]
    assert (two["pods"], two["services"], two["without"]) == (2, ["shop/cache"], None)


def test_a_gate_on_a_sweep_names_the_worst_loss_that_closes_it(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worst of all may pass it."""
    words = ["simulate", "--sweep", "nodes", "--snapshot", file, "--fail-on", "pending"]
    assert run(words) == exit_codes.GATE
    assert "without two: 1 pod pending" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[LOSS], ["--sweep", "workloads"]])
def test_markdown_has_headings_and_tables(
    file: str, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every row of a table has as many cells as its head."""
    assert run(["simulate", *words, "--snapshot", file, "-o", "md"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("# ")
    tables = [line for line in lines if line.startswith("|")]
    assert tables
    for line in tables:
        assert line.endswith("|")


def test_a_sweep_begins_from_the_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same losses as on a snapshot, and of which instant they are told."""
    past = Past()
    put_all(past, frail_cluster())
    past.heard(minutes(0), minutes(20))
    with past.memory(tmp_path / "memory"):
        pass
    capsys.readouterr()
    words = ["simulate", "--sweep", "nodes", "--memory", str(tmp_path / "memory"), "-o", "json"]
    assert run(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["losses"]] == ["one", "two", "three"]
    assert found["state"]["source"] == "memory"
    assert found["state"]["at"] is not None
