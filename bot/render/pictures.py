"""Pictures of answers, with what stands for them where they cannot be seen.

An answer in which nothing happened has no picture: None. A sentence says so better. Drawing takes
about a second and matplotlib is only imported then; titles and alt texts cost nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, tzinfo
from functools import partial
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import (
    causes_picture,
    causes_words,
    replay_picture,
    why_picture,
    words,
)
from kubectl_smart.bot.render.messages import Sketch
from kubectl_smart.bot.render.printable import fitted, one_line
from kubectl_smart.bot.render.replay_picture import Curve
from kubectl_smart.bot.render.text import actor
from kubectl_smart.memory.answers.causes import TraceAnswer
from kubectl_smart.memory.answers.timeline import ItemKind, ReplayAnswer
from kubectl_smart.memory.answers.why import WhyAnswer

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import Chain, ChainStep
    from kubectl_smart.memory.answers.timeline import TimelineItem
    from kubectl_smart.memory.answers.why import Decision

__all__ = [
    "Curve",
    "alt",
    "chain",
    "chain_alt",
    "replay",
    "sketch_of_chain",
    "sketch_of_replay",
    "sketch_of_trace",
    "sketch_of_why",
    "title",
    "trace",
    "why",
]

LONGEST_ALT = 1_000
"""Characters of an upload's `alt_txt`, as Slack takes them."""

_TITLE = 200
_PART = 200
_SENTENCE = 180


def why(answer: WhyAnswer, zone: tzinfo = UTC) -> bytes | None:
    """The decision history as a PNG of 1,200 x 675 pixels; None if no decision is known."""
    return why_picture.draw(answer, zone) if answer.decisions else None


def replay(answer: ReplayAnswer, zone: tzinfo = UTC, curve: Curve | None = None) -> bytes | None:
    """The timeline as a PNG of 1,200 x 675 pixels; None if nothing happened."""
    return replay_picture.draw(answer, zone, curve) if answer.items else None


def chain(found: Chain, zone: tzinfo = UTC) -> bytes:
    """A root cause chain as a PNG of 1,200 x 675 pixels."""
    return causes_picture.draw(found, _chain_title(found), _chain_subtitle(found, zone), zone)


def trace(answer: TraceAnswer, zone: tzinfo = UTC) -> bytes | None:
    """The causality chain as a PNG of 1,200 x 675 pixels; None if no change stands out."""
    if not answer.causes.chains:
        return None
    first = answer.causes.chains[0]
    known = f"; onset known from {answer.known_from}"
    subtitle = f"{_chain_subtitle(first, zone)}{known}"
    return causes_picture.draw(first, title(answer), subtitle, zone)


def sketch_of_why(answer: WhyAnswer, zone: tzinfo) -> Sketch | None:
    """The picture of a decision history, not yet drawn; None if no decision is known."""
    if not answer.decisions:
        return None
    return Sketch(
        filename="why.png",
        title=title(answer),
        alt=alt(answer, zone),
        draw=partial(why_picture.draw, answer, zone),
    )


def sketch_of_replay(
    answer: ReplayAnswer, zone: tzinfo, curve: Curve | None = None
) -> Sketch | None:
    """The picture of a timeline, not yet drawn; None if nothing happened."""
    if not answer.items:
        return None
    return Sketch(
        filename="replay.png",
        title=title(answer),
        alt=alt(answer, zone),
        draw=partial(replay_picture.draw, answer, zone, curve),
    )


def sketch_of_trace(answer: TraceAnswer, zone: tzinfo) -> Sketch | None:
    """The picture of a causality chain, not yet drawn; None if no change stands out."""
    if not answer.causes.chains:
        return None
    return Sketch(
        filename="trace.png",
        title=title(answer),
        alt=alt(answer, zone),
        draw=partial(_trace_drawn, answer, zone),
    )


def sketch_of_chain(found: Chain, zone: tzinfo) -> Sketch:
    """The picture of a root cause chain, not yet drawn."""
    return Sketch(
        filename="cause.png",
        title=_plain(_chain_title(found), _TITLE),
        alt=chain_alt(found, zone),
        draw=partial(chain, found, zone),
    )


def _trace_drawn(answer: TraceAnswer, zone: tzinfo) -> bytes:
    return trace(answer, zone) or b""


def title(answer: WhyAnswer | ReplayAnswer | TraceAnswer) -> str:
    """What the picture is of, in plain text of at most 200 characters."""
    match answer:
        case WhyAnswer():
            said = why_picture.title(answer)
        case ReplayAnswer():
            said = replay_picture.title(answer)
        case TraceAnswer():
            said = f"{answer.symptom} of {answer.object.title}: causality chain"
    return _plain(said, _TITLE)


def alt(answer: WhyAnswer | ReplayAnswer | TraceAnswer, zone: tzinfo = UTC) -> str:
    """What the picture shows, for those who cannot see it: plain text, 1 to 1,000 characters."""
    match answer:
        case WhyAnswer():
            said = _why_said(answer, zone)
        case ReplayAnswer():
            said = _replay_said(answer, zone)
        case TraceAnswer():
            said = _trace_said(answer, zone)
    return fitted(said, LONGEST_ALT)


def chain_alt(found: Chain, zone: tzinfo = UTC) -> str:
    """What the picture of a root cause chain shows: plain text, 1 to 1,000 characters."""
    return fitted(f"Root cause chain, {_chain_said(found, zone)}", LONGEST_ALT)


def _chain_title(found: Chain) -> str:
    return f"Root cause of {found.steps[0].object.title}"


def _chain_subtitle(found: Chain, zone: tzinfo) -> str:
    at = found.steps[0].at
    return f"{words.instant(at, zone)} {words.zone_name(at, zone)}; {causes_words.sure(found)}"


def _trace_said(answer: TraceAnswer, zone: tzinfo) -> str:
    name = _plain(f"{answer.symptom} of {answer.object.title}", _PART)
    if not answer.causes.chains:
        return f"Causality chain of {name}: no change stands out as the cause."
    return f"Causality chain of {name}, {_chain_said(answer.causes.chains[0], zone)}"


def _chain_said(found: Chain, zone: tzinfo) -> str:
    """The two ends first, for they matter most; then what lies between, as far as it fits."""
    between = "; then ".join(_step_said(one, zone) for one in found.steps[1:-1])
    way = f" From the symptom to the cause: {between}." if between else ""
    return (
        f"{causes_words.sure(found)}. Symptom: {_step_said(found.steps[0], zone)}. "
        f"Root cause: {_step_said(found.root, zone)}.{way}"
    )


def _step_said(step: ChainStep, zone: tzinfo) -> str:
    when = f"{_when(step.at, zone)}, " if step.at else ""
    who = f" by {actor(step.actor)}" if step.actor is not None else ""
    return _plain(f"{when}{step.sentence}{who}", _SENTENCE)


def _why_said(answer: WhyAnswer, zone: tzinfo) -> str:
    name = _plain(why_picture.title(answer), _PART)
    if not answer.decisions:
        return f"Decision history of {name}: no decision is known."
    first, last = answer.decisions[0], answer.decisions[-1]
    count = len(answer.decisions)
    if count == 1:
        return (
            f"Decision history of {name}: 1 decision, on {_when(first.at, zone)}: "
            f"{_decided(first, answer)}.{_followed(answer)}"
        )
    backs = sum(any(one.rollback for one in each.values) for each in answer.decisions)
    rolled = f", {backs:,} of them rollbacks" if backs else ""
    return (
        f"Decision history of {name}: {count:,} decisions{rolled}, from "
        f"{_when(first.at, zone)} to {_when(last.at, zone)}. "
        f"The first: {_decided(first, answer)}. The last: {_decided(last, answer)}."
        f"{_followed(answer)}"
    )


def _decided(decision: Decision, answer: WhyAnswer) -> str:
    said = why_picture.label(decision, answer, back="(a rollback) after")
    return _plain(said, _SENTENCE).rstrip(".")


def _followed(answer: WhyAnswer) -> str:
    found = [one for decision in answer.decisions for one in decision.followed]
    if not found:
        return ""
    kinds = ", ".join(f"{one.kind}{words.times(one.count)}" for one in found[:6])
    more = f" and {len(found) - 6:,} more" if len(found) > 6 else ""
    return f" Followed by {_plain(kinds, _SENTENCE)}{more}."


def _replay_said(answer: ReplayAnswer, zone: tzinfo) -> str:
    place = f" in {_plain(answer.namespace, 63)}" if answer.namespace else ""
    name = _plain(answer.words or "replay", _PART)
    window = f"from {_when(answer.since, zone)} to {_when(answer.until, zone)}"
    found = Counter(item.kind for item in answer.items)
    changes, warnings = found[ItemKind.CHANGE], sum(item.warning for item in answer.items)
    return (
        f"Timeline of {name}{place} {window}: {len(answer.items):,} in all, "
        f"declared changes: {changes:,}, warnings: {warnings:,}."
        f"{_first('change', _first_change(answer), answer, zone)}"
        f"{_first('warning', _first_warning(answer), answer, zone)}"
        f" Asked about: {_when(answer.moment, zone)}; not well then: {len(answer.unwell):,}."
    )


def _first_change(answer: ReplayAnswer) -> TimelineItem | None:
    return next((item for item in answer.items if item.kind is ItemKind.CHANGE), None)


def _first_warning(answer: ReplayAnswer) -> TimelineItem | None:
    return next((item for item in answer.items if item.warning), None)


def _first(what: str, item: TimelineItem | None, answer: ReplayAnswer, zone: tzinfo) -> str:
    if item is None:
        return ""
    said = _plain(replay_picture.label(item, answer.namespace), _SENTENCE).rstrip(".")
    return f" First {what}, {words.clock(item.at, zone)}: {said}."


def _when(at: int, zone: tzinfo) -> str:
    return f"{words.instant(at, zone)} {words.zone_name(at, zone)}"


def _plain(text: str, most: int) -> str:
    """Text as data in an alt text: on one line, without angle brackets, cut in the middle."""
    return fitted(re.sub(r"[<>]", " ", one_line(text[: 4 * most])), most)
