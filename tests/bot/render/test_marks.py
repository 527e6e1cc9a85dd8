"""Which marks fall together, and which are named."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.bot.render.marks import Mark, clusters, named, spread


def mark(at: int, weight: int = 1) -> Mark:
    """A mark at so many pixels."""
    return Mark(at, weight, "human", f"at {at}")


@given(st.lists(st.integers(0, 1_000), max_size=60).map(sorted), st.integers(1, 200))
def test_no_mark_is_lost_and_clusters_are_apart(places: list[int], apart: int) -> None:
    """Each mark is in one cluster; clusters begin at least so far from each other."""
    found = clusters([(float(x), mark(x)) for x in places], apart)

    assert sorted(one.at for each in found for one in each.marks) == places
    begins = [one.x for one in found]
    assert all(b - a >= apart for a, b in pairwise(begins))


def test_the_heaviest_of_a_cluster_comes_first() -> None:
    """It gives the cluster its weight; the place and time are the earliest mark's."""
    (one,) = clusters([(0.0, mark(0)), (5.0, mark(5, 9)), (6.0, mark(6))], 10)

    assert [found.at for found in one.marks] == [5, 0, 6]
    assert (one.x, one.weight, one.first_at) == (0.0, 9, 0)


def test_the_heaviest_are_named_in_the_order_of_time() -> None:
    """Of the equally heavy the latest."""
    found = clusters([(float(at), mark(at, at % 3)) for at in range(9)], 0.5)

    assert named(found, 2) == [5, 8]
    assert named(found, 4) == [2, 5, 7, 8]
    assert named([], 3) == []


def test_a_lane_does_not_take_all_names() -> None:
    """The further from the moment, the lighter by one more step."""
    lane = clusters([(float(at), mark(at, 50)) for at in (0, 100, 200)], 10)

    assert [one.weight for one in spread(lane, 190, 12)] == [26, 38, 50]
