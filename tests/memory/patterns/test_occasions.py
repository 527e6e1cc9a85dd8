"""What came in one day is one occasion, however often it came."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.patterns.deeds import Deed, Deeds, Trouble, sessions
from kubectl_smart.memory.patterns.habits import habits
from kubectl_smart.memory.patterns.links import (
    Causes,
    edited_together,
    followed,
    followed_on_its_own,
    own,
    sittings,
    trouble_after_trouble,
)
from kubectl_smart.memory.patterns.occasions import APART, Occasions, occasions

MINUTE = 60_000_000
LAG = 30 * MINUTE
DAY = 1_440 * MINUTE
INSTANTS = st.lists(st.integers(0, 30 * DAY), max_size=40)


def test_the_first_of_a_day_counts() -> None:
    """Held or not; a day begins with a trial that counts."""
    hits = [0, MINUTE, DAY + 5 * MINUTE, 3 * DAY]
    against = [2 * MINUTE, DAY, 4 * DAY, 4 * DAY + MINUTE, 5 * DAY]
    assert occasions(hits, against) == Occasions(held=2, times=5, silent=2)


def test_one_success_late_in_a_day_ends_a_silence() -> None:
    """It has not stopped, though the day began badly."""
    assert occasions([0, 2 * DAY + MINUTE], [DAY, 2 * DAY]).silent == 0


@given(INSTANTS, INSTANTS)
def test_there_are_never_more_days_than_trials(hits: list[int], against: list[int]) -> None:
    """The order in which they are given changes nothing; those far apart are all counted."""
    found = occasions(hits, against)
    assert found == occasions(hits[::-1], sorted(against))
    assert 0 <= found.held <= len(hits)
    assert found.held <= found.times <= len(hits) + len(against)
    assert found.silent <= found.times - found.held or not found.held
    wide = occasions([at * APART for at in set(hits)], [])
    assert wide.held == wide.times == len(set(hits))


def test_one_bad_day_links_no_change_to_its_trouble() -> None:
    """Out of memory again and again after attempts to mend it, in one day; in twelve it is."""
    for apart, sure in ((50 * MINUTE, False), (DAY + 50 * MINUTE, True)):
        acts = np.arange(12) * apart + LAG
        causes = Causes(np.zeros(12, np.int64), acts)
        found, _ = followed(causes, 0, acts + 9 * MINUTE, 3_000, LAG)
        assert [one.p < 1e-9 for one in found] == [sure]


def test_two_that_flap_on_one_node_for_a_day_follow_each_other_not() -> None:
    """Fourteen times in half a day are one time."""
    for apart, sure in ((47 * MINUTE, False), (2 * DAY, True)):
        begun = sorted(
            (at + 2 * MINUTE * key, key) for at in range(0, 14 * apart, apart) for key in (0, 1)
        )
        found, _ = trouble_after_trouble(begun, 20_000, 10 * MINUTE)
        assert [one.p < 1e-6 for one in found] == [sure]


def test_deploys_of_one_day_tell_of_no_shape() -> None:
    """Eight climbs of one afternoon, or of eight days."""
    for apart, told in ((40 * MINUTE, False), (DAY, True)):
        acts = np.arange(8) * apart
        link = followed_on_its_own([own(acts, acts + 3 * MINUTE, LAG)], 3_000)
        assert (link is not None) == told


def test_who_does_the_same_over_and_over_in_one_session_has_no_habit() -> None:
    """Two looks in turn, eight times in an hour; in eight sessions they are one."""
    for apart, told in ((4 * MINUTE, False), (2 * DAY, True)):
        starts = [100 * DAY + apart * number for number in range(8)]
        deeds = [
            Deed(at + MINUTE * place, 0, (what,), 0, 0, True)
            for at in starts
            for place, what in enumerate((0, 1, 2))
        ]
        troubles = [Trouble(at - MINUTE, at + 90 * MINUTE, (0,), 0) for at in starts]
        for number in range(60):
            at = number * DAY
            troubles.append(Trouble(at - MINUTE, at + 90 * MINUTE, (1,), 0))
            deeds += [
                Deed(at + MINUTE * place, 1 + number % 4, (3 + (number + place) % 7,), 0, 0, True)
                for place in range(6)
            ]
        every = sessions(Deeds.of(sorted(deeds)), sorted(troubles))
        found, tested = habits(every)
        sure = {(*one.before, one.what) for one in found if one.p * tested <= 0.02}
        assert ((0, 1) in sure) == told


def test_who_edits_always_the_same_two_edits_none_with_the_other() -> None:
    """All that one person edits comes together, and others edit neither: nothing is told by it."""
    edits = []
    for number in range(60):
        at, who = number * DAY, number % 4
        refs = (0, 1) if who == 0 else (10 + who, 20 + number % 3)
        edits += [(at + 5 * MINUTE * place, who, ref) for place, ref in enumerate(refs)]
    placed = [(at, who, ref, place) for place, (at, who, ref) in enumerate(sorted(edits))]
    found, _ = edited_together(sittings(placed, 60 * MINUTE, 2_000_000))
    assert {one.p for one, _ in found if {one.cause, one.outcome} == {0, 1}} == {1.0}
