"""Answers as Markdown, for post-mortems and chat: the same words, with commits cited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import text, words

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.basis import Basis
    from kubectl_smart.memory.answers.past_state import DifferenceAnswer, StateAnswer
    from kubectl_smart.memory.answers.timeline import (
        LogAnswer,
        ReplayAnswer,
        ShowAnswer,
        TimelineItem,
    )
    from kubectl_smart.memory.answers.why import Decision, WhyAnswer

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_SHORT = 12


def escape(said: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(said.split()))


def code(said: str) -> str:
    """Text as code; a blank pads what begins or ends with a backtick."""
    line = " ".join(said.split())
    if "`" not in line:
        return f"`{line}`"
    fence = "`" * (max(len(run) for run in re.findall(r"`+", line)) + 1)
    return f"{fence} {line} {fence}"


def with_code(said: str) -> str:
    """A sentence of ours in which commands stand between backticks."""
    parts = said.split("`")
    if len(parts) % 2 == 0:
        return escape(said)
    return "".join(
        (code(part) if part.strip() else "") if at % 2 else _escaped(part)
        for at, part in enumerate(parts)
    )


def _escaped(part: str) -> str:
    begin = " " if part[:1].isspace() else ""
    end = " " if part[-1:].isspace() and part.strip() else ""
    return f"{begin}{escape(part)}{end}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; cells are Markdown already."""
    return [
        f"| {' | '.join(heads)} |",
        f"|{'---|' * len(heads)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]


def footer(basis: Basis, zone: tzinfo) -> list[str]:
    """The last lines of every answer."""
    said = [line for line in text.footer(basis, zone, explain=False) if line]
    return ["", "---", *(f"{escape(line)}  " for line in said)]


def why(answer: WhyAnswer, zone: tzinfo) -> list[str]:
    """Decision history as a table, knowledge as a list."""
    field = f": {escape(answer.field)}" if answer.field else ""
    lines = [f"# Why {escape(answer.object.title)}{field}", "", "## Decision history", ""]
    if answer.left_out:
        lines += [escape(words.left_out(answer.left_out)), ""]
    rows = [row for one in answer.decisions for row in _decision_rows(one, zone)]
    lines += table(["When", "Change", "By", "How", "Why", "Commit"], rows)
    if answer.knowledge or answer.incidents:
        lines += ["", "## Institutional knowledge", ""]
        for one in answer.knowledge:
            lines.append(f"- {escape(one.text)} ({escape(one.author)})")
            lines += [f"  - {escape(line)}" for line in words.since_said(one, zone)]
        lines += [f"- incident {escape(id_)}: {escape(title)}" for id_, title in answer.incidents]
    return lines + footer(answer.basis, zone)


def _decision_rows(decision: Decision, zone: tzinfo) -> Iterable[list[str]]:
    reasons = [decision.reason, *(one.text for one in decision.reasons)]
    reasons += [
        f"rolled back after {words.duration(value.rollback.after)}"
        for value in decision.values
        if value.rollback is not None
    ]
    reasons += [f"followed by {one.kind}{words.times(one.count)}" for one in decision.followed]
    reasons += [decision.attribution, words.unseen(decision.not_before, decision.at, zone)]
    changed = [
        f"{escape(value.path)}: {code(words.value(value.before))} → "
        f"{code(words.value(value.after))}"
        for value in decision.values
    ] or [escape(decision.sentence)]
    for number, change in enumerate(changed):
        first = number == 0
        yield [
            words.instant(decision.at, zone) if first else "",
            change,
            escape(text.actor(decision.actor)) if first else "",
            code(decision.via) if first and decision.via else "",
            escape("; ".join(one for one in reasons if one)) if first else "",
            f"`{decision.citation.commit[:_SHORT]}`" if first else "",
        ]


def state(answer: StateAnswer, zone: tzinfo) -> list[str]:
    """The objects of an instant as a table."""
    rows = [
        [
            escape(one.ref.namespace),
            escape(f"{one.ref.kind}/{one.ref.name}"),
            words.instant(one.at, zone),
            escape(text.actor(one.actor)),
            f"`{one.citation.commit[:_SHORT]}`",
        ]
        for one in answer.objects
    ]
    lines = [f"# State at {words.instant(answer.at, zone)}", ""]
    lines += table(["Namespace", "Object", "Since", "By", "Commit"], rows)
    return lines + footer(answer.basis, zone)


def difference(answer: DifferenceAnswer, zone: tzinfo) -> list[str]:
    """What is not the same at two instants, as a list."""
    window = f"{words.instant(answer.at, zone)} to {words.instant(answer.until, zone)}"
    lines = [f"# Changes from {window}", ""]
    for one in answer.objects:
        what = "added" if one.added else "removed" if one.removed else "changed"
        lines.append(f"- {escape(one.ref.title)}: {what}")
        lines += [
            f"  - {escape(edit.path)}: {code(words.value(edit.before))} → "
            f"{code(words.value(edit.after))}"
            for edit in one.edits
        ]
    return lines + footer(answer.basis, zone)


def replay(answer: ReplayAnswer, zone: tzinfo) -> list[str]:
    """The timeline as a table."""
    window = f"{words.instant(answer.since, zone)} to {words.instant(answer.until, zone)}"
    lines = [f"# {escape(answer.words or 'Replay')}: {window}", ""]
    lines += _timeline(answer.items, zone)
    if answer.causes is not None:
        from kubectl_smart.bot.render import causes_markdown

        lines += ["", *causes_markdown.causes(answer.causes, zone)]
    if answer.unwell:
        lines += ["", f"## Not well at {words.instant(answer.moment, zone)}", ""]
        lines += [f"- {escape(ref.title)}: {escape(reason)}" for ref, reason in answer.unwell]
    return lines + footer(answer.basis, zone)


def _timeline(items: Iterable[TimelineItem], zone: tzinfo) -> list[str]:
    rows = [
        [
            words.instant(item.at, zone),
            item.kind.value,
            escape(item.sentence),
            escape(text.actor(item.actor)),
            f"`{item.citation.commit[:_SHORT]}`",
        ]
        for item in items
    ]
    return table(["When", "What", "Happened", "By", "Commit"], rows)


def log(answer: LogAnswer, zone: tzinfo) -> list[str]:
    """Changes, newest first, as a table."""
    return ["# Changes", "", *_timeline(answer.items, zone), *footer(answer.basis, zone)]


def show(answer: ShowAnswer, zone: tzinfo) -> list[str]:
    """One change as a list of facts."""
    item = answer.item
    lines = [
        f"# {escape(item.sentence)}",
        "",
        f"- by {escape(text.actor(item.actor))}",
        f"- via {code(item.via)}",
        f"- at {words.instant(item.at, zone)}",
        f"- commit `{item.citation.commit}`",
    ]
    if item.reason:
        lines.append(f"- reason: {escape(item.reason)}")
    for edit in item.edits:
        before, after = words.value(edit.before), words.value(edit.after)
        lines.append(f"- {escape(edit.path)}: {code(before)} → {code(after)}")
    return lines + footer(answer.basis, zone)
