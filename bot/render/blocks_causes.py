"""Chains of causes as lines of evidence in Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kubectl_smart.bot.render import causes_words, words
from kubectl_smart.bot.render.messages import Entry
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span, Strong, Told, with_code
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep, SimilarChain

_SHORT = 12


def entries(found: Causes) -> list[Entry]:
    """The chains step by step, what stays unexplained, and, less telling, who was ruled out."""
    lines = [line for chain in found.chains for line in chain_lines(chain)]
    ruled_out: list[Line] = [
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
    lines += [(Data(causes_words.left_out(found), 240),)] if found.left_out else []
    lines += [line for chain in found.moved for line in _moved_lines(chain)]
    ruled_out += [(Data(causes_words.cut(one), 240),) for one in found.cut]
    return [
        *(Entry((0, at), (line,)) for at, line in enumerate(lines)),
        *(Entry((1, 1, at), (line,)) for at, line in enumerate(ruled_out)),
    ]


def root_line(found: Causes) -> Line | None:
    """The change at the root of the chain that explains most, with its confidence.

    Where a person who undid it is all that tells, that is said, too.
    """
    if not found.chains:
        return None
    chain = found.chains[0]
    more = len(found.chains) - 1
    undid = chain.steps[0].actor
    witness = (Ours("; all that tells is that "), Data(actor(undid), 80), Ours(" undid it"))
    return (
        Strong("root cause"),
        Ours(f" (confidence {chain.confidence:.2f}): "),
        *step_line(chain.root),
        *(witness if undid is not None else ()),
        Ours(f"; and {more} more" if more else ""),
    )


def chain_lines(chain: Chain) -> list[Line]:
    """One chain, a line for each step."""
    lines: list[Line] = [(Strong(f"root cause chain ({causes_words.sure(chain)})"),)]
    lines += [
        (Ours("← " if at else "• "), *step_line(step), *_shown_by(step))
        for at, step in enumerate(chain.steps)
    ]
    lines += [
        (Ours("explains, too: "), *step_line(step)) for step in causes_words.also_explained(chain)
    ]
    if before := causes_words.learnt(chain):
        lines.append((Ours("learnt: "), Data(before, 300)))
    if chain.ended is not None:
        lines.append((Ours("ended by: "), *step_line(chain.ended)))
    lines += [similar_line(one) for one in chain.similar]
    lines += [(Ours("prevention: "), *with_code(one)) for one in chain.prevention]
    return lines


def _moved_lines(chain: Chain) -> list[Line]:
    """What took pods away and did no harm, a line for each step and each workload."""
    lines: list[Line] = [(Strong(causes_words.MOVED.lower()),)]
    lines += [
        (Ours("← " if at else "• "), *step_line(step), *_shown_by(step))
        for at, step in enumerate(chain.steps)
    ]
    lines += [(Ours("and: "), *step_line(step)) for step in causes_words.also_explained(chain)]
    return lines


def similar_line(one: SimilarChain) -> Line:
    """A past case: which, in what it is alike, what ended it."""
    line: list[Span] = [Ours("seen before: "), Moment(one.onset), Ours("  ")]
    line += [Data(one.incident[0], 80), Ours(", "), Data(causes_words.alike(one), 240)]
    if one.ended is not None:
        line += [Ours("; ended by "), Data(actor(one.ended.actor), 80), Ours(": ")]
        line.append(Data(one.ended.sentence, 160))
    if one.lasted is not None:
        line.append(Ours(f"; lasted {words.duration(one.lasted)}"))
    return tuple(line)


def _shown_by(step: ChainStep) -> Line:
    """How it was made, what shows it, and its commit: what there is of them."""
    line: list[Span] = []
    if step.via and step.kind in causes_words.MADE_BY:
        line += [Ours(", "), Data(step.via, 160)]
    if step.evidence:
        line += [Ours(", "), Data(causes_words.briefly(step.evidence), 200)]
    if step.citation is not None:
        line += [Ours(", commit "), Data(step.citation.commit[:_SHORT])]
    return tuple(line)


def step_line(step: ChainStep) -> Line:
    """One step: when, what, who and why."""
    line: list[Span] = [Moment(step.at), Ours("  ")] if step.at else []
    line.append(Data(step.sentence, 200))
    if step.actor is not None:
        line += [Ours(" by "), Data(actor(step.actor), 80)]
    for one in step.reasons[:1]:
        line += [Ours(" ("), Told(one.text, 160), Ours(")")]
    return tuple(line)
