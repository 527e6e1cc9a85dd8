"""Which single loss hurts most: each is simulated by itself, and they are ranked by their toll.

No simulation sees another's traces, and so the answer is the same for any number of processes: a
small cluster is kept as bytes from which each loss begins anew; a large one is made ready once,
and each loss runs in a fork (`forking`). A loss is at once: its objects go in one instant, not one
after the other as kubectl would delete them.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import connection, get_context, parent_process
from typing import NamedTuple

from kubectl_smart.simulate.answers.limits import not_modelled
from kubectl_smart.simulate.answers.model import Ground
from kubectl_smart.simulate.answers.toll import Toll, toll
from kubectl_smart.simulate.cluster.store import Cluster
from kubectl_smart.simulate.commands import parse
from kubectl_smart.simulate.controllers.timings import DEFAULT, Timings
from kubectl_smart.simulate.simulation import Begun, begin, carry_out
from kubectl_smart.simulate.sweeps.cases import Case, cases
from kubectl_smart.simulate.sweeps.forking import forked

_LARGE = 5_000
"""Pods of a cluster from which on forks cost less than beginning anew."""
_ALONE = 100_000
"""Pods of all simulations together below which further processes cost more than they save."""
_SELDOM = 500_000
"""Containers made and not yet freed before garbage is looked for, as the command line has it."""
Told = Callable[[int, int], None]
"""(losses simulated, all of them)"""


class Loss(NamedTuple):
    """A loss, and what it comes to. settled: False if the simulated time ended before all quiet."""

    case: Case
    toll: Toll
    settled: bool


_Work = Callable[[Case], Loss]


class SweepAnswer(NamedTuple):
    """All losses, the worst first. what: one of `sweeps.WHAT`; ground: as of an `Answer`."""

    what: str
    losses: tuple[Loss, ...]
    nodes: int
    pods: int
    not_modelled: tuple[str, ...]
    seed: int
    ground: Ground | None = None


def sweep(
    cluster: Cluster,
    what: str,
    *,
    seed: int = 0,
    epoch: float | None = None,
    processes: int | None = None,
    forks: bool | None = None,
    told: Told = lambda _done, _all: None,
) -> SweepAnswer:
    """Every single loss of a kind, ranked by `toll.ORDER`, then by name.

    epoch      when it happens, as `simulate` takes it
    processes  None: as many as there are processors, if there is enough to do for them
    forks      None: where the system has them and the cluster is large
    """
    found = cases(cluster, what)
    if processes is None:
        processes = 1 if len(found) * len(cluster.pods) < _ALONE else _processors()
    processes = min(processes, len(found))
    if forks is None:
        forks = sys.platform == "linux" and len(cluster.pods) >= _LARGE
    timings = replace(DEFAULT, kubectl=0.0)
    simulated: Iterator[Loss]
    if forks:
        begun = begin(cluster, timings=timings, seed=seed, epoch=epoch)
        begun.plane.world.scheduler.prepare()
        simulated = forked(partial(_of, begun), found, processes)
    else:
        kept = pickle.dumps(cluster, pickle.HIGHEST_PROTOCOL)
        simulated = _simulated(partial(_one, kept, timings, seed, epoch), found, processes)
    losses = []
    for loss in simulated:
        losses.append(loss)
        told(len(losses), len(found))
    return SweepAnswer(
        what,
        tuple(sorted(losses, key=lambda one: (*(-part for part in one.toll.rank), one.case.name))),
        cluster.kinds().get("Node", 0),
        len(cluster.pods),
        not_modelled(cluster),
        seed,
    )


def _processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _simulated(one: _Work, found: Sequence[Case], processes: int) -> Iterator[Loss]:
    """In the order of the cases."""
    if processes <= 1:
        yield from map(one, found)
        return
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin, (one,))
    try:
        yield from pool.map(_in_worker, found)
    finally:
        pool.shutdown(cancel_futures=True)


def _one(kept: bytes, timings: Timings, seed: int, epoch: float | None, case: Case) -> Loss:
    cluster = pickle.loads(kept)  # noqa: S301 - bytes of our own
    return _of(begin(cluster, seed=seed, timings=timings, epoch=epoch), case)


def _of(begun: Begun, case: Case) -> Loss:
    answer = carry_out(begun, [parse(line) for line in case.lines], whole=False)
    return Loss(case, toll(answer), answer.settled)


# --- in a process of its own --------------------------------------------------------------

_work: list[_Work] = []


def _begin(one: _Work) -> None:
    gc.set_threshold(_SELDOM)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began the sweep ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _work.append(one)


def _end_with_parent() -> None:
    """A sweep that is killed leaves no process behind."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _in_worker(case: Case) -> Loss:
    return _work[-1](case)
