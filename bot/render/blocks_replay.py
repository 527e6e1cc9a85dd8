"""The answer to `replay`, for Slack."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import blocks_causes, markdown, pictures, words
from kubectl_smart.bot.render.basis_line import basis_line, coverage_line
from kubectl_smart.bot.render.messages import Entry, Evidence, Message, message
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span, Strong, Told
from kubectl_smart.bot.render.text import actor
from kubectl_smart.memory.answers.timeline import ItemKind

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.timeline import ReplayAnswer, TimelineItem

_UNWELL = 3
_COUNTED = (
    (ItemKind.CHANGE, "changes"),
    (ItemKind.DERIVED, "changes by controllers"),
    (ItemKind.OBSERVATION, "events"),
    (ItemKind.STEP, "steps"),
    (ItemKind.NOTE, "notes"),
    (ItemKind.INCIDENT, "incident entries"),
)


def replay(answer: ReplayAnswer, zone: tzinfo, handle: str) -> Message:
    """How much happened, the first warning and the change before it, and who was not well.

    handle  what the buttons bring back: opaque, 1 to 2,000 characters
    """
    lines = [_what(answer), (Ours(_counts(answer)),)]
    warning = first_warning(answer)
    root = None if answer.causes is None else blocks_causes.root_line(answer.causes)
    change = None if root is not None else change_before(answer, warning)
    if root is not None:
        lines.append(root)
    if change is not None:
        label = "last change before it: " if warning is not None else "last change: "
        lines.append((Ours(label), *_happened(change)))
    if warning is not None:
        lines.insert(2, (Ours("first warning: "), *_happened(warning)))
    lines += [_unwell(answer), coverage_line(answer.basis)]
    chains = () if answer.causes is None else answer.causes.chains
    entries = [timeline_entry(item, answer.moment) for item in answer.items]
    if answer.causes is not None:
        entries = [*blocks_causes.entries(answer.causes), *entries]
    entries += [
        Entry((0,), ((Ours("not well: "), Data(ref.title), Ours(" ("), Data(why, 80), Ours(")")),))
        for ref, why in answer.unwell
    ]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Timeline", "lines", entries),
        zone,
        handle=handle,
        report=markdown.replay(answer, zone),
        picture=pictures.sketch_of_replay(answer, zone),
        further=[pictures.sketch_of_chain(one, zone) for one in chains[:1]],
    )


def first_warning(answer: ReplayAnswer) -> TimelineItem | None:
    """The first observation of the window that a person on call would want to see."""
    return next((item for item in answer.items if item.warning), None)


def change_before(answer: ReplayAnswer, warning: TimelineItem | None) -> TimelineItem | None:
    """The last declared change up to the first warning; without one, of the window.

    That it came before is all that is claimed.
    """
    end = answer.until if warning is None else warning.at
    changes = [one for one in answer.items if one.kind is ItemKind.CHANGE and one.at <= end]
    return changes[-1] if changes else None


def timeline_entry(item: TimelineItem, moment: int) -> Entry:
    """One line of a timeline; what people did and warnings are kept before the bulk."""
    bulk = item.kind in (ItemKind.DERIVED, ItemKind.OBSERVATION) and not item.warning
    return Entry((1, bulk, abs(item.at - moment)), (timeline_line(item),))


def timeline_line(item: TimelineItem) -> Line:
    """When, what kind of thing, what happened, who and how."""
    kind = "event" if item.kind is ItemKind.OBSERVATION else item.kind.value
    mark = "⚠" if item.warning else "•"
    line: list[Span] = [Ours(f"{mark} "), Moment(item.at), Ours(f"  {kind}  ")]
    line.append(Data(item.sentence, 160))
    if item.actor is not None:
        line += [Ours(" by "), Data(actor(item.actor), 80)]
    if item.via and item.kind in (ItemKind.CHANGE, ItemKind.DERIVED):
        line += [Ours(", "), Data(item.via)]
    if item.not_before:
        line += [Ours(", some time since "), Moment(item.not_before)]
    if item.reason and item.kind is ItemKind.CHANGE:
        line += [Ours(" ("), Told(item.reason, 160), Ours(")")]
    return tuple(line)


def _what(answer: ReplayAnswer) -> Line:
    name = (Ours(" "), Told(answer.words, 120)) if answer.words else ()
    place = (Ours(" in "), Data(answer.namespace, 63)) if answer.namespace else ()
    window = (Moment(answer.since), Ours(" to "), Moment(answer.until))
    return (Strong("Replay"), *name, Ours(": "), *window, *place)


def _counts(answer: ReplayAnswer) -> str:
    found = Counter(item.kind for item in answer.items)
    parts = [f"{found[kind]:,} {noun}" for kind, noun in _COUNTED if found[kind]]
    warnings = sum(item.warning for item in answer.items)
    return ", ".join(parts) + f"; {warnings:,} of them warn" if parts else "nothing happened"


def _happened(item: TimelineItem) -> Line:
    who = (Ours(" by "), Data(actor(item.actor), 80)) if item.actor is not None else ()
    return (Moment(item.at), Ours("  "), Data(item.sentence, 160), *who)


def _unwell(answer: ReplayAnswer) -> Line:
    at = (Ours("at "), Moment(answer.moment), Ours(": "))
    if not answer.unwell:
        alive = ", ".join(f"{count} {kind}" for kind, count in answer.alive)
        return (*at, Data(alive or "nothing"), Ours(" alive, none known to be unwell"))
    counts = Counter(f"{ref.kind} {why}" for ref, why in answer.unwell)
    most = counts.most_common(_UNWELL)
    said = ", ".join(f"{what}{words.times(count)}" for what, count in most)
    more = f" and {len(counts) - _UNWELL:,} more kinds" if len(counts) > _UNWELL else ""
    return (*at, Ours("not well: "), Data(said), Ours(more))
