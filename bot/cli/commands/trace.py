"""`trace [KIND] [SERVICE] --bundle FILE`: from a symptom to its cause."""

from __future__ import annotations

from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.memory.records.errors import BadInput

_HELP = """From a symptom across services down to its cause, and to the change behind it.

\b
  kubectl smart trace --bundle incident.json.gz
  kubectl smart trace latency api-gateway --spike="14:30" --bundle incident.json.gz
  kubectl smart trace --bundle incident.json.gz -o mermaid

A bundle (rca-case/1) is JSON, plain or gzipped, with what was measured and seen: series, edges,
events, changes, alerts. KIND (latency, errors, availability, saturation, restarts, unschedulable),
SERVICE and --spike stand in for what it says of the symptom.
"""
_OUTPUTS = ("table", "wide", "json", "yaml", "md", "dot", "mermaid")


@click.command(name="trace", help=_HELP)
@click.argument("words", nargs=-1, metavar="[KIND] [SERVICE]")
@click.option("--spike", metavar="TIME", help="When the symptom was noticed.")
@click.option(
    "--bundle", metavar="FILE", type=click.Path(path_type=Path), help="Evidence, rca-case/1."
)
@question_options(*_OUTPUTS, window=False)
def command(words: tuple[str, ...], *, spike: str | None, bundle: Path | None, asked: Asked) -> int:
    """See _HELP."""
    from kubectl_smart.memory.questions.trace import KINDS, trace_bundle

    kind, service = _words(words, tuple(KINDS))
    at = None if spike is None else asked.moment(spike)
    if bundle is None:
        raise BadInput(
            "trace answers from a bundle of evidence only, not from the memory yet",
            "name one with --bundle FILE",
        )
    from kubectl_smart.bot.render import trace_document, trace_words
    from kubectl_smart.memory.formats.bundles import read_bundle

    answer = trace_bundle(read_bundle(bundle), kind=kind, service=service, spike=at)
    if asked.output in ("dot", "mermaid"):
        drawn = trace_words.dot if asked.output == "dot" else trace_words.mermaid
        click.echo("\n".join(drawn(answer)))
        return exit_codes.OK
    forms = Forms(
        lambda zone, explain, wide: trace_words.lines(answer, zone, explain=explain, wide=wide),
        lambda: trace_document.document(answer),
        lambda zone: trace_words.as_markdown(answer, zone),
        lambda: (one.entity for one in answer.causes),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK


def _words(words: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[str, str]:
    """(kind, service) of what was typed; "" for what was not."""
    kind = words[0] if words and words[0] in kinds else ""
    rest = words[1:] if kind else words
    if len(rest) > 1:
        raise BadInput(
            f"{words[0]!r} is nothing that can be traced" if not kind else "too many words",
            f"write `trace KIND SERVICE`, with KIND one of {', '.join(kinds)}",
        )
    return kind, rest[0] if rest else ""
