"""Planted outages: how often the cause, its editor and the way to it are found, and how often not.

    python benchmarks/outages.py --seeds 10 --each 1 --folder /tmp/bench/outages

Every seed is a cluster of some fifty services with a fortnight of ordinary work behind it (see
`tests/support/planted_outages.py`); every case is one outage planted into it, or trouble that no
change caused, recorded by the real recorder into a memory of its own and asked about as somebody
on call would. Beside each figure stand what a blind guess and a simple rule reach.
"""

from __future__ import annotations

import argparse
import json
import pickle
import shutil
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from made_cluster import MINUTE, SECOND, Cluster
from planted_outages import CAUSED, UNCAUSED, Case, base_of, plant

from kubectl_smart.memory.answers.causes import Chain, StepKind
from kubectl_smart.memory.graph.reach import reach
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.store.git_store import GitStore

UNCAUSED_PART = 0.25


class Score(NamedTuple):
    """Of one case; root and editor False where nothing was accused.

    blind  how likely a blind guess among the changes of the last day within reach is right
    floor  whether the newest change within reach before the onset is the root
    """

    kind: str
    seed: int
    caused: bool
    accused: bool
    root: bool
    editor: bool
    edges: float
    replay_root: bool
    replay_accused: bool
    blind: float
    floor: bool
    seconds: float
    said: str = ""


def score(case: Case, memory: Memory, *, replay: bool = True) -> Score:
    """Asks, and compares with the truth; replay: also for all causes of the hour."""
    began = time.perf_counter()
    answer = trace(memory.store, memory.index, ties_of(memory.index), ref=case.asked,
                   symptom=case.symptom, at=case.at)  # fmt: skip
    seconds = time.perf_counter() - began
    found = causes(memory.store, memory.index, ties_of(memory.index),
                   since=case.began - 10 * MINUTE,
                   until=case.began + 40 * MINUTE).chains if replay else ()  # fmt: skip
    chain = answer.causes.chains[0] if answer.causes.chains else None
    root = case.root
    blind, floor = _floor(case, memory, answer.onset[1])
    return Score(
        case.kind, 0, root is not None, chain is not None, _is(chain, root),
        chain is not None and root is not None and chain.root.actor == root.actor,
        _edges(chain, case.paths) if root is not None else 0.0,
        any(_is(one, root) for one in found[:1]), bool(found), blind, floor, seconds,
        _said(chain, case),
    )  # fmt: skip


def _is(chain: Chain | None, root: Change | None) -> bool:
    return (
        chain is not None
        and root is not None
        and chain.root.object == root.object
        and chain.root.at == root.happened_at
    )


def way_of(chain: Chain) -> list[ObjectRef]:
    """The objects of a chain, from what was asked about to what was changed."""
    return [one.object for one in chain.steps if one.kind in (StepKind.SYMPTOM, StepKind.WAY)]


def _edges(chain: Chain | None, paths: Sequence[Sequence[ObjectRef]]) -> float:
    """F1 of the edges of the way against the true way that comes nearest."""
    if chain is None:
        return 0.0
    mine = way_of(chain)
    found = _pairs(mine)
    best = 0.0
    for path in paths:
        true = _pairs(path)
        if not true and not found:
            best = max(best, float(list(path) == mine))
        both = len(true & found)
        best = max(best, 2 * both / max(len(true) + len(found), 1))
    return best


def _pairs(path: Sequence[ObjectRef]) -> set[tuple[ObjectRef, ObjectRef]]:
    return set(zip(path, path[1:], strict=False))


def _floor(case: Case, memory: Memory, onset: int) -> tuple[float, bool]:
    places = reach(case.asked, ties_of(memory.index)(onset), case.symptom)
    before = [
        each.record
        for ref in places
        for each in memory.index.changes_of(ref, since=onset - 24 * 60 * MINUTE, until=onset + 1)
        if isinstance(each.record, Change)
        and each.record.actor.kind in (ActorKind.HUMAN, ActorKind.AUTOMATION)
    ]
    if case.root is None:
        return 0.0, False
    right = [one for one in before if one.id == case.root.id]
    newest = max(before, key=lambda one: (one.happened_at, one.id), default=None)
    return len(right) / max(len(before), 1), bool(right) and newest is right[0]


def _said(chain: Chain | None, case: Case) -> str:
    truth = (
        "-"
        if case.root is None
        else (f"{case.root.object.title} {(case.began - case.root.happened_at) / 1e6:.0f} s before")
    )
    if chain is None:
        return f"nobody; true: {truth}"
    factors = " ".join(f"{one.name}={one.value:.2f}" for one in chain.factors)
    return (
        f"{chain.root.sentence} ({(case.began - chain.root.at) / 1e6:.0f} s before, {factors}); "
        f"true: {truth}"
    )


# --- running ----------------------------------------------------------------------------------------


def cases_of(seed: int, each: int, kinds: Iterable[str]) -> list[tuple[str, int]]:
    """(kind, seed of the case): each kind that has a cause, and a quarter without one."""
    wanted = [*kinds] or [*CAUSED, *_some_without(seed, each)]
    return [
        (kind, seed * 10_000 + at * 100 + n) for at, kind in enumerate(wanted) for n in range(each)
    ]


def _some_without(seed: int, each: int) -> list[str]:
    count = round(len(CAUSED) * UNCAUSED_PART / (1 - UNCAUSED_PART))
    names = list(UNCAUSED)
    return [names[(seed + at) % len(names)] for at in range(count)]


def run(folder: Path, seeds: Sequence[int], each: int, kinds: Sequence[str], late: int, *,
        replay: bool = True, ask: bool = True) -> list[Score]:  # fmt: skip
    """All cases of some seeds; memories are kept, to be asked again."""
    found = []
    for seed in seeds:
        base: tuple[Path, Cluster] | None = None
        for kind, case_seed in cases_of(seed, each, kinds):
            place = folder / f"{kind.replace(' ', '-')}-{case_seed}-{late // SECOND}"
            truth = place / "case.pickle"
            if not truth.exists():
                base = base or base_at(folder, seed)
                record(base[0], place, plant(base[1], kind, case_seed, late=late))
            if not ask:
                continue
            case = pickle.loads(truth.read_bytes())  # noqa: S301 - written by this program
            with open_memory(place / "memory") as memory:
                found.append(score(case, memory, replay=replay)._replace(seed=case_seed))
        print(f"seed {seed}: {len(found)} cases", file=sys.stderr, flush=True)
    return found


def base_at(folder: Path, seed: int) -> tuple[Path, Cluster]:
    """The base of a seed, recorded; kept for the next time."""
    cluster = base_of(seed)
    place = folder / f"base-{seed}"
    if not place.exists():
        cluster.memory(place).close()
    cluster.recorded = len(cluster.records)
    return place, cluster


def record(base: Path, place: Path, case: Case) -> None:
    """A case in a copy of its base, with the truth beside it."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(base, place / "memory")
    with GitStore.open(place / "memory") as store:
        case.cluster.commit_to(store)
    open_memory(place / "memory").close()
    (place / "case.pickle").write_bytes(pickle.dumps(case._replace(cluster=Cluster())))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def table(scores: Sequence[Score]) -> str:
    """A line for each kind, and one for all."""
    lines = ["| kind | cases | root | editor | edges F1 | replay's root | blind | nearest change |",
             "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    caused = [one for one in scores if one.caused]
    for name in [*dict.fromkeys(one.kind for one in caused), ""]:
        some = [one for one in caused if not name or one.kind == name]
        cells = (_mean([float(getattr(one, key)) for one in some]) for key in
                 ("root", "editor", "edges", "replay_root", "blind", "floor"))  # fmt: skip
        figures = " | ".join(f"{cell:.3f}" if not name else f"{cell:.2f}" for cell in cells)
        lines.append(f"| {name or '**all**'} | {len(some)} | {figures} |")
    lines += ["", "| without a cause | cases | accused by trace | by replay |", "|---|---|---|---|"]
    free = [one for one in scores if not one.caused]
    for name in [*dict.fromkeys(one.kind for one in free), ""]:
        some = [one for one in free if not name or one.kind == name]
        by = _mean([float(one.accused) for one in some])
        whole = _mean([float(one.replay_accused) for one in some])
        lines.append(f"| {name or '**all**'} | {len(some)} | {by:.3f} | {whole:.3f} |")
    times = sorted(one.seconds for one in scores)
    lines += ["", f"trace in process: median {times[len(times) // 2] * 1e3:.0f} ms, "
              f"slowest {times[-1] * 1e3:.0f} ms"]  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description="planted outages")
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--each", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/bench/outages"))
    parser.add_argument("--kinds", nargs="*", default=[])
    parser.add_argument("--late", type=float, default=0, help="seconds by which metrics are late")
    parser.add_argument("--misses", action="store_true", help="tell of each case that is wrong")
    parser.add_argument("--no-replay", action="store_true", help="ask `trace` alone")
    parser.add_argument("--make", action="store_true", help="make the memories, ask nothing")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    seeds = range(given.first, given.first + given.seeds)
    scores = run(given.folder, seeds, given.each, given.kinds, round(given.late * SECOND),
                 replay=not given.no_replay, ask=not given.make)  # fmt: skip
    if given.make:
        return
    if given.misses:
        for one in scores:
            if (
                one.root != one.caused
                or (one.accused and not one.caused)
                or one.edges < 0.7
                and one.caused
            ):
                print(f"{one.kind} {one.seed} edges {one.edges:.2f}: {one.said}")
    print(table(scores))
    if given.out:
        given.out.write_text(json.dumps([one._asdict() for one in scores]))


if __name__ == "__main__":
    main()
