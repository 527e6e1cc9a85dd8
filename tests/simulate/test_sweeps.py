"""Which single loss hurts most."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from frail_cluster import frail_cluster
from made_snapshots import deployment, node, service

from kubectl_smart.memory.records.errors import BadInput, SmartError
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.sweeps import WHAT
from kubectl_smart.simulate.sweeps.forking import forked
from kubectl_smart.simulate.sweeps.sweep import SweepAnswer, sweep


def names(answer: SweepAnswer) -> list[str]:
    """The losses, the worst first."""
    return [one.case.name for one in answer.losses]


def test_nodes_are_ranked_by_what_their_loss_does() -> None:
    """A pod nobody makes again weighs more than lost data and pending pods; nothing comes last."""
    answer = sweep(load(frail_cluster()), "nodes")
    assert names(answer) == ["one", "two", "three"]
    one, two, three = (loss.toll for loss in answer.losses)
    assert one.lost == ("shop/alone",)
    assert (one.data, one.pending, one.services) == ((), (), ())
    assert two.data == ("shop/cache-1-0",)
    assert two.pending == ("shop/deployment/cache",)
    assert (two.services, two.down) == (("shop/cache",), ("shop/deployment/cache",))
    assert two.without is None
    assert not any(three.rank)


def test_a_zone_is_all_nodes_with_its_label() -> None:
    """Losing a zone is losing all of its nodes at once."""
    answer = sweep(load(frail_cluster()), "zones")
    found = {loss.case.name: loss for loss in answer.losses}
    assert sorted(found) == ["a", "b"]
    assert found["b"].case.pods == 2
    assert found["b"].case.lines == ("kubectl delete nodes -l topology.kubernetes.io/zone=b",)


def test_all_pods_of_a_workload_are_lost_in_one_instant() -> None:
    """A service of many pods is empty until the first new one is ready, however many they are."""
    objects = [node("one", "64"), *deployment("many", ["one"] * 60)]
    answer = sweep(load([*objects, service("many")]), "workloads")
    (loss,) = answer.losses
    assert loss.case.pods == 60
    assert loss.toll.services == ("shop/many",)
    assert loss.toll.without is not None
    assert loss.toll.without > 0
    assert loss.toll.pending == ()


@pytest.mark.parametrize("what", WHAT)
def test_the_answer_is_the_same_for_any_number_of_processes(what: str) -> None:
    """One process, or several that each know only some of the losses: equal to the last name."""
    objects = frail_cluster()
    alone = sweep(load(objects), what, processes=1, seed=3)
    assert sweep(load(objects), what, processes=3, seed=3) == alone


@pytest.mark.skipif(sys.platform != "linux", reason="a system that forks")
@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("what", WHAT)
def test_forks_say_the_same(what: str, processes: int) -> None:
    """A cluster that is made ready once, and forked for each loss, says what a new one says."""
    objects = frail_cluster()
    alone = sweep(load(objects), what, forks=False, seed=3)
    assert sweep(load(objects), what, processes=processes, forks=True, seed=3) == alone


@pytest.mark.skipif(sys.platform != "linux", reason="a system that forks")
def test_a_process_that_ends_without_an_answer_ends_the_sweep() -> None:
    """One sentence, and no process is left behind."""
    with pytest.raises(SmartError, match="ended without an answer"):
        list(forked(lambda case: os._exit(case), [0, 3, 0], 2))
    assert not multiprocessing.active_children()


_SLEEPING = """
import os, sys, time
from pathlib import Path
from kubectl_smart.simulate.sweeps.forking import forked

def one(case):
    Path(sys.argv[1], str(os.getpid())).touch()
    time.sleep(600)

list(forked(one, [1, 2, 3], 2))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="a system that forks")
def test_a_sweep_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    """Whoever simulates a loss ends with the sweep, in the middle of it."""
    with subprocess.Popen([sys.executable, "-c", _SLEEPING, str(tmp_path)]) as sweeping:
        _await(lambda: len(list(tmp_path.iterdir())) == 2)
        sweeping.kill()
    _await(lambda: not any(_runs(int(one.name)) for one in tmp_path.iterdir()))


def _await(held: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not held():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    """Whether a process is there, and not only its number that nobody asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_order_of_the_snapshot_does_not_matter() -> None:
    """Losses that do the same stand in the order of their names."""
    objects = [node(f"n{at}") for at in range(6)]
    mixed = random.Random(5).sample(objects, len(objects))
    assert names(sweep(load(objects), "nodes")) == names(sweep(load(mixed), "nodes"))


def test_every_loss_begins_with_the_same_cluster() -> None:
    """What one loss does is not there for the next, and the cluster stays as it was."""
    cluster = load(frail_cluster())
    first = sweep(cluster, "nodes")
    assert sweep(cluster, "nodes") == first
    assert cluster.kinds()["Node"] == 3


def test_progress_is_told_loss_by_loss() -> None:
    """(1, 3), (2, 3), (3, 3)."""
    told: list[tuple[int, int]] = []
    sweep(load(frail_cluster()), "nodes", told=lambda done, every: told.append((done, every)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_cluster_without_zones_is_told_so() -> None:
    """The sentence names the label."""
    bare = node("one")
    del bare["metadata"]["labels"]["topology.kubernetes.io/zone"]
    with pytest.raises(BadInput, match=r"no node has the label topology\.kubernetes\.io/zone"):
        sweep(load([bare]), "zones")
