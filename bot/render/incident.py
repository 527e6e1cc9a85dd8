"""The answer about an incident: lines for a terminal, a JSON document, and Markdown."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import (
    causes_document,
    causes_text,
    documents,
    incident_words,
    markdown,
    words,
)
from kubectl_smart.bot.render.documents import Document
from kubectl_smart.bot.render.text import actor, footer, heading, said_line, timeline_line
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kubectl_smart.memory.answers.basis import Said
    from kubectl_smart.memory.answers.incident import (
        Fix,
        IncidentAnswer,
        Participant,
        SimilarIncident,
    )

_SHORT = 12


def text(
    answer: IncidentAnswer, zone: tzinfo, *, explain: bool = False, wide: bool = False
) -> list[str]:
    """What it is, what happened, what fixed it, who did what, what is to be done, what is alike."""
    lines = [*_what(answer, zone), "", heading("TIMELINE")]
    lines += [timeline_line(item, zone, wide=wide or explain) for item in answer.items]
    if answer.left_out:
        lines.append(f"  … {answer.left_out:,} more lines, the least telling, are left out")
    if answer.causes:
        lines += ["", heading("CAUSE"), *(f"  {said_line(one, zone)}" for one in answer.causes)]
    for number, one in enumerate(answer.root_causes):
        of = len(answer.root_causes)
        lines += ["", *causes_text.chain(one, zone, explain=explain, number=number, of=of)]
    lines += ["", heading("WHAT FIXED IT"), *_fixed(answer, zone, cited=wide or explain)]
    if answer.people:
        lines += ["", heading("WHO DID WHAT")]
        lines += [_person(one, zone) for one in answer.people]
    if answer.follow_ups:
        lines += ["", heading("FOLLOW-UPS")]
        lines += [f"  {said_line(one, zone)}" for one in answer.follow_ups]
    if answer.similar:
        lines += ["", heading("SIMILAR INCIDENTS")]
        lines += similar_lines(answer.similar)
    return lines + footer(answer.basis, zone, explain=explain)


def similar_lines(found: Iterable[SimilarIncident]) -> list[str]:
    """Past incidents, two lines each: which, and in what they are alike."""
    return [
        line
        for one in found
        for line in (f"  {one.id}: {one.title}", f"      {incident_words.alike(one)}")
    ]


def _what(answer: IncidentAnswer, zone: tzinfo) -> list[str]:
    found = answer.incident
    opened = words.instant(found.opened_at, zone)
    closed = f", closed {words.instant(found.closed_at, zone)}" if found.closed_at else ""
    lines = [f"{found.id} ({found.status.value}): {found.title}", f"  opened {opened}{closed}"]
    if answer.recovered_at is not None and answer.recovery is not None:
        over = words.instant(answer.recovered_at, zone)
        lines.append(f"  over at {over}, {words.duration(answer.recovery)} after it was opened")
    elif found.closed_at:
        lines.append("  when it was over is not known")
    about = ", ".join(ref.title for ref in answer.objects)
    lines.append(f"  about {about}" if about else "  no object is linked to it")
    return lines


def _fixed(answer: IncidentAnswer, zone: tzinfo, *, cited: bool) -> list[str]:
    fix = answer.fix
    if fix is None:
        return ["  not known"]
    commit = f"  [{fix.item.citation.commit[:_SHORT]}]" if cited else ""
    when = words.instant(fix.item.at, zone)
    how = f", {fix.item.via}" if fix.item.via else ""
    return [
        f"  {when}  {fix.item.sentence}  by {actor(fix.item.actor)}{how}{commit}",
        f"      because {incident_words.ground(fix, zone)}",
    ]


def _person(one: Participant, zone: tzinfo) -> str:
    first, last = words.instant(one.first_at, zone), words.instant(one.last_at, zone)
    between = first if first == last else f"{first} to {last}"
    return f"  {actor(one.actor)}: {incident_words.deeds(one)} ({between})"


def lines_of_markdown(answer: IncidentAnswer, zone: tzinfo) -> list[str]:
    """The report as the program would begin it, and what it rests on."""
    from kubectl_smart.bot.render.report import built_in_template, rendered

    report = rendered(answer, built_in_template(), zone).rstrip("\n").split("\n")
    head = [f"# {markdown.escape(answer.incident.title)}", ""]
    return [*head, *report, *markdown.footer(answer.basis, zone)]


def document(answer: IncidentAnswer) -> Document:
    """Kind IncidentAnswer; `items` in the order of time."""
    found = answer.incident
    over = answer.recovered_at
    recovery = answer.recovery
    return documents.document(
        "IncidentAnswer",
        answer.basis,
        id=found.id,
        title=found.title,
        status=found.status.value,
        openedAt=to_rfc3339(found.opened_at),
        closedAt=to_rfc3339(found.closed_at) if found.closed_at else None,
        commit=answer.citation.commit,
        since=to_rfc3339(answer.since),
        until=to_rfc3339(answer.until),
        objects=[documents.reference(ref) for ref in answer.objects],
        namespaces=list(answer.namespaces),
        items=[documents.item(one) for one in answer.items],
        leftOut=answer.left_out,
        notes=_words(answer.notes),
        causes=_words(answer.causes),
        rootCauses=[causes_document.chain(one) for one in answer.root_causes],
        fix=None if answer.fix is None else _fix(answer.fix),
        recoveredAt=None if over is None else to_rfc3339(over),
        recoverySeconds=None if recovery is None else recovery / 1_000_000,
        people=[_participant(one) for one in answer.people],
        followUps=_words(answer.follow_ups),
        proposals=list(answer.proposals),
        similar=[similar_document(one) for one in answer.similar],
    )


def _words(found: Iterable[Said]) -> list[Document]:
    return [documents.said(one) for one in found]


def _fix(fix: Fix) -> Document:
    last = fix.last_warning
    return {
        "change": documents.item(fix.item),
        "ground": fix.ground.value,
        "saidBy": fix.said_by or None,
        "lastWarning": None if last is None else to_rfc3339(last),
    }


def _participant(one: Participant) -> Document:
    return {
        **documents.actor(one.actor),
        "changes": one.changes,
        "steps": one.steps,
        "notes": one.notes,
        "firstAt": to_rfc3339(one.first_at),
        "lastAt": to_rfc3339(one.last_at),
    }


def similar_document(one: SimilarIncident) -> Document:
    """A past incident and in what it is alike."""
    return {
        "id": one.id,
        "title": one.title,
        "openedAt": to_rfc3339(one.opened_at),
        "closedAt": to_rfc3339(one.closed_at) if one.closed_at else None,
        "score": one.score,
        "objects": [documents.reference(ref) for ref in one.objects],
        "places": [{"namespace": place, "kind": kind} for place, kind in one.places],
        "words": list(one.words),
        "commit": one.citation.commit,
    }
