"""`show ID`: one change, by the beginning of its Change-Id or of its commit's id."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.requests import ShowRequest


@click.command(name="show")
@click.argument("change")
@question_options(window=False)
def command(change: str, *, asked: Asked) -> int:
    """One change: who, when, how, why and its difference. -o wide adds the object after it."""
    from kubectl_smart.bot.render import documents, markdown, text

    with asked.open() as memory:
        answer = ask(memory, ShowRequest(change), now=asked.settings.now)
    forms = Forms(
        lambda zone, explain, wide: text.show(answer, zone, explain=explain, wide=wide),
        lambda: documents.show(answer),
        lambda zone: markdown.show(answer, zone),
        lambda: (answer.item.citation.record,),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
