"""Chains of causes as lines of evidence in Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubectl_smart.bot.render.messages import Entry
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span, Strong, Told
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep


def entries(found: Causes) -> list[Entry]:
    """The chains step by step, then who was ruled out, then what stays unexplained."""
    lines = [line for chain in found.chains for line in chain_lines(chain)]
    lines += [
        (
            Ours("ruled out: "),
            Moment(out.at),
            Ours("  "),
            Data(out.sentence, 160),
            Ours(" by "),
            Data(actor(out.actor), 80),
            Ours(": "),
            Data(out.why, 160),
        )
        for out in found.ruled_out
    ]
    lines += [(Ours("not explained: "), *step_line(one)) for one in found.unexplained]
    return [Entry((0, at), (line,)) for at, line in enumerate(lines)]


def root_line(found: Causes) -> Line | None:
    """The change at the root of the chain that explains most, with its confidence."""
    if not found.chains:
        return None
    chain = found.chains[0]
    more = len(found.chains) - 1
    return (
        Strong("root cause"),
        Ours(f" (confidence {chain.confidence:.2f}): "),
        *step_line(chain.root),
        Ours(f"; and {more} more" if more else ""),
    )


def chain_lines(chain: Chain) -> list[Line]:
    """One chain, a line for each step."""
    head = f"root cause chain (confidence {chain.confidence:.2f}, explains {chain.explains})"
    lines: list[Line] = [(Strong(head),)]
    lines += [
        (Ours("← " if depth else "• "), *step_line(step)) for depth, step in enumerate(chain.steps)
    ]
    if chain.ended is not None:
        lines.append((Ours("ended by: "), *step_line(chain.ended)))
    lines += [(Ours("prevention: "), Data(one, 280)) for one in chain.prevention]
    return lines


def step_line(step: ChainStep) -> Line:
    """One step: when, what, who and why."""
    line: list[Span] = [Moment(step.at), Ours("  ")] if step.at else []
    line.append(Data(step.sentence, 200))
    if step.actor is not None:
        line += [Ours(" by "), Data(actor(step.actor), 80)]
    for one in step.reasons[:1]:
        line += [Ours(" ("), Told(one.text, 160), Ours(")")]
    return tuple(line)
