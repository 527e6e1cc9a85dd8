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


SEVERAL = ("kubectl cordon two", "kubectl delete node three", "kubectl delete node one")


def test_each_of_several_commands_has_its_stages(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What follows a command stands under its number; one that is refused does not end the rest."""
    assert run(["simulate", *SEVERAL, "--snapshot", str(snapshot)]) == 1
    out, err = capsys.readouterr()
    first, second, third = (out.index(f"{number}. {one}") for number, one in enumerate(SEVERAL, 1))
    assert "nothing happens to any pod before the next command" in out[first:second]
    assert 'nodes "three" not found' in out[second:third]
    assert "40–80 s" in out[third:]
    assert err == (
        'command 2 of 3 is refused: Error from server (NotFound): nodes "three" not found; '
        "the others are simulated without it\n"
    )


def test_documents_say_which_command_was_refused(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stages hold the number of the command they follow; Markdown has a heading for each."""
    assert run(["simulate", *SEVERAL, "--snapshot", str(snapshot), "-o", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["done"] for one in found["commands"]] == [True, False, True]
    assert {one["command"] for one in found["stages"]} == {3}
    assert run(["simulate", *SEVERAL, "--snapshot", str(snapshot), "-o", "md"]) == 1
    assert "## 2. `kubectl delete node three`, refused as a whole" in capsys.readouterr().out


def test_a_gate_weighs_more_than_a_refusal(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both are told; whoever set the gate gets its code."""
    words = ["simulate", *SEVERAL, "--snapshot", str(snapshot), "--fail-on", "unavailable"]
    assert run(words) == 7
    err = capsys.readouterr().err
    assert "command 2 of 3 is refused" in err
    assert "--fail-on: " in err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("kubectl delete node x", "kubectl delete node y"), "all 2 commands are refused: 1: "),
        (("kubectl cordon one", "kubectl drian one"), 'command 2: unknown command "drian"'),
    ],
)
def test_several_of_which_none_can_be_done(
    snapshot: Path, lines: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong usage, with the number of the command."""
    assert run(["simulate", *lines, "--snapshot", str(snapshot)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sweep", "nodes", "--top", "-1"), "'--top': -1 is no whole number from 1 on"),
        (("--sweep", "nodes", "--top", "0"), "'--top': 0 is no whole number from 1 on"),
        (("--sweep", "nodes", "--processes", "900"), "900 is no whole number from 1 to 256"),
        (("--seed", "seven", "kubectl cordon one"), "'--seed': seven is no whole number;"),
    ],
)
def test_a_wrong_number_is_named_as_it_was_typed(
    snapshot: Path, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence, and the exit code of wrong usage."""
    assert run(["simulate", "--snapshot", str(snapshot), *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_command_that_asks_for_nothing_is_told_so(
    snapshot: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A selector that chooses nothing, or what is so already, is no harmless change."""
    line = "kubectl delete pods -n shop -l app=wbe"
    assert run(["simulate", line, "--snapshot", str(snapshot)]) == 0
    assert "it changes nothing: all is so already" in capsys.readouterr().out
    line = "kubectl scale deployment web -n shop --replicas=1"
    assert run(["simulate", line, "--snapshot", str(snapshot), "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["commands"][0]["idle"]
