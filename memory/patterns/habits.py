"""What people do in trouble, and in which order, oftener than chance would have it.

What one person does without a break of half an hour is a session; trouble that begins in the midst
of one begins another. A session has the labels of the trouble that was there when it began, where
the person had to do with its namespace. Three things are tested, each by Fisher's exact test, one
hypothesis for each person (and for all people together), label and act. Sessions in which nobody
looked at anything are ordinary work, and count for neither of the first two.

first   sessions with the label begin with the act, held against all sessions of everybody
holds   sessions with the label hold the act, held against the same; and against what as many acts
        would hold that are drawn from all, for in trouble sessions are longer
then    in trouble of any kind one act is followed at once by another, held against whatever follows
        anything then; one of the two is a look

So what everybody does at any time is nobody's habit, and who was seen three times
has none.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kubectl_smart.memory.patterns.chances import at_least, drawn_at_least, silent_for

LEAST = 5
"""So often at least a habit must have shown."""
LEAST_SHARE = 0.6
"""Of all the times that it could."""
BREAK = 1_800_000_000
"""A pause that ends a session, microseconds."""
EVERYBODY = -1
_LONGEST = 7_200_000_000  # trouble that lasts for longer says nothing of why somebody looks


class Deed(NamedTuple):
    """One thing that a person did.

    whats  what it is called, the most exact name first
    look   whether it was done to find out, and changed nothing
    """

    at: int
    who: int
    whats: tuple[int, ...]
    namespace: int
    ref: int
    look: bool


class Trouble(NamedTuple):
    """Trouble, and what kinds of trouble it was; namespace -1: anywhere."""

    since: int
    until: int
    labels: tuple[int, ...]
    namespace: int


class Session(NamedTuple):
    """What one person did without a break."""

    who: int
    labels: frozenset[int]
    deeds: tuple[Deed, ...]


class Habit(NamedTuple):
    """A candidate. `before` is the act that comes before `what` for "then", else -1.

    hits, against  deeds, by time
    people, most   how many different people the hits are of, and how many are of one of them
    """

    kind: str
    who: int
    label: int
    before: int
    what: int
    followed: int
    times: int
    expected: float
    p: float
    people: int
    most: int
    hits: tuple[Deed, ...]
    against: tuple[Deed, ...]
    silent: int
    quiet: float

    @property
    def broken(self) -> bool:
        """Whether it has stopped."""
        return self.silent >= 3 and self.quiet <= 0.05


def sessions(deeds: Iterable[Deed], troubles: Sequence[Trouble]) -> list[Session]:
    """All sessions, by their beginning. Deeds and troubles by time."""
    begins = [one.since for one in troubles]
    going: dict[int, list[Deed]] = {}
    found: list[list[Deed]] = []
    for deed in deeds:
        held = going.get(deed.who)
        if held is not None and (
            deed.at - held[-1].at > BREAK or _fresh(troubles, begins, held[-1].at, deed.at)
        ):
            found.append(held)
            held = None
        if held is None:
            held = going[deed.who] = []
        held.append(deed)
    found += going.values()
    found.sort(key=lambda one: (one[0].at, one[0].who))
    return [Session(one[0].who, _labels(one, troubles, begins), tuple(one)) for one in found]


def _fresh(troubles: Sequence[Trouble], begins: Sequence[int], last: int, at: int) -> bool:
    """Whether trouble began between two deeds, after a time without any."""
    first = bisect_right(begins, last)
    if first >= len(begins) or begins[first] > at:
        return False
    before = begins[first] - BREAK
    return not any(one.until >= before for one in troubles[max(0, first - 50) : first])


def _labels(
    deeds: Sequence[Deed], troubles: Sequence[Trouble], begins: Sequence[int]
) -> frozenset[int]:
    at = deeds[0].at
    places = {deed.namespace for deed in deeds}
    first, last = bisect_right(begins, at - _LONGEST), bisect_right(begins, at)
    return frozenset(
        label
        for one in troubles[first:last]
        if max(one.until, one.since + BREAK) >= at
        and (one.namespace == -1 or one.namespace in places)
        for label in one.labels
    )


def habits(every: Sequence[Session]) -> tuple[list[Habit], int]:
    """(candidates, how many hypotheses were tested)."""
    found: list[Habit] = []
    tested = 0
    looking = [one for one in every if any(deed.look for deed in one.deeds)]
    for kind in ("first", "holds"):
        more, count = _in_trouble(looking, kind)
        found += more
        tested += count
    more, count = _in_order([one for one in every if one.labels])
    return found + more, tested + count


def _in_trouble(every: Sequence[Session], kind: str) -> tuple[list[Habit], int]:
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
        tested += _testable(often, len(numbers))
        for what, count in sorted(counts.items()):
            if count < LEAST or count < LEAST_SHARE * len(numbers):
                continue
            hits = [acts[number][what] for number in numbers if what in acts[number]]
            against = [every[number].deeds[0] for number in numbers if what not in acts[number]]
            table = count, len(numbers), marked[what], len(every)
            habit = _habit(kind, who, label, -1, what, table, hits, against)
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


def _in_order(every: Sequence[Session]) -> tuple[list[Habit], int]:
    """What follows what at once; that something is repeated counts, and is no habit."""
    marked: Counter[int] = Counter()
    steps: defaultdict[tuple[int, int], list[tuple[Deed, Deed]]] = defaultdict(list)
    looks: set[int] = set()
    slots = 0
    for session in every:
        for one, other in zip(session.deeds, session.deeds[1:], strict=False):
            slots += 1
            marked.update(other.whats)
            looks.update(what for deed in (one, other) if deed.look for what in deed.whats)
            for what in one.whats:
                steps[session.who, what].append((one, other))
                steps[EVERYBODY, what].append((one, other))
    found: list[Habit] = []
    tested, often = 0, sorted(marked.values())
    for (who, before), pairs in sorted(steps.items()):
        if len(pairs) < LEAST:
            continue
        counts: Counter[int] = Counter(what for _, other in pairs for what in other.whats)
        tested += _testable(often, len(pairs))
        tested -= marked[before] >= max(LEAST, LEAST_SHARE * len(pairs))
        for what, count in sorted(counts.items()):
            if what == before or not {what, before} & looks:
                continue
            if count < LEAST or count < LEAST_SHARE * len(pairs):
                continue
            hits = [other for _, other in pairs if what in other.whats]
            against = [one for one, other in pairs if what not in other.whats]
            table = count, len(pairs), marked[what], slots
            found.append(_habit("then", who, -1, before, what, table, hits, against))
    return found, tested


def _testable(often: Sequence[int], times: int) -> int:
    """So many acts are frequent enough at all for a habit of so many times (see `chances`).

    often  how often each act was done, rising
    """
    return len(often) - bisect_left(often, max(LEAST, LEAST_SHARE * times))


def _habit(
    kind: str,
    who: int,
    label: int,
    before: int,
    what: int,
    table: tuple[int, int, int, int],
    hits: Sequence[Deed],
    against: Sequence[Deed],
) -> Habit:
    count, times, marked, slots = table
    silent = sum(one.at > hits[-1].at for one in against)
    whose = Counter(one.who for one in hits)
    return Habit(
        kind=kind,
        who=who,
        label=label,
        before=before,
        what=what,
        followed=count,
        times=times,
        expected=times * marked / slots,
        p=drawn_at_least(count, times, marked, slots),
        people=len(whose),
        most=max(whose.values()),
        hits=tuple(hits),
        against=tuple(against),
        silent=silent,
        quiet=silent_for(count, times - silent, silent),
    )
