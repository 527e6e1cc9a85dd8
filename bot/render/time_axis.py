"""A time axis: where an instant stands, and which instants are written beside it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from kubectl_smart.memory.records.times import to_datetime

_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_STEPS = tuple(
    seconds * _SECOND
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800,
                    21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000,
                    31_536_000)
)  # fmt: skip


class TimeAxis(NamedTuple):
    """A linear axis from `low` to `high` (microseconds since 1970), from pixel left to right."""

    low: int
    high: int
    left: float
    right: float

    def x(self, at: int) -> float:
        """The pixel of an instant; what lies outside is put at the nearer end."""
        inside = min(max(at, self.low), self.high)
        share = (inside - self.low) / max(self.high - self.low, 1)
        return self.left + share * (self.right - self.left)


def ticks(axis: TimeAxis, zone: tzinfo, most: int) -> list[tuple[int, str]]:
    """(instant, how it is written) of at most so many instants, round in the zone's own time.

    Under a day apart they are clock times; from a day on, dates, which are whole days apart and
    do not heed months.
    """
    span = axis.high - axis.low
    step = next((one for one in _STEPS if span // one < most), max(_STEPS[-1], span // most + 1))
    offset = to_datetime(axis.low).astimezone(zone).utcoffset() or timedelta()
    shift = offset // timedelta(microseconds=1)
    first = -(-(axis.low + shift) // step) * step - shift
    found = [first + step * number for number in range(most + 1)]
    inside = [at for at in found if at <= axis.high]
    form = "%Y-%m-%d" if step >= _DAY else "%H:%M" if step >= 60 * _SECOND else "%H:%M:%S"
    if step < _DAY <= span:
        form = "%b %d %H:%M"
    return [(at, _local(at, zone).strftime(form)) for at in inside]


def _local(at: int, zone: tzinfo) -> datetime:
    return to_datetime(at).astimezone(zone)
