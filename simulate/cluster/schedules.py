"""When the schedule of a CronJob comes round, as the CronJob controller reads it.

Rule: robfig/cron ParseStandard: minute, hour, day of the month, month, day of the week, or `@daily`
and the like. Where both days are given either of them will do, where one of them is a star both
have to be right. Without a time zone the controller's own counts, which is taken to be UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SHORT = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}  # fmt: skip
_YEAR = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: at for at, name in enumerate(_YEAR, 1)}
_DAYS = {name: at for at, name in enumerate(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])}
_BOUNDS: tuple[tuple[int, int, Mapping[str, int]], ...] = (
    (0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, _MONTHS), (0, 6, _DAYS),
)  # fmt: skip
_ZONE = re.compile(r"(?:CRON_)?TZ=(\S+)\s+(.*)")
_EVERY = re.compile(r"@every\s+((?:\d+(?:\.\d+)?(?:h|m|s))+)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


class _Field(NamedTuple):
    """The numbers that are right; star: any will do."""

    numbers: frozenset[int]
    star: bool


def due(
    schedule: str, zone: str | None, since: float, until: float, anchor: float
) -> list[float] | None:
    """When a schedule comes round after `since`, until `until`; None if it is not understood.

    All times are seconds since 1970. anchor: when it last came round, for `@every`
    """
    text = schedule.strip()
    named = _ZONE.fullmatch(text)
    if named is not None:
        zone, text = named.groups()
    every = _EVERY.fullmatch(text)
    if every is not None:
        return list(_steps(every.group(1), since, until, anchor))
    try:
        where: tzinfo = UTC if not zone or zone == "UTC" else ZoneInfo(zone)
        fields = _fields(_SHORT.get(text, text))
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return list(_minutes(fields, where, since, until))


def _steps(text: str, since: float, until: float, anchor: float) -> Iterator[float]:
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|m|s)", text)
    step = max(1.0, float(int(sum(float(number) * _UNITS[unit] for number, unit in parts))))
    when = anchor + step * max(1, int((since - anchor) // step) + 1)
    while when <= until:
        yield when
        when += step


def _fields(text: str) -> list[_Field]:
    """ValueError if it is none."""
    parts = text.split()
    if len(parts) != len(_BOUNDS):
        raise ValueError(text)
    return [_field(part, *bounds) for part, bounds in zip(parts, _BOUNDS, strict=True)]


def _field(text: str, least: int, most: int, names: Mapping[str, int]) -> _Field:
    numbers: set[int] = set()
    star = False
    for part in text.split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        width = int(step) if slash else 1
        if width < 1:
            raise ValueError(text)
        if span in ("*", "?"):
            begin, end = least, most
            star = star or width == 1
        else:
            begin = _number(first, names)
            end = _number(last, names) if dash else most if slash else begin
        if not least <= begin <= end <= most:
            raise ValueError(text)
        numbers.update(range(begin, end + 1, width))
    return _Field(frozenset(numbers), star)


def _number(text: str, names: Mapping[str, int]) -> int:
    found = names.get(text.lower())
    return int(text) if found is None else found


def _minutes(fields: list[_Field], zone: tzinfo, since: float, until: float) -> Iterator[float]:
    minute, hour, day, month, weekday = fields
    when = datetime.fromtimestamp(since // 60 * 60 + 60, UTC)
    while when.timestamp() <= until:
        local = when.astimezone(zone)
        of_month, of_week = local.day in day.numbers, local.isoweekday() % 7 in weekday.numbers
        days = of_month and of_week if day.star or weekday.star else of_month or of_week
        if (
            days
            and local.minute in minute.numbers
            and local.hour in hour.numbers
            and local.month in month.numbers
        ):
            yield when.timestamp()
        when += timedelta(minutes=1)
