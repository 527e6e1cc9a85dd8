"""`kubectl smart simulate`, from the words to what is printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_snapshots import budget, deployment, node, pod, service, template
from ruamel.yaml import YAML

from kubectl_smart.bot.cli.main import run


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """Two nodes, a deployment with a service and a budget, and a pod of its own."""
    found = [
        *(node("one"), node("two")),
        *deployment("web", ["one"]),
        service("web"),
        budget("web", minAvailable=1),
        pod("bare", template("bare"), "one"),
    ]
    path = tmp_path / "cluster.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": found}))
    return path


def test_the_impact_is_told_by_stage(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times, workloads, services without endpoints and what is lost, in plain lines."""
    assert run(["simulate", "kubectl delete node one", "--snapshot", str(snapshot)]) == 0
    out = capsys.readouterr().out
    assert "IMPACT of kubectl delete node one" in out
    assert "40–80 s" in out
    assert "shop/web: from 50 s until" in out
    assert "shop/bare: pod: no controller makes it again" in out


def test_the_documents_say_the_same(snapshot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON and YAML hold one document, with every pod that is there at the end."""
    line = "kubectl drain one --force --timeout=20s"
    assert run(["simulate", line, "--snapshot", str(snapshot), "-o", "json"]) == 0
    as_json = json.loads(capsys.readouterr().out)
    assert run(["simulate", line, "--snapshot", str(snapshot), "-o", "yaml"]) == 0
    assert YAML(typ="safe").load(capsys.readouterr().out) == as_json
    assert [(one["name"], one["node"], one["owner"]) for one in as_json["pods"]] == [
        ("web-1-0", "one", {"kind": "Deployment", "name": "web"})
    ]
    assert as_json["budgets"][0]["blocked"] == ["web-1-0"]


@pytest.mark.parametrize("line", ["kubectl drian one", "kubectl delete node nobody", "ls"])
def test_what_cannot_be_simulated_is_named(
    snapshot: Path, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and the exit code of wrong usage."""
    assert run(["simulate", line, "--snapshot", str(snapshot)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
