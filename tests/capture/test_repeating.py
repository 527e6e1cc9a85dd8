"""Kubernetes Events that are repeated: few records, and the newest version always among them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.capture.decoding import repeating
from kubectl_smart.capture.decoding.repeating import NO_REPEATS, PAUSE
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.observations import Observation

POD = ObjectRef("", "Pod", "shop", "cart-1")


def version(count: int, last_at: int, name: str = "a") -> Observation:
    """One version of an Event."""
    return Observation(
        id=name * 32, kind="BackOff", about=POD, owner=None, first_at=0, last_at=last_at,
        count=count, message="back-off restarting failed container", warning=True, source="event",
    )  # fmt: skip


def test_a_pod_that_crashes_all_day_makes_few_records() -> None:
    """A version every ten seconds for a day: one record in ten minutes, and those that double."""
    repeats, made = NO_REPEATS, 0
    for count in range(1, 8_641):
        repeats, done = repeating.swept(repeats, count * 10_000_000)
        repeats, news = repeating.taken(repeats, version(count, count * 10_000_000), count)
        made += len(done) + (news is not None)
    assert 144 <= made <= 160


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 3), st.integers(0, PAUSE)), min_size=1
    )
)
def test_the_newest_version_is_recorded_in_the_end(steps: list[tuple[str, int, int]]) -> None:
    """Whatever comes when: of every Event the last record is its newest version, none is older."""
    repeats, now = NO_REPEATS, 0
    counts: dict[str, int] = {}
    recorded: dict[str, list[Observation]] = {}
    for sequence, (name, more, later) in enumerate(steps):
        now += later
        repeats, done = repeating.swept(repeats, now)
        counts[name] = counts.get(name, 0) + more
        repeats, news = repeating.taken(repeats, version(counts[name], now, name), sequence)
        for one in [*(each for _, each in done), *([news] if news else [])]:
            recorded.setdefault(one.id[0], []).append(one)
        assert repeats.low_water is None or repeats.low_water <= sequence
    _, rest = repeating.closed(repeats)
    for _, one in rest:
        recorded.setdefault(one.id[0], []).append(one)
    for name, count in counts.items():
        assert recorded[name][-1].count == count
        assert [one.count for one in recorded[name]] == sorted({o.count for o in recorded[name]})


def test_what_was_heard_of_before_is_no_news() -> None:
    """The same version from watch and audit log is recorded once, also after a restart."""
    repeats, news = repeating.taken(NO_REPEATS, version(1, 5), 1)
    assert news is not None
    again, news = repeating.taken(repeats, version(1, 5), 2)
    assert news is None
    assert again == repeats
    _, news = repeating.taken(repeating.known([version(1, 5)]), version(1, 5), 3)
    assert news is None


def test_a_storm_of_events_is_forgotten_by_and_by() -> None:
    """Far more than are held by then, all within ten minutes: looked through a few times at most.

    Each look makes the map anew; otherwise it grows from the one before, by one.
    """
    repeats, looks = NO_REPEATS, 0
    for number in range(60_000):
        before = repeats.room
        once = replace(version(1, number * 1_000), id=f"{number:032x}")
        repeats, news = repeating.taken(repeats, once, number)
        assert news is not None
        looks += repeats.room != before
    assert looks <= 3
    late = replace(version(1, 2 * repeating.PAUSE), id="f" * 32)
    for number in range(repeats.room):
        other = replace(late, id=f"{number + (1 << 100):032x}")
        repeats, _ = repeating.taken(repeats, other, number)
    assert len(repeats.recorded) <= repeats.room
