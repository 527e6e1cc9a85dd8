"""`forget NOTE`: take a note back."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli.statement_options import Saying, record, statement_options
from kubectl_smart.bot.grammar.statements import forget

_HELP = """Take back what was said, by the beginning of the note's id (`why` names it).

No answer shows it any more. That it was taken back is a commit of its own, by --as NAME, else by
the user of this machine; git keeps what was said."""


@click.command(name="forget", help=_HELP)
@click.argument("note")
@statement_options
def command(note: str, *, saying: Saying) -> int:
    """Take a note back."""
    return record(saying, forget(note))
