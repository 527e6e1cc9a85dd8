"""Which of several equals come first in a walk over a small Go map."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from made_snapshots import deployment, node, of, run

from kubectl_smart.simulate.controllers.walks import PLACES, likeliest


def _anyone(_: object) -> bool:
    return True


def _equal(_: object, __: object) -> bool:
    return False


@given(st.integers(2, PLACES), st.data())
def test_of_equals_those_that_came_first_go(number: int, data: st.DataObject) -> None:
    """A walk that begins at the first or at an empty place finds them in the order they came."""
    wanted = data.draw(st.integers(1, number - 1))
    assert likeliest(range(number), _anyone, _equal, wanted) == list(range(wanted))


def test_two_that_are_far_apart_are_met_the_other_way_round() -> None:
    """Of seven the last is met before the first by every walk that begins between them."""
    ends = (0, 6)
    assert likeliest(range(7), lambda one: one in ends, _equal, 1) == [6]
    assert likeliest(range(5), lambda one: one in (0, 4), _equal, 1) == [0]


@given(st.lists(st.integers(), unique=True, max_size=12), st.integers(0, 12))
def test_where_nobody_is_equal_the_walk_does_not_matter(members: list[int], number: int) -> None:
    """The first ones are the least, however many there are."""
    found = likeliest(members, _anyone, lambda one, other: one < other, number)
    assert found == sorted(members)[:number]


def test_what_is_not_transitive_is_sorted_as_go_sorts_it() -> None:
    """Of one second: equal; otherwise by uid. The last stops beside its equal, before the least."""
    pods = [(0, "c"), (1, "b"), (0, "a")]

    def before(one: tuple[int, str], other: tuple[int, str]) -> bool:
        return one[0] != other[0] and one[1] < other[1]

    assert likeliest(pods, _anyone, before, 2) == [(1, "b"), (0, "c")]


def test_the_pending_pod_that_came_first_is_scaled_down() -> None:
    """The scheduler's messages tell the order inside a second, whatever the names and uids are."""
    objects = [node("tiny", "100m"), *deployment("web", [None, None, None])]
    for one, version in zip(objects[-3:], ("30", "10", "20"), strict=True):
        one["metadata"]["resourceVersion"] = version
    answer = run(objects, "kubectl scale deployment web -n shop --replicas=2")
    assert sorted(one.name for one in of(answer, "web")) == ["web-1-0", "web-1-2"]
