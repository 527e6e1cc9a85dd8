"""Simulations on the recorded hour: from the memory as from the truth, and backtested."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from recordings import Truth

from kubectl_smart.bot.backtesting import backtested, score
from kubectl_smart.bot.simulating import from_memory
from kubectl_smart.memory.formats.operations import DELETE, DRAIN
from kubectl_smart.memory.opening import open_memory
from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.commands import parse
from kubectl_smart.simulate.simulation import simulate

LINES = (
    "kubectl delete node worker-2",
    "kubectl drain worker-0 --ignore-daemonsets --delete-emptydir-data --force",
    "kubectl scale deployment/api -n prod --replicas=7",
    "kubectl rollout restart deployment/payment-api -n payments",
    "kubectl rollout restart statefulset/user-db -n data",
)


def outcome(answer: Answer) -> object:
    """What must not depend on where the cluster was read; names of new pods are drawn."""
    new = [(one.owner, one.node is None, one.message) for one in answer.pods if one.tied]
    kept = [(one.namespace, one.name, one.node, one.outcome) for one in answer.pods if not one.tied]
    stages = [(one.name, len(one.pods)) for one in answer.stages]
    return sorted(map(repr, new)), kept, answer.workloads, answer.services, stages


def dated(items: Iterable[Any], by: Iterable[Any]) -> list[Any]:
    """Objects with the creation times that others of the same uid have.

    The memory knows the order of pods within a second, which no snapshot tells: the one thing that
    it may know better.
    """
    times = {
        one["metadata"]["uid"]: one["metadata"]["creationTimestamp"]
        for one in by
        if one["kind"] == "Pod"
    }
    found = []
    for one in items:
        metadata = one["metadata"]
        time = times.get(metadata.get("uid"), metadata.get("creationTimestamp"))
        found.append({**one, "metadata": {**metadata, "creationTimestamp": time}})
    return found


def test_the_memory_is_as_good_as_the_truth(story_memory: Path, truths: list[Truth]) -> None:
    """Whatever is simulated at a quiet moment goes as it does from the snapshot taken then."""
    differing = []
    with open_memory(story_memory) as memory:
        for truth in truths[1:]:
            for line in LINES:
                at = int(truth.at * 1_000_000)
                start = from_memory(memory, at)
                mine = simulate(load(start.objects), [parse(line)], epoch=truth.at)
                known = dated(truth.items, start.objects)
                true = simulate(load(known), [parse(line)], epoch=truth.at)
                if outcome(mine) != outcome(true):
                    differing.append((truth.label, line))
    assert differing == []


def test_backtest_of_the_story(story_memory: Path) -> None:
    """Nearly all workloads came as predicted; the deletion and the drain of a node wholly."""
    with open_memory(story_memory) as memory:
        found = backtested(memory)
    figures = score(found)
    assert figures.operations >= 30
    assert figures.compared >= 40
    assert figures.counts / figures.compared >= 0.95
    assert figures.pods / figures.compared >= 0.95
    nodes = [one for one in found if one.past.operation in (DELETE, DRAIN)]
    assert len(nodes) == 2
    for one in nodes:
        tests = [row for row in one.rows if not row.disturbed]
        assert tests
        assert all(row.counts_right and row.pods_right for row in tests)
