"""Jobs whose pods are deleted, evicted or lost: what counts, what comes again, and what fails."""

from __future__ import annotations

from typing import Any

import pytest
from made_snapshots import THEN, node, of, pod, priority, run, template

from kubectl_smart.simulate.answers.model import Answer, Failure
from kubectl_smart.simulate.answers.toll import toll

INDEX = "batch.kubernetes.io/job-completion-index"


def job(*places: str | None, indexed: bool = False, **spec: Any) -> list[dict[str, Any]]:
    """A Job that runs for ever, and a running pod for each place."""
    body = template("load")
    above = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "load", "namespace": "shop", "uid": "uid-Job-load"},
        "spec": {
            "template": body,
            "completions": len(places) or 1,
            "parallelism": len(places) or 1,
            **({"completionMode": "Indexed"} if indexed else {}),
            **spec,
        },
        "status": {"startTime": THEN},
    }
    pods = []
    for at, place in enumerate(places):
        labels = {"app": "load", **({INDEX: str(at)} if indexed else {})}
        mine = {**body, "metadata": {"labels": labels}}
        pods.append(pod(f"load-{at}", mine, place, ("Job", "load")))
    return [above, *pods]


def created(answer: Answer) -> list[float]:
    """When pods were made."""
    return [one.begin for one in answer.stages if one.name == "created"]


def failure(answer: Answer) -> Failure | None:
    """How the Job failed."""
    return next(one.failed for one in answer.workloads if one.kind == "Job")


NODES = [node("one"), node("two")]
DELETE = "kubectl delete pod load-0 -n shop"


def test_a_deleted_pod_counts_at_once_and_comes_again_after_a_pause() -> None:
    """Ten seconds after the deletion, twenty after the next."""
    answer = run([*NODES, *job("one", backoffLimit=6)], DELETE)
    assert created(answer) == [pytest.approx(10, abs=0.1)]
    assert [one.node is not None for one in of(answer, "load")] == [True]
    assert failure(answer) is None


def test_a_pod_that_was_not_ready_for_long_has_failed_then() -> None:
    """On a node that fell silent: the pause is over when its pod is deleted."""
    objects = job("one")
    since = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T02:40:00Z"}
    objects[1]["status"]["conditions"] = [since]
    assert created(run([*NODES, *objects], DELETE)) == [pytest.approx(0, abs=0.1)]


def test_pods_that_fail_together_are_failures_in_a_row() -> None:
    """Two evictions at once: the pause has doubled."""
    answer = run([*NODES, *job("one", "one")], "kubectl drain one")
    assert created(answer) == [pytest.approx(20, abs=0.1)]


@pytest.mark.parametrize(
    "line",
    [DELETE, "kubectl drain one", "kubectl delete node one", "kubectl taint node one x:NoExecute"],
)
def test_one_failure_too_many_ends_the_job(line: str) -> None:
    """It takes the other pods along, and none is made again."""
    answer = run([*NODES, *job("one", "two", backoffLimit=0)], line)
    found = failure(answer)
    assert found is not None
    assert found.reason == "BackoffLimitExceeded"
    assert of(answer, "load") == []
    assert created(answer) == []
    assert any(one.name == "failed" and "load" in one.detail for one in answer.stages)
    assert (toll(answer).down, toll(answer).failed) == ((), ("shop/job/load",))


def test_the_pod_that_was_one_too_many_is_named() -> None:
    """Where no other pod goes with the Job it is the one that failed."""
    answer = run([*NODES, *job("one", backoffLimit=0)], DELETE)
    assert [one.pods for one in answer.stages if one.name == "failed"] == [(("shop", "load-0"),)]


def test_failures_of_before_count() -> None:
    """Two of two are used up."""
    objects = job("one", backoffLimit=2)
    objects[0]["status"]["failed"] = 2
    assert failure(run([*NODES, *objects], DELETE)) is not None
    objects[0]["status"] = {"failed": 1, "uncountedTerminatedPods": {"failed": ["x"]}}
    assert failure(run([*NODES, *objects], DELETE)) is not None
    objects[0]["status"] = {"failed": 1}
    assert failure(run([*NODES, *objects], DELETE)) is None


def ignoring(action: str = "Ignore") -> dict[str, Any]:
    """A failure policy for pods that were disrupted."""
    condition = {"type": "DisruptionTarget", "status": "True"}
    return {"podFailurePolicy": {"rules": [{"action": action, "onPodConditions": [condition]}]}}


@pytest.mark.parametrize(
    ("line", "fails"),
    [
        ("kubectl drain one", False),
        ("kubectl delete node one", False),
        ("kubectl taint node one x:NoExecute", False),
        (DELETE, True),
        ("kubectl drain one --disable-eviction", True),
    ],
)
def test_a_policy_may_ignore_disruptions(line: str, *, fails: bool) -> None:
    """A deletion by hand is none."""
    answer = run([*NODES, *job("one", backoffLimit=0, **ignoring())], line)
    assert (failure(answer) is not None) == fails
    assert len(of(answer, "load")) == (not fails)


def test_preemption_is_a_disruption() -> None:
    """The pod of the Job has to go, and waits for room afterwards."""
    vip = pod("vip", template("vip", "3", priorityClassName="high", priority=1000), None)
    objects = [
        *(node("one", "3200m"), priority("high", 1000)),
        *job("one", backoffLimit=0, **ignoring()),
    ]
    answer = run([*objects, vip], "kubectl label node one a=b")
    assert failure(answer) is None
    assert [one.node for one in of(answer, "vip")] == ["one"]
    assert [one.node for one in of(answer, "load")] == [None]


def test_a_policy_may_end_the_job() -> None:
    """FailJob, whatever backoffLimit says."""
    answer = run([*NODES, *job("one", **ignoring("FailJob"))], "kubectl drain one")
    found = failure(answer)
    assert found is not None
    assert found.reason == "PodFailurePolicy"


def test_a_policy_of_exit_codes_sees_how_a_stopped_container_ends() -> None:
    """143 after SIGTERM; of a node that is gone no exit code is known."""
    rule = {"action": "Ignore", "onExitCodes": {"operator": "In", "values": [143]}}
    objects = job("one", backoffLimit=0, podFailurePolicy={"rules": [rule]})
    assert failure(run([*NODES, *objects], DELETE)) is None
    assert failure(run([*NODES, *objects], "kubectl delete node one")) is not None


def test_with_the_replacement_policy_failed_the_next_pod_waits_for_the_end() -> None:
    """Ten seconds after it has ended; on a silent node that never comes."""
    answer = run([*NODES, *job("one", podReplacementPolicy="Failed")], DELETE)
    assert created(answer) == [pytest.approx(11, abs=0.5)]
    silent = node("one")
    silent["status"]["conditions"] = [{"type": "Ready", "status": "Unknown"}]
    stuck = run([silent, node("two"), *job("one", podReplacementPolicy="Failed")], DELETE)
    assert created(stuck) == []
    assert [one.outcome for one in of(stuck, "load")] == ["ending"]


def test_a_job_that_runs_for_too_long_fails() -> None:
    """ActiveDeadlineSeconds run since its start."""
    objects = job("one", activeDeadlineSeconds=100)
    answer = run([*NODES, *objects], "kubectl cordon two")
    assert failure(answer) == Failure(pytest.approx(100, abs=0.1), "DeadlineExceeded")
    assert of(answer, "load") == []


def test_an_index_that_fails_too_often_leaves_the_others() -> None:
    """BackoffLimitPerIndex 0: its index is lost, and the Job fails when the other has ended."""
    objects = job("one", "two", indexed=True, backoffLimitPerIndex=0)
    answer = run([*NODES, *objects], DELETE)
    assert [one.name for one in of(answer, "load")] == ["load-1"]
    assert failure(answer) is None
    both = run([*NODES, *objects], "kubectl delete pod load-0 load-1 -n shop")
    found = failure(both)
    assert found is not None
    assert found.reason == "FailedIndexes"


def test_failures_of_an_index_before_it_count() -> None:
    """Its pod says how many there were."""
    objects = job("one", "two", indexed=True, backoffLimitPerIndex=2)
    count = "batch.kubernetes.io/job-index-failure-count"
    objects[1]["metadata"]["annotations"] = {count: "1"}
    assert len(of(run([*NODES, *objects], DELETE), "load")) == 2
    objects[1]["metadata"]["annotations"] = {count: "2"}
    assert [one.name for one in of(run([*NODES, *objects], DELETE), "load")] == ["load-1"]


@pytest.mark.parametrize(
    ("rule", "ends"),
    [
        ({"succeededIndexes": "0"}, True),
        ({"succeededIndexes": "0-1"}, False),
        ({"succeededIndexes": "0-1", "succeededCount": 1}, True),
        ({"succeededCount": 1}, True),
        ({"succeededCount": 2}, False),
    ],
)
def test_a_success_policy_may_end_the_job_before_all_is_done(
    rule: dict[str, Any], *, ends: bool
) -> None:
    """Its leader, index 0, has succeeded: the others are taken away, and nothing has failed."""
    objects = job("one", "two", "two", indexed=True, successPolicy={"rules": [rule]})
    objects[1]["status"] = {"phase": "Succeeded"}
    answer = run([*NODES, *objects], "kubectl drain one --force")
    assert len(of(answer, "load")) == (0 if ends else 2)
    assert failure(answer) is None


def test_the_same_index_comes_again() -> None:
    """An indexed Job makes the index that is missing."""
    answer = run([*NODES, *job("one", "two", indexed=True)], DELETE)
    assert sorted(one.name.rsplit("-", 1)[0] for one in of(answer, "load")) == ["load", "load-0"]


def test_pods_that_a_job_does_not_need_are_no_failures() -> None:
    """It takes them away itself, when it is suspended or made smaller."""
    objects = job("one", "two", backoffLimit=0)
    smaller = """kubectl patch job load -n shop -p '{"spec":{"parallelism":1}}'"""
    answer = run([*NODES, *objects], smaller)
    assert failure(answer) is None
    assert len(of(answer, "load")) == 1
    suspended = run(
        [*NODES, *objects], """kubectl patch job load -n shop -p '{"spec":{"suspend":true}}'"""
    )
    assert failure(suspended) is None
    assert of(suspended, "load") == []


def test_a_job_that_does_its_work_is_not_down() -> None:
    """Its pods end while a node is drained; no gate closes for that."""
    objects = job("one")
    done = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "done", "namespace": "shop", "uid": "uid-done"},
        "spec": {"template": template("done")},
        "status": {
            "startTime": "2026-11-23T02:00:00Z",
            "completionTime": "2026-11-23T02:00:30Z",
            "conditions": [{"type": "Complete", "status": "True"}],
        },
    }
    answer = run([*NODES, *objects, done], "kubectl cordon two")
    assert of(answer, "load") == []
    assert (toll(answer).down, toll(answer).failed) == ((), ())


def test_a_job_of_somebody_else_is_left_to_them() -> None:
    """ManagedBy names another controller."""
    answer = run([*NODES, *job("one", managedBy="example.com/queue")], DELETE)
    assert created(answer) == []
