"""What a memory adds to a simulation: how the like went, who calls, and whether it was right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import made_snapshots as made
from tests.support.built_memory import SARAH, minutes
from tests.support.node_story import DELETED, NODE, WEB, drained, story
from tests.support.remembered_cluster import put

from kubectl_smart.bot.backtesting import backtested, score
from kubectl_smart.bot.cli.main import run
from kubectl_smart.memory.index.restricted import RestrictedIndex
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.similar_operations import Doing, similar_operations
from kubectl_smart.memory.records.changes import Facet

DELETING = (Doing("delete", "Node", "", "b"),)
TOUCHED = frozenset({("shop", "Deployment", "web")})


def ask(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> Any:
    """The document of one run on that memory."""
    capsys.readouterr()
    assert run(["simulate", *words, "--memory", str(folder), "-o", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_how_the_like_went(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The deletion of another node: what it moved, how long it took, who did what meanwhile."""
    story().record(tmp_path / "memory")
    found = ask(capsys, tmp_path / "memory", "kubectl delete node b")
    (one,) = found["similar"]
    assert (one["operation"], one["object"], one["actor"]) == ("delete", "Node a", SARAH.name)
    assert one["workloads"] == ["Deployment.apps shop/web"]
    assert one["why"] == [
        "also delete of a node",
        "it moved 1 of the 1 workloads moved now: shop/web",
    ]
    assert (one["made"], one["ready"], one["recovered"], one["warned"]) == (2, 2, 90.0, 70.0)
    assert [each["sentence"] for each in one["by_hand"]] == [
        "kubectl get pods -n shop",
        "kubectl describe deployment web -n shop",
    ]
    assert one["incident"] == {"id": "INC-1", "title": "web answers slowly"}
    assert run(["simulate", "kubectl delete node b", "--memory", str(tmp_path / "memory")]) == 0
    printed = capsys.readouterr().out
    assert "HISTORICAL CONTEXT" in printed
    assert (
        "2 pods were made, the last was ready after 90.0 s; warnings ended after 70.0 s" in printed
    )


def test_only_what_was_done_before_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At an instant, nothing that came later; what never was ready is told so."""
    past = story(made_again=0)
    put(past, made.pod("web-1-late", made.template("web"), None), minutes(12), owner=WEB)
    past.record(tmp_path / "memory")
    folder = tmp_path / "memory"
    assert (
        ask(capsys, folder, "kubectl delete node b", "--at", "2025-11-23T09:09:00Z")["similar"]
        == []
    )
    (one,) = ask(capsys, folder, "kubectl delete node b")["similar"]
    assert (one["made"], one["ready"], one["recovered"]) == (1, 0, None)
    assert ask(capsys, folder, "kubectl cordon b")["similar"] == []


def test_the_same_object_comes_first(tmp_path: Path) -> None:
    """A node that was drained before is most like it; its cordon is no case of its own."""
    past = story()
    drained(past)
    with past.memory(tmp_path / "memory") as memory:
        doing = (Doing("cordon", "Node", "", "b"), Doing("drain", "Node", "", "b"))
        found = similar_operations(memory.store, memory.index, doing, TOUCHED, before=minutes(60))
    assert [(one.past.operation, one.past.object.name, one.score) for one in found] == [
        ("drain", "b", 1.0)
    ]
    assert found[0].workloads == (WEB,)


def test_what_may_not_be_seen_is_in_no_past_case(tmp_path: Path) -> None:
    """Whoever sees nodes alone is told of no workload, no step, no incident."""
    with story().memory(tmp_path / "memory") as memory:
        index = RestrictedIndex(memory.index, {""})
        (one,) = similar_operations(memory.store, index, DELETING, TOUCHED, before=minutes(60))
        everything = similar_operations(
            memory.store, memory.index, DELETING, TOUCHED, before=minutes(60)
        )
    assert one.past.object == NODE
    assert (one.workloads, one.made, one.by_hand, one.incident) == ((), 0, (), None)
    assert len(everything[0].by_hand) == 2


def test_who_calls_what_is_left_without_endpoints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the edges of the memory; a snapshot knows none."""
    story().record(tmp_path / "memory")
    found = ask(capsys, tmp_path / "memory", "kubectl scale deployment/web -n shop --replicas=0")
    (service,) = found["services"]
    assert service["empty"][1] is None
    assert service["callers"] == [
        {"namespace": "shop", "kind": "Deployment", "name": "front", "how": "calls"}
    ]


# --- backtests -------------------------------------------------------------------------------


def opened(tmp_path: Path, made_again: int, *, drain: bool = False) -> Memory:
    """The story's memory."""
    past = story(made_again=made_again)
    if drain:
        drained(past)
    return past.memory(tmp_path / "memory")


def test_what_came_as_predicted(tmp_path: Path) -> None:
    """A node deletion and a drain: the counts and the very pods."""
    with opened(tmp_path, 2, drain=True) as memory:
        found = backtested(memory)
    assert [(one.past.operation, one.past.object.name) for one in found] == [
        ("delete", "a"),
        ("drain", "b"),
    ]
    assert [row.predicted for one in found for row in one.rows] == [
        (3, 0, ("web-1-0", "web-1-1")),
        (3, 0, ("web-1-2", "web-1-new0", "web-1-new1")),
    ]
    assert score(found) == (2, 2, 2, 2, 0)


def test_a_miss_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pod that was never made again is a miss, in figures and in words."""
    with opened(tmp_path, 1) as memory:
        (one,) = backtested(memory)
    (row,) = one.rows
    assert (row.predicted.bound, row.actual.bound) == (3, 2)
    assert (row.counts_right, row.pods_right) == (False, True)
    words = ["simulate", "--backtest", "--memory", str(tmp_path / "memory")]
    assert run(words) == 0
    printed = capsys.readouterr().out
    assert "MISS: shop/deployment/web" in printed
    assert "0 of 1 (0 %) with the counts that were predicted" in printed
    assert run([*words, "--since", "2025-11-23T09:11:00Z"]) == 0
    assert "nothing was done in that window" in capsys.readouterr().out
    assert run([*words, "kubectl cordon a"]) != 0
    assert "takes its commands from the memory" in capsys.readouterr().err


def test_what_else_was_done_is_no_test(tmp_path: Path) -> None:
    """A second decision on the same workload ends the comparison; on another it is told apart."""
    past = story(made_again=1)
    web = past.states[WEB, Facet.OBJECT]
    scaled = {**web, "spec": {**web["spec"], "replicas": 2}}
    put(past, scaled, DELETED + 30_000_000, by=SARAH, via="kubectl scale deployment/web")
    past.records.sort(key=lambda one: getattr(one, "happened_at", 0))
    with past.memory(tmp_path / "memory") as memory:
        deleted, rescaled = backtested(memory)
    assert deleted.until == DELETED + 30_000_000 - 1
    assert deleted.rows == ()  # nothing had happened yet, and nothing was to
    assert rescaled.past.operation == "scale"
    assert [row.actual.bound for row in rescaled.rows] == [2]
