"""Shifts of level are found soon and exactly, and hardly ever where there are none."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from noisy_series import DAY, HOUR, KINDS, RANGE, START, STEP, Step, made

from kubectl_smart.memory.patterns.change_points import Shift, Tuning, shifts, shifts_of_many

SERIES = 10
"""Days of each kind of noise; more in benchmarks/change_points.py."""


def tuning(kind: str = "") -> Tuning:
    """As the source looks at such a series."""
    return Tuning(step=STEP, smear=RANGE * STEP if kind == "rates" else 0)


def test_a_day_of_noise_tells_nothing() -> None:
    """At most one false shift in 100 series, over every kind of noise, on a daily rhythm."""
    told = []
    for kind in KINDS:
        series = [made(kind, seed) for seed in range(SERIES)]
        table = np.array([one.values for one in series])
        found = shifts_of_many(series[0].times, table, tuning(kind), 0, [()] * SERIES)
        told += [(kind, seed) for seed, each in enumerate(found) for _ in each]
    assert SERIES * len(KINDS) >= 100
    assert len(told) <= 1, told


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"autocorrelated", "spiky", "quantised"}))
def test_a_clear_shift_is_found_where_it_is(kind: str) -> None:
    """Of five standard deviations, by day and by night: within two samples, and told once."""
    for seed in range(40, 46):
        series = made(kind, seed, step=Step(700 + 90 * (seed - 40), sigmas=5), hours=12)
        found = shifts(series.times, series.values, tuning(kind))
        near = [one for one in found if abs(one.onset - series.onset) <= 2 * STEP]
        assert len(near) == 1, (seed, found)
        (one,) = near
        assert one.direction == "up"
        assert one.onset_from < one.onset <= one.onset_to
        assert one.onset_from - STEP <= series.onset <= one.onset_to + STEP
        assert one.found_at - series.onset <= 20 * 60_000_000
        assert len(found) <= 2, found  # the odd one is counted above


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    kind=st.sampled_from(["gaussian", "counts", "rates", "spiky"]),
    cuts=st.lists(st.integers(1, 1_400), max_size=6),
)
def test_the_same_is_found_however_often_it_is_looked(
    seed: int, kind: str, cuts: list[int]
) -> None:
    """In rounds, each with no more of the past than the window: the very same shifts."""
    series = made(kind, seed, step=Step(1_100, factor=2.5), hours=12)
    whole = shifts(series.times, series.values, tuning(kind))
    found: list[Shift] = []
    ends = [*sorted({0, *cuts}), series.times.size]
    for begin, end in pairwise(ends):
        past = max(0, begin - tuning().window // STEP - 40)
        found += shifts(
            series.times[past:end],
            series.values[past:end],
            tuning(kind),
            examined_to=int(series.times[begin - 1]) if begin else 0,
            known=[one for one in found if one.settled_at >= series.times[past]],
        )
    assert found == whole


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    scale=st.sampled_from([1e-6, 1.0, 1e9]),
    missing=st.floats(0, 0.3),
)
def test_units_and_holes_change_nothing(seed: int, scale: float, missing: float) -> None:
    """In milliseconds or in hours, with samples missing here and there, it is the same shift."""
    series = made("gaussian", seed, step=Step(900, sigmas=8), hours=10)
    (one,) = shifts(series.times, series.values, tuning())
    values = series.values * scale
    values[np.random.default_rng(seed).random(values.size) < missing] = math.nan
    values[:3] = math.inf
    found = shifts(series.times, values, tuning())
    assert [each.direction for each in found] == [one.direction]
    assert abs(found[0].onset - one.onset) <= 3 * STEP
    assert found[0].after / found[0].before == pytest.approx(one.after / one.before, rel=0.2)


def test_what_comes_back_is_told_again() -> None:
    """Up and, a quarter of an hour later, down: two shifts."""
    series = made("gaussian", 3, hours=10)
    values = series.values.copy()
    values[900:930] *= 3
    found = shifts(series.times, values, tuning())
    assert [one.direction for one in found] == ["up", "down"]
    assert abs(found[1].onset - series.times[930]) <= 2 * STEP
    assert found[0].after == pytest.approx(found[1].before, rel=0.2)


def test_what_is_short_is_no_shift() -> None:
    """A minute of something tenfold is a spike."""
    series = made("gaussian", 4, hours=10)
    values = series.values.copy()
    values[900:902] *= 10
    assert shifts(series.times, values, tuning()) == []


def test_a_series_that_was_always_the_same() -> None:
    """Errors that begin are told; the onset is exact."""
    times = START + STEP * np.arange(1_000)
    values = np.zeros(1_000)
    values[700:] = 0.05
    (one,) = shifts(times, values, tuning())
    assert (one.before, one.after) == (0.0, 0.05)
    assert one.onset_from <= times[699] < one.onset <= times[700] <= one.onset_to
    assert math.isinf(one.relative)


def test_a_slope_is_no_shift() -> None:
    """Memory that leaks evenly for a day has no instant at which it began."""
    times = START + STEP * np.arange(DAY // STEP)
    noise = np.random.default_rng(5).standard_normal(times.size)
    values = 300.0 + 200.0 * (times - START) / DAY + noise
    assert shifts(times, values, tuning()) == []


def test_silence_is_not_looked_across() -> None:
    """After ten minutes without samples a shift lies within them; after an hour nothing is said."""
    series = made("gaussian", 6, step=Step(900, sigmas=10), hours=10)
    for gap, count in ((20, 1), (HOUR // STEP + 1, 0)):
        values = series.values.copy()
        values[900 - gap // 2 : 900 + gap - gap // 2] = math.nan
        found = shifts(series.times, values, tuning())
        assert len(found) == count, gap
        for one in found:
            assert one.onset_from <= series.onset <= one.onset_to


def test_nothing_is_found_in_nothing() -> None:
    """No samples, one, or all missing."""
    times = START + STEP * np.arange(100)
    assert shifts([], [], tuning()) == []
    assert shifts([START], [1.0], tuning()) == []
    assert shifts(times, np.full(100, math.nan), tuning()) == []


def test_what_is_too_small_to_matter_is_not_told() -> None:
    """However clear it is: a twentieth of the level, or less than the floor."""
    times = START + STEP * np.arange(1_000)
    values = 100.0 + 0.1 * np.random.default_rng(7).standard_normal(1_000)
    values[700:] += 5.0
    assert shifts(times, values, tuning()) == []
    clear = Tuning(step=STEP, least=0.01)
    assert len(shifts(times, values, clear)) == 1
    assert shifts(times, values, Tuning(step=STEP, least=0.01, floor=6.0)) == []
