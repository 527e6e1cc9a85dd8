"""Chains of causes for a terminal: from the symptom down to the change and who made it."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import causes_words, words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.text import actor, heading, said_line

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Causes, Chain, ChainStep, SimilarChain

_SHORT = 12
_CAUSED_BY = "← "

ROOT_CAUSE = "ROOT CAUSE CHAIN"
CAUSALITY = "CAUSALITY CHAIN"
"""Of one symptom that somebody asked about."""


def causes(found: Causes, zone: tzinfo, *, explain: bool, title: str = ROOT_CAUSE) -> list[str]:
    """The chains, who was ruled out, and what stays unexplained. `title` is that of a chain."""
    if not found.troubles and not found.chains:
        quiet = [
            heading(title), f"  {causes_words.NO_TROUBLE}", f"  {causes_words.ALL_THE_SAME}",
        ]  # fmt: skip
        return [*quiet, *_moved(found, zone, explain=explain), *_taken_back(found, zone)]
    lines = []
    of = len(found.chains)
    for number, one in enumerate(found.chains):
        lines += ["", *chain(one, zone, explain=explain, title=title, number=number, of=of)]
    if not found.chains:
        lines += ["", heading(title), f"  {causes_words.NO_CAUSE}"]
    if found.others and (explain or not found.chains):
        lines += ["", heading("ALSO SUSPECTED, LESS STRONGLY")]
        lines += [f"  {_root_line(one, zone)}" for one in found.others]
    if found.ruled_out:
        lines += ["", heading("COUNTER-EVIDENCE")]
        for out in found.ruled_out:
            when = words.instant(out.at, zone)
            lines.append(f"  {when}  {one_line(out.sentence)}  by {actor(out.actor)}")
            lines.append(f"      {one_line(out.why)}")
    if found.unexplained or found.left_out:
        lines += ["", heading("NOT EXPLAINED")]
        lines += [
            f"  {words.instant(one.at, zone)}  {one_line(one.sentence)}"
            for one in found.unexplained
        ]
        lines += [f"  {causes_words.left_out(found)}"] if found.left_out else []
    lines += _moved(found, zone, explain=explain)
    lines += _taken_back(found, zone)
    if found.cut:
        lines += ["", heading(causes_words.CUT.upper())]
        lines += [f"  {one_line(causes_words.cut(one))}" for one in found.cut]
    if explain:
        lines += ["", f"rules {found.rules}; a confidence is a share in all that is suspected"]
    return lines[1:]


def _moved(found: Causes, zone: tzinfo, *, explain: bool) -> list[str]:
    lines = ["", heading(causes_words.MOVED.upper())] if found.moved else []
    for one in found.moved:
        for at, step in enumerate(one.steps):
            lines += _step(step, zone, first=at == 0, explain=explain)
        if others := causes_words.also_explained(one):
            lines.append("  and:")
            lines += [
                f"    {words.clock(other.at, zone)}  {one_line(other.sentence)}" for other in others
            ]
    return lines


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


def chain(
    found: Chain,
    zone: tzinfo,
    *,
    explain: bool,
    title: str = ROOT_CAUSE,
    number: int = 0,
    of: int = 1,
) -> list[str]:
    """One chain, each step below what it caused; then what would have prevented it."""
    which = f" {number + 1} OF {of}" if of > 1 else ""
    lines = [heading(f"{title}{which}  ({causes_words.sure(found)})")]
    for at, step in enumerate(found.steps):
        lines += _step(step, zone, first=at == 0, explain=explain)
    others = causes_words.also_explained(found)
    if others:
        lines.append("  the same change explains:")
        lines += [f"    {words.clock(one.at, zone)}  {one_line(one.sentence)}" for one in others]
    before = causes_words.learnt(found)
    lines += [f"  {one_line(before)}"] if before else []
    lines += [f"  incident {id_}: {one_line(title)}" for id_, title in found.incidents]
    if found.ended is not None:
        after = words.duration(max(found.ended.at - found.steps[0].at, 0))
        lines.append(
            f"  ended after {after} by {actor(found.ended.actor)}: {one_line(found.ended.sentence)}"
        )
    if explain:
        lines += [
            f"  {one.name:<7} {one.value:.3f}  {one_line(one.words)}" for one in found.factors
        ]
        lines.append(f"  score   {found.score:.3f}")
    if found.similar:
        lines += ["", heading(f"SEEN BEFORE{which}")]
        lines += [line for one in found.similar for line in _similar(one, zone, explain=explain)]
    if found.prevention:
        lines += ["", heading(f"PREVENTION{which}")]
        lines += [f"  {one_line(one)}" for one in found.prevention]
    return lines


def _similar(one: SimilarChain, zone: tzinfo, *, explain: bool) -> list[str]:
    """A past case: which, in what it is alike, what ended it."""
    lasted = "" if one.lasted is None else f", lasted {words.duration(one.lasted)}"
    title = one_line(one.incident[1])
    lines = [f"  {words.instant(one.onset, zone)}  {one.incident[0]}: {title}{lasted}"]
    lines.append(f"      {one_line(causes_words.alike(one))}")
    if one.ended is not None:
        because = causes_words.ground(one)
        who = actor(one.ended.actor)
        lines.append(f"      ended by {who}: {one_line(one.ended.sentence)} ({because})")
    if explain:
        commit = one.citation.commit[:_SHORT]
        lines.append(f"      score {one.score:.2f}, commit {commit} on {one.citation.branch}")
    return lines


def _step(step: ChainStep, zone: tzinfo, *, first: bool, explain: bool) -> list[str]:
    """What it is and when; below it who, how, why, and what shows it."""
    when = f"{words.instant(step.at, zone)}  " if step.at else ""
    below = [] if step.actor is None else [f"by {actor(step.actor)}"]
    if step.via and step.kind in causes_words.MADE_BY:
        below.append(one_line(step.via))
    below += [f"reason: {said_line(one, zone)}" for one in step.reasons]
    if step.evidence:
        shown = step.evidence if explain else causes_words.briefly(step.evidence)
        below.append(one_line(shown))
    if explain and step.citation is not None:
        below.append(f"commit {step.citation.commit[:_SHORT]} on {step.citation.branch}")
    mark = "" if first else _CAUSED_BY
    return [f"  {mark}{when}{one_line(step.sentence)}", *(f"      {one}" for one in below)]


def _root_line(found: Chain, zone: tzinfo) -> str:
    root = found.root
    return (
        f"{words.instant(root.at, zone)}  {one_line(root.sentence)}  by {actor(root.actor)} "
        f"({found.confidence:.2f})"
    )
