"""Instants as people write them: on the command line, and later in Slack.

Forms: RFC 3339 with a zone; `2024-01-15 14:30`, `2024-01-15T14:30:05`, `2024-01-15`, `14:30` in the
asker's zone; `-2h`, `-90m`, `-1d12h` (or `now-2h`) before now; `now`, `today`, `yesterday`. A bare
time of day is the last one that has passed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.memory.records.times import from_rfc3339
from kubectl_smart.memory.records.zones import MovedZone

_REMEDY = "write an instant like 2024-01-15T14:30:00Z, '2024-01-15 14:30', 14:30, -2h or now"
_RELATIVE = re.compile(r"-?(?:\d+(?:\.\d+)?(?:us|ms|[smhdw]))+")
_PIECE = re.compile(r"(\d+(?:\.\d+)?)(us|ms|[smhdw])")
_UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
_WITH_SECONDS = re.compile(r"\d:\d{2}:\d{2}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?")


def parse_duration(text: str) -> int:
    """Microseconds of `2h`, `90m`, `1d12h`, `30s`; BadInput if it is none."""
    found = text.strip().removeprefix("-")
    if not _RELATIVE.fullmatch(found):
        raise BadInput(f"{text!r} is no duration", "write one like 30s, 15m, 2h or 1d12h")
    return sum(int(float(number) * _UNITS[unit]) for number, unit in _PIECE.findall(found))


def precision_of(text: str) -> int:
    """How exactly a person said an instant, microseconds: to the second if seconds stand there."""
    return 1_000_000 if _WITH_SECONDS.search(text) else 60_000_000


def parse_moment(text: str, *, now: int, zone: tzinfo) -> int:
    """Microseconds since 1970-01-01 UTC of an instant as a person writes it.

    now   the same unit; zone  what times without one are in. BadInput if it is no instant.
    """
    said = text.strip()
    if said == "now":
        return now
    if said.startswith("now-"):
        return now - parse_duration(said[4:])
    if said.startswith("-") and _RELATIVE.fullmatch(said):
        return now - parse_duration(said)
    today = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=now)).astimezone(zone)
    if said in ("today", "yesterday"):
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        return instant_of(midnight - timedelta(days=said == "yesterday"))
    try:
        if _CLOCK.fullmatch(said):
            clock = time.fromisoformat(said.zfill(len(said) + (said[1] == ":")))
            moment = datetime.combine(today.date(), clock, today.tzinfo)
            return instant_of(moment if moment <= today else moment - timedelta(days=1))
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise BadInput(f"{text!r} is no time", _REMEDY) from None
    if moment.tzinfo is None:
        return instant_of(moment.replace(tzinfo=zone))
    return from_rfc3339(said)


def instant_of(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def zone_named(name: str) -> tzinfo:
    """The zone of a name like Europe/Berlin; BadInput if there is none of that name."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"{name!r} is no time zone", "write one like Europe/Berlin") from None


def calendar_named(names: Sequence[str]) -> tzinfo:
    """Whose calendar: `Europe/Berlin`, and from a day on another: `2025-09-01=America/New_York`.

    Without a name UTC. BadInput if there is no such zone or day, or more than one to begin with.
    """
    moves: dict[date, tzinfo] = {}
    first: list[tzinfo] = []
    for name in names:
        day, moved, zone = name.rpartition("=")
        if not moved:
            first.append(zone_named(name))
            continue
        try:
            moves[date.fromisoformat(day)] = zone_named(zone)
        except ValueError:
            raise BadInput(f"{day!r} is no day", "write 2025-09-01=America/New_York") from None
    if len(first) > 1:
        raise BadInput(
            f"more than one zone to begin with: {', '.join(map(str, first))}",
            "write from when on the others are: 2025-09-01=America/New_York",
        )
    base = first[0] if first else UTC
    return MovedZone(base, list(moves.items())) if moves else base


def local_zone() -> tzinfo:
    """The zone of this machine's clock, by name where TZ or /etc/localtime tell it."""
    return datetime.now(UTC).astimezone().tzinfo or UTC
