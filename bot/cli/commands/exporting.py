"""`export bundle`: the evidence of an incident as a file, to attach to a post-mortem."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.grammar.times import parse_moment
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput

if TYPE_CHECKING:
    from kubectl_smart.memory.opening import Memory
    from kubectl_smart.memory.records.evidence import Evidence

_HELP = """The evidence of an incident, or of a window, as one file (rca-case/1).

\b
  kubectl smart export bundle 2026-11-23-cache-outage -o outage.json.gz
  kubectl smart export bundle --since=-2h -n prod --anonymous -o -
  kubectl smart trace --bundle outage.json.gz

Without INCIDENT and without --since the only open incident is meant. What was redacted when it was
recorded stays so. The memory keeps shifts of metrics, no samples: the file has events, alerts,
changes and who needs whom, but no series. The same memory and question make the same bytes."""


@click.group(name="export")
def command() -> None:
    """Write what the memory knows as a file for others."""


@command.command(help=_HELP)
@click.argument("incident", default="")
@click.option(
    "-o", "--output", metavar="FILE", default="-", help="Where to; gzipped if it ends in .gz."
)
@click.option("--anonymous", is_flag=True, help="Pseudonyms instead of names of people.")
@click.option("-n", "--namespace", metavar="NAME", help="A window: in this namespace.")
@click.option("--until", metavar="TIME", help="A window: only before this instant.")
@click.option("--since", metavar="TIME", help="A window: only from this instant on.")
@place_options
def bundle(
    incident: str,
    *,
    output: str,
    anonymous: bool,
    namespace: str | None,
    since: str | None,
    until: str | None,
    settings: Settings,
) -> int:
    """See _HELP."""
    from kubectl_smart.memory.formats.bundle_writing import bundle_bytes
    from kubectl_smart.memory.opening import open_memory

    window = None
    if since is not None or until is not None:
        window = _window(since, until, settings)
    if incident and (window is not None or namespace is not None):
        raise BadInput(
            "an incident has its own window and namespaces",
            "leave out the incident, or --since, --until and -n",
        )
    if window is None and namespace is not None:
        raise BadInput("-n needs a window", "add --since TIME")
    with open_memory(settings.memory, index=settings.index) as memory:
        found = _evidence(memory, incident, window, namespace, settings.now, anonymous=anonymous)
    data = bundle_bytes(found, packed=output.endswith(".gz"))
    if output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return exit_codes.OK
    _write(Path(output), data)
    click.echo(
        f"{output}: {len(found.entities)} entities, {len(found.edges)} edges, "
        f"{len(found.events)} events, {len(found.edits)} changes, {len(found.alerts)} alerts"
    )
    click.echo(f"see `kubectl smart trace --bundle {output}`")
    return exit_codes.OK


def _window(since: str | None, until: str | None, settings: Settings) -> tuple[int, int]:
    if since is None:
        raise BadInput("--until needs a beginning", "add --since TIME")
    low = parse_moment(since, now=settings.now, zone=settings.zone)
    if until is None:
        return low, settings.now
    return low, parse_moment(until, now=settings.now, zone=settings.zone)


def _evidence(
    memory: Memory,
    incident: str,
    window: tuple[int, int] | None,
    namespace: str | None,
    now: int,
    *,
    anonymous: bool,
) -> Evidence:
    from kubectl_smart.bot.saying import incident_of
    from kubectl_smart.memory.questions.bundle import bundle_of_incident, bundle_of_window

    if window is None:
        report = incident_of(memory, incident)
        return bundle_of_incident(memory.store, memory.index, report, now=now, anonymous=anonymous)
    since, until = window
    return bundle_of_window(
        memory.store,
        memory.index,
        since=since,
        until=until,
        namespace=namespace,
        anonymous=anonymous,
    )


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise BadInput(
            f"cannot write {path}: {error.strerror}", "name a file in a folder that exists"
        ) from error
