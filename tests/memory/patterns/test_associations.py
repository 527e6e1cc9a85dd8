"""Acts that an outcome follows are found, and chance is not taken for one."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.patterns.associations import associations, chance_of, corrected

DAY = 24 * 60
LAG = 30


@given(st.integers(1, 9).flatmap(lambda slots: st.tuples(
    st.just(slots), st.integers(0, slots), st.integers(0, slots), st.integers(0, slots)
)))  # fmt: skip
def test_the_chance_is_that_of_fishers_exact_test(table: tuple[int, int, int, int]) -> None:
    """By counting every way in which the act can fall into the slots."""
    slots, times, hot, followed = table
    ways = [sum(slot < hot for slot in chosen) for chosen in combinations(range(slots), times)]
    expected = sum(one >= followed for one in ways) / len(ways)
    assert chance_of(followed, times, hot, slots) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.999))
def test_chances_are_corrected_as_benjamini_and_hochberg_do(
    chances: list[float], level: float
) -> None:
    """Those below a level are the ones that their procedure rejects at that level."""
    ranked = sorted(chances)
    passing = [rank for rank, one in enumerate(ranked, 1) if one * (len(chances) / rank) <= level]
    rejected = ranked[: max(passing, default=0)]
    found = corrected(chances)
    assert sorted(one for one, q in zip(chances, found, strict=True) if q <= level) == rejected
    assert all(q >= one for one, q in zip(chances, found, strict=True))


def test_numbers_that_cannot_be_are_refused() -> None:
    """More times than there are slots."""
    with pytest.raises(ValueError, match="no such table"):
        chance_of(1, 3, 1, 2)


class History:
    """Three months of work and trouble, both by day."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.dice = dice
        self.acts = {
            f"act {number}": [self.instant() for _ in range(dice.choice((3, 5, 9, 30)))]
            for number in range(30)
        }
        self.outcomes = [self.instant() for _ in range(dice.choice((3, 8, 15)))]

    def instant(self) -> int:
        """A minute, most likely one of the afternoon."""
        return self.dice.randrange(90) * DAY + int(self.dice.gauss(14 * 60, 120))

    def plant(self, times: int, followed: int) -> None:
        """An act that the outcome follows so many of so many times."""
        self.acts["planted"] = [self.instant() for _ in range(times)]
        for at in self.acts["planted"][:followed]:
            self.outcomes.append(at + self.dice.randrange(1, LAG))

    def significant(self) -> set[str]:
        """What is found in it."""
        active = {at // LAG for instants in self.acts.values() for at in instants}
        found = associations(self.acts, self.outcomes, active, lag=LAG, least=3)
        return {act for act, one in found.items() if one.q <= 0.05}


def test_where_nothing_is_associated_no_more_is_found_than_allowed() -> None:
    """Of two hundred histories at most one in twenty, though all is done in the same hours."""
    wrong = [seed for seed in range(200) if History(seed).significant()]
    assert len(wrong) <= 10


def test_what_is_planted_is_found_and_little_else() -> None:
    """Seven of nine times, in nine of ten histories or more; others in one of ten at most."""
    found, others = 0, 0
    for seed in range(100):
        history = History(seed)
        history.plant(9, 7)
        significant = history.significant()
        found += "planted" in significant
        others += bool(significant - {"planted"})
    assert found >= 90
    assert others <= 10


def test_figures_are_those_of_the_history() -> None:
    """Seven of nine, against what everything that was done would bring."""
    acts = {
        "cache": [day * DAY for day in range(9)],
        "mail": [day * DAY + 600 for day in range(90)],
        "seldom": [5, 6],
    }
    outcomes = [day * DAY + 10 for day in range(7)]
    found = associations(acts, outcomes, [], lag=LAG, least=3)
    assert set(found) == {"cache", "mail"}
    cache, mail = found["cache"], found["mail"]
    assert (cache.followed, cache.times, cache.tested) == (7, 9, 2)
    assert (mail.followed, mail.times, mail.p) == (0, 90, 1.0)
    slots, hot = 99, 14  # 9 of the cache and 90 of mail; two for each outcome
    assert cache.expected == pytest.approx(9 * hot / slots)
    assert cache.p == chance_of(7, 9, hot, slots)
    assert cache.q == pytest.approx(2 * cache.p)


@given(st.permutations(range(6)))
def test_the_order_of_the_acts_says_nothing(order: list[int]) -> None:
    """The same figures, whichever comes first."""
    acts = {number: [number * 7 + day * DAY for day in range(4)] for number in order}
    found = associations(acts, [3, DAY + 3], [], lag=LAG, least=3)
    assert found == {number: found[number] for number in sorted(found)}
    assert {number: one.followed for number, one in found.items()} == {
        number: 2 * (number == 0) for number in range(6)
    }
