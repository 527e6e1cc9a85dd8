"""`patterns` in Slack: the surest of each part in the channel, all figures in the evidence."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import patterns as written
from kubectl_smart.bot.render.basis_line import basis_line, coverage_line
from kubectl_smart.bot.render.messages import Entry, Evidence, Message, message
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Strong

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.patterns import Pattern, PatternsAnswer

_NAMED = 3


def patterns(answer: PatternsAnswer, zone: tzinfo, handle: str) -> Message:
    """The surest patterns of each part; the evidence has all, with their figures."""
    place = (Ours(" in "), Data(answer.namespace)) if answer.namespace else ()
    window = (Ours(" from "), Moment(answer.since), Ours(" to "), Moment(answer.until))
    lines: list[Line] = [(Strong("Patterns"), *place, *window)]
    lines += [_part(heading, found) for heading, found in written.parts(answer)]
    lines.append(coverage_line(answer.basis))
    entries = [Entry((at,), _entry(one, zone)) for at, one in enumerate(answer.patterns)]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Patterns", "patterns", entries),
        zone,
        handle=handle,
        report=written.as_markdown(answer, zone),
    )


def _part(heading: str, found: list[Pattern]) -> Line:
    if not found:
        return (Ours(f"{heading}: {written.NOTHING}"),)
    more = f" (+{len(found) - _NAMED:,} more)" if len(found) > _NAMED else ""
    said = "; ".join(
        f"{one.statement} ({one.held:,} of {one.times:,}{', broken' if one.broken else ''})"
        for one in found[:_NAMED]
    )
    return (Ours(f"{heading}: "), Data(said, 380), Ours(more))


def _entry(one: Pattern, zone: tzinfo) -> tuple[Line, ...]:
    lines: list[Line] = [(Ours("• "), Data(one.statement, 360)), (Ours(written.figures(one)),)]
    if broken := written.stopped(one, zone):
        lines.append((Ours(broken),))
    seen: Line = (Ours("first "), Moment(one.first), Ours(", last "), Moment(one.last))
    lines.append(seen)
    if one.failed:
        lines.append((Ours(written.counter_examples(one, zone)),))
    return tuple(lines)
