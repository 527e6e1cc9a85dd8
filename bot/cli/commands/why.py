"""`why TYPE/NAME [--FIELD[=VALUE]]`."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.numbers import Whole
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.fields import field_asked
from kubectl_smart.bot.grammar.objects import split_name
from kubectl_smart.bot.grammar.requests import SHOWN, WhyRequest

_HELP = """Who decided this, when, how, why, and what followed.

Any other option names a field, with the value to look for or without:

\b
  kubectl smart why deployment/payment-api
  kubectl smart why deployment/payment-api --replicas=5
  kubectl smart why cm/api-config -n prod --CACHE_SIZE
  kubectl smart why deploy api --field spec.template.spec.nodeSelector
"""


@click.command(
    name="why",
    help=_HELP,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="TYPE/NAME")
@click.option("--field", metavar="FIELD[=VALUE]", help="A field by its name or its path.")
@click.option("--limit", default=SHOWN, show_default=True, type=Whole(1), help="At most so many.")
@question_options()
def command(words: tuple[str, ...], *, field: str | None, limit: int, asked: Asked) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import documents, markdown, text

    names, wanted = field_asked(words, field)
    request = WhyRequest(split_name(names), wanted.field, wanted.value, asked.scope, limit)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now)
    forms = Forms(
        lambda zone, explain, wide: text.why(answer, zone, explain=explain, wide=wide),
        lambda: documents.why(answer),
        lambda zone: markdown.why(answer, zone),
        lambda: (one.citation.record for one in answer.decisions),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
