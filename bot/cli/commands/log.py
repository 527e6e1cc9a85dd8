"""`log [TYPE/NAME]`: changes, newest first."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.numbers import Whole
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.objects import split_name
from kubectl_smart.bot.grammar.requests import LogRequest


@click.command(name="log")
@click.argument("words", nargs=-1, metavar="[TYPE/NAME]")
@click.option("--actor", default="", metavar="NAME", help="Only by this user, or one so beginning.")
@click.option("--derived", is_flag=True, help="Also what controllers made.")
@click.option("--limit", default=20, show_default=True, type=Whole(1), help="At most so many.")
@question_options()
def command(words: tuple[str, ...], *, actor: str, derived: bool, limit: int, asked: Asked) -> int:
    """Changes, newest first: of an object, of a namespace, or all."""
    from kubectl_smart.bot.render import documents, markdown, text

    named = split_name(words) if words else None
    with asked.open() as memory:
        request = LogRequest(named, actor, derived, limit, asked.scope)
        answer = ask(memory, request, now=asked.settings.now)
    forms = Forms(
        lambda zone, explain, wide: text.log(answer, zone, explain=explain, wide=wide),
        lambda: documents.log(answer),
        lambda zone: markdown.log(answer, zone),
        lambda: (item.citation.record for item in answer.items),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
