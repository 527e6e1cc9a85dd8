"""In which order the pods of a controller were made, where the seconds of a snapshot do not tell.

The scheduler takes them in that order and gives each the best node that is left. So, of pods made
within one second, the one on the node that it would have liked best came first; and those that it
placed came before those that it could not, to which it then wrote in that order. A guess, and a
better one than a draw: README.md has the figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from kubectl_smart.simulate.cluster.pods import Pod
from kubectl_smart.simulate.scheduling.scheduler import Scheduler


def as_made(scheduler: Scheduler, pods: Iterable[Pod]) -> list[Pod]:
    """The pods of one controller, as far as it can be told in the order in which they were made."""
    found: list[Pod] = []
    for _, group in groupby(sorted(pods, key=_created), key=_created):
        together = list(group)
        placed = [pod for pod in together if pod.old and _slot(scheduler, pod) is not None]
        found += _as_placed(scheduler, placed) if len(placed) > 1 else placed
        others = [pod for pod in together if pod not in placed]
        found += sorted(others, key=lambda pod: pod.version)
    return found


def _created(pod: Pod) -> float:
    return pod.created


def _slot(scheduler: Scheduler, pod: Pod) -> int | None:
    """Where on the board a pod is, if it is."""
    slot = scheduler.board.slots.get(pod.node or "")
    return slot if slot is not None and pod in scheduler.board.pods[slot] else None


def _as_placed(scheduler: Scheduler, pods: list[Pod]) -> list[Pod]:
    """Pods of one second as the scheduler would have given them these nodes, one after the other.

    What was made later is taken off their nodes while that is looked at.
    """
    board = scheduler.board
    where = {pod: board.slots[pod.node or ""] for pod in pods}
    away = {
        pod: slot
        for slot in sorted(set(where.values()))
        for pod in board.pods[slot]
        if pod.created > pods[0].created or pod in where
    }
    for pod in away:
        board.remove(pod)
    left, order = list(pods), list[Pod]()
    while left:
        slots = np.array(sorted({where[pod] for pod in left}))
        best = set(slots[scheduler.rated(left[0], slots).best].tolist())
        pod = next(one for one in left if where[one] in best)
        left.remove(pod)
        order.append(pod)
        board.add(pod, away.pop(pod))
    for pod, slot in away.items():
        board.add(pod, slot)
    return order
