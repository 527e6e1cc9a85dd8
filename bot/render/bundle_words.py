"""The answer to `trace` for people: a tree for a terminal, Markdown, a graph to draw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import markdown, words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.bot.render.tables import table
from kubectl_smart.bot.render.text import heading

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.bundle_trace import BundleAnswer, Cause, Onset, Reason, Step

_CAUSES = 5
_RULED_OUT = 8
_WIDE = 1_000


def lines(answer: BundleAnswer, zone: tzinfo, *, explain: bool, wide: bool) -> list[str]:
    """The chain first, then the other candidates, then what is ruled out."""
    most = _WIDE if wide else _CAUSES
    found = [one_line(answer.verdict), "", heading("CAUSALITY CHAIN")]
    found += [f"  {line}".rstrip() for line in _tree(answer, zone)]
    found += ["", heading("CAUSES")]
    rows = [_row(place, cause) for place, cause in enumerate(answer.causes[:most], 1)]
    found += table(("", "ENTITY", "SCORE", "CONFIDENCE", "SEEN", "CHANGE"), rows, "  ")
    if len(answer.causes) > most:
        found.append(f"  … {len(answer.causes) - most} more candidates; -o wide shows them")
    if answer.ruled_out:
        found += ["", heading("RULED OUT")]
        shown = answer.ruled_out[: _WIDE if wide else _RULED_OUT]
        found += [f"  {_out(one.change, one.entity)}: {one.reason} ({one_line(one.words)})"
                  for one in shown]  # fmt: skip
        if len(answer.ruled_out) > len(shown):
            found.append(f"  … {len(answer.ruled_out) - len(shown)} more; -o wide shows them")
    if explain:
        found += ["", heading("ARITHMETIC")]
        for cause in answer.causes[:most]:
            found += [f"  {line}" for line in arithmetic(cause)]
    return [*found, "", *_basis(answer, zone)]


def _tree(answer: BundleAnswer, zone: tzinfo) -> Iterator[str]:
    for depth, step in enumerate(answer.chain):
        branch = "" if not depth else f"{'   ' * (depth - 1)}└─ "
        at = "" if step.at is None else f"  {words.instant(step.at, zone)}"
        yield f"{branch}{one_line(_said(step))}{at}"
    if answer.onset is not None:
        since, until = (
            words.clock(answer.onset.from_at, zone),
            words.clock(answer.onset.to_at, zone),
        )
        yield ""
        yield f"it began between {since} and {until}, by {_series(answer.onset)}"


def _series(begun: Onset) -> str:
    name = " ".join(filter(None, (begun.metric, begun.stat)))
    return one_line(f"{name} of {begun.entity}")


def _said(step: Step) -> str:
    where = step.entity or "somewhere"
    if step.role == "change":
        return f"changed by {step.actor or 'somebody unknown'}: {step.words}"
    return f"{where}: {step.words}"


def _row(place: int, cause: Cause) -> tuple[str, ...]:
    from kubectl_smart.memory.graph.measured.chains import seen

    change = "" if cause.change is None else cause.change.id
    return (
        str(place), one_line(cause.entity), f"{cause.score:.2f}", f"{cause.confidence:.0%}",
        one_line(seen(cause)), one_line(change),
    )  # fmt: skip


def _out(change: str, entity: str) -> str:
    return one_line(f"change {change} on {entity}" if change else entity)


def arithmetic(cause: Cause) -> Iterator[str]:
    """How a score comes about, one line for each term."""
    worked = f"{cause.evidence:.2f} × path {cause.path:g}"
    if cause.change is not None:
        worked += (
            f" + {cause.change_weight:.2f} × {cause.surprise:.2f}: change {cause.change.id},"
            f" so close before by accident {cause.change.chance:.1%}"
        )
        if cause.change.weight is not None:
            worked += f", for it by what a memory knows {cause.change.weight:.2f}"
    yield one_line(f"{cause.entity}: {cause.score:.2f} = evidence {worked}")
    for place, reason in enumerate(cause.reasons):
        yield f"  {reason.counted:.2f} × 1/{2**place}  {_reason(reason)}"


def _reason(reason: Reason) -> str:
    name = " ".join(filter(None, (reason.metric, reason.stat))) or reason.words
    parts = [f"{reason.kind}: {one_line(name)}{' per request' if reason.per_request else ''}"]
    if reason.before is not None and reason.after is not None:
        parts.append(f"{reason.before:.4g} → {reason.after:.4g}")
    parts.append(f"{reason.spreads:.1f} spreads")
    if reason.found_on:
        parts.append(f"on {one_line(reason.found_on)}")
    if reason.explained_by and reason.explained >= 0.005:
        parts.append(f"{reason.explained:.0%} accounted for by {one_line(reason.explained_by)}")
    if reason.material < 0.995:
        parts.append(f"{reason.material:.0%} of what was lost at the symptom")
    if reason.of_kind < 1.0:
        parts.append("not of the symptom's kind")
    return ", ".join(parts)


def _basis(answer: BundleAnswer, zone: tzinfo) -> Iterator[str]:
    inputs = answer.inputs
    yield (
        f"bundle {one_line(answer.source)}, rules {answer.rules},"
        f" times in {words.zone_name(answer.noticed_at, zone)}"
    )
    edges = ", ".join(f"{count} {kind}" for kind, count in inputs.edges) or "none"
    yield (
        f"{inputs.used} of {inputs.series} series used ({inputs.missing:.0%} of samples missing), "
        f"edges: {edges}; {inputs.events} events, {inputs.changes} changes, {inputs.alerts} alerts"
    )


def as_markdown(answer: BundleAnswer, zone: tzinfo) -> list[str]:
    """The same as Markdown, with the chain as a picture that GitHub and GitLab draw."""
    found = [
        f"**{_escaped(answer.verdict)}**",
        "",
        "```mermaid",
        *mermaid(answer),
        "```",
        "",
    ]
    for place, step in enumerate(answer.chain, 1):
        at = "" if step.at is None else f", {words.instant(step.at, zone)}"
        found.append(f"{place}. {step.role}: {_escaped(_said(step))}{at}")
    found += ["", "| | cause | score | seen |", "|---|---|---|---|"]
    for place, cause in enumerate(answer.causes[:_CAUSES], 1):
        row = _row(place, cause)
        found.append(f"| {place} | {markdown.code(row[1])} | {row[2]} | {_escaped(row[4])} |")
    if answer.ruled_out:
        found += ["", "Ruled out:", ""]
        found += [
            f"- {_escaped(_out(one.change, one.entity))}: {one.reason} ({_escaped(one.words)})"
            for one in answer.ruled_out[:_RULED_OUT]
        ]
    return [*found, "", *(_escaped(line) for line in _basis(answer, zone))]


def _escaped(said: str) -> str:
    return markdown.escape(one_line(said))


def mermaid(answer: BundleAnswer) -> list[str]:
    """The chain as a Mermaid flowchart, from the cause to the symptom."""
    found = ["flowchart TD"]
    steps = list(reversed(answer.chain))
    for at, step in enumerate(steps):
        found.append(f'  s{at}["{_mermaid(_said(step))}"]')
    return found + [f"  s{at} --> s{at + 1}" for at in range(len(steps) - 1)]


def _mermaid(said: str) -> str:
    return "".join(
        char if char.isalnum() or char in " .,:;-_/→%()+=@" else f"#{ord(char)};"
        for char in one_line(said)
    )


def dot(answer: BundleAnswer) -> list[str]:
    """The chain as a Graphviz digraph, from the cause to the symptom."""
    found = ["digraph chain {", "  rankdir=TB;", "  node [shape=box];"]
    steps = list(reversed(answer.chain))
    for at, step in enumerate(steps):
        said = one_line(_said(step)).replace("\\", "\\\\").replace('"', '\\"')
        found.append(f'  s{at} [label="{said}"];')
    return [*found, *(f"  s{at} -> s{at + 1};" for at in range(len(steps) - 1)), "}"]
