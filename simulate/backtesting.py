"""A past operation predicted from the cluster just before it, and compared with what came.

Compared are, for each workload that lost or got pods in either: how many are bound and how many
pending at the same instant, and which of the pods that were there before went. A workload to which
something else was done meanwhile, or whose node went, is no test of the prediction: it is told
apart, whether it came as predicted or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kubectl_smart.memory.formats.operations import CORDON, DELETE, DRAIN, UNCORDON
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.simulate.answers.before import Workload, workload_of
from kubectl_smart.simulate.cluster.store import Cluster, load
from kubectl_smart.simulate.commands import Delete, Effect, Put, effects, parse
from kubectl_smart.simulate.controllers.timings import DEFAULT, Timings
from kubectl_smart.simulate.simulation import react

_NO_TIME = datetime.fromtimestamp(0, UTC)
"""Nothing is stamped by these commands."""

Places = dict[str, str | None]
"""The pods of a workload that are to stay: name -> node, None while pending."""


class Operation(NamedTuple):
    """What was done, and when; made: the object afterwards, None where it is gone or a drain.

    at, until  microseconds since 1970-01-01 UTC
    """

    operation: str
    object: ObjectRef
    made: dict[str, Any] | None
    at: int
    until: int


class Counted(NamedTuple):
    """The pods of a workload; went: of those that were there before, the ones that are not now."""

    bound: int
    pending: int
    went: tuple[str, ...]


class Other(NamedTuple):
    """Another decision. object: the workload or the node it was about; at: microseconds."""

    at: int
    object: ObjectRef
    word: str
    sentence: str


class Row(NamedTuple):
    """One workload.

    disturbed  what else was done to it until the comparison: then it is no test
    why        of a miss: what may have made the difference, in sentences
    """

    namespace: str
    kind: str
    name: str
    before: Counted
    predicted: Counted
    actual: Counted
    disturbed: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def counts_right(self) -> bool:
        """Whether as many pods were bound and pending as predicted."""
        return self.predicted[:2] == self.actual[:2]

    @property
    def pods_right(self) -> bool:
        """Whether the very pods went that were predicted to."""
        return self.predicted.went == self.actual.went


def predicted(
    before: Iterable[dict[str, Any]],
    after: Iterable[dict[str, Any]],
    done: Operation,
    meanwhile: Sequence[Other] = (),
    earlier: Sequence[Other] = (),
    *,
    seed: int = 0,
    timings: Timings = DEFAULT,
) -> tuple[Row, ...]:
    """The workloads that were touched, as predicted and as they were.

    meanwhile  what else was decided until the comparison, without the operation itself
    earlier    what was decided shortly before it
    """
    cluster = load(before)
    first = _places(cluster)
    seconds = (done.until - done.at) / 1_000_000
    answer = react(
        cluster,
        _asked(cluster, done),
        seed=seed,
        epoch=done.at / 1_000_000,
        timings=replace(timings, horizon=seconds),
    )
    end = load(after)
    moving = _moving(end) | (set() if answer.settled else _moving(cluster))
    mine, theirs = _places(cluster), _places(end)
    rows = []
    for key in sorted(first.keys() | mine.keys() | theirs.keys()):
        was = first.get(key, {})
        said, true = _counted(was, mine.get(key, {})), _counted(was, theirs.get(key, {}))
        start = _counted(was, was)
        if said == start and true == start:
            continue
        nodes = {node for place in (was, mine.get(key, {})) for node in place.values()}
        disturbed = tuple(one.sentence for one in meanwhile if _touches(one, key, nodes))
        row = Row(*key, start, said, true, disturbed, ())
        if said != true and not disturbed:
            row = row._replace(why=tuple(_why(row, done, seconds, moving, meanwhile, earlier)))
        rows.append(row)
    return tuple(rows)


def _touches(other: Other, key: Workload, nodes: Collection[str | None]) -> bool:
    """Whether a decision was about a workload, or took a node from under it."""
    ref = other.object
    if ref.kind == "Node":
        return other.word == DELETE and ref.name in nodes
    return (ref.namespace, ref.kind, ref.name) == key


def _why(
    row: Row,
    done: Operation,
    seconds: float,
    moving: Collection[Workload],
    meanwhile: Iterable[Other],
    earlier: Iterable[Other],
) -> Iterator[str]:
    """What may have made a difference."""
    key = (row.namespace, row.kind, row.name)
    before = [one for one in earlier if _touches(one, key, ())]
    if before:
        ago = (done.at - before[-1].at) / 1_000_000
        yield f"{ago:.1f} s before, and perhaps still going on: {before[-1].sentence}"
    if key in moving:
        yield f"its pods were still moving when it was compared, {seconds:.1f} s afterwards"
    if row.counts_right and len(row.predicted.went) == len(row.actual.went):
        yield "as many went; which of them is drawn where they are equal"
    for one in meanwhile:
        if one.object.kind == "Node":
            yield f"meanwhile: {one.sentence}"


def _moving(cluster: Cluster) -> set[Workload]:
    """The workloads with pods that end, or are not ready yet."""
    return {
        workload_of(pod, cluster.top(pod))
        for pod in cluster.pods.values()
        if not pod.finished and (pod.deleting is not None or pod.ready is None)
    }


def _asked(cluster: Cluster, done: Operation) -> list[Effect]:
    """What the operation asked of the API."""
    name = done.object.name
    if done.operation == DRAIN:
        line = f"kubectl drain {name} --ignore-daemonsets --delete-emptydir-data --force"
        return list(effects(parse(line), cluster, _NO_TIME))
    if done.operation in (CORDON, UNCORDON):
        return list(effects(parse(f"kubectl {done.operation} {name}"), cluster, _NO_TIME))
    if done.made is None:
        return [Delete(done.object.kind, done.object.namespace, name)]
    return [Put(done.made)]


def _places(cluster: Cluster) -> dict[Workload, Places]:
    found: dict[Workload, Places] = {}
    for pod in cluster.pods.values():
        if pod.active:
            key = workload_of(pod, cluster.top(pod))
            found.setdefault(key, {})[pod.name] = pod.node
    return found


def _counted(was: Places, now: Places) -> Counted:
    bound = sum(node is not None for node in now.values())
    return Counted(bound, len(now) - bound, tuple(sorted(was.keys() - now.keys())))
