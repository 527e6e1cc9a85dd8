"""`trace SYMPTOM NAME`: from a symptom down to the change that caused it."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.requests import SYMPTOMS, TraceRequest, trace_words
from kubectl_smart.bot.grammar.times import precision_of

_HELP = f"""From a symptom down to the change that caused it, and who made it.

\b
  kubectl smart trace latency api-gateway --spike="14:30"
  kubectl smart trace restarts deployment/api -n prod --spike="2024-01-15 14:30" --explain
  kubectl smart trace errors api-gateway -o mermaid

Symptoms: {", ".join(SYMPTOMS)}. The onset is that of the stored metric shift or of the events
nearest to the time given; the answer says which. -o dot and -o mermaid draw the chain.
"""
_DRAWN = ("dot", "mermaid")


@click.command(name="trace", help=_HELP)
@click.argument("words", nargs=-1, required=True, metavar="SYMPTOM NAME")
@click.option("--spike", "--at", "spike", metavar="TIME", help="About when it was noticed.")
@question_options("table", "wide", "json", "yaml", "md", "name", *_DRAWN, window=False)
def command(words: tuple[str, ...], *, spike: str | None, asked: Asked) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import trace_answer

    symptom, named = trace_words(words)
    at = None if spike is None else asked.moment(spike)
    request = TraceRequest(symptom, named, at, precision_of(spike or ""), asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now)
    if asked.output in _DRAWN:
        drawn = trace_answer.dot if asked.output == "dot" else trace_answer.mermaid
        click.echo("\n".join(drawn(answer, asked.settings.zone)))
        return exit_codes.OK
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
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
