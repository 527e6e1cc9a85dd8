"""`maintain`: keep reading fast and the disk small."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.opening import open_for_writing
from kubectl_smart.memory.records.times import to_rfc3339

_PIECES = 1_000
"""Of trouble; each takes some hundredths of a second."""


@click.command(name="maintain")
@click.option("--full", is_flag=True, help="Pack everything anew, the index too; takes longer.")
@place_options
def command(*, full: bool, settings: Settings) -> int:
    """Pack the repository, write its commit graph, and link trouble to what led to it.

    Up to a thousand pieces of trouble that began seven hours ago or longer; with --full all of it.
    """
    from kubectl_smart.memory.questions.trouble_links import link_trouble

    with open_for_writing(settings.memory, index=settings.index) as memory:
        memory.store.maintain(full=full)
        if full:
            memory.index.compact()
        linked = link_trouble(memory.store, memory.index, _PIECES)
        while full and not linked.whole:
            linked = link_trouble(memory.store, memory.index, _PIECES)
    if linked.whole or linked.until is None:
        click.echo("packed")
    else:
        click.echo(
            f"packed; trouble is linked until {to_rfc3339(linked.until)}, there is more of it"
        )
    return exit_codes.OK
