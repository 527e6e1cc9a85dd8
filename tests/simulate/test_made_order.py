"""In which order pods of one second were made, as their nodes and the scheduler's messages tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from made_snapshots import deployment, node, of, pod, run, template

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.controllers.made_order import as_made
from kubectl_smart.simulate.scheduling.scheduler import Scheduler

LATER = "2026-11-23T02:50:41Z"


def _order(objects: list[Any]) -> list[str]:
    cluster = load(objects)
    pods = cluster.owned("uid-ReplicaSet-web-1")
    return [one.name for one in as_made(Scheduler(cluster, list, 0), pods)]


@pytest.mark.parametrize("places", [("small", "big"), ("big", "small")])
def test_the_pod_on_the_better_node_came_first(places: tuple[str, str]) -> None:
    """The emptier node was given away first, whatever the pods' names."""
    objects = [node("small", "2"), node("big", "8"), *deployment("web", places)]
    first = f"web-1-{places.index('big')}"
    assert _order(objects)[0] == first
    answer = run(objects, "kubectl scale deployment web -n shop --replicas=1")
    assert first not in [one.name for one in of(answer, "web")]


def test_what_was_made_later_does_not_count() -> None:
    """A node was empty when its pod came, though it is full now; what was there already counts."""
    objects = [node("small", "2"), node("big", "8"), *deployment("web", ["small", "big"])]
    heavy = pod("heavy", template("heavy", "7"), "big", creationTimestamp=LATER)
    assert _order([*objects, heavy]) == ["web-1-1", "web-1-0"]
    heavy = pod("heavy", template("heavy", "7"), "big")
    assert _order([*objects, heavy]) == ["web-1-0", "web-1-1"]


def test_placed_pods_came_before_pending_ones() -> None:
    """Those that were turned down follow in the order in which the scheduler wrote to them."""
    objects = [node("one", "1"), *deployment("web", [None, "one", None])]
    for one, version in zip(objects[-3:], ("30", "40", "20"), strict=True):
        one["metadata"]["resourceVersion"] = version
    assert _order(objects) == ["web-1-1", "web-1-2", "web-1-0"]


def test_seconds_come_before_all_else() -> None:
    """A pod made in a later second came later, however good its node."""
    objects = [node("small", "2"), node("big", "8"), *deployment("web", ["small", "big"])]
    objects[-1]["metadata"]["creationTimestamp"] = LATER
    assert _order(objects) == ["web-1-0", "web-1-1"]


def test_the_board_is_as_it_was() -> None:
    """Nothing stays moved or counted twice."""
    heavy = pod("heavy", template("heavy", "1"), "big", creationTimestamp=LATER)
    objects = [node("small", "2"), node("big", "8"), *deployment("web", ["small", "big"]), heavy]
    cluster = load(objects)
    scheduler = Scheduler(cluster, list, 0)
    used, pods = scheduler.board.used.copy(), _held(scheduler)
    as_made(scheduler, cluster.owned("uid-ReplicaSet-web-1"))
    assert np.array_equal(scheduler.board.used, used)
    assert _held(scheduler) == pods


def _held(scheduler: Scheduler) -> dict[str, set[Pod]]:
    board = scheduler.board
    return {name: set(board.pods[slot]) for name, slot in board.slots.items()}
