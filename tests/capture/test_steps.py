"""Requests become the commands a person typed; repeats become one step."""

from __future__ import annotations

from typing import Any

import pytest
from audit_events import SUCCESS, Log, audit_event, deployment, pod


def _get(name: str = "api", at: float = 0.0, **more: Any) -> dict[str, Any]:
    return audit_event("get", "deployments", name, group="apps", at=at, level="Metadata", **more)


def test_a_get_is_a_step() -> None:
    """With its target, its command and its answer."""
    log = Log()
    log.add(_get())
    (step,) = log.steps()

    assert (step.action, step.command) == ("get", "kubectl get deployment api -n prod")
    assert step.target is not None
    assert (step.target.kind, step.status, step.count) == ("Deployment", 200, 1)


def test_repeats_within_five_minutes_are_one_step() -> None:
    """Counted, with the first and the last time and every audit id."""
    log = Log()
    log.add(_get(at=0), _get(at=60), _get(at=240), _get(at=900))
    first, second = log.steps()

    assert (first.count, len(first.audit_ids)) == (3, 3)
    assert first.until - first.happened_at == 240_000_000
    assert second.count == 1


def test_a_step_ends_after_half_an_hour() -> None:
    """Somebody who looks every four minutes all day makes more than one step."""
    log = Log()
    log.add(*(_get(at=240 * n) for n in range(30)))

    assert [step.count for step in log.steps()] == [8, 8, 8, 6]


def test_a_describe_is_one_step() -> None:
    """A get and the list of the object's events."""
    log = Log()
    log.add(
        _get(),
        audit_event("list", "events", at=0.1,
                    query="fieldSelector=involvedObject.name%3Dapi%2CinvolvedObject.kind%3DDeployment"),
    )  # fmt: skip
    (step,) = log.steps()

    assert (step.action, step.command) == ("describe", "kubectl describe deployment api -n prod")


def test_logs_of_a_deployment_are_one_step() -> None:
    """A get of the deployment, a list of its pods and a log."""
    log = Log()
    log.add(
        _get(),
        audit_event("list", "pods", at=0.1, query="labelSelector=app%3Dapi"),
        audit_event("get", "pods", "api-1", subresource="log", at=0.2,
                    query="tailLines=5&follow=true"),
    )  # fmt: skip
    (step,) = log.steps()

    assert step.command == "kubectl logs deployment/api -f --tail=5 -n prod"
    assert len(step.audit_ids) == 3


def test_an_exec_shows_its_command_without_its_password() -> None:
    """What looks like a credential on the command line is replaced."""
    log = Log()
    log.add(
        audit_event("get", "pods", "db-0"),
        audit_event("create", "pods", "db-0", subresource="exec", at=0.1, code=101,
                    query="command=psql&command=postgres%3A%2F%2Fapp%3Ahunter22hunter%40db%2Fapp&container=db"),
    )  # fmt: skip
    (step,) = log.steps()

    assert step.action == "exec"
    assert step.command.startswith("kubectl exec db-0 -c db -n prod -- psql postgres://")
    assert "hunter22hunter" not in step.command


def test_list_then_watch_is_one_get_watch() -> None:
    """As `kubectl get pods --watch` makes them."""
    log = Log()
    log.add(audit_event("list", "pods"), audit_event("watch", "pods", at=0.1))
    (step,) = log.steps()

    assert (step.action, step.command) == ("watch", "kubectl get pods --watch -n prod")


@pytest.mark.parametrize("verb", ["patch", "update"])
def test_a_read_that_prepares_a_write_is_no_step(verb: str) -> None:
    """The get with which `kubectl edit`, `scale` or `apply` begins is part of it."""
    log = Log()
    log.add(audit_event("create", "deployments", "api", group="apps", response=deployment()))
    log.add(
        _get(at=9.9),
        audit_event(verb, "deployments", "api", group="apps", at=10, response=deployment(5, rv=2)),
    )

    assert log.steps() == []
    assert len(log.changes()) == 2


def test_looking_twice_before_a_write_leaves_the_first_look() -> None:
    """A command reads its object once: what was read before was a look."""
    log = Log()
    log.add(
        _get(at=8.5),
        _get(at=9.9),
        audit_event("patch", "deployments", "api", group="apps", at=10,
                    response=deployment(5, rv=2)),
    )  # fmt: skip

    assert [step.count for step in log.steps()] == [1]


def test_waiting_for_a_deletion_is_no_step() -> None:
    """`kubectl delete` watches the object until it has gone; a drain asks for its pods again."""
    log = Log()
    log.add(audit_event("create", "pods", "api-1", response=pod()))
    log.add(
        audit_event("create", "pods", "api-1", subresource="eviction", at=5, response=SUCCESS),
        audit_event("get", "pods", "api-1", at=6),
        audit_event("get", "pods", "api-1", at=7, code=404),
    )

    assert log.steps() == []


def test_two_people_are_two_steps() -> None:
    """Even with the same command at the same time."""
    log = Log()
    tom = {"username": "tom@example.com", "groups": ["system:authenticated"]}
    log.add(_get(), _get(user=tom))

    assert {step.actor.name for step in log.steps()} == {"sarah@example.com", "tom@example.com"}


def test_machines_make_no_steps() -> None:
    """What a controller, a CI job or a library reads is not remembered."""
    log = Log()
    ci = {"username": "jenkins@prod", "groups": ["ci"]}
    log.add(_get(user=ci), _get(agent="python-requests/2.31"))

    assert log.steps() == []


def test_reordered_requests_make_the_same_step() -> None:
    """A burst is put into the order of its times before it is read."""
    one = [
        _get(at=0),
        audit_event("list", "events", at=0.1, query="fieldSelector=involvedObject.name%3Dapi"),
    ]
    straight, turned = Log(), Log()
    straight.add(*one)
    turned.add(*reversed(one))

    assert straight.steps() == turned.steps()


def test_the_fold_knows_which_entries_are_open() -> None:
    """Until a step is complete its entries are held; afterwards none is."""
    log = Log()
    log.add(_get(at=0), _get(at=60))

    assert log.fold.low_water(log.state) == 1
    assert log.fold.open_entries(log.state) == {1, 2}

    log.close()

    assert log.fold.low_water(log.state) is None
    assert log.fold.open_entries(log.state) == set()
