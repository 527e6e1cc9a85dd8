"""How much of the recorded scheduling cases anybody can foretell: what chance decided in them.

    python benchmarks/scheduling_ceiling.py ../shared/corpus/scheduling --draws 40

Every case is simulated again and again with everything drawn that nothing in a snapshot tells: when
the pod collector looks (and whether its quarantine is just over then), where Go begins a walk over
the pods of a ReplicaSet, how long each pod takes to end and to start, which equal node is taken. A
case in which a node was deleted is cut where it was recorded. What comes out most often is the best
that can be said; its share is how often it is right, if the model is. In which order pods of a
ReplicaSet were made is taken for known here, and pods are tried in the order of the simulation: the
true ceiling is lower.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from kubectl_smart.simulate.answers.model import Answer
from kubectl_smart.simulate.cluster.store import load
from kubectl_smart.simulate.commands import parse
from kubectl_smart.simulate.controllers import replicasets
from kubectl_smart.simulate.controllers.timings import DEFAULT, Timings
from kubectl_smart.simulate.controllers.walks import PLACES, by_insertion
from kubectl_smart.simulate.simulation import simulate

LATE = 0.25
"""How often the collector's second look comes just before its quarantine is over; it then takes the
third. Measured on a control plane of 1.36.2: one deletion in four took 60 to 80 s."""
T = TypeVar("T", bound=Hashable)
Workload = tuple[str, str, str]
Counted = tuple[int, int]


class Case(NamedTuple):
    """before: the snapshot; lines: what was run; waited: seconds until it was recorded."""

    name: str
    before: list[dict[str, Any]]
    lines: list[str]
    waited: float


class Ceiling(NamedTuple):
    """How often the likeliest comes: the old pods that stay; each workload that can change."""

    survivors: float
    touched: tuple[float, ...]


def cases(folder: Path) -> Iterator[Case]:
    """All recorded cases."""
    for path in sorted(folder.glob("*.json.gz")):
        raw = json.loads(gzip.decompress(path.read_bytes()))
        lines = [shlex.join(one["argv"]) for one in raw["commands"]]
        waited = max(_times(raw["after"])) - raw["started"]
        yield Case(path.name.partition(".")[0], raw["before"]["items"], lines, waited)


def _times(raw: Any) -> Iterator[float]:
    """Whatever instant an object names."""
    if isinstance(raw, dict):
        raw = list(raw.values())
    if isinstance(raw, list):
        for one in raw:
            yield from _times(one)
    elif isinstance(raw, str) and len(raw) in (20, 27) and raw[4:5] == "-" and raw[-1] == "Z":
        yield datetime.fromisoformat(raw).timestamp()


def drawn(draw: random.Random) -> Callable[..., list[Any]]:
    """In place of the likeliest: those that one drawn walk meets first."""

    def first(
        members: Sequence[T],
        sorted_too: Callable[[T], bool],
        before: Callable[[T, T], bool],
        number: int,
    ) -> list[T]:
        walk = list(members)
        if len(walk) > PLACES:
            draw.shuffle(walk)
        start = draw.randrange(PLACES)
        return by_insertion(filter(sorted_too, walk[start:] + walk[:start]), before)[:number]

    return first


def timings(case: Case, draw: random.Random) -> Timings:
    """When the collector looks, and when somebody writes down what there is."""
    if "delete node" not in case.lines[0]:
        return DEFAULT
    late = DEFAULT.gc_tick if draw.random() < LATE else 0.0
    return Timings(
        gc_tick=2 * draw.uniform(0, DEFAULT.gc_tick),
        gc_quarantine=DEFAULT.gc_quarantine + late,
        horizon=case.waited,
    )


def ceiling(case: Case, draws: int) -> Ceiling:
    """Of one case."""
    cluster = load(case.before)
    old = set(cluster.pods)
    was = _counts(
        (pod.namespace, cluster.top(pod), pod.name, pod.node)
        for pod in cluster.pods.values()
        if not pod.finished
    )
    stayed: Counter[frozenset[Any]] = Counter()
    counted: list[dict[Workload, Counted]] = []
    for number in range(draws):
        draw = random.Random(f"{case.name} {number}")
        replicasets.likeliest = drawn(draw)  # type: ignore[assignment]  # drawn anew
        answer = simulate(
            load(case.before),
            [parse(line) for line in case.lines],
            seed=number,
            timings=timings(case, draw),
        )
        stayed[frozenset(_kept(answer) & old)] += 1
        counted.append(
            _counts((one.namespace, one.owner, one.name, one.node) for one in answer.pods)
        )
    touched = []
    for key in sorted({key for one in (was, *counted) for key in one}):
        found = Counter(one.get(key) for one in counted)
        if found.keys() != {was.get(key)}:
            touched.append(max(found.values()) / draws)
    return Ceiling(max(stayed.values()) / draws, tuple(touched))


def _kept(answer: Answer) -> set[tuple[str, str]]:
    """Pods at the end, but those that come back under their names."""
    return {
        (one.namespace, one.name)
        for one in answer.pods
        if one.owner is None or one.owner[0] != "StatefulSet"
    }


def _counts(
    pods: Iterable[tuple[str, tuple[str, str] | None, str, str | None]],
) -> dict[Workload, Counted]:
    """(bound, pending) pods of each workload, of (namespace, top-most controller, name, node)."""
    bound: Counter[Workload] = Counter()
    pending: Counter[Workload] = Counter()
    for namespace, top, name, node in pods:
        (bound if node else pending)[(namespace, *(top or ("Pod", name)))] += 1
    return {key: (bound[key], pending[key]) for key in bound.keys() | pending.keys()}


def at_least(chances: Sequence[float], wanted: int) -> float:
    """How likely so many of independent events are."""
    shares = [1.0]
    for chance in chances:
        shares = [
            (shares[at] * (1 - chance) if at < len(shares) else 0.0)
            + (shares[at - 1] * chance if at else 0.0)
            for at in range(len(shares) + 1)
        ]
    return sum(shares[wanted:])


def main() -> None:
    """Print the cases that chance decides, and what comes of all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=40)
    given = parser.parse_args()
    found: list[Ceiling] = []
    for case in cases(given.folder):
        one = ceiling(case, given.draws)
        found.append(one)
        if one.survivors < 1 or any(share < 1 for share in one.touched):
            wrong = sum(1 - share for share in one.touched)
            print(f"{case.name}: survivors {one.survivors:.2f}, workloads wrong {wrong:.2f}")
    survivors = [one.survivors for one in found]
    touched = [share for one in found for share in one.touched]
    print(
        json.dumps(
            {
                "cases": len(found),
                "survivors": round(sum(survivors) / len(survivors), 4),
                "survivors_at_least_0.98": round(at_least(survivors, _share(98, survivors)), 4),
                "workloads_that_may_change": len(touched),
                "touched": round(sum(touched) / len(touched), 4),
            }
        )
    )


def _share(percent: int, of: Sequence[float]) -> int:
    """So many per cent of them, rounded up."""
    return -(-percent * len(of) // 100)


if __name__ == "__main__":
    sys.exit(main())
