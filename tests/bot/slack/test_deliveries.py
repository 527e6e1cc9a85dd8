"""Each delivery once, nobody too often; and how answers get their form."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.slack.deliveries import SEEN_FOR, Pace, Seen


class Clock:
    """Seconds that go on when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now


def test_a_delivery_is_new_once() -> None:
    """Until it is too old to be delivered again."""
    clock = Clock()
    seen = Seen(clock)
    assert [seen.is_new(one) for one in ("Ev1", "Ev2", "Ev1", "Ev2")] == [True, True, False, False]
    clock.now = SEEN_FOR - 1
    assert not seen.is_new("Ev1")
    clock.now = SEEN_FOR
    assert seen.is_new("Ev1")
    assert seen.is_new("Ev2")


def test_a_burst_and_then_a_pace() -> None:
    """Ten at once, then one every three seconds; others are not made to wait."""
    clock = Clock()
    pace = Pace(clock, burst=10, a_minute=20)
    assert [pace.wait("ada") for _ in range(10)] == [0.0] * 10
    assert round(pace.wait("ada"), 6) == 3.0
    assert pace.wait("ben") == 0.0
    clock.now = 2.0
    assert round(pace.wait("ada"), 6) == 1.0
    clock.now = 3.0
    assert pace.wait("ada") == 0.0
    assert round(pace.wait("ada"), 6) == 3.0


@given(st.lists(st.floats(0, 30), min_size=1, max_size=60))
def test_nobody_gets_more_than_the_pace(pauses: list[float]) -> None:
    """Whenever they come: a burst, and what the time since the beginning allows."""
    clock = Clock()
    pace = Pace(clock, burst=5, a_minute=60)
    let_in = 0
    for pause in pauses:
        clock.now += pause
        let_in += pace.wait("ada") == 0.0
        assert let_in <= 5 + clock.now + 1e-6
