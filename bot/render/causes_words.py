"""What is said of chains of causes in words, the same in every face."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kubectl_smart.memory.answers.causes import StepKind

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep, Cut, SimilarChain

NO_TROUBLE = "no trouble was seen in this window"
ALL_THE_SAME = (
    "was something slow or wrong all the same? `kubectl smart trace latency NAME --spike TIME` "
    "follows what it needs"
)
NO_CAUSE = "no change stands out as the cause"
MOVED = "Pods moved; no trouble is put down to it"
CUT = "Changed too often to look at each change"
MADE_BY = (StepKind.CHANGE, StepKind.RUN)
"""Steps that somebody made with some command."""

_TEMPLATE = re.compile(r"\bspec\.(?:jobTemplate\.spec\.)?template\.spec\.")


def sure(found: Chain) -> str:
    """`confidence 0.33, explains 2 pieces of trouble, 140 sightings`; as far as they were seen."""
    seen = found.explains
    said = "" if not seen else f"{seen:,} sighting{'s' if seen > 1 else ''}"
    if len(found.symptoms) > 1:
        said = f"{len(found.symptoms):,} pieces of trouble{', ' * bool(said)}{said}"
    return f"confidence {found.confidence:.2f}{', explains ' * bool(said)}{said}"


def also_explained(found: Chain) -> list[ChainStep]:
    """The trouble it explains beside that at which it begins."""
    return [one for one in found.symptoms if one.sentence != found.steps[0].sentence]


def alike(one: SimilarChain) -> str:
    """What both cases have in common, and in what they differ."""
    same = "; ".join(one.same)
    return f"same: {same}" + (f" | other: {'; '.join(one.other)}" if one.other else "")


_GROUNDS = {
    "set back": "it set back what had been changed",
    "said": "somebody said so",
    "warnings-ended": "the last decision before the warnings ended",
    "quiet-since": "no warning was seen since",
    "closed": "the last decision before the incident was closed",
}


def ground(one: SimilarChain) -> str:
    """Why something is taken for what ended a past case; "" where nothing is."""
    return _GROUNDS.get(one.ground, "") if one.ended is not None else ""


def learnt(found: Chain) -> str:
    """What followed such changes before, with its figures; "" where that says nothing new."""
    one = found.learnt
    if one is None:
        return ""
    from kubectl_smart.memory.graph.learnt import figures_of, said_of  # seldom needed

    if any(step.sentence == said_of(one) for step in found.steps):
        return ""
    return f"{said_of(one)} ({figures_of(one)})"


def left_out(found: Causes) -> str:
    """That of the trouble seen least often no cause was looked for; "" if of all."""
    if not found.left_out:
        return ""
    return (
        f"{found.left_out:,} more of {found.troubles:,} pieces of trouble, those seen least often: "
        "no cause was looked for; ask about a shorter window, or with -n"
    )


def cut(found: Cut) -> str:
    """Of which object only the newest changes were looked at, and what became of the others."""
    return (
        f"{found.object.title}: the newest {found.looked_at:,} of {found.of:,} changes; "
        "the others count in how often such changes come"
    )


def briefly(evidence: str) -> str:
    """The field that proves a step, without the beginning that all fields of a template have."""
    return _TEMPLATE.sub("…", evidence)
