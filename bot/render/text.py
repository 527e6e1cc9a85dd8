"""Answers for a terminal: plain lines, the most important first, evidence last.

Every answer ends with what it rests on: the memory's commits, what was heard, and the zone of its
times. Headings are marked, for the face to colour or not; nothing else depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.coverage_text import coverage_lines
from kubectl_smart.bot.render.printable import one_line, visible
from kubectl_smart.bot.render.tables import table
from kubectl_smart.memory.formats.manifests import to_yaml
from kubectl_smart.memory.records.actors import Actor, ActorKind
from kubectl_smart.memory.records.changes import FieldEdit
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Basis, Neighbour, Said
    from kubectl_smart.memory.answers.past_state import DifferenceAnswer, StateAnswer
    from kubectl_smart.memory.answers.timeline import (
        LogAnswer,
        ReplayAnswer,
        ShowAnswer,
        TimelineItem,
    )
    from kubectl_smart.memory.answers.why import Decision, Followed, ValueChange, WhyAnswer

HEADING = "\x01"
"""Begins a line that is a heading."""

_SHORT = 12
_MARKS = {"observation": "event"}
_WITH_COMMAND = frozenset({"change", "derived"})


def heading(text: str) -> str:
    """A line that is a heading."""
    return HEADING + text


def actor(found: Actor | None) -> str:
    """`sarah@example.com`, `jenkins@prod (automation)`, `tom (as by admin)`."""
    if found is None:
        return ""
    name = found.name or "somebody unknown"
    kind = "" if found.kind in (ActorKind.HUMAN, ActorKind.UNKNOWN) else f" ({found.kind.value})"
    by = f" (impersonated by {found.acting_for})" if found.acting_for else ""
    return f"{name}{kind}{by}"


# --- what it rests on ---------------------------------------------------------------------


def footer(basis: Basis, zone: tzinfo, *, explain: bool) -> list[str]:
    """The last lines of every answer."""
    at = basis.reaches[1] if basis.reaches else 0
    lines = ["", f"memory {basis.memory or '(empty)'}, times in {words.zone_name(at, zone)}"]
    lines += coverage_lines(basis, zone)
    if basis.heard and basis.gaps and basis.gaps[0][0] == basis.gaps[0][1]:
        lines.append("not heard at this very time: the state is the last known")
    if basis.behind:
        lines.append(
            f"the index is behind git on {', '.join(basis.behind)}; newer records are left out"
        )
    if explain:
        lines.append("coverage is stated as it was heard; a change in a gap is not in this answer")
    return lines


# --- why ----------------------------------------------------------------------------------


def why(answer: WhyAnswer, zone: tzinfo, *, explain: bool = False, wide: bool = False) -> list[str]:
    """The decision history, institutional knowledge and what is next door."""
    lines = [_what(answer), ""]
    lines.append(heading("DECISION HISTORY"))
    if answer.left_out:
        lines.append(f"  {words.left_out(answer.left_out)}")
    asked = [one for one in answer.decisions if any(value.asked for value in one.values)]
    for decision in answer.decisions:
        mark = "*" if decision in asked else " "
        lines += _decision(decision, answer, zone, mark=mark, explain=explain, wide=wide)
    if not answer.decisions:
        lines.append("  none in this window")
    if asked:
        lines.append(f"  * set to {answer.value}")
    if answer.unseen:
        lines.append(
            f"  {answer.unseen} more writes are known by name only (audit level Metadata): "
            "what they set was not recorded"
        )
    if answer.knowledge or answer.incidents:
        lines += ["", heading("INSTITUTIONAL KNOWLEDGE")]
        for one in answer.knowledge:
            lines.append(f"  {said_line(one, zone)}")
            lines += [f"      {line}" for line in words.since_said(one, zone)]
        lines += [f"  incident {id_}: {title}" for id_, title in answer.incidents]
    lines += _next_door(answer.before, answer.after, zone)
    return lines + footer(answer.basis, zone, explain=explain)


def _what(answer: WhyAnswer) -> str:
    name = answer.object.title
    state = "" if answer.exists else " (gone)"
    made = f", made for {answer.owner.title}" if answer.owner is not None else ""
    if not answer.field:
        return f"{name}{state}{made}"
    if not answer.exists:
        return f"{name}{state}: {answer.field}"
    if not answer.current:
        return f"{name}: {answer.field} is not set now"
    if len(answer.current) == 1:
        return f"{name}: {answer.field} is {words.value(answer.current[0][1])}"
    now = ", ".join(f"{path} = {words.value(value)}" for path, value in answer.current)
    return f"{name}: {now}"


def _decision(
    decision: Decision, answer: WhyAnswer, zone: tzinfo, *, mark: str, explain: bool, wide: bool
) -> list[str]:
    who = actor(decision.actor)
    when = words.instant(decision.at, zone)
    paths = len({value.path for one in answer.decisions for value in one.values}) > 1
    late = " (recorded late)" if decision.late else ""
    if decision.values:
        lines = [
            f"{mark} {when}  {_value(value, decision, name=paths or not answer.field)}{late}"
            for value in decision.values
        ]
    else:
        said = decision.sentence.partition(": ")[2] or decision.sentence
        lines = [f"{mark} {when}  {said}{late}"]
    detail = [f"by {who}, {decision.via}" if decision.via else f"by {who}"]
    detail += _doubts(decision, zone)
    if decision.reason:
        detail.append(f"reason: {one_line(decision.reason)}")
    detail += [f"reason: {said_line(one, zone)}" for one in decision.reasons]
    for value in decision.values:
        if value.rollback is not None:
            detail += _rollback(value, zone)
        if value.unsure:
            detail.append("perhaps set earlier, by a write of which only the name was recorded")
    if decision.followed:
        detail.append(f"followed by: {_followed(decision.followed, zone)}")
    if decision.is_known_in_part:
        detail.append("known in part: the object after it was not recorded")
    if explain or wide:
        found = decision.citation
        detail.append(
            f"commit {found.commit[:_SHORT]} on {found.branch}, change {found.record[:_SHORT]}"
        )
    return lines + [f"      {line}" for line in detail]


def _doubts(found: Decision | TimelineItem, zone: tzinfo) -> list[str]:
    """How sure the actor and the instant are, where they are not."""
    sure = [one_line(found.attribution), words.unseen(found.not_before, found.at, zone)]
    return [one for one in sure if one]


def _value(value: ValueChange, decision: Decision, *, name: bool) -> str:
    label = f"{value.path}: " if name else ""
    text = f"{label}{words.value(value.before)} → {words.value(value.after)}"
    if value.until is None:
        return f"{text}   (in force)" if not decision.gone else text
    return f"{text}   (for {words.duration(value.until - decision.at)})"


def _rollback(value: ValueChange, zone: tzinfo) -> list[str]:
    back = value.rollback
    if back is None:
        return []
    lines = [
        f"rolled back: {words.value(value.before)}, set {words.instant(back.set_at, zone)}, "
        f"was given up after {words.duration(back.after)}"
    ]
    if back.seen:
        lines.append(f"seen in between: {_followed(back.seen, zone)}")
    if back.steps:
        lines.append(f"looked at in between: {'; '.join(back.steps[:5])}")
    return lines


def _followed(found: Sequence[Followed], zone: tzinfo) -> str:
    return ", ".join(
        f"{one.kind}{words.times(one.count)} ({one.about.kind.lower()} {one.about.name}, "
        f"{words.clock(one.first_at, zone)})"
        for one in found
    )


def said_line(said: Said, zone: tzinfo) -> str:
    """Words somebody left, who and when."""
    field = f" on {said.field}" if said.field else ""
    by = f"{visible(said.author)}, {words.instant(said.at, zone)}"
    return f"{one_line(said.text)}{field} — {by} (note {said.citation.record[:8]})"


def _next_door(before: Neighbour | None, after: Neighbour | None, zone: tzinfo) -> list[str]:
    if before is None and after is None:
        return []
    lines = ["", heading("NEXT DOOR")]
    for label, one in (("before", before), ("after", after)):
        if one is not None:
            by = one.actor or "somebody unknown"
            lines.append(
                f"  {label:<6}  {words.instant(one.at, zone)}  {one.sentence}, by {by} "
                f"({one.citation.record[:_SHORT]})"
            )
    return lines


# --- at -----------------------------------------------------------------------------------


def state(
    answer: StateAnswer, zone: tzinfo, *, everywhere: bool, wide: bool, explain: bool
) -> list[str]:
    """The objects of an instant as kubectl lists them: one table for each kind."""
    kinds = sorted({(one.ref.kind, one.ref.group) for one in answer.objects})
    lines: list[str] = []
    for kind, group in kinds:
        found = [one for one in answer.objects if (one.ref.kind, one.ref.group) == (kind, group)]
        told = any(one.condition for one in found)
        heads = [
            *(["NAMESPACE"] if everywhere else []),
            "NAME" if len(kinds) == 1 else kind.upper(),
            *(["STATUS"] if told else []),
            "SINCE",
            "BY",
            *(["OWNER", "COMMIT"] if wide else []),
            "VIA",
        ]
        rows = [
            [
                *([one.ref.namespace or "-"] if everywhere else []),
                one.ref.name + (" (uncertain)" if one.uncertain else ""),
                *([one.condition or "-"] if told else []),
                words.instant(one.at, zone),
                actor(one.actor),
                *(
                    [one.owner.title if one.owner else "-", one.citation.commit[:_SHORT]]
                    if wide
                    else []
                ),
                one.via,
            ]
            for one in found
        ]
        lines += ["", *table(heads, rows)] if lines else table(heads, rows)
    if not answer.objects:
        lines.append(f"nothing existed at {words.instant(answer.at, zone)}")
    return lines + footer(answer.basis, zone, explain=explain)


def difference(answer: DifferenceAnswer, zone: tzinfo, *, explain: bool) -> list[str]:
    """What is not the same at two instants."""
    lines = [
        f"from {words.instant(answer.at, zone)} to {words.instant(answer.until, zone)}",
        "",
    ]
    for one in answer.objects:
        sign = "+" if one.added else "-" if one.removed else "~"
        lines.append(f"{sign} {one.ref.title}")
        lines += _edits(one.edits, "    ")
    if not answer.objects:
        lines.append("nothing differs")
    return lines + footer(answer.basis, zone, explain=explain)


def _edits(edits: Iterable[FieldEdit], indent: str) -> list[str]:
    return [
        f"{indent}{edit.path}: {words.value(edit.before)} → {words.value(edit.after)}"
        for edit in edits
    ]


# --- replay, log, show --------------------------------------------------------------------


def replay(answer: ReplayAnswer, zone: tzinfo, *, explain: bool, wide: bool) -> list[str]:
    """The timeline, then what stood at its end."""
    window = f"{words.instant(answer.since, zone)} to {words.instant(answer.until, zone)}"
    name = f"{answer.words}: " if answer.words else ""
    place = f" in {answer.namespace}" if answer.namespace else ""
    lines = [f"{name}{window}{place}", "", heading("TIMELINE")]
    lines += [timeline_line(item, zone, wide=wide or explain) for item in answer.items]
    if not answer.items:
        lines.append("  nothing happened")
    if answer.causes is not None:
        from kubectl_smart.bot.render import causes_text

        lines += ["", *causes_text.causes(answer.causes, zone, explain=explain)]
    lines += ["", heading(f"WHAT STOOD AT {words.instant(answer.moment, zone)}")]
    alive = ", ".join(f"{count} {kind}" for kind, count in answer.alive)
    lines.append(f"  {alive or 'nothing'}")
    lines += [f"  not well: {ref.title} ({reason})" for ref, reason in answer.unwell]
    return lines + footer(answer.basis, zone, explain=explain)


def timeline_line(item: TimelineItem, zone: tzinfo, *, wide: bool) -> str:
    """One line of a timeline; `wide` adds its commit."""
    warns = "!" if item.warning else " "
    who = f"  by {actor(item.actor)}" if item.actor is not None else ""
    how = f", {item.via}" if item.via and item.kind.value in _WITH_COMMAND else ""
    why_ = f"  ({item.reason})" if item.reason and item.kind.value == "change" else ""
    commit = f"  [{item.citation.commit[:_SHORT]}]" if wide else ""
    if item.not_before:
        how += f", some time since {words.instant(item.not_before, zone)}"
    when = f"{words.instant(item.at, zone)}  {_MARKS.get(item.kind.value, item.kind.value):<8}"
    return f"{warns} {when}  {item.sentence}{who}{how}{why_}{commit}"


def log(answer: LogAnswer, zone: tzinfo, *, explain: bool, wide: bool) -> list[str]:
    """Changes, newest first, as a table."""
    heads = ["TIME", "CHANGE", "BY", *(["VIA"] if wide else []), "ID"]
    rows = [
        [
            words.instant(item.at, zone),
            item.sentence,
            actor(item.actor),
            *([item.via] if wide else []),
            item.citation.record[:_SHORT],
        ]
        for item in answer.items
    ]
    lines = table(heads, rows) if rows else ["no change known"]
    if answer.more:
        lines.append("… and older ones (--limit)")
    return lines + footer(answer.basis, zone, explain=explain)


def show(answer: ShowAnswer, zone: tzinfo, *, explain: bool, wide: bool) -> list[str]:
    """One change: who, when, how, why, its difference, and with `wide` the object after it."""
    item = answer.item
    lines = [
        heading(item.sentence),
        f"  by        {actor(item.actor)}",
        f"  via       {item.via}",
        f"  at        {words.instant(item.at, zone)} ({to_rfc3339(item.at)})",
        f"  recorded  {words.instant(answer.recorded_at, zone)}",
        f"  commit    {item.citation.commit} on {item.citation.branch}",
        f"  change    {item.citation.record}",
    ]
    lines += [f"  known by  {one}" for one in _doubts(item, zone)]
    if answer.audit_id:
        lines.append(f"  audit id  {answer.audit_id}")
    if item.reason:
        lines.append(f"  reason    {item.reason}")
    lines += [f"  reason    {said_line(one, zone)}" for one in answer.reasons]
    if item.edits:
        lines += ["", heading("DIFFERENCE"), *_edits(item.edits, "  ")]
    if wide and answer.state is not None:
        text = to_yaml(answer.state).decode()
        lines += ["", heading("STATE"), *(f"  {line}" for line in text.splitlines())]
    lines += _next_door(answer.before, answer.after, zone)
    return lines + footer(answer.basis, zone, explain=explain)
