"""What holds for every simulated rollout, Job and taint, whatever its numbers are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_snapshots import Object, daemon, deployment, node, of, pod, run, stateful, template

from kubectl_smart.simulate.answers.model import Answer, WorkloadEnd

waits = st.sampled_from((0, 5, 40))
_LATE = "2026-11-23T04:00:00Z"
_RESTART = "kubectl rollout restart {}/web -n shop"


def _clock() -> Object:
    """A pod made an hour later, so that all others have long been available."""
    return pod("clock", template("clock", "1m"), "n0", creationTimestamp=_LATE)


def _end(answer: Answer) -> WorkloadEnd:
    return next(one for one in answer.workloads if one.name == "web")


def _most(answer: Answer) -> int:
    """The most pods at once that are not about to go."""
    return max(one.ready + one.starting + one.pending for one in answer.course)


@st.composite
def _limits(draw: st.DrawFn) -> tuple[int, int]:
    """(maxSurge, maxUnavailable), not both 0."""
    surge = draw(st.integers(0, 3))
    return surge, draw(st.integers(0 if surge else 1, 3))


@given(size=st.integers(1, 7), limits=_limits(), wait=waits, cpu=st.sampled_from(("64", "2")))
def test_a_rollout_keeps_its_limits(
    size: int, limits: tuple[int, int], wait: int, cpu: str
) -> None:
    """Never more pods than maxSurge allows, nor fewer ready ones than maxUnavailable does."""
    surge, unavailable = limits
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    objects = deployment(
        "web", ["n0"] * size, strategy={"rollingUpdate": rolling}, minReadySeconds=wait
    )
    answer = run([node("n0", cpu), *objects, _clock()], _RESTART.format("deployment"))
    assert _most(answer) <= size + surge
    assert _end(answer).least >= size - unavailable
    if cpu == "64":
        assert [one.outcome for one in of(answer, "web")] == ["placed"] * size
        assert answer.seconds >= wait
        assert _end(answer).failed is None


@given(
    size=st.integers(1, 6),
    limit=st.tuples(st.sampled_from(("maxSurge", "maxUnavailable")), st.integers(1, 3)),
    wait=waits,
)
def test_a_daemons_update_keeps_its_limits(size: int, limit: tuple[str, int], wait: int) -> None:
    """With maxSurge no node is without a ready pod; without it only so many are."""
    what, number = limit
    rolling: dict[str, Any] = {"maxSurge": 0, "maxUnavailable": 0, what: number}
    names = [f"n{at}" for at in range(size)]
    objects = daemon(
        "web",
        names,
        updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling},
        minReadySeconds=wait,
    )
    answer = run([*map(node, names), *objects, _clock()], _RESTART.format("daemonset"))
    surging = what == "maxSurge"
    assert _end(answer).least >= (size if surging else size - number)
    assert _most(answer) <= size + (number if surging else 0)
    found = of(answer, "web")
    assert sorted(one.node or "" for one in found) == sorted(names)
    assert {one.outcome for one in found} == {"placed"}


@given(size=st.integers(1, 5), wait=waits)
def test_a_sets_update_takes_one_pod_at_a_time(size: int, wait: int) -> None:
    """Each successor is available before the next pod goes."""
    objects = stateful("web", ["n0"] * size, minReadySeconds=wait)
    answer = run([node("n0", "64"), *objects, _clock()], _RESTART.format("statefulset"))
    assert _end(answer).least == size - 1
    assert answer.seconds >= size * wait
    assert {one.outcome for one in of(answer, "web")} == {"placed"}


@given(
    size=st.integers(1, 5),
    gone=st.integers(1, 5),
    limit=st.integers(0, 5),
    before=st.integers(0, 3),
)
def test_a_job_fails_by_as_many_pods_as_it_may_not_lose(
    size: int, gone: int, limit: int, before: int
) -> None:
    """What was counted before counts; a Job that goes on is made whole."""
    gone = min(gone, size)
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "web", "namespace": "shop", "uid": "uid-Job-web"},
        "spec": {
            "template": template("web"),
            "completions": size,
            "parallelism": size,
            "backoffLimit": limit,
        },
        "status": {"failed": before},
    }
    pods = [pod(f"web-{at}", template("web"), "n0", ("Job", "web")) for at in range(size)]
    names = " ".join(f"web-{at}" for at in range(gone))
    answer = run([node("n0", "64"), job, *pods], f"kubectl delete pod {names} -n shop")
    fails = before > limit or before + gone > limit
    assert (_end(answer).failed is not None) == fails
    assert len(of(answer, "web")) == (0 if fails else size)


@given(since=st.integers(0, 900), seconds=st.integers(0, 900))
def test_a_pod_bears_a_taint_for_as_long_as_it_says(since: int, seconds: int) -> None:
    """From the taint on; one whose time is over goes at once."""
    began = (datetime.fromisoformat(_LATE) - timedelta(seconds=since)).isoformat()
    taint = {"key": "sick", "effect": "NoExecute", "timeAdded": began}
    bears = [{"key": "sick", "operator": "Exists", "tolerationSeconds": seconds}]
    answer = run(
        [
            node("n0", taints=[taint]),
            node("n1", "1m"),
            pod("web", template("web", tolerations=bears), "n0"),
            pod("clock", template("clock", "1m"), "n1", creationTimestamp=_LATE),
        ],
        "kubectl cordon n1",
    )
    assert [one.pod for one in answer.lost] == ["web"]
    asked = next(one.begin for one in answer.stages if one.name == "deletion asked for")
    assert asked == pytest.approx(max(0, seconds - since), abs=0.1)


@st.composite
def _sick(draw: st.DrawFn) -> list[Object]:
    """Nodes that are ready, or not, or tainted; workloads that bear all that for some time."""
    found: list[Object] = []
    names = [f"n{at}" for at in range(draw(st.integers(1, 4)))]
    for name in names:
        taints = [{"key": "sick", "effect": "NoExecute"}] if draw(st.booleans()) else []
        one = node(name, draw(st.sampled_from(("1", "4"))), taints=taints)
        ready = draw(st.sampled_from(("True", "False", "Unknown")))
        one["status"]["conditions"] = [{"type": "Ready", "status": ready}]
        found.append(one)
    bears = [
        {"operator": "Exists", "key": key, "tolerationSeconds": draw(st.sampled_from((0, 7, 300)))}
        for key in ("sick", "node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready")
    ]
    places = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4))
    for make in (deployment, stateful):
        found += make(make.__name__, places, template(make.__name__, tolerations=bears))
    return [*found, *daemon("daemon", names, template("daemon", "100m", tolerations=bears))]


@given(
    _sick(),
    st.sampled_from(
        (
            "kubectl delete node n0",
            "kubectl cordon n0",
            "kubectl taint node n0 sick:NoExecute --overwrite",
            "kubectl taint node n0 node.kubernetes.io/out-of-service:NoExecute",
            "kubectl rollout restart daemonset/daemon -n shop",
            "kubectl delete pods -n shop --all --wait=false",
        )
    ),
)
def test_clusters_that_are_not_well_come_to_rest(objects: list[Object], line: str) -> None:
    """Whoever drives pods away and wherever they come back to: it ends, and is not long to tell."""
    answer = run(objects, line)
    assert answer.settled
    assert len(answer.stages) < 200
    active = [one for one in answer.pods if one.outcome not in ("ending", "orphaned")]
    wanted = sum(
        one["spec"]["replicas"] for one in objects if one["kind"] in ("Deployment", "StatefulSet")
    )
    nodes = sum(one["kind"] == "Node" for one in objects)
    assert len(active) <= wanted + nodes
