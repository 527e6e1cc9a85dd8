"""`patterns` in every face but Slack: statements, figures, evidence, and the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING

from kubectl_smart.bot.render import documents, markdown, text, words
from kubectl_smart.bot.render.printable import one_line
from kubectl_smart.memory.records.times import to_rfc3339

if TYPE_CHECKING:
    from kubectl_smart.memory.answers.patterns import Instance, Pattern, PatternsAnswer

_SHORT = 12
NOTHING = "nothing beyond what chance explains"
_SMALLEST = 1e-300


def title(answer: PatternsAnswer, zone: tzinfo) -> str:
    """`Patterns from 2026-01-05 08:00:00 to 2026-06-30 17:00:00 in payments`."""
    window = f"{words.instant(answer.since, zone)} to {words.instant(answer.until, zone)}"
    place = f" in {answer.namespace}" if answer.namespace else ""
    return f"Patterns from {window}{place}"


def rules(answer: PatternsAnswer) -> str:
    """What it takes to be told."""
    tested = sum(count for _, count in answer.tested)
    people = "" if answer.named else "; people are told by role"
    calendar = f"calendar of {answer.zone}{people}"
    if not tested:
        return f"nothing came {answer.least} times, so nothing was tested; {calendar}"
    return (
        f"told is what held at least {answer.least} times, and so much oftener than by chance that "
        f"at most {answer.sure:.0%} of all that is told is chance".replace("%", " %")
        + f" (q, over {tested:,} hypotheses); {calendar}"
    )


def figures(one: Pattern) -> str:
    """`22 of 25 times (88 %, 70 to 96 %), 0.5 expected by chance, q = 3.1e-12`."""
    share = f"{one.held / one.times:.0%}, {one.low:.0%} to {one.high:.0%}".replace("%", " %")
    return (
        f"{one.held:,} of {one.times:,} times ({share}), {one.expected:.2g} expected by chance, "
        f"q = {chance(one.q)}"
    )


def chance(value: float) -> str:
    """`3.1e-12`; what is too small to be written has a bound instead."""
    return f"{value:.2g}" if value >= _SMALLEST else f"below {_SMALLEST:g}"


def stopped(one: Pattern, zone: tzinfo) -> str:
    """That it has stopped; "" if it has not."""
    if one.broken is None:
        return ""
    last = words.instant(one.last, zone)
    return f"BROKEN: it has not held since {last}, {one.silent:,} times in a row"


def parts(answer: PatternsAnswer) -> Iterator[tuple[str, list[Pattern]]]:
    """(heading, its patterns) of each part that was asked for."""
    for part in answer.parts:
        yield part.value, [one for one in answer.patterns if one.part is part]


def as_text(
    answer: PatternsAnswer, zone: tzinfo, *, explain: bool = False, wide: bool = False
) -> list[str]:
    """Lines for a terminal."""
    lines = [title(answer, zone)]
    for heading, found in parts(answer):
        lines += ["", text.heading(heading.upper())]
        for one in found:
            lines.append(f"  {one_line(one.statement)}")
            lines += [f"      {line}" for line in _details(one, zone, explain=explain, wide=wide)]
        if not found:
            lines.append(f"  {NOTHING}")
    lines += ["", rules(answer)]
    if explain:
        lines += [f"tested, {part.value}: {count:,} hypotheses" for part, count in answer.tested]
    return lines + text.footer(answer.basis, zone, explain=explain)


def _details(one: Pattern, zone: tzinfo, *, explain: bool, wide: bool) -> Iterator[str]:
    yield figures(one)
    if broken := stopped(one, zone):
        yield broken
    yield f"first {words.instant(one.first, zone)}, last {words.instant(one.last, zone)}"
    if one.failed:
        yield counter_examples(one, zone)
    if one.incidents:
        yield f"incidents: {', '.join(one.incidents)}"
    if explain:
        yield f"p = {chance(one.p)}: {one.test}"
        yield "interval: Wilson, 95 %; q: Benjamini and Hochberg over everything tested"
    if explain or wide:
        yield f"for example {'; '.join(_instance(each, zone) for each in one.examples)}"


def counter_examples(one: Pattern, zone: tzinfo) -> str:
    """`did not hold 3 times: 2026-04-06 09:00:00, …`, the newest."""
    named = ", ".join(words.instant(each.at, zone) for each in one.against)
    times = "once" if one.failed == 1 else f"{one.failed:,} times"
    more = ", lately" if one.failed > len(one.against) else ""
    return f"did not hold {times}{more}: {named}"


def _instance(one: Instance, zone: tzinfo) -> str:
    when = words.instant(one.at, zone)
    if one.citation is None:
        return when
    return f"{when} [{one.citation.commit[:_SHORT]} on {one.citation.branch}]"


def as_markdown(answer: PatternsAnswer, zone: tzinfo) -> list[str]:
    """A heading for each part, an item for each pattern."""
    lines = [f"# {markdown.escape(title(answer, zone))}", "", markdown.escape(rules(answer))]
    for heading, found in parts(answer):
        lines += ["", f"## {heading.capitalize()}", ""]
        for one in found:
            lines.append(f"- **{markdown.escape(one_line(one.statement))}**")
            details = _details(one, zone, explain=True, wide=True)
            lines += [f"    - {markdown.escape(one_line(line))}" for line in details]
        if not found:
            lines.append(f"{NOTHING.capitalize()}.")
    return lines + markdown.footer(answer.basis, zone)


def as_document(answer: PatternsAnswer) -> documents.Document:
    """Kind PatternsAnswer."""
    return documents.document(
        "PatternsAnswer",
        answer.basis,
        parts=[part.value for part in answer.parts],
        since=to_rfc3339(answer.since),
        until=to_rfc3339(answer.until),
        zone=answer.zone,
        namespace=answer.namespace,
        tested={part.value: count for part, count in answer.tested},
        sure=answer.sure,
        least=answer.least,
        named=answer.named,
        patterns=[_document(one) for one in answer.patterns],
    )


def _document(one: Pattern) -> documents.Document:
    return {
        "part": one.part.value,
        "kind": one.kind,
        "statement": one.statement,
        "held": one.held,
        "times": one.times,
        "confidence": [one.held / one.times, one.low, one.high],
        "within": one.within,
        "trials": one.trials,
        "expected": one.expected,
        "test": one.test,
        "p": one.p,
        "q": one.q,
        "first": to_rfc3339(one.first),
        "last": to_rfc3339(one.last),
        "brokenSince": None if one.broken is None else to_rfc3339(one.broken),
        "silent": one.silent,
        "examples": _instances(one.examples),
        "against": _instances(one.against),
        "failed": one.failed,
        "incidents": list(one.incidents),
    }


def _instances(found: Sequence[Instance]) -> list[documents.Document]:
    return [
        {
            "at": to_rfc3339(one.at),
            **({} if one.citation is None else documents.citation(one.citation)),
        }
        for one in found
    ]
