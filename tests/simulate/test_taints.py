"""Pods on nodes that are tainted NoExecute, or not ready: when they go, and when they stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from made_snapshots import deployment, node, of, pod, run, stateful, template

from kubectl_smart.simulate.answers.model import Answer

NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
LOST = "node.kubernetes.io/unreachable"


def ago(seconds: float) -> str:
    """A time, as the API server writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def heard(name: str, ready: str = "True", *, zone: str = "z0", **spec: Any) -> dict[str, Any]:
    """A node of whose readiness something is said; one that is ready was heard just now."""
    found = node(name, zone=zone, **spec)
    when = ago(0) if ready == "True" else ago(600)
    found["status"]["conditions"] = [{"type": "Ready", "status": ready, "lastHeartbeatTime": when}]
    return found


def unreachable(name: str, since: float, **more: Any) -> dict[str, Any]:
    """A node that is not heard, and has both taints since so many seconds."""
    taints = [
        {"key": LOST, "effect": "NoSchedule", "timeAdded": ago(since)},
        {"key": LOST, "effect": "NoExecute", "timeAdded": ago(since)},
    ]
    return heard(name, "Unknown", taints=taints, **more)


def patient(app: str, seconds: int | None = 300) -> dict[str, Any]:
    """A template that bears what a pod bears by default, for so long; None: for ever."""
    limit = {} if seconds is None else {"tolerationSeconds": seconds}
    return template(
        app, tolerations=[{"key": LOST, "operator": "Exists", "effect": "NoExecute", **limit}]
    )


def asked(answer: Answer) -> list[tuple[float, set[str]]]:
    """When which pods were asked to go."""
    return [
        (one.begin, {name for _, name in one.pods})
        for one in answer.stages
        if one.name == "deletion asked for"
    ]


NOTHING = "kubectl cordon three"


def test_a_silent_nodes_pods_go_when_their_time_is_over() -> None:
    """200 of 300 seconds have passed: after 100 a deployment is made whole, a set is not."""
    answer = run(
        [
            *(unreachable("one", 200), heard("two"), heard("three")),
            *deployment("web", ["one"], patient("web")),
            *stateful("db", ["one"], patient("db")),
            *deployment("agent", ["one"], patient("agent", None)),
        ],
        NOTHING,
    )
    assert asked(answer) == [(pytest.approx(100, abs=1), {"web-1-0", "db-0"})]
    assert sorted((one.node, one.outcome) for one in of(answer, "web")) == [
        ("one", "ending"),
        ("two", "placed"),
    ]
    assert [(one.node, one.outcome) for one in of(answer, "db")] == [("one", "ending")]
    assert [(one.node, one.outcome) for one in of(answer, "agent")] == [("one", "kept")]


def test_the_time_of_a_pod_that_came_later_runs_since_it_was_placed() -> None:
    """The node has had its taint for an hour, the pod is 50 seconds old."""
    body = patient("web")
    objects = [unreachable("one", 3600), heard("two"), heard("three"), *deployment("web", [], body)]
    objects[3]["spec"]["replicas"] = objects[4]["spec"]["replicas"] = 1
    late = pod("web-1-0", body, "one", ("ReplicaSet", "web-1"), creationTimestamp=ago(50))
    answer = run([*objects, late], NOTHING)
    assert asked(answer) == [(pytest.approx(250, abs=1), {"web-1-0"})]


def test_a_pod_that_should_have_gone_goes_at_once() -> None:
    """Its time was over before the snapshot."""
    answer = run(
        [
            *(unreachable("one", 900), heard("two"), heard("three")),
            *deployment("web", ["one"], patient("web")),
        ],
        NOTHING,
    )
    assert asked(answer) == [(pytest.approx(0, abs=1), {"web-1-0"})]


def test_a_taint_that_is_taken_away_stops_the_clock() -> None:
    """And one that is put on again begins it anew."""
    sick = template(
        "web", tolerations=[{"key": "sick", "operator": "Exists", "tolerationSeconds": 60}]
    )
    taints = [{"key": "sick", "effect": "NoExecute", "timeAdded": ago(30)}]
    objects = [
        *(heard("one", taints=taints), heard("two")),
        *deployment("web", ["one"], sick),
    ]
    assert asked(run(objects, "kubectl taint node one sick-")) == []
    again = run(objects, "kubectl taint node one sick-", "kubectl taint node one sick:NoExecute")
    assert asked(again)[0] == (pytest.approx(60, abs=2), {"web-1-0"})
    assert asked(run(objects, "kubectl cordon two"))[0] == (pytest.approx(30, abs=1), {"web-1-0"})


def test_a_taint_that_comes_later_does_not_shorten_the_time() -> None:
    """As the controller has it: what is due stays due."""
    body = template(
        "web",
        tolerations=[
            {"key": "slow", "operator": "Exists", "tolerationSeconds": 500},
            {"key": "fast", "operator": "Exists", "tolerationSeconds": 5},
        ],
    )
    taints = [{"key": "slow", "effect": "NoExecute", "timeAdded": ago(100)}]
    answer = run(
        [heard("one", taints=taints), heard("two"), *deployment("web", ["one"], body)],
        "kubectl taint node one fast:NoExecute",
    )
    assert asked(answer)[0] == (pytest.approx(400, abs=1), {"web-1-0"})


def test_what_is_not_known_of_a_taint_is_said() -> None:
    """Taints of kubectl have no time: the pods' time is counted from now."""
    body = template(
        "web", tolerations=[{"key": "sick", "operator": "Exists", "tolerationSeconds": 60}]
    )
    taints = [{"key": "sick", "effect": "NoExecute"}]
    answer = run(
        [heard("one", taints=taints), heard("two"), *deployment("web", ["one"], body)],
        "kubectl cordon one",
    )
    assert asked(answer) == [(pytest.approx(60, abs=1), {"web-1-0"})]
    assert any("since when one bears" in said for said in answer.not_modelled)


def test_pods_that_come_back_to_a_tainted_node_are_not_told_of_for_ever() -> None:
    """The only node there is drives them away each time: a few rounds, and a sentence."""
    body = template(
        "web", tolerations=[{"key": "sick", "operator": "Exists", "tolerationSeconds": 0}]
    )
    answer = run(
        [node("one"), *deployment("web", ["one"] * 2, body)],
        "kubectl taint node one sick:NoExecute",
    )
    assert len(of(answer, "web")) == 2
    assert answer.settled
    assert any("again and again" in said for said in answer.not_modelled)


def test_a_node_that_is_silent_without_taints_gets_them_in_its_turn() -> None:
    """New pods are kept away at once; one node in ten seconds drives its pods away."""
    lost = [heard(name, "Unknown") for name in ("one", "two")]
    answer = run(
        [
            *(*lost, *(heard(name) for name in ("three", "four", "five"))),
            *deployment("web", ["one", "two"], patient("web", 60)),
            *deployment("api", ["three"]),
        ],
        "kubectl scale deployment api -n shop --replicas=4",
    )
    assert {one.node for one in of(answer, "api")} <= {"three", "four", "five"}
    times = [when for when, _ in asked(answer)]
    assert times == [pytest.approx(62.5, abs=0.1), pytest.approx(72.5, abs=0.1)]


@pytest.mark.parametrize(("zones", "moves"), [(("z0", "z1"), True), (("z0", "z0"), False)])
def test_where_nobody_is_ready_nobody_is_driven_away(
    zones: tuple[str, str], *, moves: bool
) -> None:
    """A zone that is lost as a whole is emptied, all of them are not."""
    objects = [
        *(heard(name, "Unknown", zone=zones[0]) for name in ("one", "two", "three")),
        *(heard("four", zone=zones[1]) for _ in range(moves)),
        *deployment("web", ["one"], patient("web", 60)),
    ]
    answer = run(objects, "kubectl cordon one")
    assert bool(asked(answer)) == moves


def test_most_of_a_small_zone_silent_drives_nobody_away() -> None:
    """Three of four nodes: the controller waits, it may be the network."""
    objects = [
        *(heard(name, "Unknown") for name in ("one", "two", "three")),
        heard("four"),
        *deployment("web", ["one"], patient("web", 60)),
    ]
    assert asked(run(objects, "kubectl cordon four")) == []


def test_a_node_that_is_ready_again_loses_its_taints() -> None:
    """Its pods stay although little of their time was left, and new ones may come."""
    node_again = unreachable("one", 298)
    node_again["status"]["conditions"][0].update(status="True", lastHeartbeatTime=ago(0))
    answer = run(
        [node_again, *deployment("web", ["one"], patient("web"))],
        "kubectl scale deployment web -n shop --replicas=2",
    )
    assert {one.node for one in of(answer, "web")} == {"one"}


def test_pods_that_go_later_from_a_node_out_of_service_are_taken_too() -> None:
    """Not only those that were being deleted when it was tainted so."""
    out = {"key": "node.kubernetes.io/out-of-service", "effect": "NoSchedule"}
    lost = unreachable("one", 200)
    lost["spec"]["taints"].append(out)
    answer = run(
        [lost, *(heard("two"), heard("three")), *stateful("db", ["one"], patient("db"))], NOTHING
    )
    assert asked(answer) == [(pytest.approx(100, abs=1), {"db-0"})]
    assert [(one.node, one.outcome) for one in of(answer, "db")] == [("two", "placed")]


def test_a_pod_whose_node_is_deleted_goes_when_it_is_due() -> None:
    """Ten seconds later its time is over, before the pod collector comes."""
    answer = run(
        [
            *(unreachable("one", 290), heard("two")),
            *deployment("web", ["one"], patient("web")),
        ],
        "kubectl delete node one",
    )
    assert asked(answer)[0] == (pytest.approx(10, abs=1), {"web-1-0"})
    created = next(one for one in answer.stages if one.name == "created")
    assert created.begin == pytest.approx(10, abs=1)
