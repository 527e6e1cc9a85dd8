"""`verify`: check the memory against itself, and name the first fault."""

from __future__ import annotations

import click

from kubectl_smart.bot.checking import check
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings


@click.command(name="verify")
@click.option("--all", "everything", is_flag=True, help="Name every fault, not only the first.")
@place_options
def command(*, everything: bool, settings: Settings) -> int:
    """Check the chain of commits, their trailers, and that tree and index agree.

    Ends with exit code 1 if there is a fault, and names the first.
    """
    faults = check(settings.memory, settings.index)
    found = next(faults, None)
    if found is None:
        click.echo(f"no fault: {settings.memory} is as it was written")
        return exit_codes.OK
    click.echo(f"fault: {found}")
    for other in faults if everything else ():
        click.echo(f"fault: {other}")
    return exit_codes.ERROR
