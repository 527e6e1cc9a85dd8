"""Habits of three steps and more: found where they tell more than their parts."""

from __future__ import annotations

import random

from kubectl_smart.memory.patterns.deeds import EVERYBODY, Deed, Deeds, Habit, Trouble, sessions
from kubectl_smart.memory.patterns.sequences import MOST_STEPS, in_sequence

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NODES, PODS, USAGE, EVENTS, LOGS, CORDON, NOTES = range(7)
SESSION = tuple[int, list[int]]


def sure(every: list[SESSION], looks: bool = True) -> list[Habit]:
    """Habits that a rough correction leaves, of sessions of (person, acts), all in trouble."""
    deeds = [
        Deed(HOUR * 25 * number + 2 * MINUTE * place, who, (what,), 0, number, looks)
        for number, (who, acts) in enumerate(every)
        for place, what in enumerate(acts)
    ]
    troubles = [
        Trouble(HOUR * 25 * n - MINUTE, HOUR * 25 * n + HOUR, (0,), 0) for n in range(len(every))
    ]
    found, tested = in_sequence(sessions(Deeds.of(deeds), troubles))
    return [one for one in found if one.p * tested <= 0.02]


def orders(found: list[Habit]) -> set[tuple[int, ...]]:
    """(who, act, act, act)."""
    return {(one.who, *one.before, one.what) for one in found}


def others(seed: int, count: int, people: int = 4) -> list[SESSION]:
    """Looks in no order, pods most of all."""
    dice = random.Random(seed)
    share = (PODS, PODS, EVENTS, LOGS, NODES, USAGE)
    return [(dice.randrange(people), dice.choices(share, k=6)) for _ in range(count)]


def elsewhere(seed: int, before: list[int], count: int, who: int = 0) -> list[SESSION]:
    """The same steps after others, which lead to one thing as often as to another."""
    dice = random.Random(seed)
    return [(who, [*before, dice.choice((LOGS, EVENTS, NODES, NOTES))]) for _ in range(count)]


def test_three_steps_of_one_person_are_found() -> None:
    """After nodes and pods the usage, and not after pods alone."""
    every = others(1, 60) + [(0, [NODES, PODS, USAGE])] * 12 + elsewhere(1, [LOGS, PODS], 20)
    found = sure(every)
    (one,) = [one for one in found if one.who == 0]
    assert (*one.before, one.what) == (NODES, PODS, USAGE)
    assert one.followed >= 12
    assert all(deed.whats == (USAGE,) for deed in one.hits)
    assert all(deed.whats == (PODS,) for deed in one.against)


def test_what_its_parts_explain_is_none() -> None:
    """Pods follow nodes, and usage follows pods whatever came before: two habits of two steps."""
    dice = random.Random(2)
    every = [
        (who, [dice.choice((NODES, EVENTS, LOGS)), PODS, USAGE if dice.random() < 0.8 else LOGS])
        for who in range(4)
        for _ in range(60)
    ]
    assert not sure(every)


def test_a_persons_own_parts_are_looked_at_too() -> None:
    """Who looks at usage after pods in any case has no habit that begins with nodes."""
    every = others(3, 80)
    every += [(0, [NODES, PODS, USAGE])] * 15 + [(0, [EVENTS, PODS, USAGE])] * 15
    assert not [one for one in sure(every) if one.who == 0]


def test_the_team_has_one_where_several_do_it() -> None:
    """Each hit counts its person."""
    every = others(4, 60)
    every += [(n % 4, [NODES, PODS, USAGE]) for n in range(16)]
    every += [(n % 4, [EVENTS, PODS, LOGS]) for n in range(16)]
    (one,) = [one for one in sure(every) if (*one.before, one.what) == (NODES, PODS, USAGE)]
    assert (one.who, one.people) == (EVERYBODY, 4)


def test_four_and_five_steps_grow_from_three() -> None:
    """Each held against its own last steps; none has more than five."""
    whole = [NODES, PODS, USAGE, EVENTS, LOGS, CORDON]
    every = others(5, 60) + [(0, whole)] * 20
    for start in range(1, 4):
        every += elsewhere(start, [NOTES, *whole[start : start + 2]], 16)
        every += elsewhere(start, [NOTES, *whole[start : start + 1]], 16)
    found = orders(sure(every))
    assert (0, *whole[:4]) in found
    assert max(len(one) - 1 for one in found) <= MOST_STEPS


def test_what_comes_twice_or_is_no_look_is_none() -> None:
    """Nodes again after the pods are no third step, and three edits are no search."""
    rest = others(6, 60) + elsewhere(6, [LOGS, PODS], 20)
    assert not [one for one in sure(rest + [(0, [NODES, PODS, NODES])] * 12) if one.who == 0]
    assert sure(rest + [(0, [NODES, PODS, USAGE])] * 12)
    assert not sure(rest + [(0, [NODES, PODS, USAGE])] * 12, looks=False)


def test_where_there_is_no_order_none_is_found() -> None:
    """In ten years of looks."""
    assert not [one for seed in range(10) for one in sure(others(10 + seed, 200))]
