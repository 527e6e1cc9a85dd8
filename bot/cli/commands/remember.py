"""`remember TYPE/NAME TEXT`: knowledge about an object or a field of it."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli.statement_options import Saying, record, statement_options
from kubectl_smart.bot.grammar.statements import remember

_HELP = """Pin what you know to an object, or to a field of it; `why` shows it.

\b
  kubectl smart remember deployment/payment-api --field replicas "never below 5: provider's SLA"

Said twice it is recorded once. What looks like a credential is replaced before it is stored.
It is recorded as said by --as NAME, else by the user of this machine."""


@click.command(name="remember", help=_HELP)
@click.argument("words", nargs=-1, required=True, metavar="TYPE/NAME TEXT")
@click.option("--field", default="", metavar="NAME", help="A field of it: replicas, spec.paused.")
@statement_options
def command(words: tuple[str, ...], *, field: str, saying: Saying) -> int:
    """Pin what you know to an object."""
    return record(saying, remember(" ".join(words), field, saying.namespace))
