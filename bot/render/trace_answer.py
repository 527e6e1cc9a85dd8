"""The answer to `trace` on the memory: for terminals, documents, Markdown, and as a graph."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from kubectl_smart.bot.render import (
    causes_document,
    causes_markdown,
    causes_text,
    documents,
    words,
)
from kubectl_smart.bot.render import (
    markdown as markdown_lines,
)
from kubectl_smart.bot.render import text as text_lines
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.causes import ChainStep, MetricsAsked, TraceAnswer

_WIDTH = 60
_LONGEST = 1_000


def text(answer: TraceAnswer, zone: tzinfo, *, explain: bool) -> list[str]:
    """The symptom, what was seen, then the chain."""
    lines = [f"{answer.symptom} of {answer.object.title}: {_onset(answer, zone)}"]
    lines += [one_line(one) for one in metrics_asked(answer, zone)]
    if answer.seen:
        lines += ["", text_lines.heading("SEEN")]
        for one in answer.seen:
            lines.append(f"  {words.instant(one.at, zone)}  {one_line(one.sentence)}")
            lines += [f"      {one_line(one.evidence)}"] if one.evidence else []
    lines.append("")
    lines += causes_text.causes(answer.causes, zone, explain=explain, title=causes_text.CAUSALITY)
    return lines + text_lines.footer(answer.basis, zone, explain=explain)


def _onset(answer: TraceAnswer, zone: tzinfo) -> str:
    low, high = answer.onset
    sure = f" to {words.clock(high, zone)}" if high // 1_000_000 > low // 1_000_000 else ""
    return f"since {words.instant(low, zone)}{sure} (known from {answer.known_from})"


def metrics_asked(answer: TraceAnswer, zone: tzinfo) -> list[str]:
    """Sentences: what was asked of whom for this answer, and what is missing; none if nothing."""
    asked = answer.metrics
    if asked is None:
        return []
    done, of = asked.answered
    since, until = words.instant(asked.since, zone), words.instant(asked.until, zone)
    count = f"{asked.shifts} shift" + ("" if asked.shifts == 1 else "s")
    lines = []
    if done:
        lines.append(
            f"metrics asked live of {asked.place}, {since} to {until}: {count} in {asked.series}"
            f" series ({done} of {of} queries), not part of the memory"
        )
    said = "; ".join(asked.troubles)[:_LONGEST]
    if said and done:
        lines.append(f"not all could be asked: {said}")
    elif said:
        lines.append(f"no metrics asked live of {asked.place}: {said}; the memory alone answers")
    return lines


def document(answer: TraceAnswer) -> dict[str, Any]:
    """Kind TraceAnswer; `change` is the id of the change at the root, or null."""
    chains = answer.causes.chains
    roots = [one.root for one in (*chains, *answer.causes.others)]
    return documents.document(
        "TraceAnswer",
        answer.basis,
        symptom=answer.symptom,
        object=documents.reference(answer.object),
        askedAt=to_rfc3339(answer.asked_at),
        onset={"from": to_rfc3339(answer.onset[0]), "to": to_rfc3339(answer.onset[1])},
        knownFrom=answer.known_from,
        **_asked_document(answer.metrics),
        seen=[causes_document.step(one) for one in answer.seen],
        causes=[{"entity": one.object.title, "sentence": one.sentence} for one in roots],
        change=_change(chains[0].root) if chains else None,
        **{
            key: one
            for key, one in causes_document.causes(answer.causes).items()
            if key != "troubles"
        },
    )


def _asked_document(asked: MetricsAsked | None) -> dict[str, Any]:
    """Only where metrics were asked for: a memory's answers are the same for ever."""
    if asked is None:
        return {}
    return {
        "metricsAsked": {
            "of": asked.place,
            "from": to_rfc3339(asked.since),
            "to": to_rfc3339(asked.until),
            "queries": asked.answered[1],
            "answered": asked.answered[0],
            "series": asked.series,
            "shifts": asked.shifts,
            "troubles": list(asked.troubles),
        }
    }


def _change(root: ChainStep) -> str | None:
    return None if root.citation is None else root.citation.record


def markdown(answer: TraceAnswer, zone: tzinfo) -> list[str]:
    """What was seen, then the chain."""
    title = f"{answer.symptom} of {answer.object.title}"
    lines = [f"# {markdown_lines.escape(title)}", "", _onset(answer, zone), ""]
    for one in metrics_asked(answer, zone):
        lines += [markdown_lines.escape(one), ""]
    if answer.seen:
        lines += ["## Seen", "", *(f"- {causes_markdown.step(one, zone)}" for one in answer.seen)]
        lines.append("")
    lines += causes_markdown.causes(answer.causes, zone, title="Causality chain")
    return lines + markdown_lines.footer(answer.basis, zone)


# --- as a graph ----------------------------------------------------------------------------------


def dot(answer: TraceAnswer, zone: tzinfo) -> Iterator[str]:
    """Graphviz: from causes to effects."""
    yield "digraph trace {"
    yield "  rankdir=LR; node [shape=box];"
    for number, chain in enumerate(answer.causes.chains):
        for at, step in enumerate(chain.steps):
            yield f"  c{number}_{at} [label={json.dumps(_label(step, zone), ensure_ascii=False)}];"
        for at in range(len(chain.steps) - 1):
            yield f"  c{number}_{at + 1} -> c{number}_{at};"
    yield "}"


def mermaid(answer: TraceAnswer, zone: tzinfo) -> Iterator[str]:
    """Mermaid, as wikis and GitHub draw it: from causes to effects."""
    yield "flowchart LR"
    for number, chain in enumerate(answer.causes.chains):
        for at, step in enumerate(chain.steps):
            label = _label(step, zone).replace('"', "#quot;")
            yield f'  c{number}_{at}["{label}"]'
        for at in range(len(chain.steps) - 1):
            yield f"  c{number}_{at + 1} --> c{number}_{at}"


def _label(step: ChainStep, zone: tzinfo) -> str:
    when = f"{words.clock(step.at, zone)} " if step.at else ""
    who = f" by {step.actor.name}" if step.actor is not None and step.actor.name else ""
    said = one_line(f"{when}{step.sentence}{who}")
    return said if len(said) <= 2 * _WIDTH else f"{said[: 2 * _WIDTH - 1]}…"
