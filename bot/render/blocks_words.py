"""What the bot says of people's words, for Slack: receipts, announcements, incidents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.messages import Block, Message, context, section
from kubectl_smart.bot.render.printable import cut_at_a_word, one_line
from kubectl_smart.bot.render.spans import (
    Data,
    Line,
    Moment,
    Ours,
    Strong,
    Told,
    as_mrkdwn,
    as_plain,
)
from kubectl_smart.memory.answers.incident import IncidentAnswer, Participant, SimilarIncident
from kubectl_smart.memory.formats.subjects import in_words
from kubectl_smart.memory.records.changes import Change
from kubectl_smart.memory.records.incidents import Incident, IncidentStatus
from kubectl_smart.memory.records.notes import Note
from kubectl_smart.memory.records.rules import Breach

WHY = "smart_why"
"""action_id of the button under an announcement that asks for the reason in a window."""
_LISTED = 10
_SHORT = 12
_FIXED = 160
"""Units of the line that says what fixed an incident; the report has the whole of it."""


def message(
    lines: Sequence[Line], zone: tzinfo, *, small: Sequence[Line] = (), more: Sequence[Block] = ()
) -> Message:
    """A message of lines, with small print and further blocks below."""
    blocks: list[Block] = [section("\n".join(as_mrkdwn(line, zone) for line in lines))]
    if small:
        blocks.append(context("\n".join(as_mrkdwn(line, zone) for line in small)))
    return Message(
        text="\n".join(as_plain(line, zone) for line in [*lines, *small]),
        blocks=(*blocks, *more),
        evidence=(),
        report="",
        picture=None,
    )


def receipt(note: Note, commit: str, changed: str, zone: tzinfo, *, known: bool) -> Message:
    """That somebody's words are in the memory, and how to take them back."""
    if note.retracted:
        gone: Line = (Ours("Taken back; git keeps what it said."),)
        return message([gone], zone, small=[_where(note, commit)])
    begin = "Known already: " if known else ""
    if changed:
        head: Line = (Ours(f"{begin}the reason of "), Data(changed, 160))
    elif note.about is not None:
        field = f" {note.field}" if note.field else ""
        head = (Ours(f"{begin}remembered about "), Data(f"{note.about.title}{field}", 160))
    else:
        head = (Ours(f"{begin}noted in "), Data(note.incident or "the memory"))
    who: Line = (Told(note.text), Ours(" – "), Told(note.author.name, 60))
    return message([head, who], zone, small=[_where(note, commit)])


def _where(note: Note, commit: str) -> Line:
    line: Line = (Ours("commit "), Data(commit[:_SHORT]))
    if note.retracted:
        return line
    return (*line, Ours(", to take it back: "), Data(f"forget {note.id[:_SHORT]}"))


def announcement(
    change: Change, breaches: Sequence[Breach], zone: tzinfo, *, reason: str, by: str
) -> Message:
    """A change that nobody explained, and what asks for the reason; or the reason, once given."""
    head: Line = (
        Data(change.actor.name or "somebody unknown", 80),
        Ours(" changed "),
        Data(in_words(change), 240),
        Ours(", "),
        Moment(change.happened_at),
    )
    lines: list[Line] = [head, *(breach(one) for one in breaches)]
    if reason:
        lines.append((Ours("because: "), Told(reason), Ours(" – "), Told(by, 60)))
        return message(lines, zone, small=[_change_id(change)])
    lines.append((Ours("Why? Reply in this thread, and it is kept as the reason."),))
    ask: Block = {
        "type": "actions",
        "elements": [
            {
                "type": "button",
                "action_id": WHY,
                "text": {"type": "plain_text", "text": "Why?"},
                "value": change.id,
            }
        ],
    }
    return message(lines, zone, small=[_change_id(change)], more=[ask])


def breach(found: Breach) -> Line:
    """The rule that was broken, whose it is, and where it comes from."""
    rule = found.rule
    line: Line = (
        Strong("breaks a rule:"),
        Ours(" "),
        Data(f"{found.path} {rule.words}"),
        Ours(" ("),
        Data(f"{words.value(found.before)} → {words.value(found.after)}"),
        Ours(")"),
    )
    if rule.because:
        line = (*line, Ours(", because "), Told(rule.because, 120))
    line = (*line, Ours(" – "), Told(rule.author, 60))
    return (*line, Ours(", incident "), Data(rule.incident)) if rule.incident else line


def _change_id(change: Change) -> Line:
    return (Ours("change "), Data(change.id[:_SHORT]))


# --- incidents ----------------------------------------------------------------------------


def opened(incident: Incident, similar: Sequence[SimilarIncident], zone: tzinfo) -> Message:
    """An incident that is open now, with past ones that look like it."""
    lines: list[Line] = [
        (
            Strong("Incident open:"),
            Ours(" "),
            Told(incident.title),
            Ours(" ("),
            Data(incident.id),
            Ours(")"),
        )
    ]
    for one in similar[:3]:
        why = ", ".join([*(ref.title for ref in one.objects[:2]), *one.words[:4]])
        lines.append(
            (
                Ours("like "),
                Data(one.id),
                Ours(" "),
                Told(one.title, 80),
                Ours(" ("),
                Told(why, 100),
                Ours(")"),
            )
        )
    how: Line = (
        Ours("In this thread: "),
        Data("@smart incident note …"),
        Ours(", a message marked :pushpin:, and "),
        Data("@smart incident close"),
    )
    return message(lines, zone, small=[how])


def turned(incident: Incident, zone: tzinfo) -> Message:
    """An incident that was closed or opened again."""
    closed = incident.status is IncidentStatus.CLOSED
    line: Line = (
        Strong("Incident closed:" if closed else "Incident open again:"),
        Ours(" "),
        Told(incident.title),
        Ours(" ("),
        Data(incident.id),
        Ours(")"),
    )
    lines: list[Line] = [line]
    if closed:
        lasted = words.duration(incident.closed_at - incident.opened_at)
        lines.append((Ours(f"It lasted {lasted}. The report: "), Data("incident show")))
    return message(lines, zone)


def report_card(answer: IncidentAnswer, zone: tzinfo) -> Message:
    """An incident in at most six lines: what, when, what fixed it, who, what is left to do."""
    incident = answer.incident
    lines: list[Line] = [
        (Strong(f"Incident {incident.status.value}:"), Ours(" "), Told(incident.title)),
        _lasted(incident),
        _fixed(answer),
    ]
    if answer.recovered_at is not None:
        after = f", {words.duration(answer.recovery)} after" if answer.recovery else ""
        lines.append((Ours("well again since "), Moment(answer.recovered_at), Ours(after)))
    people = ", ".join(f"{one.actor.name} ({_did(one)})" for one in answer.people[:4])
    lines.append((Ours("who: "), Told(people or "nobody is known to have done anything", 300)))
    left = [f"{len(answer.follow_ups)} follow-ups"] if answer.follow_ups else []
    left += [f"{len(answer.proposals)} proposed by the program"] if answer.proposals else []
    if left:
        lines.append((Ours(", ".join(left)),))
    total = len(answer.items) + answer.left_out
    small: Line = (
        Data(f"incidents/{incident.id}.md"),
        Ours(f", {total} entries in its timeline, commit "),
        Data(answer.citation.commit[:_SHORT]),
    )
    return message(lines, zone, small=[small])


def _lasted(incident: Incident) -> Line:
    opened: Line = (Ours("opened "), Moment(incident.opened_at))
    if not incident.closed_at:
        return (*opened, Ours(", still open"))
    return (*opened, Ours(", closed "), Moment(incident.closed_at))


def _did(one: Participant) -> str:
    counts = ((one.changes, "change"), (one.steps, "step"), (one.notes, "note"))
    said = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in counts if count]
    return ", ".join(said)


def _fixed(answer: IncidentAnswer) -> Line:
    if answer.fix is None:
        return (Ours("what fixed it is not known"),)
    return (Ours("fixed by: "), Told(cut_at_a_word(one_line(answer.fix.item.sentence), _FIXED)))


def incident_list(incidents: Sequence[Incident], zone: tzinfo) -> Message:
    """The incidents, the newest first; says how many are left out."""
    if not incidents:
        return message([(Ours("No incident was ever opened."),)], zone)
    lines: list[Line] = [
        (
            Ours("open " if one.status is IncidentStatus.OPEN else "closed "),
            Data(one.id),
            Ours(" "),
            Told(one.title, 120),
            Ours(", "),
            Moment(one.opened_at),
        )
        for one in incidents[:_LISTED]
    ]
    small: list[Line] = []
    if len(incidents) > _LISTED:
        small = [
            (Ours(f"{_LISTED} of {len(incidents):,} shown; all: kubectl smart incident list"),)
        ]
    return message(lines, zone, small=small)


def line_of_incident(note: Note, zone: tzinfo) -> Message:
    """What was added to an incident, said in its thread."""
    who: Line = (Told(note.author.name, 60), Ours(", "), Moment(note.happened_at))
    return message([(Told(note.text),)], zone, small=[who])


def plain(sentence: str, zone: tzinfo) -> Message:
    """One sentence of ours."""
    return message([(Ours(sentence),)], zone)


def counted(count: int, people: Sequence[str], zone: tzinfo) -> Message:
    """Changes that are too many to be announced one by one, and who made them."""
    line: Line = (
        Ours(f"And {count:,} more changes without a reason, by "),
        Told(", ".join(people[:5])),
        Ours("; "),
        Data("log"),
        Ours(" lists them."),
    )
    return message([line], zone)


def as_arguments(found: Message) -> dict[str, Any]:
    """The message as arguments of chat.postMessage and chat.update."""
    return {"text": found.text, "blocks": list(found.blocks)}
