"""`links` in every face: each effect below what caused it, back to where nothing is known of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import documents, markdown, text, words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.links import Happened, LinksAnswer
    from kubectl_smart.memory.records.links import Link

_WIDTH = 120


def title(answer: LinksAnswer, zone: tzinfo) -> str:
    """`links of payments/deployment api from … to …: 12`."""
    whose = ""
    if answer.object is not None:
        whose = f" of {answer.object.title}"
    elif answer.namespace is not None:
        whose = f" in {answer.namespace}"
    window = f"{words.instant(answer.since, zone)} to {words.instant(answer.until, zone)}"
    return f"links{whose} from {window}: {len(answer.links)}"


def as_text(
    answer: LinksAnswer, zone: tzinfo, *, explain: bool = False, wide: bool = False
) -> list[str]:
    """What came first of all at the margin; below each its effects."""
    lines = [title(answer, zone)]
    effects: dict[str, list[Link]] = {}
    for one in answer.links:
        effects.setdefault(one.cause, []).append(one)
    caused = {one.effect for one in answer.links}
    roots = sorted(effects.keys() - caused, key=lambda key: (answer.happened[key].at, key))
    met: set[str] = set()
    for root in roots:
        lines += ["", f"{one_line(_said(answer.happened[root], zone))}"]
        for link, depth in _below(effects, root, met):
            lines += _told(answer, link, "  " * depth, zone, more=explain or wide)
    return lines + text.footer(answer.basis, zone, explain=explain)


def _below(
    effects: dict[str, list[Link]], cause: str, met: set[str], depth: int = 1
) -> Iterator[tuple[Link, int]]:
    """The effects of a cause, each followed by its own; what was followed once is only named."""
    waiting = [(one, depth) for one in reversed(effects.get(cause, []))]
    while waiting:
        link, at = waiting.pop()
        yield link, at
        if link.effect not in met:
            met.add(link.effect)
            waiting += [(one, at + 1) for one in reversed(effects.get(link.effect, []))]


def _told(
    answer: LinksAnswer, link: Link, indent: str, zone: tzinfo, *, more: bool
) -> Iterator[str]:
    lag = words.duration(max(link.lag, 0)) if link.lag >= 1_000_000 else f"{link.lag / 1e3:.0f} ms"
    how = f"{link.rule.value}, {lag}, {link.confidence:.2f}"
    yield f"{indent}→ {one_line(_said(answer.happened[link.effect], zone))}  [{how}]"
    if more:
        yield f"{indent}    {one_line(link.evidence)} ({link.version})"


def _said(one: Happened, zone: tzinfo) -> str:
    who = f" by {one.actor.name}" if one.actor is not None and one.actor.name else ""
    return f"{words.instant(one.at, zone)}  {one.sentence}{who}"


def as_document(answer: LinksAnswer) -> documents.Document:
    """Kind LinksAnswer."""
    return documents.document(
        "LinksAnswer",
        answer.basis,
        object=documents.reference(answer.object),
        namespace=answer.namespace,
        since=to_rfc3339(answer.since),
        until=to_rfc3339(answer.until),
        links=[
            {
                "cause": one.cause,
                "effect": one.effect,
                "rule": one.rule.value,
                "version": one.version,
                "lagMicroseconds": one.lag,
                "confidence": one.confidence,
                "evidence": one.evidence,
            }
            for one in answer.links
        ],
        happened=[
            {
                "id": one.id,
                "object": documents.reference(one.object),
                "at": to_rfc3339(one.at),
                "sentence": one.sentence,
                "actor": None if one.actor is None else documents.actor(one.actor),
                **documents.citation(one.citation),
            }
            for one in answer.happened.values()
        ],
    )


def as_markdown(answer: LinksAnswer, zone: tzinfo) -> list[str]:
    """A table of causes and effects."""
    rows = [
        [
            markdown.escape(_said(answer.happened[one.cause], zone)),
            markdown.escape(_said(answer.happened[one.effect], zone)),
            one.rule.value,
            f"{one.confidence:.2f}",
            markdown.escape(one.evidence),
        ]
        for one in answer.links
    ]
    lines = [f"# {markdown.escape(title(answer, zone))}", ""]
    lines += markdown.table(["Cause", "Effect", "Rule", "Confidence", "Evidence"], rows)
    return lines + markdown.footer(answer.basis, zone)


def dot(answer: LinksAnswer, zone: tzinfo) -> Iterator[str]:
    """Graphviz: from causes to effects."""
    yield "digraph links {"
    yield "  rankdir=LR; node [shape=box];"
    numbers = {key: number for number, key in enumerate(answer.happened)}
    for key, number in numbers.items():
        label = json.dumps(_label(answer.happened[key], zone), ensure_ascii=False)
        yield f"  n{number} [label={label}];"
    for one in answer.links:
        yield f'  n{numbers[one.cause]} -> n{numbers[one.effect]} [label="{one.rule.value}"];'
    yield "}"


def mermaid(answer: LinksAnswer, zone: tzinfo) -> Iterator[str]:
    """Mermaid: from causes to effects."""
    yield "flowchart LR"
    numbers = {key: number for number, key in enumerate(answer.happened)}
    for key, number in numbers.items():
        label = _label(answer.happened[key], zone).replace('"', "#quot;")
        yield f'  n{number}["{label}"]'
    for one in answer.links:
        yield f"  n{numbers[one.cause]} -->|{one.rule.value}| n{numbers[one.effect]}"


def _label(one: Happened, zone: tzinfo) -> str:
    said = one_line(f"{words.clock(one.at, zone)} {_said(one, zone)[21:]}")
    return said if len(said) <= _WIDTH else f"{said[: _WIDTH - 1]}…"
