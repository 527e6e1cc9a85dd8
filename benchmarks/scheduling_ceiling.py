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
from collections.abc import Callable, Hashable, Iterator, Sequence
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


class Case(NamedTuple):
    """before: the snapshot; lines: what was run; waited: seconds until it was recorded."""

    name: str
    before: list[dict[str, Any]]
    lines: list[str]
    waited: float


class Ceiling(NamedTuple):
    """How often the likeliest outcome comes: the old pods that stay; each workload that changes."""

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
    old = {
        (one["metadata"]["namespace"], one["metadata"]["name"])
        for one in case.before
        if one["kind"] == "Pod"
    }
    stayed: Counter[frozenset[Any]] = Counter()
    counted: list[Counter[Workload]] = []
    for number in range(draws):
        draw = random.Random(f"{case.name} {number}")
        replicasets.likeliest = drawn(draw)  # type: ignore[assignment]
        answer = simulate(
            load(case.before),
            [parse(line) for line in case.lines],
            seed=number,
            timings=timings(case, draw),
        )
        stayed[frozenset(_kept(answer) & old)] += 1
        counted.append(_counts(answer))
    workloads = {key for one in counted for key in one}
    shares = [Counter(one[key] for one in counted) for key in sorted(workloads)]
    return Ceiling(
        max(stayed.values()) / draws,
        tuple(max(one.values()) / draws for one in shares if len(one) > 1),
    )


def _kept(answer: Answer) -> set[tuple[str, str]]:
    """Pods at the end, but those that come back under their names."""
    return {
        (one.namespace, one.name)
        for one in answer.pods
        if one.owner is None or one.owner[0] != "StatefulSet"
    }


def _counts(answer: Answer) -> Counter[Workload]:
    """Bound pods of each workload."""
    return Counter(
        (one.namespace, *(one.owner or ("Pod", one.name))) for one in answer.pods if one.node
    )


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
        if one.survivors < 1 or one.touched:
            print(case.name, f"survivors {one.survivors:.2f}", "workloads", one.touched, flush=True)
    chances = [one.survivors for one in found]
    bar = -(-98 * len(chances) // 100)
    doubtful = [share for one in found for share in one.touched]
    print(
        json.dumps(
            {
                "cases": len(chances),
                "survivors": round(sum(chances) / len(chances), 4),
                "survivors_bar_reached": round(at_least(chances, bar), 4),
                "doubtful_workloads": len(doubtful),
                "of_these_wrong": round(sum(1 - share for share in doubtful), 2),
            }
        )
    )


if __name__ == "__main__":
    sys.exit(main())
