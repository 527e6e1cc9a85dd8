"""Chains of causes in Markdown, as reports and wikis take them."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import causes_words, words
from kubectl_smart.bot.render.markdown import code, escape, with_code
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep, SimilarChain

_SHORT = 12


def causes(found: Causes, zone: tzinfo, *, title: str = "Root cause chain") -> list[str]:
    """The chains, who was ruled out, and what stays unexplained; sections of the second level."""
    if not found.troubles and not found.chains:
        lines = [f"## {title}", "", f"{_sentence(causes_words.NO_TROUBLE)}."]
    elif not found.chains:
        lines = [f"## {title}", "", f"{_sentence(causes_words.NO_CAUSE)}."]
    else:
        lines = []
    for number, one in enumerate(found.chains):
        which = f" {number + 1} of {len(found.chains)}" if len(found.chains) > 1 else ""
        lines += ["", *chain(one, zone, title=title, which=which)]
    if found.ruled_out:
        lines += ["", "## Counter-evidence", ""]
        lines += [
            f"- {words.instant(one.at, zone)} {escape(one.sentence)} "
            f"by {escape(actor(one.actor))}: {escape(one.why)} `{one.citation.commit[:_SHORT]}`"
            for one in found.ruled_out
        ]
    if found.unexplained or found.left_out:
        lines += ["", "## Not explained", ""]
        lines += [f"- {step(one, zone)}" for one in found.unexplained]
        lines += [f"- {causes_words.left_out(found)}"] if found.left_out else []
    lines += ["", f"## {causes_words.MOVED}", ""] if found.moved else []
    for one in found.moved:
        lines += [
            f"- {'← ' if at else ''}{step(each, zone)}{_shown_by(each)}"
            for at, each in enumerate(one.steps)
        ]
        lines += [f"- {step(other, zone)}" for other in causes_words.also_explained(one)]
    if found.taken_back:
        lines += ["", "## Taken back by somebody else", ""]
        lines += [
            f"- {step(one.change, zone)}; after {words.duration(one.back.at - one.change.at)} "
            f"by {escape(actor(one.back.actor))}"
            for one in found.taken_back
        ]
    if found.cut:
        lines += ["", f"## {causes_words.CUT}", ""]
        lines += [f"- {escape(causes_words.cut(one))}" for one in found.cut]
    return lines[1:] if lines and not lines[0] else lines


def chain(found: Chain, zone: tzinfo, *, title: str, which: str) -> list[str]:
    """One chain, each step below what it caused; then what would have prevented it."""
    lines = [f"## {title}{which}", "", f"{_sentence(causes_words.sure(found))}:", ""]
    lines += [
        f"- {'← ' if at else ''}{step(one, zone)}{_shown_by(one)}"
        for at, one in enumerate(found.steps)
    ]
    others = causes_words.also_explained(found)
    if others:
        lines += ["", "The same change explains:", "", *(f"- {step(one, zone)}" for one in others)]
    if before := causes_words.learnt(found):
        lines += ["", f"{escape(_sentence(before))}."]
    if found.ended is not None:
        lines += ["", f"Ended: {step(found.ended, zone)}"]
    for id_, name in found.incidents:
        lines += ["", f"Incident {escape(id_)}: {escape(name)}"]
    if found.similar:
        lines += ["", f"## Seen before{which}", ""]
        lines += [_similar(one, zone) for one in found.similar]
    if found.prevention:
        lines += [
            "",
            f"## Prevention{which}",
            "",
            *(f"- {with_code(one)}" for one in found.prevention),
        ]
    return lines


def _similar(one: SimilarChain, zone: tzinfo) -> str:
    """A past case on one line: which, in what it is alike, what ended it."""
    id_, title = one.incident
    lasted = "" if one.lasted is None else f", lasted {words.duration(one.lasted)}"
    ended = "" if one.ended is None else f"; ended: {step(one.ended, zone)}"
    return (
        f"- {words.instant(one.onset, zone)} {escape(id_)}: {escape(title)}{lasted}; "
        f"{escape(causes_words.alike(one))}{ended}"
    )


def step(found: ChainStep, zone: tzinfo) -> str:
    """One step on one line: when, what, who, how, why, and its commit."""
    when = f"{words.instant(found.at, zone)} " if found.at else ""
    who = f" by {escape(actor(found.actor))}" if found.actor is not None else ""
    how = f", {code(found.via)}" if found.via and found.kind in causes_words.MADE_BY else ""
    why = "".join(f" ({escape(one.text)})" for one in found.reasons)
    commit = f" `{found.citation.commit[:_SHORT]}`" if found.citation is not None else ""
    return f"{when}{escape(found.sentence)}{who}{how}{why}{commit}"


def _shown_by(found: ChainStep) -> str:
    return f" ({escape(found.evidence)})" if found.evidence else ""


def _sentence(said: str) -> str:
    return said[:1].upper() + said[1:]
