"""`dependencies` in every face but Slack: what is needed, who needs it, and what proves it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from itertools import groupby
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import documents, markdown, text, words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.memory.records.objects import ObjectRef
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.dependencies import DependenciesAnswer, Evidence, Needed

_SHORT = 12
_CONFIGURED = "configuration"


def title(answer: DependenciesAnswer, zone: tzinfo) -> str:
    """`payments/deployment payment-api at 2026-11-23 03:00:00`, with whose it is."""
    made = f", for which {answer.asked.title} was made,"
    for_whom = "" if answer.asked == answer.object else made
    for_whom += "" if answer.exists else " (not there then)"
    if answer.since == answer.until:
        return f"{answer.object.title}{for_whom} at {words.instant(answer.since, zone)}"
    window = f"{words.instant(answer.since, zone)} to {words.instant(answer.until, zone)}"
    return f"{answer.object.title}{for_whom} from {window}"


def headline(one: Needed, phrase: str, zone: tzinfo) -> str:
    """`calls data/service redis  since 2026-11-23 02:48:17`."""
    since = words.instant(one.since, zone)
    if one.source != _CONFIGURED and one.until is not None:
        seen = f"seen by {one.source} {since} to {words.instant(one.until, zone)}"
        return f"{phrase}  {seen}"
    ended = "" if one.until is None else f" until {words.instant(one.until, zone)}"
    return f"{phrase}  since {since}{ended}"


def proof(found: Evidence, whose: ObjectRef) -> str:
    """`spec.…env[DB_HOST].value = user-db.data`; with the object, where it is not the caller's."""
    at = "" if found.object == whose else f"{found.object.title}: "
    return f"{at}{found.field} = {found.value}" if found.field else f"{at}{found.value}"


def phrase(answer: DependenciesAnswer, one: Needed, *, needed_by: bool) -> str:
    """`calls data/service redis`; the other way round `prod/deployment api calls it`.

    Who needs a workload through a Service names the Service.
    """
    if not needed_by:
        return f"{one.kind} {one.callee.title}"
    whom = "it" if one.callee == answer.object else one.callee.title
    return f"{one.caller.title} {one.kind} {whom}"


def as_text(
    answer: DependenciesAnswer, zone: tzinfo, *, explain: bool = False, wide: bool = False
) -> list[str]:
    """Lines for a terminal."""
    lines = [title(answer, zone)]
    for heading, found, needed_by in _parts(answer):
        lines += ["", text.heading(heading.upper())]
        for label, alike in _grouped(answer, found, zone, needed_by=needed_by):
            lines.append(f"  {one_line(label)}")
            for one in alike:
                for each in one.evidence:
                    commit = _commit(each) if explain or wide else ""
                    lines.append(f"      {one_line(proof(each, one.caller))}{commit}")
        if not found:
            lines.append("  nothing known")
    return lines + text.footer(answer.basis, zone, explain=explain)


def _parts(answer: DependenciesAnswer) -> tuple[tuple[str, Sequence[Needed], bool], ...]:
    return ("Needs", answer.needs, False), ("Needed by", answer.needed_by, True)


def _grouped(
    answer: DependenciesAnswer, found: Iterable[Needed], zone: tzinfo, *, needed_by: bool
) -> Iterator[tuple[str, list[Needed]]]:
    """Those of one headline together: several fields may say the same since the same instant."""

    def label(one: Needed) -> str:
        return headline(one, phrase(answer, one, needed_by=needed_by), zone)

    for said, alike in groupby(found, label):
        yield said, list(alike)


def _commit(found: Evidence) -> str:
    if found.citation is None:
        return ""
    return f"  [{found.citation.commit[:_SHORT]} on {found.citation.branch}]"


def as_markdown(answer: DependenciesAnswer, zone: tzinfo) -> list[str]:
    """Two tables."""
    lines = [f"# Dependencies of {markdown.escape(title(answer, zone))}"]
    for heading, found, needed_by in _parts(answer):
        lines += ["", f"## {heading}", ""]
        rows = [
            [
                markdown.escape(phrase(answer, one, needed_by=needed_by)) if number == 0 else "",
                markdown.code(proof(each, one.caller)),
                _interval(one, zone) if number == 0 else "",
                f"`{each.citation.commit[:_SHORT]}`" if each.citation is not None else "",
            ]
            for one in found
            for number, each in enumerate(one.evidence)
        ]
        lines += markdown.table(["Dependency", "Evidence", "When", "Commit"], rows)
    return lines + markdown.footer(answer.basis, zone)


def _interval(one: Needed, zone: tzinfo) -> str:
    since = words.instant(one.since, zone)
    return f"since {since}" if one.until is None else f"{since} to {words.instant(one.until, zone)}"


def as_document(answer: DependenciesAnswer) -> documents.Document:
    """Kind DependenciesAnswer."""
    return documents.document(
        "DependenciesAnswer",
        answer.basis,
        object=documents.reference(answer.object),
        asked=documents.reference(answer.asked),
        exists=answer.exists,
        since=to_rfc3339(answer.since),
        until=to_rfc3339(answer.until),
        needs=[_edge(one) for one in answer.needs],
        neededBy=[_edge(one) for one in answer.needed_by],
    )


def _edge(one: Needed) -> documents.Document:
    return {
        "kind": one.kind,
        "caller": documents.reference(one.caller),
        "callee": documents.reference(one.callee),
        "source": one.source,
        "since": to_rfc3339(one.since),
        "until": None if one.until is None else to_rfc3339(one.until),
        "evidence": [_evidence(each) for each in one.evidence],
    }


def _evidence(found: Evidence) -> documents.Document:
    cited = {} if found.citation is None else documents.citation(found.citation)
    return {
        "object": documents.reference(found.object),
        "field": found.field or None,
        "value": found.value,
        "since": to_rfc3339(found.since),
        **cited,
    }
