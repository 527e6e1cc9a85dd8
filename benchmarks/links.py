"""What writing links adds to an import: the same logs imported with and without, in turn.

    python benchmarks/links.py /tmp/b [--rounds 5]

Of the synthetic histories of `history.py` (10,000 and 100,000 changes, whose pods belong to
ReplicaSets), and of the recorded hour as often as that makes as many events, each time with ids,
versions, names and times of its own. Both kinds of import are processes of their own; `without` has
the two places silenced where links are gathered and settled. Processor time of everything they
start, since the machine is shared; the figure is the median of the ratios of the rounds.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import history
from load import Load

WITHOUT = """
import sys
from kubectl_smart.memory.index.linking.writing import Links
Links.add = lambda *_: None
Links.settle = lambda *_: None
from kubectl_smart.bot.cli.start import main
sys.argv[0] = "kubectl-smart"
main()
"""
WITH = WITHOUT.replace("Links.add = lambda *_: None\nLinks.settle = lambda *_: None\n", "")


def main() -> None:
    """Measure each log."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--most", type=int, default=100_000)
    parser.add_argument("--corpus", type=Path, default=Path("../shared/corpus/story"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    logs = {"the recorded hour": options.corpus / "audit.jsonl.gz"}
    for changes in (10_000, 100_000):
        if changes > options.most:
            continue
        logs[f"history of {changes:,}"] = options.folder / f"{changes}.owned.jsonl.gz"
        if not logs[f"history of {changes:,}"].exists():
            history.write(changes, logs[f"history of {changes:,}"], owned=True)
        logs[f"the hour, {changes:,} events"] = options.folder / f"{changes}.hours.jsonl.gz"
        if not logs[f"the hour, {changes:,} events"].exists():
            hours(options.corpus, changes, logs[f"the hour, {changes:,} events"])
    for name, log in logs.items():
        rounds = options.rounds if "100,000" not in name else min(options.rounds, 3)
        measure(name, log, options.folder, rounds)


def hours(corpus: Path, events: int, log: Path) -> None:
    """So many events of the recorded hour, one a line."""
    load = Load(corpus)
    with gzip.open(log, "wb", compresslevel=1) as file:
        for _ in range(events // 400):
            for line in load.events(400):
                file.write(line + b"\n")


def measure(name: str, log: Path, folder: Path, rounds: int) -> None:
    """Import it in turn, and print what both took."""
    ratios, seconds, sizes = [], [], {}
    for at in range(rounds):
        took = {}
        for which in (WITH, WITHOUT) if at % 2 else (WITHOUT, WITH):
            memory = folder / "links.memory"
            shutil.rmtree(memory, ignore_errors=True)
            took[which] = imported(which, log, memory)
            sizes[which] = (memory / "smart" / "index.sqlite").stat().st_size
            shutil.rmtree(memory)
        ratios.append(took[WITH] / took[WITHOUT])
        seconds.append(took)
    plain = statistics.median(one[WITHOUT] for one in seconds)
    print(
        f"{name}: {plain:.2f} s without, {statistics.median(ratios):.3f} with "
        f"({min(ratios):.3f} to {max(ratios):.3f}); index {sizes[WITHOUT] / 1e6:.2f} MB, "
        f"{sizes[WITH] / 1e6:.2f} with",
        flush=True,
    )


def imported(program: str, log: Path, memory: Path) -> float:
    """Seconds of processor time."""
    before = os.times()
    command = [sys.executable, "-c", program, "import", "audit", str(log), "--memory", str(memory)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    children = after.children_user + after.children_system
    return children - before.children_user - before.children_system


if __name__ == "__main__":
    main()
