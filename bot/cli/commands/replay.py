"""`replay [WORDS]`: everything that happened in a window."""

from __future__ import annotations

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.requests import ReplayRequest
from kubectl_smart.bot.grammar.times import parse_duration

_HELP = """Everything that happened in a window, in the order of time, and what caused it.

\b
  kubectl smart replay outage --timestamp="2024-01-15 14:30"
  kubectl smart replay --since=-2h
  kubectl smart replay --since=14:00 --until=15:00 -n payments

It ends in the root cause chain: from the trouble down to the change and who made it, what would
have prevented it, and who was looked at and is not to blame; --explain shows the arithmetic.

With --timestamp the window is the half hour before and the quarter of an hour after it; with
--window=1h half of that on either side. Without any time it is the last hour the memory knows of.
"""


@click.command(name="replay", help=_HELP)
@click.argument("words", nargs=-1, metavar="[WORDS]")
@click.option("--timestamp", "--at", "timestamp", metavar="TIME", help="The moment of interest.")
@click.option("--window", metavar="DURATION", help="How much around it: 30m, 2h.")
@question_options()
def command(
    words: tuple[str, ...], *, timestamp: str | None, window: str | None, asked: Asked
) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import documents, markdown, text

    at = None if timestamp is None else asked.moment(timestamp)
    width = None if window is None else parse_duration(window)
    with asked.open() as memory:
        request = ReplayRequest(" ".join(words), at, width, asked.scope)
        answer = ask(memory, request, now=asked.settings.now)
    forms = Forms(
        lambda zone, explain, wide: text.replay(answer, zone, explain=explain, wide=wide),
        lambda: documents.replay(answer),
        lambda zone: markdown.replay(answer, zone),
        lambda: (item.citation.record for item in answer.items),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
