"""Instants, and how they are written.

Inside the memory an instant is an int: microseconds since 1970-01-01 UTC, the
precision of the API server's audit log. It is compared, stored and indexed as it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def from_rfc3339(text: str) -> int:
    """Microseconds of an RFC 3339 instant; ValueError if it is none or has no zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"no time zone in {text!r}")
    return (moment - _EPOCH) // _MICROSECOND


def to_rfc3339(instant: int) -> str:
    """The instant in UTC, with microseconds only where it has any: 2026-11-23T02:48:26.076999Z."""
    return to_datetime(instant).isoformat().replace("+00:00", "Z")


def to_datetime(instant: int) -> datetime:
    """The instant as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)
