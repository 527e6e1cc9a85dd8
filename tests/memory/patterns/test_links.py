"""What follows what, and what is edited together: found where it is, and only there."""

from __future__ import annotations

import random

import numpy as np

from kubectl_smart.memory.patterns.links import (
    Causes,
    edited_together,
    followed,
    followed_on_its_own,
    own,
    sittings,
    trouble_after_trouble,
)

MINUTE = 60_000_000
LAG = 30 * MINUTE
DAY = 1_440 * MINUTE


def _active(dice: random.Random) -> set[int]:
    return {dice.randrange(200 * DAY) // LAG for _ in range(3_000)}


def test_a_cause_is_told_from_what_was_done_beside_it() -> None:
    """Nine of twelve changes were followed; those of another field as often as chance has it."""
    dice = random.Random(1)
    cause = sorted(dice.randrange(200) * DAY + 600 * MINUTE for _ in range(12))
    other = sorted(dice.randrange(200 * DAY) for _ in range(60))
    outcomes = [at + 9 * MINUTE for at in cause[:9]] + [
        dice.randrange(200 * DAY) for _ in range(20)
    ]
    which = np.array([0] * len(cause) + [1] * len(other), np.int64)
    causes = Causes(which, np.array(cause + other, np.int64))
    active = _active(dice) | {at // LAG for at in cause + other}
    instants = np.array(sorted(outcomes), np.int64)
    found, tested = followed(causes, 5, instants, len(active), LAG)
    (one,) = found
    assert tested == 2
    assert (one.cause, one.outcome, one.followed) == (0, 5, 9)
    assert one.p < 1e-8
    assert len(one.against) == one.times - 9


def test_a_shape_after_deploys_of_each_object_counts_on_the_same_object_only() -> None:
    """The neighbour's memory is no evidence."""
    dice = random.Random(2)
    deploys = [sorted(dice.randrange(200 * DAY) for _ in range(8)) for _ in range(2)]
    after = [[at + 4 * MINUTE for at in acts] for acts in deploys]
    active = _active(dice)
    acts, seen = np.array(deploys, np.int64), np.array(after, np.int64)
    straight = [own(acts[number], seen[number], LAG) for number in range(2)]
    crossed = [own(acts[number], seen[1 - number], LAG) for number in range(2)]
    link = followed_on_its_own(straight, len(active))
    assert link is not None
    assert (link.followed, link.times) == (16, 16)
    assert link.p < 1e-15
    assert followed_on_its_own(crossed, len(active)) is None


def test_trouble_that_follows_trouble() -> None:
    """Of one pair, not of all that failed in the year."""
    dice = random.Random(3)
    begun = [(dice.randrange(200 * DAY), key) for key in range(20) for _ in range(8)]
    first = sorted(dice.randrange(200 * DAY) for _ in range(10))
    begun += [(at, 50) for at in first] + [(at + 3 * MINUTE, 51) for at in first]
    slots = 200 * DAY // (10 * MINUTE)
    found, tested = trouble_after_trouble(sorted(begun), slots, 10 * MINUTE)
    assert [(one.cause, one.outcome) for one in found] == [(50, 51)]
    assert found[0].p * tested < 1e-6


def test_what_is_edited_together() -> None:
    """Within the hour, by one person; one command's work counts as one edit."""
    dice = random.Random(4)
    edits = [
        (dice.randrange(200 * DAY), dice.randrange(4), dice.randrange(2, 30)) for _ in range(400)
    ]
    for number in range(9):
        at = number * 20 * DAY
        edits += [(at, number % 4, 0), (at + 20 * MINUTE, number % 4, 1)]
    for number in range(9):  # `kubectl apply -f folder`
        edits += [(number * 20 * DAY + 300 * MINUTE, 5, ref) for ref in (40, 41)]
    placed = [(at, who, ref, place) for place, (at, who, ref) in enumerate(sorted(edits))]
    found, tested = edited_together(sittings(placed, 60 * MINUTE, 2_000_000))
    told = {(one.cause, one.outcome): people for one, people in found if one.p * tested < 0.02}
    assert told == {(0, 1): 4, (1, 0): 4}
