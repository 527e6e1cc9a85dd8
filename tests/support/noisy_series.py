"""Made-up metrics: 24 hours of one kind of noise on a daily rhythm, with or without a step.

Every series follows from (kind, seed). Levels, rhythms and phases differ between seeds; the size of
a step is given in standard deviations of the noise at that moment, or as a factor.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

START = 1_700_000_000_000_000
DAY = 86_400_000_000
HOUR = 3_600_000_000
STEP = 30_000_000
RANGE = 4
"""Samples that rates reach over."""


class Step(NamedTuple):
    """A shift of level to plant: from the sample `at` on, by `sigmas`, or to `factor` times."""

    at: int
    sigmas: float = 0.0
    factor: float = 1.0


class Made(NamedTuple):
    """A series, and the instant of its step (0 if none): of the first sample after it."""

    times: Ints
    values: Floats
    onset: int


def made(kind: str, seed: int, *, step: Step | None = None, hours: float = 24) -> Made:
    """A series of a kind (one of KINDS), sampled every 30 s."""
    rng = np.random.default_rng([seed, sorted(KINDS).index(kind)])
    count = int(hours * HOUR / STEP)
    times = START + STEP * np.arange(count, dtype=np.int64)
    swing = float(rng.uniform(0, 0.5))
    phase = float(rng.uniform(0, 2 * math.pi))
    rhythm = 1 + swing * np.sin(2 * math.pi * (times - START) / DAY + phase)
    values = KINDS[kind](rng, rhythm, step)
    return Made(times, values, int(times[step.at]) if step is not None else 0)


def _stepped(level: Floats, noise: float, step: Step | None) -> Floats:
    """The level with the step in it; `noise` is one standard deviation at level 1."""
    if step is None:
        return level
    moved = level.copy()
    here = float(level[step.at])
    moved[step.at :] = level[step.at :] * step.factor + step.sigmas * noise * here
    return moved


def _gaussian(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    level, noise = float(rng.uniform(0.02, 500)), float(rng.uniform(0.05, 0.25))
    base = level * rhythm
    return _stepped(base, noise, step) + base * noise * rng.standard_normal(base.size)


def _heavy(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    level, noise = float(rng.uniform(0.02, 500)), float(rng.uniform(0.05, 0.2))
    base = level * rhythm
    return _stepped(base, noise, step) + base * noise * rng.standard_t(2.5, base.size)


def _spiky(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    """Latencies: log-normal, and one sample in fifty is several times as high."""
    level, noise = float(rng.uniform(0.005, 2)), float(rng.uniform(0.05, 0.25))
    base = _stepped(level * rhythm, noise, step)
    spikes = np.where(rng.random(base.size) < 0.02, rng.uniform(2, 12, base.size), 1.0)
    return base * np.exp(noise * rng.standard_normal(base.size)) * spikes


def _autocorrelated(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    level, noise = float(rng.uniform(0.02, 500)), float(rng.uniform(0.05, 0.15))
    memory = float(rng.uniform(0.5, 0.97))
    base = level * rhythm
    return _stepped(base, noise, step) + base * noise * _wandering(rng, base.size, memory)


def _wandering(rng: np.random.Generator, count: int, memory: float) -> Floats:
    """Noise of variance 1 of which each sample remembers so much of the one before."""
    kicks = rng.standard_normal(count) * math.sqrt(1 - memory**2)
    found = np.empty(count)
    last = float(rng.standard_normal())
    for index, kick in enumerate(kicks):
        last = memory * last + kick
        found[index] = last
    return found


def _counts(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    level = float(np.exp(rng.uniform(np.log(0.2), np.log(200))))
    return rng.poisson(_stepped(level * rhythm, 1 / math.sqrt(level), step)).astype(np.float64)


def _ratios(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    """Error ratios: how many of some requests failed, between 0 and 1."""
    requests = int(rng.integers(50, 2_000))
    level = float(np.exp(rng.uniform(np.log(0.002), np.log(0.3))))
    noise = math.sqrt((1 - level) / (level * requests))
    chance = np.clip(_stepped(level * rhythm, noise, step), 0, 1)
    return rng.binomial(requests, chance) / requests


def _quantised(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    """A level with little noise, read in coarse units."""
    units, noise = float(rng.uniform(8, 40)), float(rng.uniform(0.01, 0.05))
    base = units * rhythm
    unit = float(10.0 ** int(rng.integers(-3, 3)))
    moved = _stepped(base, max(noise, 0.3 / units), step)
    return unit * np.round(moved + base * noise * rng.standard_normal(base.size))


def _constant(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    """Always the same but for one sample in fifty; has no rhythm."""
    level = float(rng.integers(1, 40))
    base = _stepped(np.full(rhythm.size, level), 0.25, step)
    odd = np.where(rng.random(base.size) < 0.02, rng.integers(-1, 3, base.size), 0)
    return base + odd


def _additive(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    """Noise that is as large by night as by day, on a rhythm of up to eight times its size."""
    level, noise = float(rng.uniform(0.02, 500)), float(rng.uniform(0.05, 0.1))
    memory, height = float(rng.uniform(0, 0.7)), float(rng.uniform(0, 8))
    wave = (rhythm - 1) / np.max(np.abs(rhythm - 1)) * height * noise
    flat = _stepped(np.ones(rhythm.size), noise, step)
    return level * (flat + wave + noise * _wandering(rng, rhythm.size, memory))


def _rates(rng: np.random.Generator, rhythm: Floats, step: Step | None) -> Floats:
    """What rate() gives over RANGE samples of a counter."""
    level = float(np.exp(rng.uniform(np.log(0.5), np.log(200))))
    counts = rng.poisson(_stepped(level * rhythm, 1 / math.sqrt(level), step)).astype(np.float64)
    total = np.cumsum(np.concatenate([np.full(RANGE, counts[0]), counts]))
    return (total[RANGE:] - total[:-RANGE]) / RANGE


KINDS: dict[str, Callable[[np.random.Generator, Floats, Step | None], Floats]] = {
    "gaussian": _gaussian,
    "heavy-tailed": _heavy,
    "spiky": _spiky,
    "autocorrelated": _autocorrelated,
    "counts": _counts,
    "ratios": _ratios,
    "quantised": _quantised,
    "constant-mostly": _constant,
    "additive rhythm": _additive,
    "rates": _rates,
}
"""Kinds of noise."""
