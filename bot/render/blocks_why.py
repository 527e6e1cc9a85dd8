"""The answer to `why`, for Slack."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import markdown, pictures, words
from kubectl_smart.bot.render.basis_line import basis_line, coverage_line
from kubectl_smart.bot.render.messages import Entry, Evidence, Message, message
from kubectl_smart.bot.render.spans import Data, Line, Moment, Ours, Span, Strong, Told
from kubectl_smart.bot.render.text import actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kubectl_smart.memory.answers.basis import Said
    from kubectl_smart.memory.answers.why import (
        Decision,
        Followed,
        Rollback,
        ValueChange,
        WhyAnswer,
    )

_FOLLOWED = 4
_VALUES = 3
_SHORT = 12


def why(answer: WhyAnswer, zone: tzinfo, handle: str) -> Message:
    """What it is, who decided so, why, how sure that is, and what followed.

    handle  what the buttons bring back: opaque, 1 to 2,000 characters
    """
    decision = telling(answer)
    lines = [_what(answer), *([_set_by(decision, answer)] if decision is not None else [])]
    lines.append(_reason(decision))
    lines.append(coverage_line(answer.basis, _doubts(decision, answer)))
    if decision is not None and decision.followed:
        lines.append((Ours("followed by: "), *_followed(decision.followed)))
    if answer.knowledge or answer.incidents:
        lines.append(_knowledge(answer))
    entries = [_entry(at, one, answer) for at, one in enumerate(answer.decisions)]
    if any(value.asked for one in answer.decisions for value in one.values):
        entries.append(Entry((0,), ((Ours("★ set to "), Data(answer.value or "")),)))
    entries += [
        Entry((0,), (_said("known: ", one), *_since_said(one, zone))) for one in answer.knowledge
    ]
    entries += [Entry((0,), (_incident(*one),)) for one in answer.incidents]
    return message(
        lines,
        basis_line(answer.basis, zone),
        Evidence("Decision history", "entries", entries),
        zone,
        handle=handle,
        report=markdown.why(answer, zone),
        picture=pictures.sketch_of_why(answer, zone),
    )


def telling(answer: WhyAnswer) -> Decision | None:
    """The decision that answers the question: the last that set the value asked about.

    Where no value was asked for it is the last decision; None if none is known.
    """
    asked = [one for one in answer.decisions if any(value.asked for value in one.values)]
    found = asked or list(answer.decisions)
    return found[-1] if found else None


def _what(answer: WhyAnswer) -> Line:
    state = "" if answer.exists else " (gone)"
    name: list[Span] = [Strong("Why"), Ours(" "), Data(answer.object.title), Ours(state)]
    if not answer.field:
        if answer.owner is not None:
            name += [Ours(", made for "), Data(answer.owner.title)]
        return tuple(name)
    name += [Ours(": "), Data(answer.field)]
    if not answer.exists:
        return tuple(name)
    if not answer.current:
        return (*name, Ours(" is not set now"))
    if len(answer.current) == 1:
        return (*name, Ours(" is "), Data(words.value(answer.current[0][1])))
    now = ", ".join(f"{path} = {words.value(value)}" for path, value in answer.current[:_VALUES])
    return (*name, Ours(" is "), Data(now), Ours(_more(len(answer.current) - _VALUES)))


def _set_by(decision: Decision, answer: WhyAnswer) -> Line:
    values = [one for one in decision.values if one.asked] or list(decision.values)
    how = (Ours(", "), Data(decision.via, 160)) if decision.via else ()
    line: list[Span] = [*_changed(decision, values, answer), Ours(" on "), Moment(decision.at)]
    line += [Ours(" by "), Data(actor(decision.actor), 80), *how]
    back = next((one for one in values if one.rollback is not None), None)
    if back is not None and back.rollback is not None:
        line += [Ours("; a rollback: "), Data(words.value(back.before), 80)]
        line.append(Ours(f" was given up after {words.duration(back.rollback.after)}"))
    return tuple(line)


def _changed(decision: Decision, values: Sequence[ValueChange], answer: WhyAnswer) -> Line:
    """`3` → `5`, with the field's name where more than one is told of."""
    if not values:
        return (Data(decision.sentence.partition(": ")[2] or decision.sentence),)
    one = values[0]
    paths = len({value.path for each in answer.decisions for value in each.values}) > 1
    label = (Data(one.path, 80), Ours(": ")) if one.path and (paths or not answer.field) else ()
    return (*label, *_sides(one), Ours(_more(len(values) - 1)))


def _sides(value: ValueChange) -> Line:
    return (Data(words.value(value.before), 80), Ours(" → "), Data(words.value(value.after), 80))


def _reason(decision: Decision | None) -> Line:
    if decision is None:
        return (Ours("no decision is known in this window"),)
    if decision.reasons:
        more = len(decision.reasons) - 1 + bool(decision.reason)
        return (*_said("reason: ", decision.reasons[-1]), Ours(_more(more)))
    if decision.reason:
        return (Ours("reason: "), Told(decision.reason))
    return (Ours("reason: none was given"),)


def _said(label: str, said: Said) -> Line:
    field = (Ours(" on "), Data(said.field, 60)) if said.field else ()
    who = (Ours(" — "), Data(said.author, 60), Ours(", "), Moment(said.at))
    return (Ours(label), Told(said.text), *field, *who)


def _marks(said: Said) -> Line:
    """Beside a note in the message: whether its rule was broken, or its fact has changed."""
    if said.broken_by:
        return (Ours(f" (a rule, broken{words.times(len(said.broken_by))} since)"),)
    return (Ours(" (stale: the value has changed since)"),) if said.stale is not None else ()


def _since_said(said: Said, zone: tzinfo) -> list[Line]:
    return [(Ours("    "), Data(line, 300)) for line in words.since_said(said, zone)]


def _doubts(decision: Decision | None, answer: WhyAnswer) -> Line:
    found = []
    if answer.unseen:
        found.append(f"{answer.unseen:,} more writes are known by name only")
    if decision is not None and any(value.unsure for value in decision.values):
        found.append("perhaps set earlier, by one of them")
    if decision is not None and decision.is_known_in_part:
        found.append("known in part: the object after it was not recorded")
    if decision is not None and decision.late:
        found.append("recorded late")
    return (Ours("; " + "; ".join(found)),) if found else ()


def _followed(found: Sequence[Followed]) -> Line:
    line: list[Span] = []
    for one in found[:_FOLLOWED]:
        line += [Ours(", ")] if line else []
        line += [Data(one.kind, 40), Ours(words.times(one.count))]
    about = found[0].about
    line += [Ours(" (first on "), Data(f"{about.kind.lower()} {about.name}", 60), Ours(", ")]
    return (*line, Moment(found[0].first_at), Ours(f"){_more(len(found) - _FOLLOWED)}"))


def _knowledge(answer: WhyAnswer) -> Line:
    more = _more(len(answer.knowledge) + len(answer.incidents) - 1)
    if answer.knowledge:
        last = answer.knowledge[-1]
        return (*_said("known: ", last), *_marks(last), Ours(more))
    return (*_incident(*answer.incidents[-1]), Ours(more))


def _incident(name: str, title: str) -> Line:
    return (Ours("incident "), Data(name, 60), Ours(": "), Told(title, 160))


def _entry(at: int, decision: Decision, answer: WhyAnswer) -> Entry:
    """One decision; those that set the value asked about are kept first, then the newest."""
    asked = any(value.asked for value in decision.values)
    lines = [_headline(decision, answer), _by(decision)]
    if decision.reason:
        lines.append((Ours("    reason: "), Told(decision.reason)))
    lines += [_said("    reason: ", one) for one in decision.reasons[-1:]]
    backs = [(one, one.rollback) for one in decision.values if one.rollback is not None]
    lines += [_rolled_back(value, back) for value, back in backs[:1]]
    if decision.followed:
        lines.append((Ours("    followed by: "), *_followed(decision.followed)))
    return Entry((1, not asked, -at), tuple(lines))


def _headline(decision: Decision, answer: WhyAnswer) -> Line:
    mark = "★" if any(value.asked for value in decision.values) else "•"
    lasted = ""
    if len(decision.values) == 1:
        until = decision.values[0].until
        if until is not None:
            lasted = f" (for {words.duration(until - decision.at)})"
        elif not decision.gone:
            lasted = " (in force)"
    late = " (recorded late)" if decision.late else ""
    changed = _changed(decision, decision.values, answer)
    return (Ours(f"{mark} "), Moment(decision.at), Ours("  "), *changed, Ours(lasted + late))


def _by(decision: Decision) -> Line:
    how = (Ours(", "), Data(decision.via, 160)) if decision.via else ()
    commit = (Ours(", commit "), Data(decision.citation.commit[:_SHORT]))
    known = (Ours(" ("), Data(decision.attribution, 120), Ours(")")) if decision.attribution else ()
    since = (Ours(", some time since "), Moment(decision.not_before)) if decision.not_before else ()
    return (Ours("    by "), Data(actor(decision.actor), 80), *how, *known, *since, *commit)


def _rolled_back(value: ValueChange, back: Rollback) -> Line:
    line: list[Span] = [Ours("    rolled back: "), Data(words.value(value.before), 80)]
    line += [Ours(", set "), Moment(back.set_at)]
    line.append(Ours(f", was given up after {words.duration(back.after)}"))
    if back.seen:
        line += [Ours("; seen in between: "), *_followed(back.seen)]
    return tuple(line)


def _more(count: int) -> str:
    return f" (+{count:,} more)" if count > 0 else ""
