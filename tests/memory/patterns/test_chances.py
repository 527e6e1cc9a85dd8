"""Tails, intervals and their correction, held against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.patterns.associations import corrected
from kubectl_smart.memory.patterns.chances import (
    at_least,
    at_least_of,
    corrected_among,
    drawn_at_least,
    interval,
    silent_for,
)


@given(st.integers(0, 80), st.integers(0, 80), st.integers(1, 99))
def test_the_binomial_tail_is_exact(count: int, times: int, hundredths: int) -> None:
    """To nine digits, also where it is tiny."""
    chance = Fraction(hundredths, 100)
    exact = sum(
        comb(times, one) * chance**one * (1 - chance) ** (times - one)
        for one in range(count, times + 1)
    )
    assert isclose(at_least(count, times, float(chance)), float(exact), rel_tol=1e-9)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 150), st.integers(0, 150))
def test_fishers_tail_is_exact(count: int, times: int, marked: int, more: int) -> None:
    """The same for draws without putting back."""
    slots = max(times, marked) + more
    exact = Fraction(
        sum(
            comb(marked, one) * comb(slots - marked, times - one)
            for one in range(count, min(times, marked) + 1)
        ),
        comb(slots, times),
    )
    assert isclose(drawn_at_least(count, times, marked, slots), float(exact), rel_tol=1e-9)


def test_a_table_that_cannot_be_is_refused() -> None:
    """More draws than there are slots."""
    with pytest.raises(ValueError, match="no such table"):
        drawn_at_least(1, 5, 2, 4)


@given(st.integers(1, 500), st.integers(0, 500))
def test_the_interval_holds_the_share(times: int, held: int) -> None:
    """And lies between nothing and everything."""
    held = min(held, times)
    low, high = interval(held, times)
    assert 0 <= low <= held / times + 1e-12
    assert held / times - 1e-12 <= high <= 1


def test_wilsons_interval() -> None:
    """The figures of Newcombe (1998), table I: 81 of 263."""
    low, high = interval(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@given(st.lists(st.floats(0, 1), max_size=30), st.integers(0, 40))
def test_correction_counts_what_was_not_worked_out(chances: list[float], more: int) -> None:
    """As if the rest had had a chance of 1."""
    tested = len(chances) + more
    whole = corrected([*chances, *[1.0] * more])
    assert corrected_among(chances, tested) == pytest.approx(whole[: len(chances)])


def test_what_always_held_may_fail_once() -> None:
    """But not three times in a row."""
    assert silent_for(6, 6, 0) == 1
    assert silent_for(6, 6, 1) > 0.05 > silent_for(6, 6, 2)


@given(st.lists(st.integers(0, 20), max_size=12), st.integers(0, 14))
def test_the_tail_of_unlike_trials_is_exact(twentieths: list[int], count: int) -> None:
    """Against all ways in which so many of them may succeed."""
    ways = [Fraction(1)]  # of exactly none, one, ... successes
    for one in twentieths:
        chance = Fraction(one, 20)
        ways = [
            (ways[place] if place < len(ways) else 0) * (1 - chance)
            + (ways[place - 1] if place else 0) * chance
            for place in range(len(ways) + 1)
        ]
    exact = float(sum(ways[count:]))
    found = at_least_of(count, [one / 20 for one in twentieths])
    assert isclose(found, exact, rel_tol=1e-9, abs_tol=1e-12)


def test_of_very_many_trials_the_tail_is_rather_too_large() -> None:
    """That of their mean."""
    chances = [0.1, 0.3] * 300
    assert isclose(at_least_of(150, chances), at_least(150, 600, 0.2), rel_tol=1e-9)
    assert at_least_of(30, chances[:100]) < at_least(30, 100, 0.2)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 99), st.floats(1e-6, 0.5))
def test_what_is_not_worth_it_is_not_worked_out(
    count: int, times: int, hundredths: int, worth: float
) -> None:
    """And what is worth it is the same as ever."""
    whole = at_least(count, times, hundredths / 100)
    found = at_least(count, times, hundredths / 100, worth)
    assert found == whole if whole <= worth else found in (1.0, whole)
