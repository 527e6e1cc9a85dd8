"""`reindex`: throw the index away and build it from git alone."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.index.opening import open_index
from kubectl_smart.memory.opening import index_place
from kubectl_smart.memory.store.git_store import GitStore


@click.command(name="reindex")
@place_options
def command(*, settings: Settings) -> int:
    """Build the index anew from git. Nothing is lost: answers stay the same, byte for byte."""
    with GitStore.open(settings.memory) as store:
        place = index_place(store.path, settings.index)
        index = open_index(place, create=True, read_only=False)
        try:
            records = index.rebuild(store)
        finally:
            index.close()
    click.echo(f"index built from {records:,} records")
    return exit_codes.OK
