"""How often change points are false alarms, and which shifts are found how soon and how exactly."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from noisy_series import HOUR, KINDS, RANGE, STEP, Step, made

from kubectl_smart.memory.patterns.change_points import Tuning, shifts


def tuning(kind: str) -> Tuning:
    """As the source looks at such a series."""
    return Tuning(step=STEP, smear=RANGE * STEP if kind == "rates" else 0)


def false_alarms(kind: str, count: int) -> tuple[int, float]:
    """(shifts told in so many series of 24 h of noise, ms for each series)."""
    began = time.perf_counter()
    told = 0
    for seed in range(count):
        series = made(kind, seed)
        told += len(shifts(series.times, series.values, tuning(kind)))
    return told, (time.perf_counter() - began) * 1_000 / count


def power(kind: str, count: int, sigmas: float, factor: float) -> str:
    """Of so many series with one shift: found, other shifts, delay and error of the onset."""
    found, others, delays, off, covered = 0, 0, [], [], 0
    for seed in range(10_000, 10_000 + count):
        at = 1_000 + 13 * (seed % 50)
        series = made(kind, seed, step=Step(at, sigmas, factor), hours=16)
        mine = 0
        for one in shifts(series.times, series.values, tuning(kind)):
            if not mine and abs(one.onset - series.onset) <= HOUR // 2:
                mine = 1
                delays.append((one.found_at - series.onset) / 60e6)
                off.append(abs(one.onset - series.onset) / STEP)
                covered += one.onset_from < series.onset <= one.onset_to
            else:
                others += 1
        found += mine
    if not found:
        return f"found 0 of {count}, others {others}"
    within = sum(one <= 2 for one in off)
    return (
        f"found {found} of {count}, others {others}, told after {np.median(delays):.0f} min, "
        f"within two steps {within}, in the interval {covered}"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--kinds", nargs="*", default=list(KINDS))
    parser.add_argument("--no-power", action="store_true")
    args = parser.parse_args()
    for kind in args.kinds:
        told, cost = false_alarms(kind, args.series)
        print(f"{kind}: {told} false in {args.series} days, {cost:.0f} ms each", flush=True)
        if args.no_power:
            continue
        for sigmas in (1.5, 2, 3, 5, 8):
            print(f"  +{sigmas} sigmas: {power(kind, args.series // 4, sigmas, 1.0)}", flush=True)
        for factor in (0.5, 2):
            print(f"  x {factor}: {power(kind, args.series // 4, 0.0, factor)}", flush=True)


if __name__ == "__main__":
    main()
