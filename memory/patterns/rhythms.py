"""What happens at the same hours and days again and again, oftener than chance would have it.

A stream is one kind of thing with all its instants: replicas of one object going up. Instants that
follow each other within an hour are one visit. Of n visits k lie in a cell of the calendar; if
they came whenever such things come, each would lie in it with the chance that the cell has among
all that is done by the same kind of actor: by day more than by night, on Mondays perhaps more than
on Fridays. The cell is never given less than its part of all time. k or more are then binomially
improbable or not. Of every stream one best cell in each family of cells is tested, its chance
multiplied by the number of cells it was chosen from.

A rhythm must moreover hold: on most of the days it should have come between its first and its last
time it came. Days on which nobody listened do not count. Holidays are misses and are told. If it
has not come the last times, more often than its own misses explain, it is broken.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median_low
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kubectl_smart.memory.patterns.calendars import (
    CELLS,
    HALF_HOURS,
    MINUTE,
    SHARES,
    TIMED,
    Cell,
    Clock,
    Family,
    Whole,
    Wholes,
    belongs,
    days_of,
    span_of,
    timed_cells,
    whole_days,
    windows_of,
)
from kubectl_smart.memory.patterns.chances import at_least, silent_for

Yes: TypeAlias = NDArray[np.bool_]

LEAST = 5
"""So often at least a rhythm must have come."""
LEAST_DAILY = 10
"""The same of what comes every day: a week of work on one thing is no rhythm."""
MOST_MISSED = 0.4
"""Of the days on which it should have come."""
_VISIT = 60 * MINUTE
_LASTS = 30 * MINUTE  # what mostly lasts for longer goes on, and has no hour of its own
_BRIEF = 240 * MINUTE
_AT_ONCE = 512  # streams whose visits are counted together
_WEEK = 7 * HALF_HOURS
_NEXT = (np.arange(_WEEK) + 1) % _WEEK
_MONDAY = 3 * HALF_HOURS  # the first of January 1970 was a Thursday
_PRIOR = 24.0  # visits spread evenly that are added to what is known of others
_CAP = 3  # a slot counts at most so many times the median
_APART = {Family.DAILY: 16, Family.WORKDAYS: 12}
"""So many misses in a row part what was before from what comes after; of other families 5."""
_ROUNDS = 3  # rhythms of one stream
WORTH = 0.02
"""What is less improbable before it is corrected is not looked at further."""
BROKEN = 0.05
"""A rhythm is broken if its silence would be rarer than this by its own misses."""
_LEAST_SILENT = {Family.DAILY: 7, Family.WORKDAYS: 7}
"""So often it must have stayed away for that, longer than holidays; of other families 3 times."""


class Stream(NamedTuple):
    """One kind of thing, and when it happened.

    key      what the caller knows it by
    profile  by what kind of actor; says against what it is tested
    times    microseconds since 1970-01-01 UTC, rising
    local    the same in minutes by the clock on the wall
    """

    key: int
    profile: int
    times: Whole
    local: Whole


class Rhythm(NamedTuple):
    """A candidate.

    hits      places in the stream's times, rising: the first of each day on which it came
    minute    of the day, typically (the lower median)
    spread    minutes around it that hold nine of ten
    times     days on which it should have come, from the first to the last it did
    missed    those on which it did not, as instants at that minute
    visits    of the stream, all; `within` of them in the cell
    chance    of one visit to lie in the cell, if there was no rhythm
    p         of so many or more, times the number of cells
    silent    days on which it should have come since, and did not; quiet: how improbable that is
    since     the first of these as an instant, 0 if there is none
    """

    key: int
    cell: Cell
    hits: tuple[int, ...]
    minute: int
    spread: int
    times: int
    missed: tuple[int, ...]
    visits: int
    within: int
    chance: float
    p: float
    silent: int
    quiet: float
    since: int

    @property
    def broken(self) -> bool:
        """Whether it has stopped."""
        return self.silent >= _LEAST_SILENT.get(self.cell.family, 3) and self.quiet <= BROKEN


class Profile:
    """When things are done at all, by one kind of actor."""

    def __init__(self) -> None:
        self._added: list[Whole] = []
        self._timed: Counter[tuple[Family, int, int]] = Counter()
        self._whole: Counter[tuple[Family, int]] = Counter()
        self._all = self._days = 0

    def add(self, local: Whole) -> None:
        """Something was done at these minutes by the clock on the wall."""
        self._added.append(local)

    def close(self) -> None:
        """Everything was added; to be called once."""
        if not any(map(len, self._added)):
            return
        slots, counts = np.unique(np.concatenate(self._added) // 30, return_counts=True)
        self._added.clear()
        cap = _CAP * median_low(counts.tolist())
        days: Counter[int] = Counter()
        for slot, count in zip(slots.tolist(), counts.tolist(), strict=True):
            weight = min(count, cap)
            self._all += weight
            days[slot // HALF_HOURS] += weight
            for day, window in windows_of(slot * 30):
                for cell in timed_cells(day, window):
                    self._timed[cell] += weight
        cap = _CAP * median_low(days.values())
        for day, count in days.items():
            weight = min(count, cap)
            self._days += weight
            for whole in whole_days(day):
                self._whole[whole] += weight

    def chance(self, cell: Cell, own: int, visits: int) -> float:
        """Of one visit to lie in the cell; `own` of `visits` are of the stream that is tested."""
        share = SHARES[cell.family]
        if cell.window < 0:
            others, everything = self._whole[cell.family, cell.day], self._days
        else:
            others, everything = self._timed[cell], self._all
        others, everything = max(0, others - own), max(0, everything - visits)
        return min(1.0, max(share, (others + _PRIOR * share) / (everything + _PRIOR)))


class _Visits(NamedTuple):
    """The visits of a stream: places of their first instants, and these in local minutes.

    brief  those whose beginnings say anything: they do not go on for hours, nor does the stream
           mostly go on for more than half an hour. A day's work begins when people begin to work
    """

    places: Whole
    local: Whole
    brief: Yes

    def kept(self, which: Yes) -> _Visits:
        """Some of them."""
        return _Visits(self.places[which], self.local[which], self.brief[which])


def rhythms(
    streams: Sequence[Stream],
    profiles: Sequence[Profile],
    clock: Clock,
    heard: Sequence[tuple[int, int]],
) -> tuple[list[Rhythm], int]:
    """(candidates, how many hypotheses were tested).

    profiles  by number, closed
    heard     when somebody listened: from, to, by time, disjoint
    """
    found: list[Rhythm] = []
    tested = 0
    days = [int(one.local[end]) // 1_440 for one in streams if len(one.local) for end in (0, -1)]
    wholes = Wholes(min(days), max(days) + 1) if days else Wholes(0, 0)
    each = [(one, _visits(one)) for one in streams if len(one.times) >= LEAST]
    long = [(one, visits) for one, visits in each if len(visits.places) >= LEAST]
    for first in range(0, len(long), _AT_ONCE):
        some = long[first : first + _AT_ONCE]
        counted = _counted([visits for _, visits in some], wholes)
        for (stream, visits), cells in zip(some, counted, strict=True):
            tested += len(CELLS)
            found += _rounds(stream, visits, cells, profiles[stream.profile], clock, heard, wholes)
    return found, tested


def _visits(stream: Stream) -> _Visits:
    fresh = np.ones(len(stream.times), np.bool_)
    fresh[1:] = np.diff(stream.times) > _VISIT
    places = np.flatnonzero(fresh)
    ends = np.append(places[1:], len(stream.times)) - 1
    lasted = stream.times[ends] - stream.times[places]
    mostly = np.count_nonzero(lasted <= _LASTS) > len(lasted) // 2
    return _Visits(places, stream.local[places], (lasted <= _BRIEF) & mostly)


def _rounds(
    stream: Stream,
    visits: _Visits,
    cells: Sequence[_Counted],
    profile: Profile,
    clock: Clock,
    heard: Sequence[tuple[int, int]],
    wholes: Wholes,
) -> Iterator[Rhythm]:
    """The best rhythm of a stream, the best of what is left without it, and so on."""
    for _ in range(_ROUNDS):
        best = _best(stream, visits, cells, profile, clock, heard)
        if best is None:
            return
        yield best
        visits = visits.kept(~np.isin(visits.places, best.hits))
        (cells,) = _counted([visits], wholes)


def _best(
    stream: Stream,
    visits: _Visits,
    cells: Sequence[_Counted],
    profile: Profile,
    clock: Clock,
    heard: Sequence[tuple[int, int]],
) -> Rhythm | None:
    """The most improbable rhythm that holds, if there is one that chance makes less than 1."""
    ranked = []
    for cell, count, trials in cells:
        chance = profile.chance(cell, count, trials)
        if count <= trials * chance:
            continue
        many = CELLS[cell.family]
        p = min(1.0, at_least(count, trials, chance, worth=2 * WORTH / many) * many)
        if p <= WORTH:
            ranked.append((p, cell, trials, chance))
    ranked.sort(key=lambda one: (one[0], _order(one[1])))
    for p, cell, trials, chance in ranked:
        found = _held(stream, visits, cell, trials, chance, clock, heard)
        if found is not None:
            return found._replace(p=max(p, found.p))
    return None


_Counted: TypeAlias = tuple[Cell, int, int]
"""A cell, how many visits or days lie in it, and of how many."""


def _counted(every: Sequence[_Visits], wholes: Wholes) -> list[list[_Counted]]:
    """Of the visits of several streams: every cell that holds enough, of timed ones brief ones."""
    found: list[list[_Counted]] = [[] for _ in every]
    many = [len(one.local) for one in every]
    stream = np.repeat(np.arange(len(every)), many)
    local = np.concatenate([one.local for one in every])
    brief = np.concatenate([one.brief for one in every])
    slot = (stream * _WEEK + (local // 30 + _MONDAY) % _WEEK)[brief]
    begins = np.bincount(slot, minlength=len(every) * _WEEK).reshape(-1, _WEEK)
    slots = begins + begins[:, _NEXT]  # two windows hold a minute: its own, and the one before
    for number, place in np.argwhere(slots >= LEAST).tolist():
        cell = Cell(Family.WEEKLY, *divmod(place, HALF_HOURS))
        found[number].append((cell, int(slots[number, place]), many[number]))
    by_day = slots.reshape(-1, 7, HALF_HOURS)
    for family, most in ((Family.WORKDAYS, 5), (Family.DAILY, 7)):
        counts = by_day[:, :most].sum(axis=1)
        for number, window in np.argwhere(counts >= LEAST_DAILY).tolist():
            cell = Cell(family, 0, window)
            found[number].append((cell, int(counts[number, window]), many[number]))
    for number, family, day, count, days in wholes.counted(stream, local // 1_440, LEAST):
        found[number].append((Cell(family, day, -1), count, days))
    return found


def _least(cell: Cell) -> int:
    return LEAST_DAILY if cell.family in (Family.DAILY, Family.WORKDAYS) else LEAST


def _order(cell: Cell) -> tuple[int, int, int]:
    return list(CELLS).index(cell.family), cell.day, cell.window


def _held(
    stream: Stream,
    visits: _Visits,
    cell: Cell,
    trials: int,
    chance: float,
    clock: Clock,
    heard: Sequence[tuple[int, int]],
) -> Rhythm | None:
    """The rhythm of a cell, from its first time to its last; None if it was missed too often."""
    came: dict[int, int] = {}
    minute_of: dict[int, int] = {}
    if cell.window >= 0:
        visits = visits.kept(visits.brief)
    days, within = _days_in(cell, visits.local)
    for day, place, minutes in zip(
        days[within].tolist(),
        visits.places[within].tolist(),
        visits.local[within].tolist(),
        strict=True,
    ):
        if day not in came and belongs(cell, day):
            came[day], minute_of[day] = place, minutes - day * 1_440
    silent = [day for day in days_of(cell, min(came), max(came)) if day not in came]
    missed = _heard(cell, silent, clock, heard)
    expected = sorted({*missed, *came})
    run = _longest(expected, came, _APART.get(cell.family, 5))
    hits = [day for day in run if day in came]
    if len(hits) < _least(cell) or len(run) - len(hits) > MOST_MISSED * len(run):
        return None
    begun = sorted(minute_of[day] for day in hits)
    middle = begun[(len(begun) - 1) // 2]
    apart = sorted(abs(one - middle) for one in begun)
    later = _later(cell, run[-1], clock, heard)
    return Rhythm(
        key=stream.key,
        cell=cell,
        hits=tuple(came[day] for day in hits),
        minute=middle,
        spread=apart[(len(apart) * 9 + 9) // 10 - 1],
        times=len(run),
        missed=tuple(clock.instant(day, middle) for day in run if day not in came),
        visits=trials,
        within=len(hits),
        chance=chance,
        p=min(1.0, at_least(len(hits), trials, chance) * CELLS[cell.family]),
        silent=len(later),
        quiet=silent_for(len(hits), len(run), len(later)),
        since=clock.instant(later[0], middle) if later else 0,
    )


def _days_in(cell: Cell, local: Whole) -> tuple[Whole, Yes]:
    """Of each local minute the day, and whether it lies in the cell's window of it."""
    days = local // 1_440
    if cell.window < 0:
        return days, np.ones(len(days), np.bool_)
    half = local // 30 % HALF_HOURS
    second = half == (cell.window + 1) % HALF_HOURS
    return days - (second & (half == 0)), second | (half == cell.window)


def _longest(expected: Sequence[int], came: dict[int, int], apart: int) -> list[int]:
    """The stretch with the most hits that is not interrupted for long, from a hit to a hit."""
    best: list[int] = []
    most = -1
    run: list[int] = []
    count = silent = 0
    for day in [*expected, *[-1] * apart]:
        if day in came:
            run.append(day)
            count, silent = count + 1, 0
            continue
        silent += 1
        if silent == apart:
            while run and run[-1] not in came:
                run.pop()
            if count > most:
                best, most = run, count
            run, count = [], 0
        elif run:
            run.append(day)
    return best


def _later(cell: Cell, last: int, clock: Clock, heard: Sequence[tuple[int, int]]) -> list[int]:
    """The cell's days after its last time on which somebody listened."""
    if not heard:
        return []
    end = clock.local(heard[-1][1]) // 1_440
    return _heard(cell, days_of(cell, last + 1, end), clock, heard)


def _heard(
    cell: Cell, days: Sequence[int], clock: Clock, heard: Sequence[tuple[int, int]]
) -> list[int]:
    """Those of the cell's days, rising, on which somebody listened."""
    end = len(days)
    while end and not _listened(span_of(cell, days[end - 1], clock), heard):
        end -= 1
    if not end:
        return []
    whole = span_of(cell, days[0], clock)[0], span_of(cell, days[end - 1], clock)[1]
    if _listened(whole, heard):  # mostly somebody listened all through
        return list(days[:end])
    return [day for day in days[:end] if _listened(span_of(cell, day, clock), heard)]


def _listened(span: tuple[int, int], heard: Sequence[tuple[int, int]]) -> bool:
    """Whether somebody listened all through."""
    place = bisect_right(heard, (span[0], 1 << 62)) - 1
    return place >= 0 and heard[place][1] >= span[1]


def is_timed(cell: Cell) -> bool:
    """Whether the cell has a window of time, too."""
    return cell.family in TIMED
