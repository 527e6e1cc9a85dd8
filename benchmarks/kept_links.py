"""What keeping the links to trouble costs, and what it spares: of a copy of a memory.

    python benchmarks/outages.py --make --seeds 1 --kinds config --folder /tmp/b
    python benchmarks/kept_links.py /tmp/b/config-1-0/memory

The copy is told that a day more was heard, so that all of its trouble began long enough ago. Then
`links` is asked of the hour with most trouble and of everything, with nothing kept and with all;
in between the job works, in pieces as `serve` has it. Wall-clock time, medians of three.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

from kubectl_smart.bot.serve.committing import AT_A_TIME
from kubectl_smart.memory.graph.symptoms import episodes
from kubectl_smart.memory.graph.ties import ties_of
from kubectl_smart.memory.opening import Memory, open_for_writing
from kubectl_smart.memory.questions.links import links
from kubectl_smart.memory.questions.trouble_links import link_trouble
from kubectl_smart.memory.records.coverage import Heard
from kubectl_smart.memory.records.facts import Committed

_HOUR = 3_600_000_000


def main() -> None:
    """Measure one memory."""
    parser = argparse.ArgumentParser(description="what keeping links to trouble costs")
    parser.add_argument("memory", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copytree(given.memory, Path(folder) / "memory")
        with open_for_writing(Path(folder) / "memory") as memory:
            measure(memory)


def measure(memory: Memory) -> None:
    """Print what it takes."""
    index = memory.index
    heard = index.coverage()
    low, high = min(one.from_at for one in heard), max(one.to_at for one in heard)
    found = episodes(index.observations(low, high, warnings_only=True))
    hours = [one.onset.high // _HOUR for one in found]
    busy = max(set(hours), key=hours.count) * _HOUR
    windows = {"the hour": (busy, busy + _HOUR), "all": (low, high + 1)}
    for name, window in windows.items():
        print(f"{name}, nothing kept: {asked(memory, window) * 1e3:.0f} ms", flush=True)
    more = Heard(source="audit-log", session="more", from_at=high, to_at=high + 24 * _HOUR)
    index.apply([Committed(more, 0, high, "main", "0" * 40, None)], {}, memory.store.read_states)
    times, pieces, whole = list[float](), 0, False
    while not whole:
        began = time.perf_counter()
        linked = link_trouble(memory.store, index, AT_A_TIME)
        times.append(time.perf_counter() - began)
        pieces, whole = pieces + linked.pieces, linked.whole
    print(
        f"job: {pieces} pieces of trouble in {sum(times):.2f} s and {len(times)} turns, "
        f"{sum(times) / max(pieces, 1) * 1e3:.1f} ms a piece, longest turn {max(times):.2f} s"
    )
    for name, window in windows.items():
        print(f"{name}, all kept: {asked(memory, window) * 1e3:.0f} ms", flush=True)


def asked(memory: Memory, window: tuple[int, int]) -> float:
    """Seconds that `links` takes."""

    def once() -> None:
        ties = ties_of(memory.index)
        links(memory.store, memory.index, ties, since=window[0], until=window[1])

    return statistics.median(took(once) for _ in range(3))


def took(what: Callable[[], None]) -> float:
    """Seconds."""
    began = time.perf_counter()
    what()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
