"""Drains and deletions of nodes that went well: which pods went, and what came instead."""

from __future__ import annotations

from collections.abc import Callable

from built_memory import CONTROLLER, SARAH, TOM, Past, deployment, minutes, pod

from kubectl_smart.memory.answers.causes import Chain
from kubectl_smart.memory.opening import Memory
from kubectl_smart.memory.questions.moved_pods import moved_pods
from kubectl_smart.memory.records.objects import ObjectRef

Opened = Callable[[Past], Memory]
API, DB = deployment("api"), deployment("db", "data")
SECOND = 1 / 60
READY = {"conditions": [{"type": "Ready", "status": "True"}]}


def node(name: str) -> ObjectRef:
    """A Node's name."""
    return ObjectRef("", "Node", "", name)


def made(past: Past, name: str, at: float, on: str, owner: ObjectRef = API) -> None:
    """A pod is made, and a second later ready."""
    ref = pod(name, owner.namespace)
    given = {"by": CONTROLLER, "derived": True, "owner": owner, "nodeName": on}
    past.write(ref, minutes(at), **given)  # type: ignore[arg-type]
    past.write(ref, minutes(at + SECOND), status=READY, **given)  # type: ignore[arg-type]


def gone(past: Past, name: str, at: float, owner: ObjectRef = API) -> None:
    """A pod is gone."""
    past.delete(
        pod(name, owner.namespace), minutes(at), by=CONTROLLER, derived=True, owner=owner
    )  # fmt: skip


def drained(past: Past, name: str, at: float, *pods: str, owner: ObjectRef = API) -> None:
    """A node is cordoned; three seconds later its pods are evicted, two later they are gone."""
    past.write(node(name), minutes(at), by=TOM, via=f"kubectl cordon {name}", unschedulable=True)
    for one in pods:
        past.fields(
            pod(one, owner.namespace), minutes(at + 3 * SECOND), verb="evict", by=TOM,
            via=f"kubectl drain {name}", derived=True, owner=owner,
        )  # fmt: skip
        gone(past, one, at + 5 * SECOND, owner)


def standing(*names: str) -> Past:
    """Nodes, for an hour."""
    past = Past()
    past.heard(minutes(-60), minutes(120))
    for name in names:
        past.write(node(name), minutes(-60), unschedulable=False)
    return past


def told(
    memory: Memory, low: float = -1, high: float = 60, namespace: str | None = None,
    roots: tuple[str, ...] = (),
) -> tuple[Chain, ...]:  # fmt: skip
    """What was moved in a window, in minutes after START."""
    return moved_pods(
        memory.store, memory.index, since=minutes(low), until=minutes(high),
        namespace=namespace, roots=roots,
    )  # fmt: skip


def test_only_what_came_in_their_place_is_counted(opened: Opened) -> None:
    """Ten minutes after the drain a rollout makes five pods: they have nothing to do with it."""
    past = standing("worker-1")
    for name in ("api-a", "api-b"):
        made(past, name, -50, "worker-1")
    drained(past, "worker-1", 0, "api-a", "api-b")
    made(past, "api-c", 6 * SECOND, "worker-2")
    made(past, "api-d", 8 * SECOND, "worker-2")
    for number in range(5):
        made(past, f"api-new-{number}", 10 + number, "worker-2")
    (chain,) = told(opened(past))

    assert chain.steps[0].sentence == (
        "payments/deployment api: 2 pods taken away, the next 2 ready after 6.0 s"
    )
    assert [one.sentence for one in chain.steps[1:3]] == [
        "payments/deployment api ran on node worker-1",
        "node worker-1: drained",
    ]
    assert chain.root.object == node("worker-1")


def test_nodes_drained_one_after_the_other_have_each_their_own_pods(opened: Opened) -> None:
    """A cluster is renewed: each drain tells of its pod, not of all that came until the end."""
    past = standing("worker-1", "worker-2", "worker-3")
    for number in (1, 2, 3):
        made(past, f"api-{number}", -50, f"worker-{number}")
    for number in (1, 2, 3):
        drained(past, f"worker-{number}", number, f"api-{number}")
        made(past, f"api-{number}b", number + 6 * SECOND, "worker-9")
    chains = told(opened(past))

    assert [one.root.object.name for one in chains] == ["worker-1", "worker-2", "worker-3"]
    assert {one.steps[0].sentence for one in chains} == {
        "payments/deployment api: 1 pod taken away, the next one ready after 4.0 s"
    }


def test_a_node_that_is_gone_leaves_what_nobody_makes_anew(opened: Opened) -> None:
    """Its pods are collected a minute later; only of the workload asked about is told."""
    past = standing("worker-1")
    made(past, "api-a", -50, "worker-1")
    made(past, "api-z", -50, "worker-2")
    made(past, "db-0", -50, "worker-1", owner=DB)
    past.delete(node("worker-1"), minutes(0), by=SARAH, via="kubectl delete node worker-1")
    for name, owner in (("api-a", API), ("api-z", API), ("db-0", DB)):
        gone(past, name, 1, owner)
    memory = opened(past)
    (chain,) = told(memory)

    assert [one.sentence for one in chain.symptoms] == [
        "data/deployment db: 1 pod taken away, none made in its place",
        "payments/deployment api: 1 pod taken away, none made in its place",
    ]
    (only,) = told(memory, namespace="payments")
    assert [one.object for one in only.symptoms] == [API]
    assert told(memory, namespace="elsewhere") == ()


def test_a_drain_belongs_to_the_window_in_which_its_first_pod_went(opened: Opened) -> None:
    """Not to that in which only the node was cordoned, nor to a later one."""
    past = standing("worker-1")
    made(past, "api-a", -50, "worker-1")
    drained(past, "worker-1", 0, "api-a")
    memory = opened(past)

    assert len(told(memory, 2 * SECOND, 4 * SECOND)) == 1
    assert told(memory, -1, 2 * SECOND) == ()
    assert told(memory, 4 * SECOND, 60) == ()


def test_what_is_accused_is_not_told_twice(opened: Opened) -> None:
    """Be it the cordon that is accused, or the eviction of one pod."""
    past = standing("worker-1")
    made(past, "api-a", -50, "worker-1")
    drained(past, "worker-1", 0, "api-a")
    cordon, eviction = past.records[-3:-1]
    memory = opened(past)

    assert told(memory, roots=(cordon.id,)) == ()  # type: ignore[union-attr]
    assert told(memory, roots=(eviction.id,)) == ()  # type: ignore[union-attr]
