"""What had all it needs in one place, and what has it there now."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import daemon, deployment, node, pod, run, service, template

from kubectl_smart.simulate.answers.model import Answer


def _points(answer: Answer) -> list[tuple[Any, ...]]:
    return [(one.kind, one.what, one.place, one.pods, one.met) for one in answer.single_points]


ZONED = [node("one", zone="a"), node("two", zone="a"), node("three", zone="b")]


@pytest.mark.parametrize(
    ("places", "command", "found"),
    [
        (["one"], "kubectl delete node one", [("Deployment", "pod", "web-1-0", 1, True)]),
        (["one"] * 3, "kubectl delete node one", [("Deployment", "node", "one", 3, True)]),
        (["one", "two"], "kubectl delete node one two", [("Deployment", "zone", "a", 2, True)]),
        (["one", "three"], "kubectl delete node one three", []),
        (["one", "one"], "kubectl scale deployment web -n shop --replicas=0", []),
        (["one", "one"], "kubectl delete deployment web -n shop", []),
        (["one"], "kubectl rollout restart deployment web -n shop", []),
        (["one", "three"], "kubectl cordon one", []),
    ],
)
def test_what_is_struck_in_the_one_place_it_has_was_a_single_point(
    places: list[str], command: str, found: list[tuple[Any, ...]]
) -> None:
    """The narrowest place is named; what was asked for, and what was apart, is none."""
    met = [one for one in _points(run([*ZONED, *deployment("web", places)], command)) if one[-1]]
    assert met == found


def test_what_comes_together_is_a_single_point_from_now_on() -> None:
    """Two nodes held it, one holds it afterwards; what was on one before is nothing new."""
    objects = [
        *(node("one"), node("two")),
        *deployment("web", ["one", "two"]),
        *deployment("api", ["two", "two"]),
    ]
    answer = run(objects, "kubectl delete node one")
    assert _points(answer) == [("Deployment", "node", "two", 2, False)]


def test_a_service_without_a_workload_has_single_points_too() -> None:
    """Its endpoint is a pod of its own, which nobody makes again."""
    bare = pod("bare", template("bare"), "one")
    answer = run([*ZONED, service("bare"), bare], "kubectl delete node one")
    assert _points(answer) == [("Service", "pod", "bare", 1, True)]


def test_pods_that_are_let_go_count_for_themselves() -> None:
    """Their workload made others in their place and has as many as before."""
    answer = run(
        [*ZONED, *deployment("web", ["one", "two"])],
        "kubectl label pods -n shop -l app=web app=other --overwrite",
    )
    counts = {(one.kind, one.name): one.after.ready for one in answer.workloads}
    assert counts == {("Deployment", "web"): 2, ("Pod", "web-1-0"): 1, ("Pod", "web-1-1"): 1}


def test_a_rollout_that_was_stuck_before_is_not_laid_to_the_command() -> None:
    """It fails when its deadline comes; no stage tells of it, and it is quiet at once."""
    above, below, *pods = deployment("stuck", [None], template("stuck", "99"))
    above["spec"]["progressDeadlineSeconds"] = 600
    above["status"] = {
        "conditions": [
            {
                "type": "Progressing",
                "status": "True",
                "reason": "ReplicaSetUpdated",
                "lastUpdateTime": "2026-11-01T10:00:00Z",
            }
        ]
    }
    answer = run([*ZONED, *daemon("agent", ["one"]), above, below, *pods], "kubectl cordon one")
    failed = next(one.failed for one in answer.workloads if one.name == "stuck")
    assert failed is not None
    assert failed.anyway
    assert [one.name for one in answer.stages if one.name == "failed"] == []
    assert answer.seconds < 30
