"""What people do first in trouble of one kind, and what they do in it at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from kubectl_smart.memory.patterns.chances import at_least
from kubectl_smart.memory.patterns.deeds import (
    EVERYBODY,
    LEAST,
    LEAST_SHARE,
    Deed,
    Habit,
    Session,
    habit_of,
    testable,
)


def in_trouble(every: Sequence[Session], kind: str) -> tuple[list[Habit], int]:
    """Habits in sessions with a label."""
    marked: Counter[int] = Counter()
    shares: Counter[int] = Counter(w for one in every for deed in one.deeds for w in deed.whats)
    deeds = sum(len(one.deeds) for one in every)
    acts: list[dict[int, Deed]] = []
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for number, session in enumerate(every):
        mine: dict[int, Deed] = {}
        for deed in session.deeds[:1] if kind == "first" else session.deeds:
            for what in deed.whats:
                mine.setdefault(what, deed)
        acts.append(mine)
        marked.update(mine.keys())
        for label in session.labels:
            groups[session.who, label].append(number)
            groups[EVERYBODY, label].append(number)
    found: list[Habit] = []
    tested, often = 0, sorted(marked.values())
    for (who, label), numbers in sorted(groups.items()):
        if len(numbers) < LEAST:
            continue
        counts: Counter[int] = Counter(what for number in numbers for what in acts[number])
        tested += testable(often, len(numbers))
        for what, count in sorted(counts.items()):
            if count < LEAST or count < LEAST_SHARE * len(numbers):
                continue
            hits = [acts[number][what] for number in numbers if what in acts[number]]
            against = [every[number].deeds[0] for number in numbers if what not in acts[number]]
            table = count, len(numbers), marked[what], len(every)
            habit = habit_of(kind, who, label, -1, what, table, hits, against)
            if kind == "holds":
                lengths = [len(every[number].deeds) for number in numbers]
                habit = _among_as_many(habit, lengths, shares[what] / deeds)
            found.append(habit)
    return found, tested


def _among_as_many(habit: Habit, lengths: Sequence[int], share: float) -> Habit:
    """The same with the chance that as many acts, drawn from all, hold it, if that is larger."""
    expected = sum(1 - (1 - share) ** length for length in lengths)
    p = at_least(habit.followed, habit.times, expected / habit.times)
    return habit._replace(p=max(p, habit.p), expected=max(expected, habit.expected))
