"""Where `simulate` begins: the memory at an instant, a snapshot, or a live cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.bot.test_watched_cluster import in_a_thread, kubeconfig
from tests.support import made_snapshots as made
from tests.support.built_memory import Past, minutes
from tests.support.cluster import FakeCluster, Kind
from tests.support.remembered_cluster import put, put_all

from kubectl_smart.bot.cli.main import run
from kubectl_smart.bot.simulating import HIDDEN, from_live, from_memory
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.questions.past_state import past_state
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.simulate.cluster.remembered import remembered
from kubectl_smart.simulate.commands import parse

NODES = Kind("", "v1", "nodes", "Node", namespaced=False)
SECRETS = Kind("", "v1", "secrets", "Secret")
BUDGETS = Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
CLUSTER = [
    made.node("a"),
    made.node("b"),
    *made.deployment("web", ["a", "a", "b"]),
    made.service("web"),
]


def simulated(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The document of one run."""
    capsys.readouterr()
    code = run(["simulate", *words, "-o", "json"])
    out, err = capsys.readouterr()
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_memory_is_a_snapshot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same cluster from the memory and from a file goes the same way; then a node is gone."""
    past = Past()
    put_all(past, CLUSTER)
    past.delete(ObjectRef("", "Node", "", "b"), minutes(10))
    past.heard(minutes(0), minutes(20))
    past.record(tmp_path / "memory")
    snapshot = tmp_path / "cluster.json"
    snapshot.write_text(json.dumps({"kind": "List", "items": CLUSTER}))

    memory = ("--memory", str(tmp_path / "memory"))
    before = simulated(capsys, "kubectl delete node a", *memory, "--at", "2025-11-23T09:05:00Z")
    same = simulated(capsys, "kubectl delete node a", "--snapshot", str(snapshot))
    newest = simulated(capsys, "kubectl scale deployment/web -n shop --replicas=4", *memory)

    assert before["workloads"] == same["workloads"]
    assert [one["node"] for one in before["pods"]] == ["b", "b", "b"]
    assert before["state"]["source"] == "memory"
    assert before["state"]["at"] == "2025-11-23T09:05:00Z"
    assert newest["nodes"] == {"before": 1, "after": 1}
    assert newest["state"]["at"] == "2025-11-23T09:20:00Z"
    assert newest["state"]["lacks"] == []


def test_what_the_memory_lacks_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Statuses that were not heard, objects known by name, and how old all of it is."""
    past = Past()
    bare = [{key: v for key, v in one.items() if key != "status"} for one in CLUSTER]
    put_all(past, [bare[0], *CLUSTER[1:2], *bare[2:]])
    past.fields(ObjectRef("policy", "PodDisruptionBudget", "shop", "web"), minutes(1))
    past.heard(minutes(0), minutes(5))
    past.record(tmp_path / "memory")

    found = simulated(
        capsys, "kubectl cordon b", "--memory", str(tmp_path / "memory"),
        "--at", "2025-11-23T11:00:00Z",
    )  # fmt: skip

    lacks = "\n".join(found["state"]["lacks"])
    assert "the status of 3 pods on nodes: taken for running and ready" in lacks
    assert "the size of 1 node: nothing fits there" in lacks
    assert "known by name only, and left out: 1 PodDisruptionBudget" in lacks
    assert "nothing was heard for 115 minutes" in lacks
    assert [one["before"]["ready"] for one in found["workloads"]] == [3]


def test_jobs_that_ended_are_not_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The memory keeps no status of a Job: without a running pod it is taken for ended."""
    past = Past()
    body = made.template("import")
    job = made._controller("Job", "import", body, completions=1) | {"apiVersion": "batch/v1"}
    put_all(past, [made.node("a"), job])
    past.heard(minutes(0), minutes(5))
    past.record(tmp_path / "memory")

    found = simulated(capsys, "kubectl cordon a", "--memory", str(tmp_path / "memory"))

    assert found["pods"] == []
    assert any("whether 1 job without" in one for one in found["state"]["lacks"])


def test_no_memory_and_too_many_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence each, and what else there is."""
    assert run(["simulate", "kubectl cordon a", "--memory", str(tmp_path / "none")]) != 0
    assert "begin from a --snapshot or the --live cluster" in capsys.readouterr().err
    assert run(["simulate", "kubectl cordon a", "--live", "--at", "now"]) != 0
    assert "--at and --live exclude each other" in capsys.readouterr().err
    assert run(["simulate", "--memory", str(tmp_path / "none")]) != 0
    assert "no command is named" in capsys.readouterr().err


def test_who_may_see_one_namespace(tmp_path: Path) -> None:
    """Pods of other namespaces are not there, and that is said."""
    past = Past()
    other = made.pod("other", made.template("other"), "b")
    other["metadata"]["namespace"] = "bank"
    put_all(past, [*CLUSTER, other])
    past.heard(minutes(0), minutes(5))
    with past.memory(tmp_path / "memory") as memory:
        everything = from_memory(memory, None)
        memory.index = RestrictedIndex(memory.index, {"", "shop"})
        some = from_memory(memory, None, restricted=True)
    named = [{one["metadata"]["name"] for one in start.objects} for start in (everything, some)]
    assert named[0] - named[1] == {"other"}
    assert HIDDEN in some.ground.lacks
    assert HIDDEN not in everything.ground.lacks


# --- a live cluster ---------------------------------------------------------------------------


def served_cluster() -> FakeCluster:
    """The same cluster on the stand-in of the API server."""
    kinds = {kind.kind: kind for kind in (*FakeCluster().kinds, NODES, BUDGETS)}
    cluster = FakeCluster(kinds=list(kinds.values()))
    for one in CLUSTER:
        kind = kinds.get(one["kind"])
        if kind is not None:
            cluster.version += 1
            metadata = {**one["metadata"], "resourceVersion": str(cluster.version)}
            cluster.store(kind, {**one, "metadata": metadata})
    return cluster


def test_a_live_cluster_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lists of the kinds that are read, and nothing else; the answer is that of a snapshot."""
    pytest.importorskip("kubernetes")
    cluster = served_cluster()
    with in_a_thread(cluster) as url:
        where = str(kubeconfig(tmp_path / "kubeconfig", url))
        found = simulated(capsys, "kubectl delete node a", "--live", "--kubeconfig", where)
    assert [one["node"] for one in found["pods"]] == ["b", "b", "b"]
    assert found["state"]["source"] == "live"
    asked = {plural for verb, plural in cluster.asked if verb == "list"}
    assert {"nodes", "pods", "deployments", "replicasets"} <= asked
    assert not asked & {"secrets", "configmaps", "events"}
    assert not [one for one in cluster.asked if one[0] in ("watch", "review")]


def test_of_secrets_the_names_alone_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only where a command names one; what it holds is neither asked for nor told, and is said."""
    pytest.importorskip("kubernetes")
    cluster = served_cluster()
    cluster.kinds.append(SECRETS)
    applied = {"kubectl.kubernetes.io/last-applied-configuration": "s3cret"}
    metadata = {"name": "db", "namespace": "shop", "uid": "1", "annotations": applied}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"a": "s3cret"}}
    cluster.version += 1
    metadata["resourceVersion"] = str(cluster.version)
    cluster.store(SECRETS, secret)
    with in_a_thread(cluster) as url:
        where = str(kubeconfig(tmp_path / "kubeconfig", url))
        simulated(capsys, "kubectl delete node a", "--live", "--kubeconfig", where)
        assert not cluster.asked["list", "secrets"]
        line = "kubectl delete secret db -n shop"
        found = simulated(capsys, line, "--live", "--kubeconfig", where)
        objects = from_live(where, "", [parse(line)]).objects
    assert cluster.asked["names", "secrets"] == cluster.asked["list", "secrets"] == 2
    assert found["commands"][0]["refused"] == []
    assert any("what a Secret holds" in one for one in found["state"]["lacks"])
    assert "s3cret" not in json.dumps(list(objects))


def test_what_a_live_cluster_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pods must be listed; a kind that may be missing is named in the answer."""
    pytest.importorskip("kubernetes")
    cluster = served_cluster()
    cluster.refused["poddisruptionbudgets"] = 403
    words = ("kubectl delete node a", "--live", "--kubeconfig", str(tmp_path / "kubeconfig"))
    with in_a_thread(cluster) as url:
        kubeconfig(tmp_path / "kubeconfig", url)
        found = simulated(capsys, *words)
        cluster.refused["pods"] = 403
        code = run(["simulate", *words])
    said = capsys.readouterr().err
    assert found["state"]["lacks"] == [
        "the API server refuses to list poddisruptionbudgets.policy (403)"
    ]
    assert code != 0
    assert "refuses to list pods (403), and without them nothing can be simulated" in said
    assert run(["simulate", *words]) != 0
    assert "is not reached" in capsys.readouterr().err


def test_state_written_twice_is_the_newest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A node cordoned between two instants is cordoned only in the later one."""
    past = Past()
    put_all(past, CLUSTER)
    put(past, made.node("b", unschedulable=True), minutes(10))
    past.heard(minutes(0), minutes(20))
    past.record(tmp_path / "memory")
    words = ("kubectl delete node a", "--memory", str(tmp_path / "memory"))

    early = simulated(capsys, *words, "--at", "2025-11-23T09:05:00Z")
    late = simulated(capsys, *words)

    assert [one["outcome"] for one in early["pods"]].count("pending") == 0
    assert [one["outcome"] for one in late["pods"]].count("pending") == 2


def test_pods_of_one_second_stand_in_the_order_of_their_placing(tmp_path: Path) -> None:
    """A snapshot has whole seconds; the memory saw who was bound first, and says it."""
    past = Past()
    put_all(past, [made.node("a")])
    second = "2025-11-23T09:01:00Z"
    for name, part in (("late", 0.9), ("early", 0.2), ("other", 200.0)):
        one = made.pod(name, made.template(name, "1"), "a", creationTimestamp=second)
        put(past, one, minutes(1) + int(part * 1_000_000))
    past.heard(minutes(0), minutes(20))
    with past.memory(tmp_path / "memory") as memory:
        found = remembered(past_state(memory.store, memory.index, minutes(10)))
    made_at = {
        one["metadata"]["name"]: one["metadata"]["creationTimestamp"]
        for one in found.objects
        if one["kind"] == "Pod"
    }
    assert made_at["early"].startswith("2025-11-23T09:01:00.1")
    assert made_at["late"].startswith("2025-11-23T09:01:00.45")
    assert made_at["other"] == second
