"""Whole answers of `simulate`, at a terminal and in Slack, as they were once found good.

After a change that is meant: GOLDEN=write pytest tests/acceptance
"""

from __future__ import annotations

import json
import os
import re
from datetime import UTC
from pathlib import Path

import pytest
from made_snapshots import Object, budget, daemon, deployment, node, pod, service, template
from slack_limits import check
from tests.acceptance.test_golden_answers import _comparable
from tests.acceptance.test_golden_slack import _document

from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.simulating import asked
from kubectl_smart.bot.slack.faces import message_of
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.memory.records.times import from_rfc3339

GOLDEN = Path(__file__).parents[1] / "golden"
AT = "2026-11-23T02:49:24Z"
LOSS = ("kubectl delete node worker-5",)
DRAIN = ("kubectl drain worker-2 --ignore-daemonsets --timeout=2m",)
SEVERAL = (
    "kubectl cordon worker-4",
    "kubectl delete node worker-9",
    "kubectl drain worker-2 --ignore-daemonsets --timeout=2m",
    "kubectl scale deployment/api-gateway -n prod --replicas=9",
)
QUESTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "simulate-loss.txt": (LOSS, ("-o", "wide")),
    "simulate-loss.json": (LOSS, ("-o", "json")),
    "simulate-drain.md": (DRAIN, ("-o", "md")),
    "simulate-several.txt": (SEVERAL, ()),
    "simulate-several.md": (SEVERAL, ("-o", "md")),
    "simulate-sweep.txt": ((), ("--sweep", "nodes")),
    "simulate-sweep.md": ((), ("--sweep", "workloads", "--top", "4", "-o", "md")),
}
FRAIL = {
    "simulate-frail.txt": ("kubectl delete node one", "table"),
    "simulate-frail.md": ("kubectl taint nodes one two gone=now:NoExecute", "md"),
}


def _frail() -> list[Object]:
    """A pod that nobody makes again, data that goes with a node, a budget, endpoints by hand."""
    scratch = [{"name": "scratch", "emptyDir": {}}]
    by_hand = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "old-1",
            "namespace": "shop",
            "labels": {"kubernetes.io/service-name": "web"},
        },
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["10.9.9.9"]}],
    }
    return [
        *(node("one", "2"), node("two", "2", zone="z1")),
        *deployment("web", ["one", "two"], template("web", "900m")),
        *deployment("cache", ["one"], template("cache", "900m", volumes=scratch)),
        *daemon("agent", ("one", "two")),
        *(service("web"), service("cache"), budget("cache", minAvailable=1), by_hand),
        pod("alone", template("alone", "10m"), "one"),
    ]


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording that comes with the package, imported."""
    folder = tmp_path_factory.mktemp("golden-simulations") / "memory"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SOURCE_DATE_EPOCH", "1800000000")
        assert run(["demo", "--quiet", "--memory", str(folder)]) == 0
    return folder


def _is_golden(name: str, found: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")

    assert found == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_answer_is_the_one_found_good(
    name: str, memory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the recorded hour: byte for byte, but for commit ids."""
    lines, options = QUESTIONS[name]
    capsys.readouterr()
    place = ("--at", AT, "--utc", "--memory", str(memory))
    assert run(["simulate", *lines, *options, *place]) == (1 if lines is SEVERAL else 0)
    _is_golden(name, _comparable(capsys.readouterr().out))


@pytest.mark.parametrize("name", FRAIL)
def test_the_answer_on_a_snapshot_is_the_one_found_good(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a cluster where a loss hurts: byte for byte, but for the place of the file."""
    line, form = FRAIL[name]
    snapshot = tmp_path / "cluster.json"
    snapshot.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": _frail()}))
    capsys.readouterr()
    assert run(["simulate", line, "-o", form, "--snapshot", str(snapshot)]) == 0
    _is_golden(name, re.sub(r"from \S+cluster\.json", "from cluster.json", capsys.readouterr().out))


@pytest.mark.parametrize(
    ("name", "lines"), [("loss", LOSS), ("drain", DRAIN), ("several", SEVERAL)]
)
def test_the_message_is_the_one_found_good(name: str, lines: tuple[str, ...], memory: Path) -> None:
    """Text, blocks, thread and alt text as Slack gets them, within its limits."""
    with open_memory(memory) as opened:
        answer = asked(opened, lines, from_rfc3339(AT))
    message = message_of(answer, UTC, "handle")
    check(message)
    written = json.dumps(_document(message), indent=1, ensure_ascii=False)
    _is_golden(f"slack-simulate-{name}.json", _comparable(written) + "\n")
