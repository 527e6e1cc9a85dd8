"""`serve`: the process that hears everything and answers, until it is told to stop."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings, process_environment

_ROLES = ("capture", "bot", "schedule")


@click.command()
@click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration, YAML; deploy/smart.yaml is one with comments.",
)
@click.option(
    "--roles",
    default=",".join(_ROLES),
    show_default=True,
    help="What this process does, of what the configuration has.",
)
@click.option("--check", is_flag=True, help="Only read the configuration, then end.")
@place_options
@click.pass_context
def command(ctx: click.Context, path: Path, roles: str, *, check: bool, settings: Settings) -> int:
    """Hear the cluster and answer in Slack, until stopped; nothing accepted is ever lost."""
    from zoneinfo import ZoneInfo

    from kubectl_smart.bot.configuring import read
    from kubectl_smart.bot.serve.running import ROLES, Run, serve
    from kubectl_smart.bot.serve.settings import ServeModel
    from kubectl_smart.memory.records.errors import BadInput

    named = frozenset(one.strip() for one in roles.split(",") if one.strip())
    odd = sorted(named - set(ROLES))
    if odd or not named:
        raise BadInput(
            f"--roles names {odd[0]}" if odd else "--roles names none",
            f"name some of {', '.join(ROLES)}, with commas between",
        )
    model = read(path, ServeModel)
    parts = {"capture": model.capture, "bot": model.slack, "schedule": model.schedule}
    if all(parts[role] is None for role in named):
        raise BadInput(
            f"{path} configures nothing to do for {', '.join(sorted(named))}",
            "add the part `capture`, `slack` or `schedule`",
        )
    if check:
        click.echo(f"{path} is as it should be")
        return exit_codes.OK
    said = ctx.params.get("memory") is not None
    serve(
        Run(
            model=model,
            memory=settings.memory if said else model.place(settings.memory),
            index=settings.index or model.index or None,
            zone=ZoneInfo(model.zone),
            roles=named,
            environment=process_environment(),
            tell=_told,
        )
    )
    return exit_codes.OK


def _told(sentence: str) -> None:
    click.echo(sentence, file=sys.stderr)
