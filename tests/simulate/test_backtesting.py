"""What commands did, in the memory's words; and predictions held against what came."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import made_snapshots as made

from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.simulate.backtesting import Operation, Other, predicted

WEB = ObjectRef("apps", "Deployment", "shop", "web")
NODE = ObjectRef("", "Node", "", "a")
T = 1_795_402_181_000_000
MINUTE = 60_000_000


def cluster(places: list[str | None]) -> list[dict[str, Any]]:
    """Two nodes and web."""
    return [made.node("a"), made.node("b"), *made.deployment("web", places)]


def scaled(replicas: int) -> dict[str, Any]:
    """The Deployment as a scaling leaves it."""
    found = made.deployment("web", ["a", "a", "b"])[0]
    return {**found, "spec": {**found["spec"], "replicas": replicas}}


SCALED = Operation("scale", WEB, scaled(2), T, T + MINUTE)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("kubectl drain a --ignore-daemonsets", ["cordon", "drain"]),
        ("kubectl delete node a", ["delete"]),
        ("kubectl scale deployment/web -n shop --replicas=5", ["scale"]),
        ("kubectl scale deployment/web -n shop --replicas=3", []),
        ("kubectl set image deployment/web -n shop main=web:2", ["rollout"]),
        ("kubectl rollout restart deployment/web -n shop", ["restart"]),
        ("kubectl taint node a maintenance=true:NoSchedule", ["taint"]),
        ("kubectl label node a disk=ssd", []),
    ],
)
def test_deeds(line: str, words: list[str]) -> None:
    """What changes nothing, or moves no pod, is no deed."""
    answer = made.run(cluster(["a", "a", "b"]), line)
    assert [one.operation for one in answer.deeds] == words


def test_one_of_equals_went() -> None:
    """As many pods went, but another one: its place among equals is drawn."""
    before = cluster(["a", "a", "b"])
    took = predicted(before, before, SCALED)[0].predicted.went
    spared = next(name for name in ("web-1-0", "web-1-1", "web-1-2") if name not in took)
    after = [one for one in before if one["metadata"]["name"] != spared]
    (row,) = predicted(before, after, SCALED)
    assert (row.counts_right, row.pods_right, row.disturbed) == (True, False, ())
    assert row.why == ("as many went; which of them is drawn where they are equal",)


def test_what_else_may_have_made_the_difference() -> None:
    """A decision on the workload makes it no test; one on a node, or before, may be the reason."""
    before = cluster(["a", "a", "b"])
    again = Other(T + 1, WEB, "scale", "shop/deployment web: replicas 2 → 3")
    (row,) = predicted(before, before, SCALED, [again])
    assert row.disturbed == (again.sentence,)
    assert row.why == ()
    cordon = Other(T + 1, NODE, "cordon", "node a: cordoned")
    rollout = Other(T - 2_000_000, WEB, "rollout", "shop/deployment web: image 1 → 2")
    (row,) = predicted(before, before, SCALED, [cordon], [rollout])
    assert row.disturbed == ()
    assert row.why == (
        "2.0 s before, and perhaps still going on: shop/deployment web: image 1 → 2",
        "meanwhile: node a: cordoned",
    )
    gone = Other(T + 1, NODE, "delete", "node a: deleted")
    (row,) = predicted(before, before, SCALED, [gone])
    assert row.disturbed == (gone.sentence,)


def test_what_was_still_going_on() -> None:
    """Compared while a pod was not ready yet, that is said; what nobody touched is left out."""
    before = [*cluster(["a", "a", "b"]), *made.deployment("other", ["b"])]
    more = Operation("scale", WEB, scaled(5), T, T + 10_000)
    after = [*before, made.pod("web-1-3", made.template("web"), "b", ("ReplicaSet", "web-1"))]
    after[-1]["status"] = {"phase": "Pending"}
    (row,) = predicted(before, after, more)
    assert row.name == "web"
    assert row.actual.bound == 4
    assert row.why == ("its pods were still moving when it was compared, 0.0 s afterwards",)
