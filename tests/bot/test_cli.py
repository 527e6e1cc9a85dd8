"""The command line: what each command prints, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kubectl_smart.bot.cli.completing import completions
from kubectl_smart.bot.cli.main import COMMANDS, program_name, run
from kubectl_smart.memory.formats.manifests import from_yaml

OUTAGE = "2026-11-23T02:49:24Z"


class Printed(NamedTuple):
    """How a run ended and what it wrote."""

    code: int
    out: str
    err: str


Cli = Callable[..., Printed]


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording that comes with the package, imported."""
    folder = tmp_path_factory.mktemp("cli") / "memory"
    assert run(["demo", "--quiet", "--memory", str(folder)]) == 0
    return folder


@pytest.fixture
def cli(memory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs one command line against that memory, in UTC."""
    monkeypatch.setenv("KUBECTL_SMART_MEMORY", str(memory))
    monkeypatch.setenv("TZ", "UTC")
    capsys.readouterr()

    def call(*words: str) -> Printed:
        code = run(words)
        written = capsys.readouterr()
        return Printed(code, written.out, written.err)

    return call


def test_why_of_a_value(cli: Cli) -> None:
    """Who set it, how, that it came back, and what it rests on."""
    printed = cli("why", "deployment/payment-api", "--replicas=5")

    assert printed.code == 0
    assert printed.out.startswith("payments/deployment payment-api: replicas is 5\n")
    assert "by sarah@example.com, kubectl scale deployment/payment-api -n payments" in printed.out
    assert "rolled back: 3" in printed.out
    assert re.search(r"memory [0-9a-f]{12}\+[0-9a-f]{12}, times in UTC", printed.out)
    assert "heard audit-log from 2026-11-23 02:48:04 to 2026-11-23 02:52:20" in printed.out


@pytest.mark.parametrize(
    "words",
    [
        ("deploy/payment-api",),
        ("deployments", "payment-api"),
        ("Deployment.apps/payment-api",),
        ("deployments.v1.apps/payment-api", "-n", "payments"),
    ],
)
def test_an_object_is_named_as_kubectl_takes_it(cli: Cli, words: tuple[str, ...]) -> None:
    """TYPE/NAME, TYPE NAME, short names, groups and versions."""
    assert "payments/deployment payment-api" in cli("why", *words).out


def test_why_as_a_document(cli: Cli) -> None:
    """The documented members, oldest change first, instants in UTC."""
    answer = json.loads(cli("why", "deployment/payment-api", "--image", "-o", "json").out)

    assert (answer["apiVersion"], answer["kind"]) == ("smart.kubectl.dev/v1", "WhyAnswer")
    assert [change["actor"].split(":")[-1] for change in answer["changes"]] == [
        "argocd-application-controller",
        "argocd-application-controller",
        "tom@example.com",
    ]
    back = answer["changes"][-1]
    assert back["after"] == "registry.example/payment:5.0.0"
    assert back["rollback"]["undoes"] == answer["changes"][1]["changeId"]
    assert "OOMKilling" in [seen["kind"] for seen in back["rollback"]["inBetween"]]
    assert answer["changes"][0]["at"].endswith("Z")
    assert answer["basis"]["covered"] is True


@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml", "md", "name"])
@pytest.mark.parametrize(
    "words",
    [
        ("why", "cm/api-config", "-n", "prod"),
        ("why", "cm/api-config", "-n", "prod", "--CACHE_SIZE", "--explain"),
        ("at", OUTAGE, "get", "pods", "-A"),
        ("at", OUTAGE, "get", "deployment", "payment-api"),
        ("at", "2026-11-23T02:49:00Z", "diff", "2026-11-23T02:50:00Z"),
        ("replay", "outage", f"--timestamp={OUTAGE}", "--window=1m"),
        ("replay", "--timestamp=2026-11-23T02:50:46Z", "--explain"),
        ("trace", "latency", "api-gateway", "--spike=2026-11-23T02:49:00Z"),
        ("trace", "restarts", "deployment/api", "--spike=2026-11-23T02:50:46Z", "--explain"),
        ("trace", "restarts", "deployment/payment-api", "--spike=2026-11-23T02:49:24Z"),
        ("log", "--limit=3"),
        ("log", "deployment/payment-api", "--since=2026-11-23T02:49:00Z"),
    ],
    ids=lambda words: "-".join(words[:3]),
)
def test_every_answer_in_every_form(cli: Cli, words: tuple[str, ...], output: str) -> None:
    """Each form of each answer can be read as what it claims to be, and is the same twice."""
    printed = cli(*words, "-o", output)

    assert printed.code == 0, printed.err
    assert printed.out.strip()
    assert cli(*words, "-o", output) == printed
    if output == "json":
        assert {"apiVersion", "kind"} <= json.loads(printed.out).keys()
    elif output == "yaml":
        assert {"apiVersion", "kind"} <= from_yaml(printed.out.encode()).keys()
    elif output == "name":
        assert all(
            re.fullmatch(r"[0-9a-f]{32}|[a-z.0-9]+/\S+", line) for line in printed.out.split()
        )


@pytest.mark.parametrize("output", ["dot", "mermaid"])
def test_a_chain_is_drawn_from_the_cause_to_the_symptom(cli: Cli, output: str) -> None:
    """As a graph: a node for each step, the edit's editor among them, and an edge between two."""
    words = ("trace", "latency", "api-gateway", "--spike=2026-11-23T02:49:00Z", "-o", output)
    printed = cli(*words)

    assert printed.code == 0, printed.err
    assert "jenkins@prod" in printed.out
    nodes = re.findall(r"^  (c0_\d+) ?\[", printed.out, re.MULTILINE)
    edges = re.findall(r"^  c0_\d+ --?> c0_\d+", printed.out, re.MULTILINE)
    assert len(nodes) == len(set(nodes)) > 5
    assert len(edges) == len(nodes) - 1
    assert cli(*words) == printed


def test_rules_are_listed_without_a_memory(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, or a group; in every form. A group there is not is answered with those."""
    monkeypatch.setenv("KUBECTL_SMART_MEMORY", str(tmp_path / "nothing"))
    document = json.loads(cli("rules", "-o", "json").out)
    assert document["kind"] == "RuleList"
    assert {one["version"] for one in document["items"]} == {document["version"], "links/1"}
    names = [one["name"] for one in document["items"]]
    assert cli("rules", "-o", "name").out.split("\n")[:-1] == names
    text, markdown = cli("rules").out, cli("rules", "-o", "md").out
    assert all(name in text and name in markdown for name in names)
    some = json.loads(cli("rules", "way", "-o", "json").out)["items"]
    assert {one["group"] for one in some} == {"way"}
    wrong = cli("rules", "ways")
    assert wrong.code == 3
    assert "the groups are symptom, way" in wrong.err


def test_show_by_change_and_by_commit(cli: Cli) -> None:
    """One change, whatever of its ids is at hand, and the object after it."""
    change = json.loads(cli("log", "--actor=sarah", "--limit=1", "-o", "json").out)["items"][0]
    by_id, by_commit = cli("show", change["id"][:10]), cli("show", change["commit"][:12])

    assert by_id == by_commit
    assert change["sentence"] in by_id.out
    assert "STATE" in cli("show", change["id"], "-o", "wide").out
    assert json.loads(cli("show", change["id"], "-o", "json").out)["change"]["id"] == change["id"]
    assert cli("show", change["id"], "-o", "md").out.startswith("# ")


def test_status(cli: Cli) -> None:
    """What is there, for people and for programs."""
    assert "changes" in cli("status").out
    assert json.loads(cli("status", "-o", "json").out)["counts"]["changes"] > 1_000


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("why", "deployment/payment-apo"), 3, "deployment/payment-api -n payments"),
        (("why", "deployment/payment-api", "-n", "prod"), 3, "it is known in payments"),
        (("why", "deployment/payment-api", "--replicas=77"), 3, "the values it had: "),
        (("why", "deployment/payment-api", "--flavour"), 3, "flavour"),
        (("why", "deployment/payment-api", "--image", "--replicas"), 2, "two fields at once"),
        (("why", "gizmo/x"), 2, "no kind 'gizmo'"),
        (("why", "payment-api"), 2, "write TYPE/NAME"),
        (("why", "configmap/flags"), 2, "say which with -n"),
        (("at", "yesterdayish", "get", "pods"), 2, "is no time"),
        (("at", "2020-01-01", "get", "pods"), 4, "it begins at 2026-11-23T02:48:04"),
        (("at", OUTAGE, "get", "deployment", "nope"), 3, "nothing is known of deployment nope"),
        (("at", OUTAGE, "get", "cm", "feature-5", "-n", "payments"), 3, "did not exist"),
        (("replay", "--since=2020-01-01", "--until=2020-01-02"), 4, "not listening"),
        (("replay", "--since=-1h", "--until=-2h"), 2, "turn them round"),
        (("at", OUTAGE, "diff", "2026-11-23T02:49:00Z"), 2, "not after the first"),
        (("log", "-n", "prod", "-A"), 2, "exclude each other"),
        (("show", "xyz"), 2, "six or more hex digits"),
        (("show", "ffffffffffff"), 3, "kubectl smart log"),
        (("import", "audit", "/nonexistent/audit.log"), 2, "cannot read /nonexistent/audit.log"),
        (("nonsense",), 2, "No such command"),
        (("log", "--limit=0"), 2, "--help"),
        (("status", "--memory", "/nonexistent/memory"), 3, "there is no memory at"),
    ],
)
def test_errors_are_one_sentence_and_a_code(
    cli: Cli, words: tuple[str, ...], code: int, said: str
) -> None:
    """On stderr: what is wrong, and what to do next."""
    printed = cli(*words)

    assert printed.code == code, printed
    assert printed.out == ""
    assert said in printed.err
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1


def test_a_bad_line_is_named_and_the_rest_kept(cli: Cli, tmp_path: Path) -> None:
    """Not JSON, no audit event, cut short: counted, with their lines, and skipped."""
    log = tmp_path / "audit.log"
    good = {
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "stage": "ResponseComplete",
        "auditID": "1", "verb": "create", "stageTimestamp": "2024-01-15T14:30:00Z",
        "user": {"username": "sarah@example.com"}, "userAgent": "kubectl/v1.36",
        "objectRef": {"resource": "configmaps", "namespace": "prod", "name": "a"},
        "responseObject": {"kind": "ConfigMap", "apiVersion": "v1", "data": {"a": "1"},
                           "metadata": {"name": "a", "namespace": "prod", "uid": "u"}},
    }  # fmt: skip
    text = json.dumps(good)
    long = f'{{"a": "{"x" * 2_100_000}"}}'
    log.write_text(f'not json\n{{"kind": "Pod"}}\n{long}\n{text}\n{text[:200]}')
    place = ("--memory", str(tmp_path / "memory"))
    printed = cli("import", "audit", str(log), *place)

    assert printed.code == 0
    assert "1 events taken in" in printed.out
    assert "4 rejected" in printed.out
    assert [re.match(r"skipped line (\d)", line)[1] for line in printed.err.splitlines()] == [  # type: ignore[index]
        "1", "2", "3", "5",
    ]  # fmt: skip
    assert cli("why", "cm/a", *place).code == 0
    other = ("--memory", str(tmp_path / "other"))
    assert cli("import", "audit", str(log), "--strict", *other).code == 1


def test_verify_reindex_maintain(cli: Cli) -> None:
    """No fault; an index built anew answers with the same bytes; packing changes nothing."""
    words = ("why", "deployment/payment-api", "-o", "json")
    before = cli(*words).out

    assert cli("verify").out.startswith("no fault")
    assert "records" in cli("reindex").out
    assert cli("maintain", "--full").code == 0
    assert cli(*words).out == before


def test_help_and_version(cli: Cli) -> None:
    """Every command has help; the program says its version."""
    assert re.match(r"kubectl-smart \d", cli("--version").out)
    assert all(name in cli("--help").out for name in COMMANDS)
    for name in COMMANDS:
        assert cli(name, "--help").out.startswith(f"Usage: kubectl smart {name}")


@pytest.mark.parametrize(
    ("argv0", "name"),
    [("/usr/bin/kubectl-smart", "kubectl smart"), ("/usr/bin/smart", "kubectl-smart")],
)
def test_help_says_what_was_typed(argv0: str, name: str) -> None:
    """Kubectl runs `kubectl-smart` for `kubectl smart`."""
    assert program_name(argv0) == name


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("wh",), ["why", ":4"]),
        (("why", "deployment/payment-a"), ["deployment/payment-api", ":4"]),
        (("why", "deployment/payment", "-n", "pay"), ["payments", ":4"]),
        (("at", "14:30", "g"), ["get", ":4"]),
        (("log", "-o", "j"), ["json", ":4"]),
        (("trac",), ["trace", ":4"]),
        (("trace", "lat"), ["latency", ":4"]),
        (("trace", "latency", "deployment/payment-a"), ["deployment/payment-api", ":4"]),
        (("trace", "latency", "x", "--spi"), ["--spike", ":4"]),
        (("trace", "latency", "x", "-o", "mer"), ["mermaid", ":4"]),
        (("rules", "ef"), ["effect", ":4"]),
        (("log", "--act"), ["--actor", ":4"]),
        (("import", "audit", ""), [":0"]),
    ],
)
def test_completion(
    words: tuple[str, ...], expected: list[str], memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands, options, their values, namespaces and objects, in kubectl's own protocol."""
    monkeypatch.setenv("KUBECTL_SMART_MEMORY", str(memory))

    assert list(completions(words)) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(cli: Cli, shell: str) -> None:
    """Each asks the program that kubectl asks."""
    assert "kubectl_complete-smart" in cli("completion", shell).out


def test_the_memory_of_a_context(
    memory: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Without a path, each kubeconfig context has a memory of its own."""
    monkeypatch.delenv("KUBECTL_SMART_MEMORY", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    config = tmp_path / "config"
    config.write_text('apiVersion: v1\ncurrent-context: "arn:aws:eks/prod"\n')
    monkeypatch.setenv("KUBECONFIG", str(config))

    assert run(["status"]) == 3
    assert str(tmp_path / "kubectl-smart" / "arn_aws_eks_prod") in capsys.readouterr().err
    assert run(["status", "--context", "staging"]) == 3
    assert str(tmp_path / "kubectl-smart" / "staging") in capsys.readouterr().err


def test_a_name_unlike_all_others_does_not_mean_that_the_memory_is_empty(cli: Cli) -> None:
    """Somebody in a hurry would import everything anew."""
    printed = cli("why", "deployment/zzz")
    assert printed.code == 3
    assert "no name like it is known" in printed.err
    assert "empty" not in printed.err


def test_a_pod_that_waited_shortly_is_not_said_to_be_unknown(cli: Cli) -> None:
    """The timeline of that minute tells of FailedScheduling; it was over before it was trouble."""
    where = ("-n", "payments", "-o", "md")
    assert "FailedScheduling" in cli("replay", "outage", f"--timestamp={OUTAGE}", *where).out
    printed = cli("trace", "unschedulable", "deployment/payment-api", f"--spike={OUTAGE}", *where)
    assert "known from the time asked about" in printed.out
    printed_chain = cli("trace", "unschedulable", "deployment/payment-api", f"--spike={OUTAGE}",
                        "-o", "json").out  # fmt: skip
    assert "or event of it is known" not in printed_chain


@pytest.mark.parametrize(
    "words", [("rules",), ("export", "bundle", "--since=2026-11-23T02:50:00Z", "-o", "-")]
)
def test_an_answer_that_does_not_fit_on_the_disk_is_one_sentence(
    memory: Path, words: tuple[str, ...]
) -> None:
    """An export into a full disk fails, and says so."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", "from kubectl_smart.bot.cli.main import main; main()", *words],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            env={**os.environ, "KUBECTL_SMART_MEMORY": str(memory)},
        )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: the answer cannot be written: the disk is full;")
    assert ended.stderr.count("\n") == 1
