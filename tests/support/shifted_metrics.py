"""Metrics of made-up services that shift, as the Prometheus source tells of them.

Each is a series of six hours at thirty seconds with a daily rhythm and noise, with a step in it,
looked at by the same change-point detection as real ones: so an onset is as uncertain as it is, a
shift too small is not seen, and what is seen is seen late.
"""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
from built_memory import START, Past

from kubectl_smart.capture.decoding.metrics import MetricShift, sentence
from kubectl_smart.memory.formats.identity import observation_id
from kubectl_smart.memory.patterns.change_points import Tuning, shifts
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

_SECOND = 1_000_000
_STEP = 30 * _SECOND
_BEFORE = 600
_BEHIND = 40
UNITS = {
    "latency p99": "s", "error ratio": "ratio", "CPU throttling": "ratio", "memory": "bytes",
    "request rate": "/s", "latency p50": "s", "cpu": "cores", "queue length": "", "restarts": "/s",
    "open connections": "",
}  # fmt: skip
_WORSE = {"request rate": "both"}
_FLOORS = {"latency p99": 0.005, "error ratio": 0.005, "CPU throttling": 0.02,
           "memory": float(16 << 20), "request rate": 0.1}  # fmt: skip


def shift(
    past: Past, rng: random.Random, ref: ObjectRef, metric: str, at: int, factor: float,
    *, late: int = 0,
) -> bool:  # fmt: skip
    """The metric of an object steps to so many times its level; False if that is not noticed.

    late  how much later than true its samples are stamped, microseconds
    """
    dice = np.random.default_rng(rng.randrange(1 << 32))
    level = {"latency p99": 0.05, "error ratio": 0.004, "CPU throttling": 0.02,
             "memory": float(200 << 20), "request rate": 80.0}[metric]  # fmt: skip
    level *= float(dice.uniform(0.6, 1.8))
    first = at - at % _STEP - _BEFORE * _STEP
    times = first + _STEP * np.arange(_BEFORE + _BEHIND, dtype=np.int64)
    hours = (9 + (times - START) / 3.6e9) % 24
    rhythm = 1 + float(dice.uniform(0.05, 0.35)) * np.cos((hours - 14) / 24 * 2 * math.pi)
    noise = float(dice.uniform(0.04, 0.15))
    values = level * rhythm * np.exp(noise * dice.standard_normal(times.size))
    averaged = metric not in ("memory", "latency p99")
    rising = np.clip((times - at) / (4 * _STEP if averaged else _STEP), 0, 1)
    values = values * (1 + (factor - 1) * rising)
    tuning = Tuning(step=_STEP, smear=4 * _STEP if averaged else 0, lasting=4 * _STEP,
                    window=6 * 3_600 * _SECOND, least=0.2, floor=_FLOORS[metric])  # fmt: skip
    found = [one for one in shifts(times + late, values, tuning) if one.onset > at - 15 * _STEP]
    for one in found[:1]:
        tell(past, ref, metric, one)
    return bool(found)


def told(past: Past, ref: ObjectRef, metric: str, at: int, before: float, after: float) -> None:
    """The same, made up."""
    from kubectl_smart.memory.patterns.change_points import Shift

    tell(past, ref, metric, Shift(at, at - _STEP, at + _STEP, at + 4 * _STEP, at + 8 * _STEP,
                                   before, after, 2.0))  # fmt: skip


def tell(past: Past, ref: ObjectRef, metric: str, found: Any) -> None:
    """A shift that was found is observed."""
    made = MetricShift(
        metric, metric, UNITS[metric], _WORSE.get(metric, "up"), {"service": ref.name}, found.onset,
        found.onset_from, found.onset_to, found.found_at, found.before, found.after,
    )  # fmt: skip
    past.records.append(
        Observation(
            id=observation_id("shift", str(ref), metric, str(found.onset)), kind="MetricShift",
            about=ref, owner=ref, first_at=made.onset, last_at=max(made.onset, made.found_at),
            count=1, message=sentence(made), warning=made.worse in (made.direction, "both"),
            source="prometheus",
            detail={
                "metric": metric, "unit": made.unit, "direction": made.direction,
                "before": made.before, "after": made.after, "size": made.after - made.before,
                "onset_from": made.onset_from, "onset_to": made.onset_to,
            },
        )
    )  # fmt: skip
