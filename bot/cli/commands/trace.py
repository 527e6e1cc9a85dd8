"""`trace SYMPTOM NAME`, or `trace --bundle FILE`: down to the change that caused it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.requests import SYMPTOMS, TraceRequest, trace_words
from kubectl_smart.bot.grammar.times import precision_of
from kubectl_smart.bot.settings import process_environment
from kubectl_smart.memory.records.errors import BadInput

if TYPE_CHECKING:
    from kubectl_smart.bot.measuring import Metrics

_HELP = f"""From a symptom down to the change that caused it, and who made it.

\b
  kubectl smart trace latency api-gateway --spike="14:30"
  kubectl smart trace restarts deployment/api -n prod --spike="2024-01-15 14:30" --explain
  kubectl smart trace errors api-gateway -o mermaid
  kubectl smart trace latency api-gateway --prometheus http://127.0.0.1:9090
  kubectl smart trace --bundle incident.json.gz

Symptoms: {", ".join(SYMPTOMS)}. The onset is that of the stored metric shift or of the events
nearest to the time given; the answer says which. -o dot and -o mermaid draw the chain.

With --prometheus, or --config with its part capture.prometheus, metrics around that time are
asked for at once and count for this answer alone: nothing is recorded. If there is no answer
the trace goes on with what the memory knows, and says so.

With --bundle the answer comes from a file of evidence alone, without a memory: JSON (rca-case/1),
plain or gzipped, with series, edges, events, changes and alerts. SYMPTOM, NAME and --spike then
stand in for what it says of the symptom, and may be left out.
"""
_DRAWN = ("dot", "mermaid")


@click.command(name="trace", help=_HELP)
@click.argument("words", nargs=-1, metavar="SYMPTOM NAME")
@click.option("--spike", "--at", "spike", metavar="TIME", help="About when it was noticed.")
@click.option(
    "--bundle", metavar="FILE", type=click.Path(path_type=Path), help="Evidence, rca-case/1."
)
@click.option("--prometheus", metavar="URL", help="Ask it for metrics around that time.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ask the Prometheus that this file of `serve` names, with its queries.",
)
@question_options("table", "wide", "json", "yaml", "md", "name", *_DRAWN, window=False)
def command(
    words: tuple[str, ...],
    *,
    spike: str | None,
    bundle: Path | None,
    prometheus: str | None,
    config: Path | None,
    asked: Asked,
) -> int:
    """See _HELP."""
    at = None if spike is None else asked.moment(spike)
    metrics = _metrics(prometheus, config)
    if bundle is not None:
        if metrics is not None:
            raise BadInput("a bundle holds its metrics itself", "leave out where to ask for them")
        forms, drawn = _of_bundle(words, at, bundle)
    else:
        forms, drawn = _of_memory(words, at, precision_of(spike or ""), asked, metrics)
    if asked.output in drawn:
        click.echo("\n".join(drawn[asked.output]))
    else:
        print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK


def _metrics(url: str | None, config: Path | None) -> Metrics | None:
    """Whom to ask for metrics; None: nobody."""
    if url is None and config is None:
        return None
    from kubectl_smart.bot.measuring import Metrics, at_address, configured

    if url is not None and config is not None:
        raise BadInput("--prometheus and --config both say whom to ask", "give one of them")
    return Metrics(
        at_address(url or "") if config is None else configured(config, process_environment())
    )


def _of_memory(
    words: tuple[str, ...], at: int | None, exact: int, asked: Asked, metrics: Metrics | None
) -> tuple[Forms, dict[str, Iterable[str]]]:
    from kubectl_smart.bot.asking import ask
    from kubectl_smart.bot.render import trace_answer

    symptom, named = trace_words(words)
    request = TraceRequest(symptom, named, at, exact, asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now, metrics=metrics)
    zone = asked.settings.zone
    forms = Forms(
        lambda zone, explain, wide: trace_answer.text(answer, zone, explain=explain or wide),
        lambda: trace_answer.document(answer),
        lambda zone: trace_answer.markdown(answer, zone),
        lambda: (
            chain.root.citation.record
            for chain in answer.causes.chains
            if chain.root.citation is not None
        ),
    )
    return forms, {
        "dot": trace_answer.dot(answer, zone),
        "mermaid": trace_answer.mermaid(answer, zone),
    }


def _of_bundle(
    words: tuple[str, ...], at: int | None, bundle: Path
) -> tuple[Forms, dict[str, Iterable[str]]]:
    from kubectl_smart.bot.render import bundle_document, bundle_words
    from kubectl_smart.memory.formats.bundles import read_bundle
    from kubectl_smart.memory.questions.bundle_trace import KINDS, trace_bundle

    kind, service = _words(words, tuple(KINDS))
    answer = trace_bundle(read_bundle(bundle), kind=kind, service=service, spike=at)
    forms = Forms(
        lambda zone, explain, wide: bundle_words.lines(answer, zone, explain=explain, wide=wide),
        lambda: bundle_document.document(answer),
        lambda zone: bundle_words.as_markdown(answer, zone),
        lambda: (one.entity for one in answer.causes),
    )
    return forms, {"dot": bundle_words.dot(answer), "mermaid": bundle_words.mermaid(answer)}


def _words(words: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[str, str]:
    """(kind, service) of what was typed; "" for what was not."""
    kind = words[0] if words and words[0] in kinds else ""
    rest = words[1:] if kind else words
    if len(rest) > 1:
        raise BadInput(
            f"{words[0]!r} is nothing that can be traced" if not kind else "too many words",
            f"write `trace SYMPTOM NAME`, with SYMPTOM one of {', '.join(kinds)}",
        )
    return kind, rest[0] if rest else ""
