"""Measures `patterns`: planted patterns found, patterns told of histories that have none, growth.

    python benchmarks/patterns.py planted --histories 10     # recall of the planted patterns
    python benchmarks/patterns.py free --histories 50        # what is told where nothing is planted
    python benchmarks/patterns.py growth --sizes 10000 100000
    python benchmarks/patterns.py build FOLDER --changes 1000000
    python benchmarks/patterns.py memory FOLDER              # of a memory that there is

The histories are those of `tests/support/patterned_year.py`; with odd seeds the team moves.
`planted`, `free` and `growth` mine records that lie in memory, as the question does that reads them
from an index; `build` commits a year to a memory, and `memory` asks one. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import sys
import time
from collections import Counter
from datetime import tzinfo
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from patterned_year import MOVED, PLANTS, ZONE, Maker, Told

from kubectl_smart.memory.questions.pattern_reading import read_history
from kubectl_smart.memory.questions.patterns import mined
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.facts import Record
from kubectl_smart.memory.records.privacy import Privacy


def found_in(records: list[Record], zone: tzinfo = ZONE) -> tuple[list[str], int, float]:
    """(statements, hypotheses, seconds)."""
    told: Any = Told(records)
    began = time.process_time()
    history = read_history(told, *told.span)
    drafts, tested = mined(history, zone, Privacy(names=True))
    seconds = time.process_time() - began
    return [draft.statement for draft, _, _ in drafts], sum(n for _, n in tested), seconds


def planted(histories: int, changes: int, first: int, *, verbose: bool) -> dict[str, Any]:
    """How many of the planted patterns with at least six occurrences were told.

    In every second history the team moves, and its calendar is told.
    """
    of: Counter[str] = Counter()
    found: Counter[str] = Counter()
    others: list[str] = []
    for seed in range(first, first + histories):
        moves = seed % 2 == 1
        made = Maker(seed, changes=changes, moves=moves).history()
        statements, _, _ = found_in(made.records, MOVED if moves else ZONE)
        for name, pattern in PLANTS.items():
            if made.shown[name] < 6:
                continue
            of[name] += 1
            hit = any(re.search(pattern, one) for one in statements)
            found[name] += hit
            if verbose and not hit:
                print(seed, "missed", name, made.shown[name])
        others += [
            one for one in statements if not any(re.search(each, one) for each in PLANTS.values())
        ]
    return {
        "histories": histories,
        "planted": sum(of.values()),
        "found": sum(found.values()),
        "recall": sum(found.values()) / max(1, sum(of.values())),
        "of_each": {name: f"{found[name]} of {of[name]}" for name in PLANTS},
        "told_besides": len(others),
        "besides": Counter(others).most_common(12),
    }


def free(histories: int, changes: int, first: int) -> dict[str, Any]:
    """What is told of histories in which nothing is planted."""
    told: list[str] = []
    tested = 0
    for seed in range(first, first + histories):
        moves = seed % 2 == 1
        made = Maker(seed, changes=changes, plants=False, moves=moves).history()
        statements, count, _ = found_in(made.records, MOVED if moves else ZONE)
        told += [f"{seed}: {one}" for one in statements]
        tested += count
    return {
        "histories": histories,
        "told": len(told),
        "of_20_histories": 20 * len(told) / histories,
        "hypotheses_each": tested // histories,
        "statements": told,
    }


def growth(sizes: list[int]) -> list[dict[str, Any]]:
    """Processor seconds and the largest size of the process, by number of changes."""
    rows = []
    for size in sizes:
        made = Maker(1, changes=size).history()
        changes = sum(isinstance(one, Change) for one in made.records)
        _, tested, seconds = found_in(made.records)
        rows.append(
            {
                "changes": changes,
                "records": len(made.records),
                "hypotheses": tested,
                "cpu_s": round(seconds, 2),
                "us_a_change": round(seconds / changes * 1e6, 1),
                "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    return rows


def of_memory(folder: Path) -> dict[str, Any]:
    """What the question costs on a memory, index and all."""
    from kubectl_smart.memory.opening import open_memory
    from kubectl_smart.memory.questions.patterns import patterns

    with open_memory(folder) as memory:
        began, cpu = time.perf_counter(), time.process_time()
        answer = patterns(memory.store, memory.index, zone=ZONE)
        return {
            "changes": memory.index.counts().changes,
            "patterns": len(answer.patterns),
            "hypotheses": sum(count for _, count in answer.tested),
            "s": round(time.perf_counter() - began, 2),
            "cpu_s": round(time.process_time() - cpu, 2),
            "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }


def build(folder: Path, changes: int) -> dict[str, Any]:
    """Commits a year of so many changes, and indexes it."""
    from built_memory import Past

    from kubectl_smart.memory.opening import open_memory
    from kubectl_smart.memory.records.coverage import Heard

    records = Maker(1, changes=changes).history().records
    first, last = Told(records).span
    heard = Heard(source="audit-log", session="year", from_at=first, to_at=last)
    Past(records=[*records, heard]).record(folder)
    with open_memory(folder) as memory:
        return {"memory": str(folder), **memory.index.counts()._asdict()}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_subparsers(dest="what", required=True)
    for name in ("planted", "free"):
        one = what.add_parser(name)
        one.add_argument("--histories", type=int, default=10)
        one.add_argument("--changes", type=int, default=4_000)
        one.add_argument("--first", type=int, default=1, help="the first seed")
        one.add_argument("--verbose", action="store_true")
    asked = what.add_parser("memory")
    asked.add_argument("folder", type=Path)
    built = what.add_parser("build")
    built.add_argument("folder", type=Path)
    built.add_argument("--changes", type=int, default=10_000)
    grown = what.add_parser("growth")
    grown.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    options = parser.parse_args()
    if options.what == "planted":
        found: Any = planted(
            options.histories, options.changes, options.first, verbose=options.verbose
        )
    elif options.what == "free":
        found = free(options.histories, options.changes, options.first)
    elif options.what == "memory":
        found = of_memory(options.folder)
    elif options.what == "build":
        found = build(options.folder, options.changes)
    else:
        found = growth(options.sizes)
    print(json.dumps(found, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
