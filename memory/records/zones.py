"""The calendar of a team that moved: from a day on it is another zone's.

What is done at nine is done at nine in either zone; by the clock of one of them it would seem to
stop in one summer and to begin anew at another hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo


class MovedZone(tzinfo):
    """The zone of a first place, and from each day on that of another.

    first  the zone before the first move
    moves  (the day that first began in a zone, that zone), in any order, each day once
    """

    def __init__(self, first: tzinfo, moves: Sequence[tuple[date, tzinfo]]) -> None:
        self._first = first
        self._moves = sorted(moves, key=lambda one: one[0], reverse=True)
        self._from = [
            (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC), zone)
            for day, zone in self._moves
        ]

    def __str__(self) -> str:
        """`Europe/Berlin, from 2025-09-01 America/New_York`."""
        later = (f", from {day.isoformat()} {zone}" for day, zone in reversed(self._moves))
        return f"{self._first}{''.join(later)}"

    def fromutc(self, dt: datetime) -> datetime:
        """By the clock of where the team was at that instant."""
        instant = dt.replace(tzinfo=UTC)
        zone = next((one for since, one in self._from if instant >= since), self._first)
        return instant.astimezone(zone).replace(tzinfo=self)

    def utcoffset(self, dt: datetime | None) -> timedelta | None:
        """Of a local time by its date; None for none."""
        if dt is None:
            return None
        return self._of(dt).utcoffset(dt.replace(tzinfo=self._of(dt)))

    def dst(self, dt: datetime | None) -> timedelta | None:
        """The same of daylight saving."""
        return None if dt is None else self._of(dt).dst(dt.replace(tzinfo=self._of(dt)))

    def tzname(self, dt: datetime | None) -> str | None:
        """`CEST`, `EDT`; its own name for no time."""
        return str(self) if dt is None else self._of(dt).tzname(dt.replace(tzinfo=self._of(dt)))

    def _of(self, dt: datetime) -> tzinfo:
        return next((one for day, one in self._moves if dt.date() >= day), self._first)
