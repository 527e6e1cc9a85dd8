"""`slack serve|audit|manifest|key|rotate`: the bot."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.numbers import Whole
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.settings import Settings, process_environment


@click.group(name="slack")
def command() -> None:
    """The bot in Slack; deploy/slack/README.md leads from nothing to the first answer."""


_config = click.option(
    "--config",
    "path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The configuration, YAML; deploy/slack/smart.yaml is one with comments.",
)


@command.command()
@_config
@place_options
@click.pass_context
def serve(ctx: click.Context, path: Path, *, settings: Settings) -> int:
    """Answer in Slack until stopped; what was begun by then is still answered."""
    from kubectl_smart.bot.configuring import read
    from kubectl_smart.bot.slack import settings as configured
    from kubectl_smart.bot.slack.answering import Source
    from kubectl_smart.bot.slack.serving import serve as run
    from kubectl_smart.memory.opening import open_memory

    model = read(path, configured.FileModel)
    memory = _memory(ctx, settings, model.memory)
    index = settings.index or model.index or None
    how = configured.connection(model.slack, memory, process_environment())
    with open_memory(memory, index=index):
        pass  # a memory that cannot be asked is said now, not to the first who asks
    source = Source(
        memory=memory,
        index=index,
        zone=configured.zone_of(model),
        now=lambda: time.time_ns() // 1_000,
        privacy=model.patterns.privacy(),
        calendar=model.patterns.calendar(configured.zone_of(model)),
    )
    run(configured.bot_settings(model, memory), source, how, _told)
    return exit_codes.OK


@command.command()
@_config
@click.option("--since", metavar="TIME", help="Only from this instant on.")
@click.option("--user", default="", metavar="ID", help="Only of this user: U0123ABCD.")
@click.option(
    "--limit",
    type=Whole(1),
    default=100,
    show_default=True,
    help="At most so many, the newest.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="Form of the answer.",
)
@place_options
@click.pass_context
def audit(
    ctx: click.Context,
    path: Path,
    since: str | None,
    user: str,
    limit: int,
    output: str,
    *,
    settings: Settings,
) -> int:
    """Who asked the bot what, when and where, and how it ended; the newest first."""
    from kubectl_smart.bot.cli.printing import print_json, print_lines
    from kubectl_smart.bot.configuring import read
    from kubectl_smart.bot.grammar.times import parse_moment
    from kubectl_smart.bot.render import audit as render
    from kubectl_smart.bot.slack import settings as configured
    from kubectl_smart.bot.slack.state import reading

    model = read(path, configured.FileModel)
    zone = settings.zone if ctx.params["utc"] else configured.zone_of(model)
    at = 0 if since is None else parse_moment(since, now=settings.now, zone=zone)
    place = configured.state_of(model, _memory(ctx, settings, model.memory))
    with reading(place) as state:
        page = state.trail(since=at / 1_000_000, user=user, limit=limit)
    if output == "json":
        print_json(render.document(page))
    else:
        print_lines(render.lines(page, zone))
    return exit_codes.OK


@command.command()
@click.option("--command", "name", default="/smart", show_default=True, help="Slash command.")
@click.option("--url", help="Public address of the bot, for HTTP instead of Socket Mode.")
@click.option(
    "--incident-channels",
    is_flag=True,
    help="With the scope for slack.incidents.channels of the configuration.",
)
def manifest(name: str, url: str | None, *, incident_channels: bool) -> int:
    """Print the manifest to create the app from."""
    from kubectl_smart.bot.slack.manifest import manifest as made
    from kubectl_smart.memory.formats.manifests import to_yaml

    click.echo(to_yaml(made(name, url=url, incident_channels=incident_channels)), nl=False)
    return exit_codes.OK


def _memory(ctx: click.Context, settings: Settings, configured: str) -> Path:
    """The memory the command line names, else that of the configuration, else the usual one."""
    said = ctx.params.get("memory") is not None or not configured
    return settings.memory if said else Path(configured).expanduser()


@command.command()
def key() -> int:
    """Print a new key for slack.installations.keys."""
    from kubectl_smart.bot.slack.vault import new_key

    click.echo(new_key())
    return exit_codes.OK


@command.command()
@_config
@place_options
@click.pass_context
def rotate(ctx: click.Context, path: Path, *, settings: Settings) -> int:
    """Seal the installations anew with the newest key."""
    from kubectl_smart.bot.configuring import read
    from kubectl_smart.bot.slack import settings as configured
    from kubectl_smart.bot.slack.vault import Keys, Vault
    from kubectl_smart.memory.records.errors import BadInput

    model = read(path, configured.FileModel)
    memory = _memory(ctx, settings, model.memory)
    how = configured.connection(model.slack, memory, process_environment()).oauth
    if how is None:
        raise BadInput(f"{path} has no slack.installations", "there is nothing to seal anew")
    keys = Keys(how.keys)
    changed = Vault(how.file, keys).renew()
    click.echo(f"{changed} entries sealed anew with key {keys.newest}")
    return exit_codes.OK


def _told(sentence: str) -> None:
    click.echo(sentence, file=sys.stderr)
