"""Answers and errors for Slack: the answer in at most six lines, the evidence for the thread.

`why` and `replay` stand in modules of their own. Nothing here sends anything; what a handle
stands for only the caller knows.
"""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import markdown, words
from kubectl_smart.bot.render.basis_line import basis_line, coverage_line
from kubectl_smart.bot.render.blocks_replay import replay, timeline_line
from kubectl_smart.bot.render.blocks_why import why
from kubectl_smart.bot.render.messages import (
    Entry,
    Evidence,
    Message,
    context,
    message,
    section,
)
from kubectl_smart.bot.render.spans import (
    Data,
    Line,
    Moment,
    Ours,
    Span,
    Strong,
    Told,
    as_mrkdwn,
    as_plain,
    with_code,
)
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Neighbour
    from kubectl_smart.memory.answers.past_state import (
        DifferenceAnswer,
        ObjectDifference,
        PastObject,
        StateAnswer,
    )
    from kubectl_smart.memory.answers.timeline import LogAnswer, ShowAnswer
    from kubectl_smart.memory.records.changes import FieldEdit
    from kubectl_smart.memory.records.errors import SmartError

__all__ = ["difference", "error", "log", "replay", "show", "state", "why"]

_KINDS = 6
_FIRST = 3
_EDITS = 5
_SHORT = 12


def state(answer: StateAnswer, zone: tzinfo, handle: str) -> Message:
    """How many objects of which kinds there were, how they were, and which was written last."""
    lines: list[Line] = [(Strong("State"), Ours(" at "), Moment(answer.at)), _kinds(answer)]
    conditions = Counter(one.condition for one in answer.objects if one.condition)
    if conditions:
        said = [f"{name}{words.times(n)}" for name, n in conditions.most_common(_KINDS)]
        more = _more(len(conditions) - _KINDS)
        lines.append((Ours("status: "), Data(", ".join(said)), Ours(more)))
    if answer.objects:
        last = max(answer.objects, key=lambda one: one.at)
        lines.append((Ours("written last: "), *_past_object(last)))
    uncertain = sum(one.uncertain for one in answer.objects)
    doubts = f"; {uncertain:,} of these states are uncertain" if uncertain else ""
    lines.append(coverage_line(answer.basis, (Ours(doubts),) if doubts else ()))
    entries = [
        Entry((at,), ((Ours("• "), *_past_object(one)),)) for at, one in enumerate(answer.objects)
    ]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Objects", "objects", entries),
        zone,
        handle=handle,
        report=markdown.state(answer, zone),
    )


def _kinds(answer: StateAnswer) -> Line:
    kinds = Counter(one.ref.kind for one in answer.objects)
    if not kinds:
        return (Ours("nothing existed"),)
    if len(answer.objects) == 1:
        return (Data(answer.objects[0].ref.title),)
    said = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(_KINDS))
    return (Data(said), Ours(_more(len(kinds) - _KINDS)))


def _past_object(one: PastObject) -> Line:
    line: list[Span] = [Data(one.ref.title)]
    if one.condition:
        line += [Ours(" "), Data(one.condition, 60)]
    line += [Ours(" since "), Moment(one.at), Ours(" by "), Data(actor(one.actor), 80)]
    line += [Ours(", "), Data(one.via, 100)] if one.via else []
    return (*line, Ours(" (uncertain)" if one.uncertain else ""))


def difference(answer: DifferenceAnswer, zone: tzinfo, handle: str) -> Message:
    """How many objects were added, removed and changed, and the first of them."""
    added = sum(one.added for one in answer.objects)
    removed = sum(one.removed for one in answer.objects)
    changed = len(answer.objects) - added - removed
    counts = f"{added:,} added, {removed:,} removed, {changed:,} changed"
    window = (Moment(answer.at), Ours(" to "), Moment(answer.until))
    lines: list[Line] = [
        (Strong("Changes"), Ours(" from "), *window),
        (Ours(counts if answer.objects else "nothing differs"),),
        *(_differing(one, most=1)[0] for one in answer.objects[:_FIRST]),
        coverage_line(answer.basis),
    ]
    entries = [
        Entry((at,), tuple(_differing(one, most=_EDITS))) for at, one in enumerate(answer.objects)
    ]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Difference", "objects", entries),
        zone,
        handle=handle,
        report=markdown.difference(answer, zone),
    )


def _differing(one: ObjectDifference, *, most: int) -> list[Line]:
    """The object, and on lines of their own at most so many of its fields."""
    what = "added" if one.added else "removed" if one.removed else "changed"
    shown = one.edits if len(one.edits) <= most else one.edits[: most - 1]
    rest = len(one.edits) - len(shown)
    fields = f", {len(one.edits):,} fields" if len(one.edits) > 1 else ""
    lines: list[Line] = [(Ours("• "), Data(one.ref.title), Ours(f": {what}{fields}"))]
    if most == 1 and len(one.edits) == 1:
        lines[0] = (*lines[0], Ours(", "), *_edit(one.edits[0]))
    lines += [(Ours("    "), *_edit(edit)) for edit in shown]
    return [*lines[:most], (Ours(f"    {_more(rest)}"),)] if rest and most > 1 else lines


def _edit(edit: FieldEdit) -> Line:
    sides = (Data(words.value(edit.before), 80), Ours(" → "), Data(words.value(edit.after), 80))
    return (Data(edit.path, 120), Ours(": "), *sides)


def log(answer: LogAnswer, zone: tzinfo, handle: str) -> Message:
    """The newest changes."""
    older = " and older ones" if answer.more else ""
    lines: list[Line] = [
        (Strong("Changes"), Ours(f", newest first: {len(answer.items):,}{older}")),
        *(timeline_line(item) for item in answer.items[:_FIRST]),
        coverage_line(answer.basis),
    ]
    if not answer.items:
        lines[0] = (Strong("Changes"), Ours(": no change known"))
    entries = [Entry((at,), (timeline_line(item),)) for at, item in enumerate(answer.items)]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Changes, newest first", "changes", entries),
        zone,
        handle=handle,
        report=markdown.log(answer, zone),
    )


def show(answer: ShowAnswer, zone: tzinfo, handle: str) -> Message:
    """One change: who, when, how and why; its difference is the evidence."""
    item = answer.item
    lines: list[Line] = [
        (Strong("Change"), Ours(" "), Data(item.sentence, 200)),
        (Ours("by "), Data(actor(item.actor), 80), Ours(" on "), Moment(item.at)),
        (Ours("via "), Data(item.via, 250)) if item.via else (Ours("via: not known"),),
    ]
    if item.attribution:
        lines.append((Ours("known by: "), Data(item.attribution, 250)))
    if item.not_before:
        lines.append((Ours("nobody saw it: some time since "), Moment(item.not_before)))
    said = [(one.text, one.author) for one in answer.reasons]
    if said:
        text, author = said[-1]
        more = Ours(_more(len(said) - 1 + bool(item.reason)))
        lines.append((Ours("reason: "), Told(text), Ours(" — "), Data(author, 60), more))
    else:
        lines.append((Ours("reason: "), Told(item.reason or "none was given")))
    lines.append(coverage_line(answer.basis))
    entries = [Entry((1, at), ((Ours("• "), *_edit(edit)),)) for at, edit in enumerate(item.edits)]
    commit = (Ours("commit "), Data(item.citation.commit[:_SHORT]), Ours(" on "))
    told = (
        *commit,
        Data(item.citation.branch, 60),
        Ours(", recorded "),
        Moment(answer.recorded_at),
    )
    entries.append(Entry((0,), (told,)))
    for label, one in (("before", answer.before), ("after", answer.after)):
        entries += [Entry((0,), (_neighbour(label, one),))] if one is not None else []
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Difference", "lines", entries),
        zone,
        handle=handle,
        report=markdown.show(answer, zone),
    )


def _neighbour(label: str, one: Neighbour) -> Line:
    return (Ours(f"{label}: "), Moment(one.at), Ours(" "), Data(one.sentence), Ours(" by "),
            Data(one.actor or "somebody unknown", 80))  # fmt: skip


def error(found: SmartError, zone: tzinfo) -> Message:
    """What is wrong in one sentence, and what to do next."""
    sentence: Line = (Ours("error: "), *with_code(found.message.rstrip(".")))
    remedy = with_code(found.remedy)
    lines = [sentence, remedy] if found.remedy else [sentence]
    blocks = [section(as_mrkdwn(sentence, zone))]
    if found.remedy:
        blocks.append(context(as_mrkdwn(remedy, zone)))
    return Message(
        text="; ".join(as_plain(line, zone) for line in lines),
        blocks=tuple(blocks),
        evidence=(),
        report="",
        picture=None,
    )


def _more(count: int) -> str:
    return f" (+{count:,} more)" if count > 0 else ""
