"""`maintain`: keep reading fast and the disk small."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.store.git_store import GitStore


@click.command(name="maintain")
@click.option("--full", is_flag=True, help="Repack everything with the best deltas; takes longer.")
@place_options
def command(*, full: bool, settings: Settings) -> int:
    """Pack the repository and write its commit graph with changed paths."""
    with GitStore.open(settings.memory) as store:
        store.maintain(full=full)
    click.echo("packed")
    return exit_codes.OK
