"""`replay [WORDS]`: everything that happened in a window."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.times import parse_duration
from kubectl_smart.memory.questions.replay import replay

_BEFORE = 1_800_000_000
_AFTER = 900_000_000
_HELP = """Everything that happened in a window, in the order of time.

\b
  kubectl smart replay outage --timestamp="2024-01-15 14:30"
  kubectl smart replay --since=-2h
  kubectl smart replay --since=14:00 --until=15:00 -n payments

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

    with asked.open() as memory:
        heard = [one.to_at for one in memory.index.coverage()]
        last = max(heard, default=asked.settings.now)
        since, until = _window(asked, timestamp, window, last)
        answer = replay(
            memory.store,
            memory.index,
            since=since,
            until=until,
            namespace=asked.namespace,
            at=None if timestamp is None else asked.moment(timestamp),
            words=" ".join(words),
        )
    forms = Forms(
        lambda zone, explain, wide: text.replay(answer, zone, explain=explain, wide=wide),
        lambda: documents.replay(answer),
        lambda zone: markdown.replay(answer, zone),
        lambda: (item.citation.record for item in answer.items),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK


def _window(asked: Asked, timestamp: str | None, window: str | None, last: int) -> tuple[int, int]:
    """(from, to) of the window meant."""
    width = None if window is None else parse_duration(window)
    if timestamp is not None:
        moment = asked.moment(timestamp)
        before, after = (_BEFORE, _AFTER) if width is None else (width // 2, width // 2)
        return (
            moment - before if asked.since is None else asked.since,
            moment + after if asked.until is None else asked.until,
        )
    until = last + 1 if asked.until is None else asked.until
    if asked.since is not None:
        return asked.since, max(until, asked.since + 1)
    return until - (2 * _BEFORE if width is None else width), until
