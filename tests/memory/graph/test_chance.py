"""How often such changes come, from how many there were."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.graph.chance import SECOND, by_time, rate

COUNTS = st.integers(0, 10_000_000)
SPANS = st.integers(0, 400 * 86_400 * SECOND)


@given(others=COUNTS, known=SPANS, more=st.integers(1, 10_000))
def test_more_of_the_same_is_a_higher_rate(others: int, known: int, more: int) -> None:
    """However many there were, and however short the time: thousands at one instant, too."""
    assert 0 < rate(others, known) < rate(others + more, known)


@given(lag=SPANS, others=COUNTS, known=SPANS)
def test_what_time_says_is_a_probability(lag: int, others: int, known: int) -> None:
    """Between nothing and one."""
    assert 0 < by_time(lag, 0, others, known) < 1


def test_thousands_at_one_instant_are_just_many() -> None:
    """A repository is taken in as one commit of some thousand files."""
    assert rate(5_000, 0) == 5_000.5 / (2 * SECOND)
