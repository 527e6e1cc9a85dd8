"""What follows what: fields and outcomes, deploys and shapes, trouble and trouble, edits and edits.

Four tests, each of which says how many hypotheses it looked at, also of those it did not need to
work out. Causes and outcomes are held against all slots in which anything was done (as in
`associations`), by the exact test for a table of two by two. What was done are columns of numbers:
there may be a million of them, and they are held against many outcomes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubectl_smart.memory.patterns.associations import follows
from kubectl_smart.memory.patterns.chances import at_least, at_least_of, drawn_at_least
from kubectl_smart.memory.patterns.occasions import BROKEN, Occasions, occasions

Whole: TypeAlias = NDArray[np.int64]
Yes: TypeAlias = NDArray[np.bool_]

LEAST = 5
"""So often at least it must have followed."""
LEAST_SHARE = 0.5
"""Of all the times."""
MOST_TOGETHER = 30
"""Objects edited in one sitting; of more, which is a tool's work, none counts."""
_MOST_NEXT = 50  # troubles that begin soon after one, looked at


class Link(NamedTuple):
    """A candidate: `followed` of `times`.

    cause, outcome   what the caller knows them by
    hits, against    places among the cause's instants, rising
    expected         of them by chance
    silent           so many times since, after which nothing followed
    days             on how many it did, of how many
    """

    cause: int
    outcome: int
    followed: int
    times: int
    expected: float
    p: float
    hits: tuple[int, ...]
    against: tuple[int, ...]
    silent: int
    days: Occasions

    @property
    def broken(self) -> bool:
        """Whether it has stopped."""
        return self.days.quiet <= BROKEN


class Causes(NamedTuple):
    """What was done, as columns.

    which  the number of the cause of each, rising
    times  when, of one cause rising, in the unit of the lag
    """

    which: Whole
    times: Whole


def followed(
    causes: Causes, outcome: int, instants: Whole, slots: int, lag: int
) -> tuple[list[Link], int]:
    """Which causes were followed by one outcome, and how many were tested.

    causes    answers to the outcome left out
    instants  of the outcome, rising
    slots     (instant // lag) so many in which anything was done, these included
    """
    slotted = _slotted(causes, instants, lag)
    if not len(slotted.starts):
        return [], 0
    which = causes.which[slotted.starts]
    times = np.bincount(which)
    count = np.bincount(which[slotted.hit], minlength=len(times))
    hot = min(len(_before(instants, lag)), slots)
    enough = (times >= LEAST) & (count >= LEAST) & (count >= LEAST_SHARE * times)
    found = []
    for cause in np.flatnonzero(enough).tolist():
        of, held = int(times[cause]), int(count[cause])
        first = int(np.searchsorted(causes.which, cause))
        hits, against = slotted.places(which == cause, first)
        days = _days(hits, against, causes.times[first:])
        p = max(
            drawn_at_least(min(held, hot), of, hot, slots),
            days.chance(hot, slots, LEAST),
        )
        expected, silent = of * hot / slots, _silent(hits, against)
        found.append(Link(cause, outcome, held, of, expected, p, hits, against, silent, days))
    return found, int((times >= LEAST).sum())


class _Slotted(NamedTuple):
    """What was done, by slot: whether it was followed, and the first place that was, or is."""

    starts: Whole
    hit: Yes
    place: Whole

    def places(self, of: Yes, first: int = 0) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Places followed and not, counted from `first`."""
        return (
            tuple((self.place[of & self.hit] - first).tolist()),
            tuple((self.place[of & ~self.hit] - first).tolist()),
        )


def _slotted(causes: Causes, ends: Whole, lag: int) -> _Slotted:
    """Slots of each cause; of one slot the first place, followed if any in it was."""
    which, times = causes
    slots = times // lag
    fresh = np.ones(len(times), np.bool_)
    fresh[1:] = (which[1:] != which[:-1]) | (slots[1:] != slots[:-1])
    starts = np.flatnonzero(fresh)
    nexts = np.searchsorted(ends, times, side="right")
    late = np.append(ends, np.iinfo(np.int64).max)[nexts] - lag > times
    if not len(starts):
        return _Slotted(starts, np.zeros(0, np.bool_), starts)
    first = np.minimum.reduceat(np.where(late, len(times), np.arange(len(times))), starts)
    hit = first < len(times)
    return _Slotted(starts, hit, np.where(hit, first, starts))


def _before(ends: Whole, lag: int) -> Whole:
    """Every slot that touches the time before an outcome; ends: rising."""
    slots = ends // lag
    return _distinct(np.sort(np.concatenate((slots, slots - 1))))


def _distinct(rising: Whole) -> Whole:
    """Each number once."""
    fresh = np.ones(len(rising), np.bool_)
    fresh[1:] = rising[1:] != rising[:-1]
    return rising[fresh]


def _silent(hits: Sequence[int], against: Sequence[int]) -> int:
    """So many places against it come after all that are for it."""
    return sum(one > hits[-1] for one in against) if hits else len(against)


def _days(hits: Sequence[int], against: Sequence[int], times: Sequence[int] | Whole) -> Occasions:
    """The days of places; times: their instants."""
    return occasions(*([int(times[one]) for one in places] for places in (hits, against)))


class Own(NamedTuple):
    """What was done to one object, and whether the outcome was seen on it within the lag.

    acts           how many
    hits, against  places among them
    hot            so many slots touch the time before an outcome
    days           on how many it was seen, of how many
    """

    acts: int
    hits: tuple[int, ...]
    against: tuple[int, ...]
    hot: int
    days: Occasions


def own(acts: Whole, outcomes: Whole, lag: int) -> Own:
    """Of one object: when something was done to it, when the outcome was seen on it; rising."""
    slotted = _slotted(Causes(np.zeros(len(acts), np.int64), acts), outcomes, lag)
    every = np.ones(len(slotted.starts), np.bool_)
    hits, against = slotted.places(every)
    days = _days(hits, against, acts)
    return Own(len(acts), hits, against, len(_before(outcomes, lag)), days)


def followed_on_its_own(every: Sequence[Own], slots: int) -> Link | None:
    """Whether what was done to objects was followed by an outcome on the same object.

    Places count through the acts of all objects in their order. Of each object the chance is the
    share of active slots that touch the time before an outcome on it; the chance of one act is
    their mean over the acts, which makes the binomial tail too large rather than too small. The
    same with the days of each object, and the larger chance.
    """
    hits, against, chance, times, base = [], [], 0.0, 0, 0
    by_day: list[float] = []
    for one in every:
        count = len(one.hits) + len(one.against)
        of_one = min(1.0, (one.hot + 1) / ((slots or 1) + 1))
        chance += count * of_one
        by_day += [of_one] * one.days.times
        times += count
        hits += [base + place for place in one.hits]
        against += [base + place for place in one.against]
        base += one.acts
    days = Occasions(sum(one.days.held for one in every), sum(one.days.times for one in every), 0)
    if days.held < LEAST or len(hits) < LEAST_SHARE * times:
        return None
    p = max(at_least(len(hits), times, chance / times), at_least_of(days.held, by_day))
    return Link(0, 0, len(hits), times, chance, p, tuple(hits), tuple(against), 0, days)


def trouble_after_trouble(
    begun: Sequence[tuple[int, int]], slots: int, lag: int
) -> tuple[list[Link], int]:
    """Which troubles are followed by which others, and how many pairs were tested.

    begun  (instant, key) of every trouble that began, by time
    slots  so many stretches as long as the lag were heard
    Places are those in `begun`.
    """
    instants = [at for at, _ in begun]
    of: dict[int, list[int]] = {}
    for place, (_, key) in enumerate(begun):
        of.setdefault(key, []).append(place)
    pairs = _next_to_each(begun, lag)
    often = {key for key, places in of.items() if len(places) >= LEAST}
    found = []
    for (cause, outcome), count in sorted(pairs.items()):
        if cause == outcome or count < LEAST or count < LEAST_SHARE * len(of[cause]):
            continue
        hot = min(slots, 2 * len(of[outcome]))
        times = len(of[cause])
        ends = [instants[place] for place in of[outcome]]
        hits = tuple(one for one in of[cause] if follows(ends, instants[one], lag))
        against = tuple(one for one in of[cause] if not follows(ends, instants[one], lag))
        days = _days(hits, against, instants)
        p = max(
            drawn_at_least(min(count, hot), min(times, slots), hot, slots),
            days.chance(hot, slots, LEAST),
        )
        expected, silent = times * hot / max(slots, 1), _silent(hits, against)
        found.append(Link(cause, outcome, count, times, expected, p, hits, against, silent, days))
    return found, _testable([len(of[key]) for key in often])


def _next_to_each(begun: Sequence[tuple[int, int]], lag: int) -> dict[tuple[int, int], int]:
    """How often each trouble was followed by each other; once for each time that it began."""
    if not begun:
        return {}
    at, key = np.array(begun, np.int64).T
    width = int(key.max()) + 1
    found = [np.zeros(0, np.int64)]
    for apart in range(1, min(_MOST_NEXT + 1, len(at))):
        later = at[apart:] - at[:-apart]
        place = np.flatnonzero((later > 0) & (later <= lag))
        if not len(place) and later.min() > lag:
            break
        found.append(place * width + key[place + apart])
    place, other = np.divmod(np.unique(np.concatenate(found)), width)
    both, counts = np.unique(key[place] * width + other, return_counts=True)
    return {
        divmod(one, width): count
        for one, count in zip(both.tolist(), counts.tolist(), strict=True)
        if count >= LEAST
    }


class Sitting(NamedTuple):
    """What one person edited without a long break; `edits` are (object, place), by time."""

    at: int
    who: int
    edits: tuple[tuple[int, int], ...]


def sittings(edits: Iterable[tuple[int, int, int, int]], apart: int, at_once: int) -> list[Sitting]:
    """Edits (instant, who, object, place), by time, as sittings that are parted by `apart`.

    Objects that were edited within `at_once` of each other are one command's: the first stands
    for all of them.
    """
    going: dict[int, list[tuple[int, int]]] = {}
    begun: dict[int, int] = {}
    last: dict[int, int] = {}
    found: list[Sitting] = []
    for at, who, ref, place in edits:
        if who in going and at - last[who] > apart:
            found.append(Sitting(begun[who], who, tuple(going.pop(who))))
        if who not in going:
            begun[who] = at
        if who not in going or at - last[who] > at_once:
            going.setdefault(who, []).append((ref, place))
        last[who] = at
    return found + [Sitting(begun[who], who, tuple(every)) for who, every in sorted(going.items())]


def edited_together(every: Sequence[Sitting]) -> tuple[list[tuple[Link, int]], int]:
    """Which objects are edited in the same sitting as others: (link, people), and how many tested.

    Held against all sittings, and against those of each person: who has three objects, and edits
    two of them at a time, edits no two of them together. The larger chance counts; of the latter it
    is the binomial tail with the mean of the shares, which is rather too large.
    `cause` is the object, `outcome` the other; places are those of the cause's first edit.
    """
    of: dict[int, list[int]] = {}
    small = [one for one in every if len({ref for ref, _ in one.edits}) <= MOST_TOGETHER]
    for number, one in enumerate(small):
        for ref in {ref for ref, _ in one.edits}:
            of.setdefault(ref, []).append(number)
    pairs: Counter[tuple[int, int]] = Counter()
    often = {ref for ref, numbers in of.items() if len(numbers) >= LEAST}
    for one in small:
        refs = sorted({ref for ref, _ in one.edits} & often)
        pairs.update((a, b) for a in refs for b in refs if a != b)
    of_each = Counter(one.who for one in small)
    by_person = {ref: Counter(small[one].who for one in of[ref]) for ref in often}
    found = []
    for (cause, outcome), count in sorted(pairs.items()):
        times = len(of[cause])
        if count < LEAST or count < LEAST_SHARE * times:
            continue
        both = set(of[outcome])
        hits, against, people = [], [], set()
        for number in of[cause]:
            place = next(place for ref, place in small[number].edits if ref == cause)
            if number in both:
                hits.append(place)
                people.add(small[number].who)
            else:
                against.append(place)
        hits.sort()
        against.sort()
        begun = [
            [small[one].at for one in of[cause] if (one in both) is hit] for hit in (True, False)
        ]
        days = occasions(*begun)
        shares = {who: held / of_each[who] for who, held in by_person[outcome].items()}
        chances = [shares.get(small[one].who, 0.0) for one in of[cause]]
        p = max(
            drawn_at_least(count, times, len(both), len(small)),
            days.chance(len(both), len(small), LEAST),
            at_least(count, times, sum(chances) / times),
        )
        expected = max(times * len(both) / len(small), sum(chances))
        silent = _silent(hits, against)
        link = Link(
            cause, outcome, count, times, expected, p, tuple(hits), tuple(against), silent,
            days,
        )  # fmt: skip
        found.append((link, len(people)))
    return found, _testable([len(of[ref]) for ref in often])


def _testable(sizes: Sequence[int]) -> int:
    """Ordered pairs of which the second is frequent enough to follow the first (see `chances`)."""
    ranked = sorted(sizes)
    enough = (len(ranked) - bisect_left(ranked, LEAST_SHARE * size) for size in ranked)
    return sum(enough) - len(ranked)  # none with itself


def within(times: Sequence[int], since: int, until: int) -> bool:
    """Whether one of the rising instants lies in since <= t < until."""
    place = bisect_left(times, since)
    return place < len(times) and times[place] < until
