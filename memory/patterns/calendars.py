"""The team's calendar: instants as local days and minutes, and the cells that rhythms fall into.

A day is the number of days since 1970-01-01 by the clock of the zone, so that nine o'clock is nine
o'clock on either side of daylight saving. A cell is a set of days, alone or with a window of one
hour in them; windows begin every half hour, so that what happens around a full hour lies within
one. What a window of before midnight needs of the next day is counted to its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]

MINUTE = 60_000_000
HALF_HOURS = 48
_QUARTER = 15 * MINUTE
_DAY = 1_440 * MINUTE
_EPOCH = date(1970, 1, 1).toordinal()
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LAST_DAY, FIRST_WORKDAY, LAST_WORKDAY = 0, 32, 33


class Family(StrEnum):
    """What days a cell consists of; the number of the day says which."""

    DAILY = "every day"
    WORKDAYS = "on workdays"
    WEEKLY = "weekly"
    WEEKDAY = "on a weekday"
    MONTHLY = "on a day of the month"
    FIRST_IN_MONTH = "on the first weekday of the month"
    LAST_IN_MONTH = "on the last weekday of the month"


TIMED = (Family.DAILY, Family.WORKDAYS, Family.WEEKLY)
"""Families whose cells have a window; those of the others are whole days."""

SHARES = {
    Family.DAILY: 1 / 24,
    Family.WORKDAYS: 5 / 7 / 24,
    Family.WEEKLY: 1 / 7 / 24,
    Family.WEEKDAY: 1 / 7,
    Family.MONTHLY: 12 / 365.25,
    Family.FIRST_IN_MONTH: 12 / 365.25,
    Family.LAST_IN_MONTH: 12 / 365.25,
}
"""The part of all time that one cell of the family takes."""

CELLS = {
    Family.DAILY: HALF_HOURS,
    Family.WORKDAYS: HALF_HOURS,
    Family.WEEKLY: 7 * HALF_HOURS,
    Family.WEEKDAY: 7,
    Family.MONTHLY: 31,
    Family.FIRST_IN_MONTH: 7,
    Family.LAST_IN_MONTH: 7,
}
"""How many cells a family has."""


class Cell(NamedTuple):
    """One cell.

    day     0 to 6 from Monday; of the month 1 to 28, or one of the three constants above
    window  half hours from midnight to its beginning; -1: the whole day
    """

    family: Family
    day: int
    window: int


class Clock:
    """Local time of a zone; the same whatever the zone of the machine."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self._offsets: dict[int, int] = {}
        self._quarters: dict[int, int] = {}

    def local(self, at: int) -> int:
        """Minutes since 1970-01-01 00:00 by the clock on the wall."""
        quarter = at // _QUARTER
        offset = self._offsets.get(quarter)
        if offset is None:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=quarter * _QUARTER)
            found = moment.astimezone(self.zone).utcoffset() or timedelta()
            offset = self._offsets[quarter] = found // timedelta(minutes=1)
        return at // MINUTE + offset

    def locals(self, times: Whole) -> Whole:
        """`local` of many."""
        quarters, which = np.unique(times // _QUARTER, return_inverse=True)
        offsets = [self.local(one * _QUARTER) - one * 15 for one in quarters.tolist()]
        return times // MINUTE + np.array(offsets, np.int64)[which]

    def instant(self, day: int, minute: int) -> int:
        """Microseconds since 1970-01-01 UTC of a minute of a local day."""
        quarter, rest = divmod(day * 1_440 + minute, 15)
        found = self._quarters.get(quarter)
        if found is None:
            day, quarter_of_day = divmod(quarter, 96)
            moment = datetime.combine(date_of(day), datetime.min.time(), self.zone)
            moment = moment.replace(hour=quarter_of_day // 4, minute=quarter_of_day % 4 * 15)
            found = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
            self._quarters[quarter] = found
        return found + rest * MINUTE


def date_of(day: int) -> date:
    """The date of a day."""
    return date.fromordinal(day + _EPOCH)


def weekday_of(day: int) -> int:
    """0 for a Monday."""
    return (day + 3) % 7


@lru_cache(maxsize=65_536)
def whole_days(day: int) -> tuple[tuple[Family, int], ...]:
    """The cells of whole days that a day lies in."""
    found, weekday = date_of(day), weekday_of(day)
    tomorrow = date_of(day + 1)
    last = tomorrow.month != found.month
    cells = [(Family.WEEKDAY, weekday)]
    if found.day <= 28:
        cells.append((Family.MONTHLY, found.day))
    if last:
        cells.append((Family.MONTHLY, LAST_DAY))
    if weekday < 5:
        if found.day == 1 or (weekday == 0 and found.day <= 3):
            cells.append((Family.MONTHLY, FIRST_WORKDAY))
        if last or (weekday == 4 and date_of(day + 3).month != found.month):
            cells.append((Family.MONTHLY, LAST_WORKDAY))
    if found.day <= 7:
        cells.append((Family.FIRST_IN_MONTH, weekday))
    if date_of(day + 7).month != found.month:
        cells.append((Family.LAST_IN_MONTH, weekday))
    return tuple(cells)


def windows_of(minutes: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two (day, window) in which a local minute lies."""
    day, half = divmod(minutes // 30, HALF_HOURS)
    return (day, half), (day, half - 1) if half else (day - 1, HALF_HOURS - 1)


def timed_cells(day: int, window: int) -> Iterator[tuple[Family, int, int]]:
    """The cells that a window of a day lies in."""
    weekday = weekday_of(day)
    yield Family.DAILY, 0, window
    yield Family.WEEKLY, weekday, window
    if weekday < 5:
        yield Family.WORKDAYS, 0, window


def belongs(cell: Cell, day: int) -> bool:
    """Whether a day is one of the cell's."""
    match cell.family:
        case Family.DAILY:
            return True
        case Family.WORKDAYS:
            return weekday_of(day) < 5
        case Family.WEEKLY:
            return weekday_of(day) == cell.day
    return (cell.family, cell.day) in whole_days(day)


def days_of(cell: Cell, first: int, last: int) -> Sequence[int]:
    """The cell's days from first to last, both included."""
    if cell.family in (Family.WEEKLY, Family.WEEKDAY):
        return range(first + (cell.day - weekday_of(first)) % 7, last + 1, 7)
    return [day for day in range(first, last + 1) if belongs(cell, day)]


_WHOLE_CELLS = tuple(
    (family, day)
    for family, days in (
        (Family.WEEKDAY, 7),
        (Family.MONTHLY, LAST_WORKDAY + 1),
        (Family.FIRST_IN_MONTH, 7),
        (Family.LAST_IN_MONTH, 7),
    )
    for day in range(days)
)


class Wholes:
    """How many of some days lie in each cell of whole days; asked for many streams."""

    def __init__(self, first: int, last: int) -> None:
        self._first = first
        self._lies = np.array(
            [[cell in whole_days(day) for cell in _WHOLE_CELLS] for day in range(first, last + 1)],
            np.uint8,
        )

    def counted(
        self, stream: Whole, days: Whole, least: int
    ) -> Iterator[tuple[int, Family, int, int, int]]:
        """(stream, family, day, how many of its days, all its days) of cells of so many at least.

        stream  rising; days: of the visits of each
        """
        width = len(self._lies)
        stream, days = np.divmod(np.unique(stream * width + (days - self._first)), width)
        every, starts = np.unique(stream, return_index=True)
        if not len(every):
            return
        all_days = np.diff(starts, append=len(days))
        counts = np.add.reduceat(self._lies[days], starts, axis=0, dtype=np.int32)
        for row, place in np.argwhere(counts >= least).tolist():
            family, day = _WHOLE_CELLS[place]
            yield int(every[row]), family, day, int(counts[row, place]), int(all_days[row])


def span_of(cell: Cell, day: int, clock: Clock) -> tuple[int, int]:
    """From when to when the cell lasts on one of its days, microseconds since 1970-01-01 UTC."""
    if cell.window < 0:
        return clock.instant(day, 0), clock.instant(day + 1, 0)
    start = clock.instant(day, cell.window * 30)
    return start, start + 60 * MINUTE
