"""`because [CHANGE | TYPE/NAME] TEXT`: the reason of a change."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli.statement_options import Saying, record, statement_options
from kubectl_smart.bot.grammar.statements import because

_HELP = """Say why a change was made; `why`, `log` and `show` tell it.

\b
  kubectl smart because 1a2b3c4d "the queue grew faster than three could drain it"
  kubectl smart because deployment/payment-api "the same"

A change is named by the beginning (seven digits or more) of its id or of its commit's. Of an
object it is the last change a person made; without either, the last a person made to anything
(with -n: in that namespace).
It is recorded as said by --as NAME, else by the user of this machine."""


@click.command(name="because", help=_HELP)
@click.argument("words", nargs=-1, required=True, metavar="[CHANGE | TYPE/NAME] TEXT")
@statement_options
def command(words: tuple[str, ...], *, saying: Saying) -> int:
    """Say why a change was made."""
    return record(saying, because(" ".join(words), saying.namespace))
