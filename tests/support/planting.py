"""Plants one outage into a made-up cluster: what every kind of it is made of."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from built_memory import MINUTE, START
from made_cluster import DAY, HOUR, SECOND, Cluster, Part
from ordinary_work import (
    anybody,
    days,
    main_of,
)
from shifted_metrics import shift

from kubectl_smart.memory.graph.symptoms import Symptom
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef

END = START + 14 * DAY
"""Until here the base is ordinary work."""


class Case(NamedTuple):
    """One outage, or trouble that no change caused.

    asked, symptom, at   what somebody on call asks, and when
    began                when trouble began at the place of the fault
    root                 the change that caused it; None if none did
    paths                every true way from what is asked about to what was changed
    """

    kind: str
    cluster: Cluster
    asked: ObjectRef
    symptom: Symptom
    at: int
    began: int
    root: Change | None
    paths: list[list[ObjectRef]]


class Fault(NamedTuple):
    """What a kind of outage did.

    tail     the objects behind the workload at fault, down to what was changed
    spreads  "errors", "latency" or "": how callers suffer
    at       the workload, the Service, or what callers suffer through
    pods     what is seen on its pods; None if nothing
    """

    part: Part
    root: Change | None
    tail: list[ObjectRef]
    spreads: str
    pods: Symptom | None = None
    via_service: bool = False
    asked: Part | None = None


class Planting:
    """Plants one outage; `begins` is when trouble begins at its place."""

    def __init__(self, cluster: Cluster, seed: int, late: int, deaf: float) -> None:
        self.cluster = cluster
        self.rng = random.Random(seed)
        self.late = late
        names = sorted(cluster.parts)
        self.deaf = set(random.Random(f"{seed} deaf").sample(names, round(deaf * len(names))))
        self.begins = END + int(self.rng.uniform(1, 10) * HOUR)
        self.by = anybody(cluster)
        self.changed_at = 0

    def lag(self, least: float, most: float) -> float:
        """Seconds; not so many that it was before the base ended."""
        return self.rng.uniform(least, min(most, (self.begins - END) / SECOND - 60))

    def part(self, *layers: str, **flags: bool) -> Part:
        """One that somebody calls."""
        found = [
            one
            for one in self.cluster.parts.values()
            if one.layer in layers
            and (one.layer == "edge" or any(self.cluster.callers(one.name)))
            and all(getattr(one, key) == value for key, value in flags.items())
        ]
        return self.rng.choice(found)

    def work_until(self, at: int, *spared: Part) -> None:
        """Ordinary work goes on, as everywhere; from here on not on those that break."""
        days(self.cluster, END, at)
        self.changed_at = at
        names = {one.name for one in spared}
        rest = Cluster.fork(self.cluster, self.rng.randrange(1 << 30))
        self.cluster.rng = rest.rng
        kept = dict(self.cluster.parts)
        self.cluster.parts = {key: one for key, one in kept.items() if key not in names}
        self.later = kept

    def go_on(self) -> None:
        """And after the change, on all others."""
        days(self.cluster, self.changed_at, self.begins + 40 * MINUTE)
        self.cluster.parts = self.later

    # --- what is seen -----------------------------------------------------------------------

    def measured(self, ref: ObjectRef, metric: str, factor: float, after: float = 0) -> None:
        """A shift at the place of the fault; after: seconds."""
        self.shifts(ref, metric, self.begins + int(after * SECOND), factor)

    def shifts(self, ref: ObjectRef, metric: str, at: int, factor: float) -> None:
        """A metric shifts, if anybody hears those of the service."""
        if ref.name not in self.deaf:
            shift(self.cluster, self.rng, ref, metric, at, factor, late=self.late)

    def crash(
        self, part: Part, pods: list[ObjectRef], kind: str, *, lasts: int = 20, message: str = ""
    ) -> None:
        """Pods fail, and go on failing."""
        for number, pod in enumerate(pods):
            at = self.begins + int((number * 8 + self.rng.uniform(0, 4)) * SECOND)
            self.cluster.sees(pod, part.workload, at, kind, until=at + lasts * MINUTE, count=9,
                              source="pod status", message=message)  # fmt: skip
            if kind in ("Error", "OOMKilled"):
                self.cluster.sees(
                    pod, part.workload, at + 12 * SECOND, "CrashLoopBackOff",
                    until=at + lasts * MINUTE, count=6, source="pod status",
                )  # fmt: skip

    def edit(self, ref: ObjectRef, lag: float, how: Callable[[dict[str, Any]], None]) -> Change:
        """The change that breaks it, so many seconds before; ordinary work until then."""
        return self.cluster.edit(ref, self.begins - int(lag * SECOND), self.by, how,
                                 via="kubectl apply")  # fmt: skip

    def rollout(
        self, part: Part, lag: float, how: Callable[[dict[str, Any]], None], *others: Part
    ) -> tuple[Change, list[ObjectRef]]:
        """The template is changed and the pods are replaced; the new ones."""
        self.work_until(self.begins - int(lag * SECOND), part, *others)
        root = self.edit(part.workload, lag, how)
        return root, self.cluster.rolled(part.workload, self.changed_at, 4 * SECOND)


def set_to(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets one member of the container."""

    def how(state: dict[str, Any]) -> None:
        main_of(state)[key] = value

    return how


def homeless(p: Planting, part: Part, pods: list[ObjectRef], message: str) -> None:
    """Pods wait for a node, and the scheduler says why."""
    for number, pod in enumerate(pods):
        at = p.begins + number * SECOND
        p.cluster.sees(pod, part.workload, at, "FailedScheduling", until=at + 15 * MINUTE, count=8,
                       message=message)  # fmt: skip


def on_node(p: Planting) -> tuple[str, Part]:
    """A node, and a service that had a pod there."""
    here: dict[str, list[Part]] = {}
    for part in p.cluster.parts.values():
        for _, node in p.cluster.pods.get(part.workload, ()):
            if node and node not in p.cluster.shut and part.layer in ("domain", "api"):
                here.setdefault(node, []).append(part)
    node = p.rng.choice(sorted(here))
    return node, p.rng.choice(here[node])
