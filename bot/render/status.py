"""What the memory holds and what it heard, source by source, for terminals and scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.tables import table
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.bot.serve.hearing_file import Told
    from kubectl_smart.capture.coverage import SourceState
    from kubectl_smart.memory.answers.heard_sources import HeardSource, Share

_MOST = 8
"""Gaps that are listed: the longest of more."""
_HEADS = ("SOURCE", "HEARD SINCE", "HEARD LAST", "24 H", "7 D", "NOW")


def source_lines(
    sources: Sequence[HeardSource], told: Told | None, now: int, zone: tzinfo
) -> list[str]:
    """A table of the sources; under it what is not heard now and why, then the longest gaps."""
    states = {one.source: one for one in told.states} if told is not None and told.alive else {}
    by_name = {one.source: one for one in sources}
    rows = [
        _row(name, by_name.get(name), states.get(name), zone)
        for name in sorted({*by_name, *states})
    ]
    lines = table(_HEADS, rows) if rows else ["no source was heard yet"]
    lines += [
        f"not heard now: {one.source}, for {words.duration(max(now - one.since, 0))}: "
        f"{one_line(one.trouble)}"
        for one in states.values()
        if not one.listening
    ]
    if told is None or not told.alive:
        lines.append(_nobody(told, zone))
    return [*lines, *_gaps(sources, zone)]


def _row(
    name: str, heard: HeardSource | None, state: SourceState | None, zone: tzinfo
) -> tuple[str, ...]:
    doing = "-" if state is None else "listening" if state.listening else "not heard"
    if heard is None:
        last = words.instant(state.heard_at, zone) if state is not None and state.heard_at else "-"
        return (name, "-", last, "-", "-", doing)
    last_at = max(heard.last, 0 if state is None else state.heard_at)
    return (
        name,
        words.instant(heard.since, zone),
        words.instant(last_at, zone),
        percent(heard.day),
        percent(heard.week),
        doing,
    )


def percent(share: Share) -> str:
    """`99.8%`; never 100 where something is missing, never 0 where something was heard."""
    if not share.heard:
        return "0%"
    tenths = share.heard * 1_000 // max(share.to_at - share.from_at, 1)
    if tenths >= 1_000:
        return "100%"
    return f"{tenths / 10:.1f}%" if tenths else "<0.1%"


def _nobody(told: Told | None, zone: tzinfo) -> str:
    if told is None:
        return "no live process has ever heard for this memory"
    return f"no live process hears now; the last one told of itself {words.instant(told.at, zone)}"


def _gaps(sources: Iterable[HeardSource], zone: tzinfo) -> list[str]:
    found = [(one.source, low, high) for one in sources for low, high in one.gaps]
    longest = sorted(found, key=lambda gap: (gap[1] - gap[2], gap))[:_MOST]
    lines = [
        f"gap: {name} {words.instant(low, zone)} to {words.instant(high, zone)}, "
        f"{words.duration(high - low)}"
        for name, low, high in sorted(longest, key=lambda gap: (gap[1], gap[0]))
    ]
    if len(found) > len(longest):
        lines.append(f"gap: {len(found) - len(longest):,} shorter ones in the last 7 days")
    short = sum(one.short_gaps for one in sources)
    if short:
        lines.append(f"gap: {short:,} of less than a second in the last 7 days")
    return lines


def source_documents(sources: Iterable[HeardSource], told: Told | None) -> list[dict[str, Any]]:
    """The member `sources`: every source heard, or told of by a process, by name."""
    states = {} if told is None else {one.source: one for one in told.states}
    by_name = {one.source: one for one in sources}
    return [
        {
            "source": name,
            **_heard(by_name.get(name)),
            "now": _now(states.get(name), alive=told is not None and told.alive),
        }
        for name in sorted({*by_name, *states})
    ]


def _heard(one: HeardSource | None) -> dict[str, Any]:
    if one is None:
        return {"since": None, "last": None, "day": None, "week": None, "gaps": [], "shortGaps": 0}
    return {
        "since": to_rfc3339(one.since),
        "last": to_rfc3339(one.last),
        "day": _share(one.day),
        "week": _share(one.week),
        "gaps": [{"from": to_rfc3339(low), "to": to_rfc3339(high)} for low, high in one.gaps],
        "shortGaps": one.short_gaps,
    }


def _share(one: Share) -> dict[str, Any]:
    return {
        "from": to_rfc3339(one.from_at),
        "to": to_rfc3339(one.to_at),
        "part": round(one.part, 6),
    }


def _now(state: SourceState | None, *, alive: bool) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "listening": alive and state.listening,
        "since": to_rfc3339(state.since),
        "heardAt": to_rfc3339(state.heard_at) if state.heard_at else None,
        "trouble": state.trouble or None,
        "gaps": state.gaps,
    }


def process_document(told: Told | None) -> dict[str, Any] | None:
    """The member `process`: the live process that told of itself last."""
    if told is None:
        return None
    return {
        "alive": told.alive,
        "at": to_rfc3339(told.at),
        "pid": told.pid,
        "host": told.host,
        "health": told.health or None,
    }
