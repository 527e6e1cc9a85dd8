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
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from made_cluster import MINUTE, SECOND, Cluster
from planted_outages import CAUSED, UNCAUSED, base_of, plant
from planting import Case
from scored_outages import edges_right, is_editor, is_root

from kubectl_smart.memory.answers.causes import Chain
from kubectl_smart.memory.formats.bundle_writing import bundle_bytes
from kubectl_smart.memory.formats.bundles import parse_bundle
from kubectl_smart.memory.graph import suspects
from kubectl_smart.memory.graph.reach import reach
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.bundle import bundle_of_window
from kubectl_smart.memory.questions.bundle_parts import entity_id
from kubectl_smart.memory.questions.bundle_trace import trace_bundle
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.actors import ActorKind
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.store.git_store import GitStore

UNCAUSED_PART = 0.25
_WAY = 0.7


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
    bundle: str | None = None
    """What a bundle of the hour accuses: the id of a change; "" for none, None if not asked."""
    bundle_root: bool = False


def score(case: Case, memory: Memory, *, replay: bool = True, bundle: bool = False) -> Score:
    """Asks, and compares with the truth.

    replay  also for all causes of the hour
    bundle  also a bundle that is exported of it
    """
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
    accused = _of_bundle(case, memory) if bundle else None
    return Score(
        case.kind, 0, root is not None, chain is not None, is_root(chain, root),
        is_editor(chain, root),
        edges_right(chain, case) if root is not None else 0.0,
        any(is_root(one, root) for one in found[:1]), bool(found), blind, floor, seconds,
        _said(chain, case), accused, root is not None and accused == root.id,
    )  # fmt: skip


def _of_bundle(case: Case, memory: Memory) -> str:
    """What the file alone accuses, written and read again."""
    since, until = case.began - 10 * MINUTE, case.began + 40 * MINUTE
    found = bundle_of_window(memory.store, memory.index, since=since, until=until)
    change = trace_bundle(
        parse_bundle(json.loads(bundle_bytes(found))), kind=case.symptom.value,
        service=entity_id(case.asked), spike=case.at,
    ).change  # fmt: skip
    return "" if change is None else change.id


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


# --- running ---------------------------------------------------------------------------


def cases_of(seed: int, each: int, kinds: Iterable[str]) -> list[tuple[str, int]]:
    """(kind, seed of the case): each kind that has a cause, and a quarter without one."""
    wanted = [*kinds] or [*CAUSED, *_some_without(seed)]
    return [
        (kind, seed * 10_000 + at * 100 + n) for at, kind in enumerate(wanted) for n in range(each)
    ]


def _some_without(seed: int) -> list[str]:
    count = round(len(CAUSED) * UNCAUSED_PART / (1 - UNCAUSED_PART))
    names = list(UNCAUSED)
    return [names[(seed + at) % len(names)] for at in range(count)]


class How(NamedTuple):
    """How cases are made and asked about.

    late    how much later than true metrics are stamped, seconds
    deaf    the share of the services of which no metrics are heard
    replay  whether all causes of the hour are asked for, too
    ask     whether anything is asked at all
    bundle  whether a bundle of the hour is asked, too
    """

    late: int = 0
    deaf: float = 0.0
    replay: bool = True
    ask: bool = True
    bundle: bool = False


def run(folder: Path, cases: Sequence[tuple[int, str, int]], how: How) -> list[Score]:
    """All cases (seed, kind, seed of the case); memories are kept, to be asked again."""
    found = []
    base: tuple[int, Path, Cluster] | None = None
    for seed, kind, case_seed in cases:
        place = folder / f"{kind.replace(' ', '-')}-{case_seed}-{how.late}"
        place = place.with_name(f"{place.name}-deaf-{how.deaf}") if how.deaf else place
        truth = place / "case.pickle"
        if not truth.exists():
            if base is None or base[0] != seed:
                base = seed, *base_at(folder, seed)
            case = plant(base[2], kind, case_seed, late=how.late * SECOND, deaf=how.deaf)
            record(base[1], place, case)
        if how.ask:
            case = pickle.loads(truth.read_bytes())  # noqa: S301 - written by this program
            with open_memory(place / "memory") as memory:
                found.append(_asked(case, memory, how)._replace(seed=case_seed))
        print(f"{kind} {case_seed}", file=sys.stderr, flush=True)
    return found


def _asked(case: Case, memory: Memory, how: How) -> Score:
    return score(case, memory, replay=how.replay, bundle=how.bundle)


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
    other = sum(one.accused and not one.root for one in caused)
    lines += ["", f"another accused in {other} of {len(caused)} with a cause"]
    lines += ["", "| without a cause | cases | accused by trace | by replay |", "|---|---|---|---|"]
    free = [one for one in scores if not one.caused]
    for name in [*dict.fromkeys(one.kind for one in free), ""]:
        some = [one for one in free if not name or one.kind == name]
        by = _mean([float(one.accused) for one in some])
        whole = _mean([float(one.replay_accused) for one in some])
        lines.append(f"| {name or '**all**'} | {len(some)} | {by:.3f} | {whole:.3f} |")
    if any(one.bundle is not None for one in scores):
        right = _mean([float(one.bundle_root) for one in caused])
        other = _mean([float(bool(one.bundle) and not one.bundle_root) for one in caused])
        false = _mean([float(bool(one.bundle)) for one in free])
        lines += ["", f"from a bundle of the hour alone: root {right:.3f}, another {other:.3f}, "
                  f"accused without a cause {false:.3f}"]  # fmt: skip
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
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--kinds", nargs="*", default=[])
    parser.add_argument("--late", type=int, default=0, help="seconds by which metrics are late")
    parser.add_argument("--deaf", type=float, default=0, help="share of services without metrics")
    parser.add_argument("--young", type=int, default=0, help="of how many seconds memory knows")
    parser.add_argument("--misses", action="store_true", help="tell of each case that is wrong")
    parser.add_argument("--no-replay", action="store_true", help="ask `trace` alone")
    parser.add_argument("--bundles", action="store_true", help="ask a bundle of the hour, too")
    parser.add_argument("--make", action="store_true", help="make the memories, ask nothing")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.young:
        suspects.LOOK_BACK = given.young * SECOND  # type: ignore[attr-defined]  # its import
    cases = [
        (seed, *case)
        for seed in range(given.first, given.first + given.seeds)
        for case in cases_of(seed, given.each, given.kinds)
    ]
    how = How(
        given.late, given.deaf, replay=not given.no_replay, ask=not given.make, bundle=given.bundles
    )
    scores = run(given.folder, cases, how)
    if given.make:
        return
    if given.misses:
        for one in scores:
            if (
                one.root != one.caused
                or (one.accused and not one.caused)
                or (one.caused and one.edges < _WAY)
            ):
                print(f"{one.kind} {one.seed} edges {one.edges:.2f}: {one.said}")
    print(table(scores))
    if given.out:
        given.out.write_text(json.dumps([one._asdict() for one in scores]))


if __name__ == "__main__":
    main()
