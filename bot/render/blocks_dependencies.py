"""`dependencies` in Slack: how many and the first of each side; all fields in the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import dependencies as written
from kubectl_smart.bot.render.basis_line import basis_line, coverage_line
from kubectl_smart.bot.render.messages import Entry, Evidence, Message, message
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span, Strong

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.dependencies import DependenciesAnswer, Needed

_NAMED = 6


def dependencies(answer: DependenciesAnswer, zone: tzinfo, handle: str) -> Message:
    """What the object needs and who needs it, by name; the evidence has the fields."""
    when: Line = (Ours(" at "), Moment(answer.since))
    if answer.since != answer.until:
        when = (Ours(" from "), Moment(answer.since), Ours(" to "), Moment(answer.until))
    gone = () if answer.exists else (Ours(" (not there then)"),)
    lines: list[Line] = [
        (Strong("Dependencies"), Ours(" of "), Data(answer.object.title), *gone, *when),
        _side("needs", answer, answer.needs, needed_by=False),
        _side("needed by", answer, answer.needed_by, needed_by=True),
        coverage_line(answer.basis),
    ]
    entries = [
        Entry((at,), _entry(answer, one, needed_by=needed_by))
        for at, (one, needed_by) in enumerate(
            [*((one, False) for one in answer.needs), *((one, True) for one in answer.needed_by)]
        )
    ]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Dependencies", "dependencies", entries),
        zone,
        handle=handle,
        report=written.as_markdown(answer, zone),
    )


def _side(
    label: str, answer: DependenciesAnswer, found: Sequence[Needed], *, needed_by: bool
) -> Line:
    if not found:
        return (Ours(f"{label}: nothing known"),)
    every = list(dict.fromkeys(written.phrase(answer, one, needed_by=needed_by) for one in found))
    more = f" (+{len(every) - _NAMED:,} more)" if len(every) > _NAMED else ""
    return (Ours(f"{label}: "), Data("; ".join(every[:_NAMED]), 380), Ours(more))


def _entry(answer: DependenciesAnswer, one: Needed, *, needed_by: bool) -> tuple[Line, ...]:
    phrase = written.phrase(answer, one, needed_by=needed_by)
    head: list[Span] = [Ours("• needed by: " if needed_by else "• needs: "), Data(phrase, 240)]
    head += [Ours(" since "), Moment(one.since)]
    if one.until is not None:
        head += [Ours(" until "), Moment(one.until)]
    proofs = [(Ours("    "), Data(written.proof(each, one.caller), 360)) for each in one.evidence]
    return (tuple(head), *proofs)
