"""What an answer rests on, as one small line: the memory, what was heard, the zone."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Basis

_SOURCES = 2


def basis_line(basis: Basis, zone: tzinfo) -> Line:
    """`memory 1f2e…+…, heard audit-log from … to …, times in text, report and picture in UTC`."""
    at = basis.reaches[1] if basis.reaches else 0
    spans: list[Span] = [Ours("memory "), Data(basis.memory or "(empty)", 60)]
    for one in basis.heard[:_SOURCES]:
        spans += [Ours(", heard "), Data(one.source, 40), Ours(" from "), Moment(one.from_at)]
        spans += [Ours(" to "), Moment(one.to_at)]
    more = len(basis.heard) - _SOURCES
    if more > 0:
        spans.append(Ours(f", and {more:,} more intervals"))
    if basis.behind:
        spans += [Ours(", the index is behind git on "), Data(", ".join(basis.behind), 60)]
    spans.append(Ours(f", times in text, report and picture in {words.zone_name(at, zone)}"))
    return tuple(spans)


def coverage_line(basis: Basis, doubts: Line = ()) -> Line:
    """How much of the time asked about was heard, and what else makes the answer less sure."""
    if not basis.heard:
        heard: Line = (Ours("coverage: heard nothing of this time"),)
    elif basis.gaps and basis.gaps[0][0] == basis.gaps[0][1]:
        heard = (Ours("coverage: not heard at this very time, the state is the last known"),)
    elif basis.gaps:
        low, high = max(basis.gaps, key=lambda gap: gap[1] - gap[0])
        heard = (
            Ours("coverage: not heard from "),
            Moment(low),
            Ours(" to "),
            Moment(high),
            Ours(f" ({_more_gaps(len(basis.gaps))}a change in a gap is not in this answer)"),
        )
    elif basis.covered:
        heard = (Ours("coverage: heard all through"),)
    else:
        heard = (Ours("coverage: heard in part"),)
    return heard + doubts


def _more_gaps(count: int) -> str:
    return f"the longest of {count:,} gaps; " if count > 1 else ""
