"""Habits: what somebody does first, always and next, and what is nobody's."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from kubectl_smart.memory.patterns.deeds import (
    EVERYBODY,
    Deed,
    Deeds,
    Habit,
    Trouble,
    sessions,
)
from kubectl_smart.memory.patterns.habits import habits

MINUTE = 60_000_000
HOUR = 60 * MINUTE
REDIS, LOGS, PODS, EVENTS, SCALES, QUOTA = range(6)
LATENCY, RESTARTS = 0, 1


def looks(at: int, who: int, *whats: int) -> list[Deed]:
    """Some looks, two minutes apart."""
    return [
        Deed(at + 2 * MINUTE * place, who, (what,), 0, 0, True) for place, what in enumerate(whats)
    ]


def history(
    seed: int, *, first: int | None, troubled: int = 10
) -> tuple[list[Deed], list[Trouble]]:
    """Person 0 in trouble with latency, beginning with `first`; others look around."""
    dice, deeds, troubles = random.Random(seed), [], []
    for number in range(troubled):
        at = number * 50 * HOUR
        troubles.append(Trouble(at, at + 10 * MINUTE, (LATENCY,), 0))
        rest = dice.choices((LOGS, PODS, EVENTS), k=3)
        deeds += looks(at + 3 * MINUTE, 0, *([] if first is None else [first]), *rest)
    for number in range(120):
        at = number * 4 * HOUR + 2 * HOUR
        share = (REDIS, LOGS, PODS, PODS, EVENTS, QUOTA)
        deeds += looks(at, dice.randrange(4), *dice.choices(share, k=4))
    return sorted(deeds), troubles


def sure(deeds: list[Deed], troubles: list[Trouble]) -> list[Habit]:
    """Habits that a rough correction leaves."""
    found, tested = habits(sessions(Deeds.of(deeds), troubles))
    return [one for one in found if one.p * tested <= 0.02]


def test_what_somebody_checks_first_is_found() -> None:
    """With its figures, and of that person alone."""
    found = [one for one in sure(*history(1, first=REDIS)) if one.kind == "first"]
    assert {(one.who, one.label, one.what) for one in found} >= {(0, LATENCY, REDIS)}
    (one,) = [one for one in found if one.who == 0]
    assert (one.followed, one.times, one.people) == (10, 10, 1)
    assert one.expected < 4


def test_what_everybody_does_at_any_time_is_nobodys_habit() -> None:
    """Looking at pods is what is done anyway."""
    assert not sure(*history(2, first=None))


def test_what_somebody_does_at_any_time_is_no_habit_in_one_kind_of_trouble() -> None:
    """Who looks at one service all the time looks at it when latency rises, too."""
    deeds, troubles = history(11, first=REDIS)
    assert any(one.who == 0 and one.kind == "first" for one in sure(deeds, troubles))
    dice = random.Random(12)
    for number in range(30):
        rest = dice.choices((LOGS, PODS, EVENTS), k=3)
        deeds += looks((600 + 26 * number) * HOUR, 0, REDIS, *rest)
    assert not [one for one in sure(sorted(deeds), troubles) if one.who == 0]


def test_four_times_are_too_few() -> None:
    """However improbable."""
    assert not [one for one in sure(*history(3, first=REDIS, troubled=4)) if one.who == 0]


def test_the_team_has_a_habit_if_several_have_it() -> None:
    """Each hit counts its person."""
    deeds, troubles = history(4, first=None, troubled=0)
    for number in range(12):
        at = (200 + number) * 24 * HOUR
        troubles.append(Trouble(at, at + 15 * MINUTE, (RESTARTS,), 0))
        deeds += looks(at + 4 * MINUTE, number % 4, PODS, 9, LOGS)
    (one,) = [one for one in sure(sorted(deeds), troubles) if one.what == 9 and one.kind == "holds"]
    assert (one.who, one.people, one.followed) == (EVERYBODY, 4, 12)


def test_an_order_is_found() -> None:
    """Scales, and next looks at quotas, which others seldom do."""
    deeds, troubles = history(5, first=None, troubled=60)
    for number in range(8):
        at = (200 + number) * 24 * HOUR
        troubles.append(Trouble(at - MINUTE, at + HOUR, (LATENCY,), 0))
        deeds.append(Deed(at, 1, (SCALES,), 0, 0, False))
        deeds += looks(at + 2 * MINUTE, 1, QUOTA, PODS)
    found = [one for one in sure(sorted(deeds), troubles) if one.kind == "then" and one.who == 1]
    assert (SCALES, QUOTA, 8) in [(*one.before, one.what, one.followed) for one in found]


def test_that_a_look_follows_a_change_at_all_is_no_habit() -> None:
    """What is looked at is what everybody looks at, whatever was done before."""
    dice, deeds, troubles = random.Random(6), [], []
    for number in range(300):
        at = number * 3 * HOUR
        troubles.append(Trouble(at - MINUTE, at + HOUR, (LATENCY,), 0))
        deeds.append(Deed(at, number % 4, (dice.choice((SCALES, 9, 10)),), 0, 0, False))
        deeds += looks(at + 2 * MINUTE, number % 4, *dice.choices((PODS, LOGS), k=3))
    assert not sure(deeds, troubles)


def test_ordinary_edits_are_no_sessions() -> None:
    """Who only edits finds nothing out."""
    edits = [Deed(number * HOUR, 0, (SCALES,), 0, 0, False) for number in range(50)]
    assert habits(sessions(Deeds.of(edits), [])) == ([], 0)


def test_a_break_or_fresh_trouble_begins_a_session() -> None:
    """Half an hour, or an onset after a time without trouble."""
    deeds = looks(0, 0, PODS, LOGS, PODS) + looks(40 * MINUTE, 0, PODS)
    trouble = [Trouble(3 * MINUTE, 9 * MINUTE, (LATENCY,), 0)]
    found = sessions(Deeds.of(deeds), trouble)
    assert [found.told(number) for number in range(3)] == [deeds[:2], deeds[2:3], deeds[3:]]
    assert [sorted(one) for one in found.labels] == [[], [LATENCY], []]


def test_trouble_elsewhere_is_no_label() -> None:
    """The person had nothing to do with its namespace."""
    found = sessions(Deeds.of(looks(MINUTE, 0, PODS)), [Trouble(0, HOUR, (LATENCY,), 7)])
    assert found.labels == [frozenset()]


@given(st.randoms(use_true_random=False))
def test_people_and_names_are_numbers_only(dice: random.Random) -> None:
    """Other numbers for the same people and acts give the same chances."""
    deeds, troubles = history(1, first=REDIS)
    people, acts = list(range(4)), list(range(6))
    dice.shuffle(people)
    dice.shuffle(acts)
    other = [
        one._replace(who=people[one.who], whats=tuple(acts[what] for what in one.whats))
        for one in deeds
    ]
    plain = sorted(one.p for one in habits(sessions(Deeds.of(deeds), troubles))[0])
    assert sorted(one.p for one in habits(sessions(Deeds.of(sorted(other)), troubles))[0]) == plain
