"""Measures what the memory costs, on a synthetic history of N changes; prints JSON lines.

    python benchmarks/run.py 10000 100000 1000000 --folder /tmp/b --results benchmarks/results.json

Machines differ and are shared, so the bars are ratios within one run: ingest against plain
`git fast-import` swallowing the same commits (exported from the memory that was just made) and
against GitPython's `index.commit`; a cold `why` against `kubectl version --client`. `plot.py` draws
the results and writes the table into README.md.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import history

PROGRAM = [sys.executable, "-m", "kubectl_smart.bot"]
QUESTIONS = 300
COLD_RUNS = 21
ROUNDS = 3
"""Imports and plain fast-imports in turn, whose medians are taken; one at the largest size."""


def main() -> None:
    """Measure each size and keep the results after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("changes", type=int, nargs="+")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    results: list[dict[str, Any]] = []
    for changes in options.changes:
        results.append(measure(changes, options.folder))
        options.results.write_text(
            json.dumps({"machine": machine(), "results": results}, indent=2) + "\n"
        )


def machine() -> str:
    """What it was measured on, in one line."""
    text = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line), "?"
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return f"{os.cpu_count()} cores ({model}), {memory} GB, Python {platform.python_version()}"


def measure(changes: int, folder: Path) -> dict[str, Any]:
    """Everything for one size."""
    log, memory = folder / f"{changes}.jsonl.gz", folder / f"{changes}.memory"
    result: dict[str, Any] = {"changes": changes}

    def note(**found: float) -> None:
        result.update(found)
        print(json.dumps({"changes": changes, **found}), flush=True)

    if not log.exists():
        history.write(changes, log)
    rounds = []
    for _ in range(ROUNDS if changes <= 100_000 else 1):
        shutil.rmtree(memory, ignore_errors=True)
        seconds, peak = child([*PROGRAM, "import", "audit", str(log), "--memory", str(memory)])
        rounds.append((plain_fast_import(memory, folder), seconds, peak))
        print(json.dumps({"changes": changes, "round": rounds[-1]}), flush=True)
    seconds = statistics.median(one[1] for one in rounds)
    note(ingest_s=seconds, ingest_mb=max(one[2] for one in rounds))
    note(commits=int(git(memory, "rev-list", "--all", "--count")))
    note(fast_import_s=statistics.median(one[0] for one in rounds))
    note(ingest_ratio=statistics.median(one[0] / one[1] for one in rounds))
    note(**questions(memory))
    note(**cold(memory))
    if changes <= 100_000:
        rate = gitpython_rate(memory, folder)
        note(gitpython_per_s=rate, ingest_over_gitpython=changes / seconds / rate)
    seconds, peak = child([*PROGRAM, "reindex", "--memory", str(memory)])
    note(reindex_s=seconds, reindex_mb=peak)
    seconds, peak = child([*PROGRAM, "maintain", "--full", "--memory", str(memory)])
    note(repack_s=seconds)
    note(disk_per_change=folder_size(memory) / changes)
    return result


def git(memory: Path, *words: str) -> str:
    """What git prints."""
    done = subprocess.run(
        ["git", "-C", str(memory), *words], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def child(command: list[str]) -> tuple[float, float]:
    """(seconds, peak resident MB of it and of the Python it starts, not of git)."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peaks: dict[int, int] = {}
    while process.poll() is None:
        for number in (process.pid, *children(process.pid)):
            peaks[number] = max(peaks.get(number, 0), peak_of(number))
        time.sleep(0.05)
    code = process.wait()
    if code != 0:
        raise SystemExit(f"{command} ended with {code}")
    return time.perf_counter() - began, sum(peaks.values()) / 1024


def children(process: int) -> list[int]:
    """The processes that run our program for it."""
    try:
        numbers = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [int(one) for one in numbers if reads_aside(int(one))]
    except (FileNotFoundError, ProcessLookupError):
        return []


def reads_aside(process: int) -> bool:
    """Whether it is our reader; what was forked and is not yet git looks like its parent."""
    return b"kubectl_smart.capture.aside" in Path(f"/proc/{process}/cmdline").read_bytes()


def peak_of(process: int) -> int:
    """The most it ever held, kB; 0 if it has ended."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if "VmHWM" in line), 0)


def plain_fast_import(memory: Path, folder: Path) -> float:
    """Seconds that git takes for the same commits, prepared beforehand."""
    stream, bare = folder / "stream", folder / "plain.git"
    with stream.open("wb") as file:
        subprocess.run(["git", "-C", str(memory), "fast-export", "--all"], stdout=file, check=True)
    shutil.rmtree(bare, ignore_errors=True)
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True)
    began = time.perf_counter()
    with stream.open("rb") as file:
        subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], stdin=file, check=True)
    seconds = time.perf_counter() - began
    stream.unlink()
    shutil.rmtree(bare)
    return seconds


def gitpython_rate(memory: Path, folder: Path, commits: int = 30) -> float:
    """Commits a second of GitPython's `index.commit` on the same tree."""
    from git import Repo

    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    repository = Repo.clone_from(str(memory), str(work), branch="main")
    files = sorted(work.glob("state/*/Deployment.apps/*.yaml"))
    began = time.perf_counter()
    for number in range(commits):
        path = files[number % len(files)]
        path.write_text(path.read_text().replace("replicas: ", "replicas: 1", 1))
        repository.index.add([str(path)])
        repository.index.commit(f"change {number}")
    seconds = time.perf_counter() - began
    shutil.rmtree(work)
    return commits / seconds


def folder_size(folder: Path) -> int:
    """Bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def questions(memory: Path) -> dict[str, float]:
    """In process: `why` of a field, p50 and p95 in ms, and a dump of everything alive."""
    from kubectl_smart.bot.grammar.requests import SHOWN
    from kubectl_smart.memory.opening import open_memory
    from kubectl_smart.memory.questions.past_state import past_state
    from kubectl_smart.memory.questions.why import why

    dice = random.Random(5)
    with open_memory(memory) as opened:
        index, store = opened.index, opened.store
        seeds = [seed.ref for seed in index.fold_seed() if seed.ref.kind == "Deployment"]
        last = max(one.to_at for one in index.coverage())

        def ask(ref: Any, field: str) -> None:
            (row,) = index.find_objects([(ref.group, ref.kind)], ref.name, ref.namespace)
            why(store, index, row, field=field, limit=SHOWN)

        asked = [
            (dice.choice(seeds), dice.choice(("replicas", "image", ""))) for _ in range(QUESTIONS)
        ]
        ask(*asked[0])
        # at first what was just written may not be in the machine's memory; the bars speak of ours
        first, times = (
            sorted(timed(functools.partial(ask, *one)) for one in asked) for _ in range(2)
        )
        dump = min(timed(lambda: past_state(store, index, last)) for _ in range(3))
        alive = len(past_state(store, index, last).objects)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "why_p50_ms": times[len(times) // 2] * 1_000,
        "why_p95_ms": times[int(len(times) * 0.95)] * 1_000,
        "why_first_p95_ms": first[int(len(first) * 0.95)] * 1_000,
        "dump_s": dump,
        "dump_objects": alive,
        "questions_mb": peak,
    }


def timed(action: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def cold(memory: Path) -> dict[str, float]:
    """A cold `why` against `kubectl version --client`: medians of interleaved runs."""
    program = shutil.which("kubectl-smart", path=str(Path(sys.executable).parent))
    if program is None:
        raise SystemExit("install the package into this environment first")
    ask = [program, "why", "deployment/service-00000", "--replicas", "--memory", str(memory)]
    mine, kubectl = [], []
    other = ["kubectl", "version", "--client"]
    for _ in range(COLD_RUNS):
        mine.append(timed(lambda: subprocess.run(ask, capture_output=True, check=True)))
        kubectl.append(timed(lambda: subprocess.run(other, capture_output=True, check=True)))
    return {
        "cold_why_ms": statistics.median(mine) * 1_000,
        "kubectl_ms": statistics.median(kubectl) * 1_000,
        "cold_ratio": statistics.median(mine) / statistics.median(kubectl),
    }


if __name__ == "__main__":
    main()
