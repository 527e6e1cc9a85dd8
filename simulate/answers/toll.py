"""What an answer comes to, in six lists and a time: what gates ask about, and sweeps rank by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from kubectl_smart.simulate.answers.model import (
    Answer,
    Outcome,
    PodEnd,
    Shortage,
    SinglePoint,
    WorkloadEnd,
)

ORDER = (
    "pods that nobody makes again", "pods that lose data", "pods that stay pending",
    "services without endpoints", "disruption budgets broken", "the longest time without endpoints",
)  # fmt: skip
"""By what losses are ranked, the first that differs decides."""


class Toll(NamedTuple):
    """Names as `namespace/name`; of workloads and their pods `namespace/kind/name`, or the pod's.

    lost      pods that nobody makes again
    data      pods, and claims that no pod used, whose data is gone or out of reach
    pending   of each new pod that stays pending, its workload
    refused   of each pod that a quota or limit refuses, its workload
    services  those that have no endpoint at some time
    budgets   those that end broken
    blocked   budgets that refused an eviction
    down      workloads that had ready pods and end without any; a Job that ends is none of them
    failed    Jobs that fail
    without   the longest time that a service has no endpoint, seconds; None: one gets none again
    """

    lost: tuple[str, ...]
    data: tuple[str, ...]
    pending: tuple[str, ...]
    refused: tuple[str, ...]
    services: tuple[str, ...]
    budgets: tuple[str, ...]
    blocked: tuple[str, ...]
    down: tuple[str, ...]
    failed: tuple[str, ...]
    without: float | None

    @property
    def rank(self) -> tuple[float, ...]:
        """By ORDER; the greater, the worse."""
        waiting = (*self.pending, *self.refused)
        sizes = (self.lost, self.data, waiting, self.services, self.budgets)
        longest = float("inf") if self.without is None else self.without
        return (*(float(len(one)) for one in sizes), longest)


def toll(answer: Answer) -> Toll:
    """What it comes to."""
    empty = [one for one in answer.services if one.empty is not None]
    return Toll(
        lost=_once(f"{one.namespace}/{one.pod}" for one in answer.lost if one.what == "pod"),
        data=_once(f"{one.namespace}/{one.pod}" for one in answer.lost if one.what != "pod"),
        pending=tuple(owner_of(one) for one in answer.pods if one.outcome == Outcome.PENDING),
        refused=tuple(title_of(one) for one in answer.refused for _ in range(one.missing)),
        services=tuple(f"{one.namespace}/{one.name}" for one in empty),
        budgets=tuple(f"{one.namespace}/{one.name}" for one in answer.budgets if one.broken),
        blocked=tuple(f"{one.namespace}/{one.name}" for one in answer.budgets if one.blocked),
        down=tuple(title_of(one) for one in answer.workloads if _ends_down(one)),
        failed=tuple(title_of(one) for one in answer.workloads if _fails(one)),
        without=_longest(one.empty for one in empty if one.empty is not None),
    )


def counted(names: Iterable[str]) -> list[tuple[str, int]]:
    """(name, how often) of each, as they come."""
    return list(Counter(names).items())


def owner_of(pod: PodEnd) -> str:
    """The workload of a pod: `shop/deployment/api`; `shop/api` for a pod of its own."""
    if pod.owner is None:
        return f"{pod.namespace}/{pod.name}"
    return f"{pod.namespace}/{pod.owner[0].lower()}/{pod.owner[1]}"


def title_of(one: WorkloadEnd | Shortage | SinglePoint) -> str:
    """`shop/deployment/api`."""
    return f"{one.namespace}/{one.kind.lower()}/{one.name}"


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _ends_down(one: WorkloadEnd) -> bool:
    works = one.kind in ("Job", "CronJob")
    return not works and one.before.ready > 0 and one.after.ready == 0


def _fails(one: WorkloadEnd) -> bool:
    return one.kind == "Job" and one.failed is not None


def _longest(spans: Iterable[tuple[float, float | None]]) -> float | None:
    """0.0 if there are none."""
    longest = 0.0
    for since, until in spans:
        if until is None:
            return None
        longest = max(longest, until - since)
    return round(longest, 3)
