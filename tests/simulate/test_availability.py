"""Rollouts wait until pods are available, and are told of when nothing comes of them in time."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import (
    REVISION,
    budget,
    daemon,
    deployment,
    node,
    of,
    pod,
    run,
    stateful,
    template,
)

from kubectl_smart.simulate.answers.model import Answer, WorkloadEnd

ONE_BY_ONE = {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
RESTART = "kubectl rollout restart {} -n shop"


def clock(when: str = "2026-11-23T04:00:00Z") -> dict[str, Any]:
    """A pod made later than all others: by it the snapshot is known to be so late."""
    return pod("clock", template("clock", "1m"), "one", creationTimestamp=when)


def workload(answer: Answer, name: str) -> WorkloadEnd:
    """The one of that name."""
    return next(one for one in answer.workloads if one.name == name)


@pytest.mark.parametrize(("wait", "least"), [(0, 0), (30, 4 * 30)])
def test_a_rollout_goes_on_when_pods_are_available(wait: int, least: int) -> None:
    """One pod after the other: each has to be ready for minReadySeconds before the next goes."""
    answer = run(
        [
            node("one"),
            *deployment("web", ["one"] * 4, strategy=ONE_BY_ONE, minReadySeconds=wait),
        ],
        RESTART.format("deployment/web"),
    )
    assert least <= answer.seconds < least + 30
    assert any(one.name == "available" for one in answer.stages) == (wait > 0)
    assert workload(answer, "web").least == 3


def test_a_pod_that_is_nearly_available_needs_only_the_rest() -> None:
    """The snapshot's pod has been ready for ten seconds of forty."""
    answer = run(
        [node("one"), clock("2026-11-23T02:49:51Z"), *stateful("db", ["one"], minReadySeconds=40)],
        "kubectl scale statefulset db -n shop --replicas=2",
    )
    made = [one.begin for one in answer.stages if one.name == "created"]
    assert made == [pytest.approx(30, abs=1)]


def test_a_change_of_the_wait_alone_replaces_no_pod() -> None:
    """The ReplicaSet gets it, and the pods stay."""
    answer = run(
        [node("one"), *deployment("web", ["one"] * 2)],
        """kubectl patch deployment web -n shop -p '{"spec":{"minReadySeconds":30}}'""",
    )
    assert {one.outcome for one in of(answer, "web")} == {"kept"}


def test_budgets_ask_for_ready_pods_only() -> None:
    """A drain does not wait for minReadySeconds."""
    answer = run(
        [
            *(node("one"), node("two")),
            *deployment("web", ["one"] * 3, minReadySeconds=300),
            budget("web", maxUnavailable=1),
        ],
        "kubectl drain one --ignore-daemonsets",
    )
    evicted = [one for one in answer.stages if one.name == "deletion asked for"]
    assert {one.node for one in of(answer, "web")} == {"two"}
    assert evicted[-1].end < 60


def test_an_ordered_set_makes_the_next_pod_when_the_one_before_is_available() -> None:
    """And goes downwards the same way when it is updated."""
    objects = [node("one"), clock(), *stateful("db", ["one"], minReadySeconds=40)]
    up = run(objects, "kubectl scale statefulset db -n shop --replicas=3")
    made = [one.begin for one in up.stages if one.name == "created"]
    assert len(made) == 2
    assert made[1] - made[0] == pytest.approx(41, abs=1)
    rolled = run(
        [node("one"), clock(), *stateful("db", ["one"] * 2, minReadySeconds=40)],
        RESTART.format("statefulset/db"),
    )
    assert 80 < rolled.seconds < 90


def daemons(**spec: Any) -> list[dict[str, Any]]:
    """A daemon on four nodes."""
    names = ["one", "two", "three", "four"]
    return [*map(node, names), *daemon("agent", names, **spec), clock()]


def strategy(**rolling: Any) -> dict[str, Any]:
    """A rolling update of a DaemonSet."""
    return {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}


def test_a_daemons_successor_has_to_be_available() -> None:
    """Two nodes at a time, each pair for minReadySeconds."""
    answer = run(
        daemons(minReadySeconds=30, **strategy(maxUnavailable=2)), RESTART.format("daemonset/agent")
    )
    assert 60 < answer.seconds < 70
    assert workload(answer, "agent").least == 2


def test_a_daemon_that_goes_back_keeps_the_pods_it_still_has() -> None:
    """One node was updated meanwhile; the others are of that template already."""
    objects = daemons()
    for one in objects[5:9]:
        one["metadata"]["labels"] = {**one["metadata"]["labels"], REVISION: "5f9c"}
    cpu = "kubectl set resources ds agent -n shop -c main --requests=cpu={}"
    answer = run(objects, cpu.format("200m"), cpu.format("100m"))
    found = sorted(one.outcome for one in of(answer, "agent"))
    assert found == ["kept"] * 3 + ["placed"]


def test_with_max_surge_the_successor_comes_first() -> None:
    """Never fewer than before, never more than one node with two pods, and every pod is new."""
    answer = run(
        daemons(**strategy(maxSurge=1, maxUnavailable=0)), RESTART.format("daemonset/agent")
    )
    assert workload(answer, "agent").least == 4
    assert max(one.ready + one.starting + one.pending for one in answer.course) == 5
    assert len(of(answer, "agent")) == 4
    assert {one.outcome for one in of(answer, "agent")} == {"placed"}


def test_an_old_pod_that_is_not_ready_gets_its_successor_beside_the_others() -> None:
    """It does not count against maxSurge, and goes as soon as there are two."""
    objects = daemons(**strategy(maxSurge=1, maxUnavailable=0))
    objects[5]["status"]["conditions"] = []
    answer = run(objects, RESTART.format("daemonset/agent"))
    first = next(one for one in answer.stages if one.name == "created")
    assert len(first.pods) > 1
    assert len(of(answer, "agent")) == 4


def test_a_surge_that_cannot_be_placed_keeps_the_old_pods() -> None:
    """There is no room for two: one stays pending, four old ones stay."""
    body = template("agent", "3")
    answer = run(
        [
            *map(node, ["one", "two", "three", "four"]),
            *daemon(
                "agent",
                ["one", "two", "three", "four"],
                body,
                **strategy(maxSurge=1, maxUnavailable=0),
            ),
        ],
        RESTART.format("daemonset/agent"),
    )
    assert sorted(one.outcome for one in of(answer, "agent")) == ["kept"] * 4 + ["pending"]


STUCK = "kubectl set resources deployment web -n shop -c main --requests=cpu=3"


@pytest.mark.parametrize(("deadline", "when"), [(None, 601), (90, 91), (2**31 - 1, None)])
def test_a_rollout_without_progress_is_told_of_and_goes_on(
    deadline: int | None, when: int | None
) -> None:
    """After progressDeadlineSeconds and a second; the old pods stay as they are."""
    more = {} if deadline is None else {"progressDeadlineSeconds": deadline}
    answer = run([node("one", "2"), *deployment("web", ["one"] * 4, **more)], STUCK)
    failed = workload(answer, "web").failed
    assert sum(one.node is not None for one in of(answer, "web")) == 3
    if when is None:
        assert failed is None
        return
    assert failed is not None
    assert failed.reason == "ProgressDeadlineExceeded"
    assert failed.at == pytest.approx(when, abs=4)
    stage = next(one for one in answer.stages if one.name == "failed")
    assert "goes on" in stage.detail
    assert {name for _, name in stage.pods} == {
        one.name for one in of(answer, "web") if one.node is None
    }


def test_a_rollout_that_no_pod_is_made_for_fails_too() -> None:
    """A quota refuses them: the stage names no pod."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "few", "namespace": "shop", "uid": "uid-quota"},
        "spec": {"hard": {"pods": "1"}},
    }
    objects = [
        *(node("one"), quota),
        *deployment("web", ["one"], strategy={"rollingUpdate": {"maxUnavailable": 0}}),
    ]
    objects[2]["spec"]["progressDeadlineSeconds"] = 60
    answer = run(objects, RESTART.format("deployment/web"))
    assert workload(answer, "web").failed is not None
    assert [one.pods for one in answer.stages if one.name == "failed"] == [()]


def test_a_scaled_deployment_has_no_deadline() -> None:
    """It was complete: that new pods stay pending is no failed rollout."""
    answer = run(
        [node("one", "2"), *deployment("web", ["one"] * 3)],
        "kubectl scale deployment web -n shop --replicas=9",
    )
    assert any(one.node is None for one in of(answer, "web"))
    assert workload(answer, "web").failed is None


def test_a_rollout_of_the_snapshot_goes_on_with_its_clock() -> None:
    """Its condition says since when it has made no progress."""
    objects = [node("one", "2"), *deployment("web", ["one"] * 3), *deployment("api", ["one"])]
    objects[1]["status"] = {
        "replicas": 3,
        "updatedReplicas": 3,
        "readyReplicas": 3,
        "availableReplicas": 3,
        "conditions": [
            {
                "type": "Progressing",
                "reason": "ReplicaSetUpdated",
                "lastUpdateTime": "2026-11-23T02:44:41Z",
            }
        ],
    }
    objects[5]["status"]["conditions"] = []
    answer = run(objects, RESTART.format("deployment/api"))
    failed = workload(answer, "web").failed
    assert failed is not None
    assert failed.at == pytest.approx(301, abs=1)


def test_a_rollout_that_gets_room_in_time_does_not_fail() -> None:
    """Each pod that becomes ready begins the time anew."""
    answer = run(
        [
            node("one"),
            *deployment(
                "web",
                ["one"] * 4,
                strategy=ONE_BY_ONE,
                minReadySeconds=60,
                progressDeadlineSeconds=90,
            ),
        ],
        RESTART.format("deployment/web"),
    )
    assert answer.seconds > 240
    assert workload(answer, "web").failed is None
