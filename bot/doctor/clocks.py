"""Clocks: ours beside that of whoever answered.

Records are ordered by the time their source gave them, coverage by ours, and Prometheus is asked
up to just now: where clocks differ, an answer about "then" is off by as much.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from kubectl_smart.bot.doctor.findings import Outcome, failed, not_configured, ok, warning
from kubectl_smart.bot.render.words import duration

APART, FAR_APART = 5_000_000, 30_000_000
"""Microseconds by which two clocks may differ: warned of beyond the first; beyond the second what
Prometheus tells of just now is not taken for heard, and it is called a failure."""
_HALF_A_SECOND = 500_000
_REMEDY = "let both machines set their clocks by NTP: `timedatectl status`, `chronyc tracking`"


def compared(whose: str, theirs: int, sent: int, came: int) -> Outcome:
    """Their instant against ours, between which the question was sent and the answer came.

    All in microseconds since 1970-01-01 UTC. The way there and back counts for neither.
    """
    apart = max(sent - theirs, theirs - came, 0)
    limits = f"up to {APART // 1_000_000} s is well, over {FAR_APART // 1_000_000} s is not"
    if apart <= APART:
        return ok(f"within {duration(max(apart, 1_000_000))} of {whose} ({limits})")
    side = "ahead of" if sent > theirs else "behind"
    said = f"this machine's clock is {duration(apart)} {side} {whose} ({limits})"
    return (failed if apart > FAR_APART else warning)(said, _REMEDY)


def by_header(whose: str, date: str, sent: int, came: int) -> Outcome:
    """The same from a header Date, which tells whole seconds."""
    try:
        found = parsedate_to_datetime(date)
    except ValueError:
        return not_configured(f"{whose} tells no time: its header Date is {date!r}")
    told = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    theirs = round(told.timestamp()) * 1_000_000 + _HALF_A_SECOND
    return compared(whose, theirs, sent - _HALF_A_SECOND, came + _HALF_A_SECOND)
