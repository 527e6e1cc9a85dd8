"""`dependencies TYPE/NAME`: what it needs and who needs it."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.objects import split_name
from kubectl_smart.bot.grammar.requests import DependenciesRequest

_HELP = """What an object needs, who needs it, since when, and the field that proves it.

\b
  kubectl smart dependencies deployment/payment-api
  kubectl smart dependencies svc/redis -n data --at "2024-01-15 14:30"
  kubectl smart dependencies cm/api-config --since=-2h

Without a time: as things stand at the last instant the memory knows. With --since and --until all
that stood at some time of the window.
"""


@click.command(name="dependencies", help=_HELP)
@click.argument("words", nargs=-1, required=True, metavar="TYPE/NAME")
@click.option("--at", metavar="TIME", help="As things stood at this instant.")
@question_options()
def command(words: tuple[str, ...], *, at: str | None, asked: Asked) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import dependencies as written

    instant = None if at is None else asked.moment(at)
    request = DependenciesRequest(split_name(words), instant, asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now)
    forms = Forms(
        lambda zone, explain, wide: written.as_text(answer, zone, explain=explain, wide=wide),
        lambda: written.as_document(answer),
        lambda zone: written.as_markdown(answer, zone),
        lambda: (
            each.citation.record
            for one in (*answer.needs, *answer.needed_by)
            for each in one.evidence
            if each.citation is not None
        ),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
