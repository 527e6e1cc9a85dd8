"""How often a CronJob runs, from its schedule: five fields of cron, as Kubernetes reads them."""

from __future__ import annotations

_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_MACROS = {"@hourly": 24.0, "@daily": 1.0, "@midnight": 1.0, "@weekly": 1 / 7, "@monthly": 1 / 30}


def runs_a_day(schedule: object) -> float:
    """On average; 0 if it is not understood."""
    if not isinstance(schedule, str):
        return 0.0
    if schedule.strip() in _MACROS:
        return _MACROS[schedule.strip()]
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        return 0.0
    counts = [_count(one, *span) for one, span in zip(fields, _FIELDS, strict=True)]
    if not all(counts):
        return 0.0
    minutes, hours, days, months, weekdays = counts
    return minutes * hours * (days / 31) * (months / 12) * (weekdays / 7)


def _count(field: str, low: int, high: int) -> int:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        try:
            each = int(step) if step else 1
            begin = low if span in ("*", "?") else int(first)
            end = high if span in ("*", "?") or (step and not last) else int(last or first)
        except ValueError:
            return 0
        if each > 0:
            found.update(range(begin, min(end, high) + 1, each))
    return len(found)
