"""`trace` in Slack: the symptom, the root cause, who made it; the chain in the evidence."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import blocks_causes, pictures, trace_answer
from kubectl_smart.bot.render.basis_line import basis_line, coverage_line
from kubectl_smart.bot.render.messages import Evidence, Message, message
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Strong, with_code

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import TraceAnswer


def trace(answer: TraceAnswer, zone: tzinfo, handle: str) -> Message:
    """The chain that explains it, or that no change stands out."""
    head: Line = (
        Strong(answer.symptom),
        Ours(" of "),
        Data(answer.object.title),
        Ours(" since "),
        Moment(answer.onset[0]),
        Ours(f" (known from {answer.known_from})"),
    )
    lines: list[Line] = [head]
    root = blocks_causes.root_line(answer.causes)
    lines.append(root or (Ours("no change stands out as the cause"),))
    for chain in answer.causes.chains[:1]:
        if chain.ended is not None:
            lines.append((Ours("ended by: "), *blocks_causes.step_line(chain.ended)))
        lines += [blocks_causes.similar_line(one) for one in chain.similar[:1]]
        lines += [(Ours("prevention: "), *with_code(one)) for one in chain.prevention[:1]]
    lines += [with_code(one) for one in trace_answer.metrics_asked(answer, zone)]
    lines.append(coverage_line(answer.basis))
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Causality chain", "lines", blocks_causes.entries(answer.causes)),
        zone,
        handle=handle,
        report=trace_answer.markdown(answer, zone),
        picture=pictures.sketch_of_trace(answer, zone),
    )
