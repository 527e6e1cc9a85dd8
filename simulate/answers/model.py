"""What a simulation answers. Data only; faces write it, and decide nothing."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.memory.answers.operations import SimilarPast

Name = tuple[str, str]
"""(kind, name) of a top-most controller."""


class Said(NamedTuple):
    """A command as it was understood.

    refused  what kubectl would say instead of doing a part, or all of it
    at       when it was given, seconds since the first
    done     whether it was done; else all of it was refused
    idle     whether it asks for nothing: all is so already, or nothing is chosen by it
    """

    text: str
    refused: tuple[str, ...]
    at: float = 0.0
    done: bool = True
    idle: bool = False


class PodEnd(NamedTuple):
    """A pod that exists at the end, and has not finished.

    node     None while it is pending
    outcome  one of `Outcome`'s words
    message  of its PodScheduled condition, while it is pending
    tied     the nodes that were as good as the one it went to
    """

    namespace: str
    name: str
    owner: Name | None
    node: str | None
    outcome: str
    message: str | None
    tied: tuple[str, ...]


class Outcome:
    """The words for what became of a pod."""

    KEPT = "kept"
    PLACED = "placed"
    PENDING = "pending"
    STILL_PENDING = "still pending"
    ENDING = "ending"
    ORPHANED = "orphaned"


class Counts(NamedTuple):
    """Pods of a workload."""

    bound: int
    pending: int
    ready: int


class Failure(NamedTuple):
    """When a workload was declared failed, seconds since the command, and the reason.

    anyway  nothing happened to its pods: a rollout that was stuck before fails without the command
    """

    at: float
    reason: str
    anyway: bool = False


class WorkloadEnd(NamedTuple):
    """A workload before and after; least: the fewest ready pods on the way, and since when.

    failed  a Job that has failed, or a rollout that has made no progress for too long and goes on
    """

    namespace: str
    kind: str
    name: str
    wanted: int | None
    before: Counts
    after: Counts
    least: int
    least_at: float
    failed: Failure | None = None


class Stage(NamedTuple):
    """Something that happens to a number of pods.

    begin, end       seconds since the command, as simulated
    earliest, latest how far the controllers' own intervals let it move
    pods             (namespace, name), in order
    command          the number of the newest command that was given before it began, from 1
    """

    name: str
    begin: float
    end: float
    earliest: float
    latest: float
    pods: tuple[tuple[str, str], ...]
    detail: str
    command: int = 1


class Caller(NamedTuple):
    """Who calls a service, or routes to it; how: "calls" or "routes"."""

    namespace: str
    kind: str
    name: str
    how: str


class Point(NamedTuple):
    """Pods of the workloads that anything happens to, from `at` (seconds since the command) on.

    cut_off  they run on a node that is gone, and nobody hears of them
    """

    at: float
    ready: int
    starting: int
    pending: int
    ending: int
    cut_off: int


class ServiceEnd(NamedTuple):
    """Endpoints of a service: ready pods before, at the worst moment, and after.

    empty    (from, to) for which there was none; `to` None if it stays so
    callers  who calls one that has none, as far as a memory knows
    beside   endpoints among them that others than the endpoint controller wrote: taken to stay
    """

    namespace: str
    name: str
    before: int
    least: int
    after: int
    empty: tuple[float, float | None] | None
    callers: tuple[Caller, ...] = ()
    beside: int = 0


class BudgetEnd(NamedTuple):
    """A disruption budget. blocked: pods whose eviction it refused; broken: healthy < desired."""

    namespace: str
    name: str
    desired: int
    healthy_before: int
    healthy_least: int
    healthy_after: int
    allowed_after: int
    broken: bool
    blocked: tuple[str, ...]


class Shortage(NamedTuple):
    """Pods that a workload is short of at the end, refused by a quota or limit in these words."""

    namespace: str
    kind: str
    name: str
    missing: int
    message: str


class SinglePoint(NamedTuple):
    """What a workload or service has all its ready pods in.

    what   "pod", "node" or "zone", and its name
    pods   how many
    met    it had, and was struck: for some time none was ready; else it has now, and had not before
    """

    namespace: str
    kind: str
    name: str
    what: str
    place: str
    pods: int
    met: bool


class Loss(NamedTuple):
    """What is gone for good, or out of reach: a pod nobody makes again, or data.

    pod   its name; "claim NAME" for a claim that no pod used
    what  "pod", "emptyDir", "hostPath", "volume" or "local volume"
    """

    namespace: str
    pod: str
    owner: Name | None
    what: str
    detail: str


class Ground(NamedTuple):
    """What a simulation began from.

    source  "snapshot", "memory" or "live"
    place   the file, the commits of the memory, or the kubeconfig context ("": the current one)
    at      the instant of the state, microseconds since 1970-01-01 UTC; None: not known
    heard   until when something was heard of it, the same unit; None: not known
    lacks   what is not known of the cluster, in sentences
    """

    source: str
    place: str
    at: int | None
    heard: int | None
    lacks: tuple[str, ...]


class Deed(NamedTuple):
    """One thing that the commands did. operation: as in `memory.formats.operations`."""

    operation: str
    kind: str
    namespace: str
    name: str


class Confidence(NamedTuple):
    """How far an answer depends on what is drawn.

    draws      so many seeds were tried, that of the answer included
    alike      so many of them end as the answer does
    differing  what ends otherwise in others, the most frequent first
    """

    draws: int
    alike: int
    differing: tuple[str, ...]


class Answer(NamedTuple):
    """All of it.

    settled     False if the horizon came before everything was quiet
    confidence  None where it was not looked at: a cluster of more than 5,000 pods
    """

    commands: tuple[Said, ...]
    pods: tuple[PodEnd, ...]
    workloads: tuple[WorkloadEnd, ...]
    stages: tuple[Stage, ...]
    services: tuple[ServiceEnd, ...]
    budgets: tuple[BudgetEnd, ...]
    lost: tuple[Loss, ...]
    similar: tuple[SimilarPast, ...]
    not_modelled: tuple[str, ...]
    nodes: tuple[int, int]
    seconds: float
    settled: bool
    seed: int
    course: tuple[Point, ...] = ()
    deeds: tuple[Deed, ...] = ()
    ground: Ground | None = None
    confidence: Confidence | None = None
    refused: tuple[Shortage, ...] = ()
    single_points: tuple[SinglePoint, ...] = ()
