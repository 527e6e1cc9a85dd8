"""Chains of causes for a terminal: from the symptom down to the change and who made it."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.text import actor, heading, said_line
from kubectl_smart.memory.answers.causes import StepKind

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep

_SHORT = 12
_BRANCH = "└─ "


def causes(found: Causes, zone: tzinfo, *, explain: bool) -> list[str]:
    """The chains, who was ruled out, and what stays unexplained."""
    if not found.troubles:
        lines = [heading("ROOT CAUSE CHAIN"), "  no trouble was seen in this window"]
        return lines + _taken_back(found, zone)
    lines = []
    for number, one in enumerate(found.chains):
        lines += ["", *chain(one, zone, explain=explain, number=number, of=len(found.chains))]
    if not found.chains:
        lines += ["", heading("ROOT CAUSE CHAIN"), "  no change stands out as the cause"]
    if found.others and (explain or not found.chains):
        lines += ["", heading("ALSO SUSPECTED, LESS STRONGLY")]
        lines += [f"  {_root_line(one, zone)}" for one in found.others]
    if found.ruled_out:
        lines += ["", heading("COUNTER-EVIDENCE")]
        lines += [
            f"  {words.instant(one.at, zone)}  {one_line(one.sentence)}  by {actor(one.actor)}: "
            f"{one_line(one.why)}"
            for one in found.ruled_out
        ]
    if found.unexplained:
        lines += ["", heading("NOT EXPLAINED")]
        lines += [
            f"  {words.instant(one.at, zone)}  {one_line(one.sentence)}"
            for one in found.unexplained
        ]
    lines += _taken_back(found, zone)
    if explain:
        lines += ["", f"rules {found.rules}; a confidence is a share in all that is suspected"]
    return lines[1:] if lines and not lines[0] else lines


def _taken_back(found: Causes, zone: tzinfo) -> list[str]:
    if not found.taken_back:
        return []
    return [
        "",
        heading("TAKEN BACK BY SOMEBODY ELSE"),
        *(
            f"  {words.instant(one.change.at, zone)}  {one_line(one.change.sentence)}  "
            f"by {actor(one.change.actor)}; after {words.duration(one.back.at - one.change.at)} "
            f"by {actor(one.back.actor)}"
            for one in found.taken_back
        ),
    ]


def chain(found: Chain, zone: tzinfo, *, explain: bool, number: int = 0, of: int = 1) -> list[str]:
    """One chain: each step below what it caused."""
    which = f" {number + 1} OF {of}" if of > 1 else ""
    sure = f"confidence {found.confidence:.2f}"
    seen = f"explains {found.explains} sightings" if found.explains > 1 else "explains one sighting"
    lines = [heading(f"ROOT CAUSE CHAIN{which}  ({sure}, {seen})")]
    for depth, step in enumerate(found.steps):
        lines += _step(step, zone, depth=depth, explain=explain)
    others = [one for one in found.symptoms if one.sentence != found.steps[0].sentence]
    if others:
        lines.append("  the same change explains:")
        lines += [f"    {words.clock(one.at, zone)}  {one_line(one.sentence)}" for one in others]
    for id_, title in found.incidents:
        lines.append(f"  incident {id_}: {one_line(title)}")
    if found.ended is not None:
        after = words.duration(max(found.ended.at - found.steps[0].at, 0))
        lines.append(
            f"  ended by {actor(found.ended.actor)} after {after}: {one_line(found.ended.sentence)}"
        )
    if found.prevention:
        lines += ["  PREVENTION", *(f"    {one_line(one)}" for one in found.prevention)]
    if explain:
        lines += [
            f"  {one.name:<7} {one.value:.3f}  {one_line(one.words)}" for one in found.factors
        ]
        lines.append(f"  score   {found.score:.3f}")
    return lines


def _step(step: ChainStep, zone: tzinfo, *, depth: int, explain: bool) -> list[str]:
    indent = "  " + "   " * max(depth - 1, 0) + (_BRANCH if depth else "")
    below = "  " + "   " * depth + "  "
    when = f"{words.instant(step.at, zone)}  " if step.at else ""
    who = f"  by {actor(step.actor)}" if step.actor is not None else ""
    lines = [f"{indent}{when}{one_line(step.sentence)}{who}"]
    if step.via and step.kind in (StepKind.CHANGE, StepKind.RUN):
        lines.append(f"{below}{one_line(step.via)}")
    lines += [f"{below}reason: {said_line(one, zone)}" for one in step.reasons]
    if step.evidence:
        lines.append(f"{below}{one_line(step.evidence)}")
    if explain and step.citation is not None:
        lines.append(f"{below}commit {step.citation.commit[:_SHORT]} on {step.citation.branch}")
    return lines


def _root_line(found: Chain, zone: tzinfo) -> str:
    root = found.root
    return (
        f"{words.instant(root.at, zone)}  {one_line(root.sentence)}  by {actor(root.actor)} "
        f"({found.confidence:.2f})"
    )
