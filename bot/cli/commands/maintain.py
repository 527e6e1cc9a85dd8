"""`maintain`: keep reading fast and the disk small."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.opening import open_for_writing


@click.command(name="maintain")
@click.option("--full", is_flag=True, help="Pack everything anew, the index too; takes longer.")
@place_options
def command(*, full: bool, settings: Settings) -> int:
    """Pack the repository and write its commit graph with changed paths."""
    with open_for_writing(settings.memory, index=settings.index) as memory:
        memory.store.maintain(full=full)
        if full:
            memory.index.compact()
    click.echo("packed")
    return exit_codes.OK
