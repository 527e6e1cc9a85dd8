"""What people do first in trouble of one kind, and what they do in it at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from kubectl_smart.memory.patterns.chances import at_least_of, drawn_at_least
from kubectl_smart.memory.patterns.deeds import (
    EVERYBODY,
    LEAST,
    LEAST_SHARE,
    WORTH,
    Habit,
    Sessions,
    Whole,
    habit_of,
    none_if_usual,
    ranges,
    testable,
)


def in_trouble(every: Sessions, kind: str) -> tuple[list[Habit], int]:
    """(habits in sessions with a label, how many were tested). `kind`: "first" or "holds"."""
    deeds, width = every.deeds, every.deeds.width
    session = np.repeat(np.arange(len(every)), every.sizes)
    both = np.stack([deeds.exact, deeds.coarse], axis=1)
    place = np.repeat(np.arange(len(deeds)), 2)
    if kind == "first":
        both, session = both[every.starts], session[every.starts]
        place = np.repeat(every.starts, 2)
    named = both.ravel() >= 0
    acts, first = np.unique(
        (np.repeat(session, 2) * width + both.ravel())[named], return_index=True
    )
    place, (session, whats) = place[named][first], np.divmod(acts, width)
    ends = np.searchsorted(session, np.arange(len(every) + 1))
    marked = np.bincount(whats, minlength=width)
    shares = np.bincount(deeds.exact, minlength=width)
    shares += np.bincount(deeds.coarse[deeds.coarse >= 0], minlength=width)
    often = np.sort(marked[marked > 0]).tolist()
    found: list[Habit] = []
    tested = 0
    for (who, label), several in sorted(_groups(every).items()):
        if len(several) < LEAST:
            continue
        tested += testable(often, len(several))
        numbers = np.array(several)
        mine = ranges(ends[numbers], ends[numbers + 1] - ends[numbers])
        names, counts = np.unique(whats[mine], return_counts=True)
        enough = (counts >= LEAST) & (counts >= LEAST_SHARE * len(several))
        for what, count in zip(names[enough].tolist(), counts[enough].tolist(), strict=True):
            table = count, len(several), int(marked[what]), len(every)
            if drawn_at_least(*table) > WORTH:
                continue
            hits = mine[whats[mine] == what]
            others = numbers[~np.isin(numbers, session[hits])]
            habit = habit_of(
                kind, who, label, (), what, table,
                deeds.told(place[hits]), deeds.told(every.starts[others]),
            )  # fmt: skip
            if who != EVERYBODY:
                habit = _among_own(every, habit, session[whats == what], len(numbers))
            if kind == "holds" and habit.p <= WORTH:
                lengths = every.sizes[numbers].tolist()
                inside = ranges(every.starts[numbers], every.sizes[numbers])
                own = int(((deeds.exact[inside] == what) | (deeds.coarse[inside] == what)).sum())
                elsewhere = int(shares[what]) - own, len(deeds) - len(inside)
                habit = _among_as_many(habit, lengths, elsewhere)
            found.append(habit)
    return found, tested


def _groups(every: Sessions) -> dict[tuple[int, int], list[int]]:
    """The sessions of each person, and of everybody, with each label."""
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (who, labels) in enumerate(zip(every.who.tolist(), every.labels, strict=True)):
        for label in labels:
            groups[who, label].append(number)
            groups[EVERYBODY, label].append(number)
    return groups


def _among_own(every: Sessions, habit: Habit, holding: Whole, troubled: int) -> Habit:
    """The same, or one of chance 1 if the person does it as well in other sessions.

    holding   sessions of anybody with the act; so many of the person's are `troubled`
    What somebody does in any trouble is no habit in this one; who was seen in hardly any other is
    held against all people alone.
    """
    own = every.who == habit.who
    slots = int(own.sum())
    if slots - troubled < LEAST:
        return habit
    return none_if_usual(habit, int(own[holding].sum()), slots)


def _among_as_many(habit: Habit, lengths: Sequence[int], elsewhere: tuple[int, int]) -> Habit:
    """The same with the chance that as many acts, drawn at random, hold it, if that is larger.

    elsewhere  so many of so many acts in all other sessions are it: were its own counted, too, the
               habit would speak against itself. One more is added, so that what was never done
               elsewhere is not thought impossible.
    """
    done, of = elsewhere
    share = (done + 1) / (of + 1)
    chances = [1 - (1 - share) ** length for length in lengths]
    p = at_least_of(habit.followed, chances)
    return habit._replace(p=max(p, habit.p), expected=max(sum(chances), habit.expected))
