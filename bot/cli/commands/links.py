"""`links [TYPE/NAME]`: what happened because of what."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.objects import split_name
from kubectl_smart.bot.grammar.requests import LinksRequest

_HELP = """What happened because of what: each effect with its cause, by which rule, how sure.

\b
  kubectl smart links
  kubectl smart links deployment/payment-api --since=-2h
  kubectl smart links node/worker-5 --since=02:50 --until=02:55 -o wide
  kubectl smart links deployment/payment-api -o mermaid

Of an object: what led to its changes and its trouble, and what came of them, with what controllers
made for it. Without a window: the last hour that the memory knows. What a window begins with is
followed back to its causes. `kubectl smart rules link` lists the rules; -o dot and -o mermaid draw
the graph.
"""

_DRAWN = ("dot", "mermaid")


@click.command(name="links", help=_HELP)
@click.argument("words", nargs=-1, metavar="[TYPE/NAME]")
@question_options("table", "wide", "json", "yaml", "md", "name", *_DRAWN)
def command(words: tuple[str, ...], *, asked: Asked) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import links as written

    request = LinksRequest(split_name(words) if words else None, asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now)
    zone = asked.settings.zone
    if asked.output in _DRAWN:
        draw = written.dot if asked.output == "dot" else written.mermaid
        click.echo("\n".join(draw(answer, zone)))
        return exit_codes.OK
    forms = Forms(
        lambda zone, explain, wide: written.as_text(answer, zone, explain=explain, wide=wide),
        lambda: written.as_document(answer),
        lambda zone: written.as_markdown(answer, zone),
        lambda: answer.happened,
    )
    print_answer(forms, asked.output, zone, explain=asked.explain)
    return exit_codes.OK
