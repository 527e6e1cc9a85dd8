"""Kubernetes Events and statuses become observations, folded."""

from __future__ import annotations

from typing import Any

from audit_events import Log, audit_event, pod

from kubectl_smart.memory.records.objects import ObjectRef

POD = ObjectRef("", "Pod", "prod", "api-1")


def _event(at: float, count: int, **more: Any) -> dict[str, Any]:
    obj = {
        "kind": "Event", "apiVersion": "v1",
        "metadata": {"name": "api-1.1", "namespace": "prod", "uid": "event-uid"},
        "involvedObject": {"kind": "Pod", "name": "api-1", "namespace": "prod", "apiVersion": "v1"},
        "reason": "BackOff", "message": "Back-off restarting failed container",
        "type": "Warning", "count": count, "firstTimestamp": "2024-01-15T14:29:00Z", **more,
    }  # fmt: skip
    return audit_event("patch", "events", "api-1.1", at=at, response=obj)


def _status(rv: int, at: float, **container: Any) -> dict[str, Any]:
    statuses = [{"name": "main", "restartCount": rv, **container}]
    answer = pod(rv=rv, owner="api-5d", containerStatuses=statuses)
    return audit_event("patch", "pods", "api-1", subresource="status", at=at, response=answer)


def _killed(rv: int, at: float, finished: str) -> dict[str, Any]:
    ended = {"reason": "OOMKilled", "exitCode": 137, "finishedAt": finished}
    return _status(rv, at, lastState={"terminated": ended}, state={"running": {}})


def test_an_event_is_one_observation_however_often_it_repeats() -> None:
    """Its own count and first time are taken over; every version has the same id."""
    log = Log()
    log.add(_event(1, 1), _event(30, 7))
    first, second = log.observations()

    assert (first.kind, first.about, first.warning, first.source) == ("BackOff", POD, True, "event")
    assert first.id == second.id
    assert (first.count, second.count) == (1, 7)
    assert second.last_at - second.first_at == 90_000_000


def test_an_event_of_the_newer_kind_counts_its_series() -> None:
    """events.k8s.io: `regarding`, `note` and `series.count`."""
    log = Log()
    event = _event(1, 1)
    answer = event["responseObject"]
    answer["regarding"] = answer.pop("involvedObject")
    answer["note"], answer["series"] = answer.pop("message"), {"count": 12}
    del answer["count"]
    log.add(event)
    (seen,) = log.observations()

    assert (seen.about, seen.count) == (POD, 12)
    assert seen.message == "Back-off restarting failed container"


def test_an_oom_kill_is_seen_in_the_status() -> None:
    """Once for each time the container ended, folded within ten minutes."""
    log = Log()
    log.add(
        audit_event("create", "pods", "api-1", response=pod(owner="api-5d")),
        _killed(2, 10, "2024-01-15T14:30:10Z"),
        _killed(3, 11, "2024-01-15T14:30:10Z"),
        _killed(4, 70, "2024-01-15T14:31:10Z"),
        _killed(5, 1_900, "2024-01-15T15:01:00Z"),
    )
    seen = log.observations()

    assert [(one.kind, one.count) for one in seen] == [
        ("OOMKilled", 1),
        ("OOMKilled", 2),
        ("OOMKilled", 1),
    ]
    assert seen[0].id == seen[1].id != seen[2].id
    assert "exit code 137" in seen[0].message


def test_a_crash_loop_is_seen_when_it_begins_to_wait() -> None:
    """Starting up is no news; waiting for another reason is."""
    log = Log()
    log.add(
        _status(1, 1, state={"waiting": {"reason": "ContainerCreating"}}),
        _status(2, 2, state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}),
        _status(3, 3, state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}}),
    )
    (seen,) = log.observations()

    assert (seen.kind, seen.warning, seen.source) == ("CrashLoopBackOff", True, "pod status")


def test_a_container_that_completed_is_no_warning() -> None:
    """A Job's pod that ends well says nothing."""
    log = Log()
    ended = {"reason": "Completed", "exitCode": 0, "finishedAt": "2024-01-15T14:30:10Z"}
    log.add(_status(1, 1, state={"terminated": ended}))

    assert log.observations() == []


def test_an_evicted_pod_says_so() -> None:
    """A pod that failed carries its reason."""
    log = Log()
    answer = pod(rv=2, phase="Failed", reason="Evicted", message="The node was low on memory")
    log.add(audit_event("patch", "pods", "api-1", subresource="status", response=answer))

    assert [one.kind for one in log.observations()] == ["Evicted"]


def test_a_pod_whose_node_is_gone_says_so() -> None:
    """Its phase tells only that it failed; its condition tells who took it down, and why."""
    log = Log()
    conditions = [
        {"type": "Ready", "status": "False"},
        {"type": "DisruptionTarget", "status": "True", "reason": "DeletionByPodGC",
         "message": "PodGC: node no longer exists"},
    ]  # fmt: skip
    answer = pod(rv=2, phase="Failed", conditions=conditions)
    log.add(audit_event("patch", "pods", "api-1", subresource="status", at=2, response=answer))
    (seen,) = log.observations()

    assert (seen.kind, seen.message) == ("PodFailed", "PodGC: node no longer exists")
