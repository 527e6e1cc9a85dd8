"""Measures how long it takes to find a cause among N other changes; prints a table.

    python benchmarks/tracing.py 10000 100000 1000000 --heavy 1000000 --folder /tmp/b

The memories are those of `busy_cluster.py`, made once and kept in the folder: 10^6 changes take
about ten minutes. `trace`, `replay` of an hour and `incident show` are whole processes; a process
is cold, the pages of the memory are in the machine's cache or, where it says so, were dropped from
it before. Beside them `kubectl version --client` runs in turn, for machines are shared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from busy_cluster import INCIDENT, Built, built
from made_cluster import HOUR
from run import machine

from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory, open_memory
from kubectl_smart.memory.questions.causes import causes
from kubectl_smart.memory.questions.incident import incident
from kubectl_smart.memory.questions.tracing import trace
from kubectl_smart.memory.records.times import to_rfc3339


class Run(NamedTuple):
    """One run of a process: seconds by the clock, seconds of processor time, peak MB."""

    wall: float
    cpu: float
    peak: float


def once(command: list[str]) -> Run:
    """Runs it to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    wall = time.perf_counter() - began
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def dropped(memory: Path) -> None:
    """The pages of all files leave the machine's cache."""
    for path in memory.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def processes(found: Built, rounds: int) -> dict[str, str]:
    """What whole processes take."""
    program = shutil.which("kubectl-smart", path=str(Path(sys.executable).parent))
    if program is None:
        raise SystemExit("install the package into this environment first")
    case = found.case
    given = ["-o", "json", "--memory", str(found.memory)]
    asked = [case.symptom.value, f"service/{case.asked.name}", "-n", case.asked.namespace]
    tracing = [program, "trace", *asked, "--spike", to_rfc3339(case.at), *given]
    window = [
        "--since",
        to_rfc3339(case.began - HOUR // 2),
        "--until",
        to_rfc3339(case.began + HOUR // 2),
    ]
    commands = {
        "`trace`": tracing,
        "`replay` of an hour": [program, "replay", *window, *given],
        "`incident show`": [program, "incident", "show", INCIDENT, *given],
        "`kubectl version --client`": ["kubectl", "version", "--client"],
    }
    for command in commands.values():
        once(command)
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    pages: list[Run] = []
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(once(command))
        dropped(found.memory)
        pages.append(once(tracing))
    lines = {}
    for name, several in {**runs, "`trace`, pages dropped": pages}.items():
        lines[f"{name}, s"] = spread([one.wall for one in several])
        lines[f"{name}, processor time, s"] = spread([one.cpu for one in several])
    for name in list(commands)[:3]:
        lines[f"{name}, peak, MB"] = f"{max(one.peak for one in runs[name]):.0f}"
    return lines


def in_process(found: Built, rounds: int) -> dict[str, str]:
    """What the questions take in a process that goes on."""
    case = found.case

    def traced(memory: Memory) -> object:
        return trace(memory.store, memory.index, ties_of(memory.index), ref=case.asked,
                     symptom=case.symptom, at=case.at)  # fmt: skip

    def hour(memory: Memory) -> object:
        return causes(memory.store, memory.index, ties_of(memory.index),
                      since=case.began - HOUR // 2, until=case.began + HOUR // 2)  # fmt: skip

    def told(memory: Memory) -> object:
        return incident(memory.store, memory.index, INCIDENT, now=case.began + HOUR)

    questions: dict[str, Callable[[Memory], object]] = {
        "trace": traced, "causes of an hour": hour, "incident report": told,
    }  # fmt: skip
    lines = {}
    for name, question in questions.items():
        wall, cpu = [], []
        for _ in range(rounds):
            with open_memory(found.memory) as memory:
                began, used = time.perf_counter(), time.process_time()
                question(memory)
                wall.append(time.perf_counter() - began)
                cpu.append(time.process_time() - used)
        lines[f"{name} in process, s"] = spread(wall)
        lines[f"{name} in process, processor time, s"] = spread(cpu)
    return lines


def spread(values: list[float]) -> str:
    """The least and the median."""
    return f"{min(values):.2f} / {statistics.median(values):.2f}"


def main() -> None:
    """Measures each memory and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("changes", type=int, nargs="*")
    parser.add_argument("--heavy", type=int, nargs="*", default=[])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    columns: dict[str, dict[str, str]] = {}
    for changes, heavy in [*((n, False) for n in given.changes), *((n, True) for n in given.heavy)]:
        found = built(given.folder, changes, heavy=heavy)
        name = f"{changes:,}{' and a heavy namespace' if heavy else ''}"
        columns[name] = {**processes(found, given.rounds), **in_process(found, given.rounds)}
        print(f"{name}: {columns[name]}", file=sys.stderr, flush=True)
    print(f"Least / median of {given.rounds}, on {machine()}.\n")
    print("| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for line in next(iter(columns.values())):
        print(f"| {line} | " + " | ".join(one[line] for one in columns.values()) + " |")


if __name__ == "__main__":
    main()
