"""Pods by state over time: what the picture of a simulation draws."""

from __future__ import annotations

from frail_cluster import frail_cluster
from hypothesis import given, settings
from made_snapshots import deployment, node, of, run, service
from tests.properties.test_simulations import clusters, commands

from kubectl_smart.simulate.answers.model import Point


def test_pods_of_a_deleted_node_are_cut_off_until_they_are_collected() -> None:
    """Then one is made again and becomes ready, and the other waits."""
    course = run(frail_cluster(), "kubectl delete node two").course
    first, last = course[0], course[-1]
    assert first == Point(0.0, ready=3, starting=0, pending=0, ending=0, cut_off=0)
    assert course[1] == Point(0.0, ready=1, starting=0, pending=0, ending=0, cut_off=2)
    assert last[1:] == (2, 0, 1, 0, 0)
    assert 40 <= course[2].at <= 80


def test_workloads_that_nothing_happens_to_are_not_counted() -> None:
    """A rollout of one among many pods shows that one."""
    objects = [node("one", "64"), *deployment("web", ["one"]), *deployment("rest", ["one"] * 40)]
    course = run(objects, "kubectl rollout restart deployment web -n shop").course
    assert course[0].ready == 1
    assert course[-1][1:] == (1, 0, 0, 0, 0)
    assert max(sum(one[1:]) for one in course) == 2


def test_nothing_has_no_course() -> None:
    """A node without pods may go."""
    assert run([*frail_cluster(), service("x")], "kubectl delete node three").course == ()


def test_a_long_course_is_thinned_but_keeps_its_ends() -> None:
    """At most 240 moments and both ends."""
    objects = [node("one", "999"), *deployment("web", ["one"] * 400, maxSurge=1)]
    objects[0]["status"]["allocatable"]["pods"] = "2000"
    answer = run(objects, "kubectl rollout restart deployment web -n shop")
    assert 20 < len(answer.course) <= 242
    assert answer.course[0].ready == 400
    assert answer.course[-1].ready == sum(one.node is not None for one in of(answer, "web"))


@given(objects=clusters(), line=commands)
@settings(max_examples=30, deadline=None)
def test_a_course_moves_forward_and_ends_where_the_answer_does(
    objects: list[dict[str, object]], line: str
) -> None:
    """Never less than nothing of any state; at the end as many pending as the workloads have."""
    answer = run(objects, line)
    times = [one.at for one in answer.course]
    assert times == sorted(times)
    assert all(count >= 0 for one in answer.course for count in one[1:])
    if answer.course and answer.settled:
        pending = sum(one.node is None for one in answer.pods)
        assert answer.course[-1].pending <= pending
