"""How instants, durations and values are written for people, the same in every face."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import orjson

from kubectl_smart.memory.records.changes import ABSENT, UNKNOWN, Json, Unset
from kubectl_smart.memory.records.times import to_datetime
from kubectl_smart.memory.records.zones import MovedZone

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Said, Superseded
    from kubectl_smart.memory.records.rules import Breach

_LONGEST_VALUE = 80


def instant(at: int, zone: tzinfo) -> str:
    """`2024-01-15 14:30:05` in the asker's zone; the answer says once which that is."""
    return to_datetime(at).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def clock(at: int, zone: tzinfo) -> str:
    """`14:30:05`."""
    return to_datetime(at).astimezone(zone).strftime("%H:%M:%S")


def unseen(not_before: int, at: int, zone: tzinfo) -> str:
    """That nobody saw it happen, and when it can have been; "" where the instant is known."""
    if not not_before:
        return ""
    day = to_datetime(not_before).astimezone(zone).date()
    same = day == to_datetime(at).astimezone(zone).date()
    end = clock(at, zone) if same else instant(at, zone)
    return f"nobody saw it: between {instant(not_before, zone)} and {end}"


def zone_name(at: int, zone: tzinfo) -> str:
    """`UTC`, `CET (UTC+01:00)`; of a calendar that moved its own."""
    if isinstance(zone, MovedZone):
        return str(zone)
    moment = to_datetime(at).astimezone(zone)
    name = moment.tzname() or ""
    offset = moment.strftime("%z")
    spelled = f"UTC{offset[:3]}:{offset[3:5]}"
    return "UTC" if offset == "+0000" else f"{name} ({spelled})" if name != spelled else spelled


def duration(microseconds: int) -> str:
    """`2 h 5 min`, `3 d 4 h`, `45 s`, `0.3 s`: at most two units."""
    seconds = microseconds / 1_000_000
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".0 s", " s")
    rest = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        amount, rest = divmod(rest, size)
        if amount or parts:
            parts.append((amount, unit))
    return " ".join(f"{amount} {unit}" for amount, unit in parts[:2] if amount)


def value(found: Json | Unset) -> str:
    """A field's value on one line."""
    if found is ABSENT:
        return "(absent)"
    if found is UNKNOWN:
        return "(unknown)"
    if isinstance(found, str):
        text = found if found and found == found.strip() and "\n" not in found else _json(found)
    else:
        text = _json(found)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _json(found: Any) -> str:
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()


def times(count: int) -> str:
    """` ×7`; "" for once."""
    return f" ×{count}" if count > 1 else ""


_BROKEN_SHOWN = 5


def since_said(said: Said, zone: tzinfo) -> list[str]:
    """What is to be known of a note beside its words: its incident, breaches, a changed fact."""
    lines = [f"from incident {said.incident}"] if said.incident else []
    if said.rule is not None:
        lines.append(f"a rule: {said.rule.words}")
    lines += [
        f"broken {instant(one.at, zone)} by {one.actor or 'somebody unknown'}: "
        f"{one.path} = {value(one.after)}"
        for one in said.broken_by[-_BROKEN_SHOWN:]
    ]
    if len(said.broken_by) > _BROKEN_SHOWN:
        lines.append(f"broken {len(said.broken_by) - _BROKEN_SHOWN} times before that")
    if said.stale is not None:
        lines.append(stale(said.stale, zone))
    return lines


def breach(found: Breach) -> str:
    """What is answered at once to a change that breaks a rule: the rule, whose it is, from where.

    `never below 5: the SLA (sarah@example.com, see 2020-11-blackfriday); spec.replicas is now 3`
    """
    rule = found.rule
    because = f": {' '.join(rule.because.split())}" if rule.because else ""
    where = f", see {rule.incident}" if rule.incident else ""
    who = rule.author or "somebody unknown"
    return f"{rule.words}{because} ({who}{where}); {found.path} is now {value(found.after)}"


def stale(found: Superseded, zone: tzinfo) -> str:
    """That what a note speaks of is not so any more."""
    return (
        f"stale: {found.path} was {value(found.before)} then, and is {value(found.after)} "
        f"since {instant(found.at, zone)}, by {found.actor or 'somebody unknown'}"
    )


def left_out(count: int) -> str:
    """What is said of the decisions of a long history that an answer leaves out."""
    return f"… {count:,} earlier ones are left out; --limit or --since show more"
