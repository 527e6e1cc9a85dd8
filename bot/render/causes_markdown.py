"""Chains of causes in Markdown: nested lists, as reports and wikis take them."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.markdown import escape
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep

_SHORT = 12


def causes(found: Causes, zone: tzinfo, *, level: str = "##") -> list[str]:
    """The chains, who was ruled out, and what stays unexplained; sections of that level."""
    lines = [f"{level} Root cause", ""]
    if not found.troubles:
        return [*lines, "No trouble was seen in this window."]
    if not found.chains:
        lines.append("No change stands out as the cause.")
    for one in found.chains:
        lines += [*chain(one, zone), ""]
    if found.ruled_out:
        lines += ["Ruled out:", ""]
        lines += [
            f"- {words.instant(one.at, zone)} {escape(one.sentence)} "
            f"by {escape(actor(one.actor))}: {escape(one.why)}"
            for one in found.ruled_out
        ]
        lines.append("")
    if found.unexplained:
        lines += ["Not explained:", ""]
        lines += [
            f"- {words.instant(one.at, zone)} {escape(one.sentence)}" for one in found.unexplained
        ]
    return lines


def chain(found: Chain, zone: tzinfo) -> list[str]:
    """One chain as a nested list."""
    lines = [f"Confidence {found.confidence:.2f}, explains {found.explains} sightings:", ""]
    lines += [f"{'  ' * depth}- {_step(step, zone)}" for depth, step in enumerate(found.steps)]
    others = [one for one in found.symptoms if one.sentence != found.steps[0].sentence]
    lines += [f"- it explains, too: {_step(one, zone)}" for one in others]
    if found.ended is not None:
        lines.append(f"- ended by {escape(actor(found.ended.actor))}: {_step(found.ended, zone)}")
    lines += [f"- prevention: {escape(one)}" for one in found.prevention]
    return lines


def _step(step: ChainStep, zone: tzinfo) -> str:
    when = f"{words.instant(step.at, zone)} " if step.at else ""
    who = f" by {escape(actor(step.actor))}" if step.actor is not None else ""
    commit = f" `{step.citation.commit[:_SHORT]}`" if step.citation is not None else ""
    why = "".join(f" ({escape(one.text)})" for one in step.reasons)
    return f"{when}{escape(step.sentence)}{who}{why}{commit}"
