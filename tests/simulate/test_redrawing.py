"""How far an answer depends on what is drawn: the same commands with other seeds."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import deployment, node, run, service, template

from kubectl_smart.simulate import redrawing
from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.commands import parse

LINES = ("kubectl scale deployment small -n shop --replicas=1",
         "kubectl scale deployment big -n shop --replicas=1")  # fmt: skip


def drawn(objects: list[dict[str, Any]], *lines: str, seed: int = 0) -> Answer:
    """The answer with its confidence."""
    commands = [parse(line) for line in lines]
    return redrawing.simulate_surely(load(objects), commands, seed=seed)


def cluster() -> list[dict[str, Any]]:
    """Two nodes that are as good for a small pod, and a large one that only fits on the first."""
    large = template("big", "2", nodeSelector={"kubernetes.io/hostname": "x"})
    return [
        node("x", "2"),
        node("y", "2"),
        *deployment("small", [], template("small", "1")),
        *deployment("big", [], large),
    ]


def test_what_a_tie_decides_is_named() -> None:
    """Where the small pod went to the first node the large one stays pending."""
    found = {seed: drawn(cluster(), *LINES, seed=seed).confidence for seed in range(4)}
    for one in found.values():
        assert one is not None
        assert one.draws == 5
        assert 1 <= one.alike < 5
        assert one.differing == ("shop/deployment/big",)


def test_what_no_tie_can_change_is_sure() -> None:
    """A node that nothing runs on may go, whatever is drawn; the answer itself is the same."""
    objects = [node("x"), node("y"), *deployment("web", ["x"]), service("web")]
    answer = drawn(objects, "kubectl delete node y")
    assert answer.confidence == (5, 5, ())
    assert answer._replace(confidence=None) == run(objects, "kubectl delete node y")


def test_a_large_cluster_is_simulated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each draw would cost as much as the answer."""
    monkeypatch.setattr(redrawing, "MOST_PODS", 0)
    objects = [node("x"), node("y"), *deployment("web", ["x"])]
    assert drawn(objects, "kubectl delete node x").confidence is None
