"""`import audit FILE`, `import gitops PLACE`: take in a history. Prints a summary.

Progress is shown on a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.cli.progress import progress
from kubectl_smart.bot.gitops_importing import Walked, Wanted, import_gitops
from kubectl_smart.bot.importing import Imported, import_audit
from kubectl_smart.bot.settings import Settings, process_environment, recording_clock
from kubectl_smart.capture.sources import audit_file
from kubectl_smart.memory.opening import open_for_writing


@click.group(name="import")
def command() -> None:
    """Take in what happened: an audit log of the API server, or the history of manifests in git."""


@command.command()
@click.argument("file", type=click.Path(allow_dash=True))
@click.option("--strict", is_flag=True, help="End with exit code 1 if any line was rejected.")
@place_options
def audit(file: str, *, strict: bool, settings: Settings) -> int:
    """Take in an audit log: JSON lines, plain or gzip, or an EventList; `-` for standard input.

    Stopped at any instant, the same command goes on where it was. What was taken in before is
    recognised. Lines that are no audit events are counted, named and skipped.
    """
    audit_file.check(file)
    with open_for_writing(settings.memory, create=True, index=settings.index) as memory:
        with progress(audit_file.size_of(file), "importing") as on_progress:
            done = import_audit(
                memory,
                file,
                clock=lambda: recording_clock(process_environment()),
                on_progress=on_progress,
            )
        memory.store.maintain()
    for line in report(done, str(settings.memory)):
        click.echo(line)
    for reason in done.reasons:
        click.echo(f"skipped {reason}", err=True)
    if done.rejected > len(done.reasons):
        click.echo(f"… and {done.rejected - len(done.reasons):,} more", err=True)
    if done.rejected and (strict or not done.taken.spooled + done.taken.repeated + done.skipped):
        return exit_codes.ERROR
    return exit_codes.OK


@command.command()
@click.argument("place")
@click.option("--branch", default="", metavar="NAME", help="Else the one that is checked out.")
@click.option("--path", "paths", multiple=True, metavar="DIR", help="Only in this folder; repeat.")
@place_options
def gitops(place: str, *, branch: str, paths: tuple[str, ...], settings: Settings) -> int:
    """Take in the history of a manifest repository: a folder, or a URL that git can clone.

    Each commit becomes the changes that it made to what is declared, with its author, date and
    message. Run again, the same command goes on where it ended. What is no manifest (Helm
    templates, values, patches) is counted, named and passed over.
    """
    with open_for_writing(settings.memory, create=True, index=settings.index) as memory:
        with progress(100, "reading commits") as on_progress:
            tell = on_progress or (lambda _: None)
            done = import_gitops(
                memory,
                Wanted(place, branch, paths),
                clock=lambda: recording_clock(process_environment()),
                on_progress=lambda read, total: tell(100 * read // max(total, 1)),
            )
        memory.store.maintain()
    for line in gitops_report(done, str(settings.memory)):
        click.echo(line)
    for reason, commit, path in done.examples:
        click.echo(f"passed over {path} of {commit}: {reason}", err=True)
    return exit_codes.OK


def gitops_report(done: Walked, place: str) -> Iterator[str]:
    """The summary of an import of commits, line by line."""
    if done.rewritten:
        yield "the branch was rewritten since the last import: all of it is read again"
    more = " (since the last import)" if done.passed else ""
    yield f"read {done.commits:,} commits{more}"
    yield f"  {done.changes:,} changes recorded, {done.repeated:,} known already"
    for reason, count in sorted(done.skipped.items()):
        yield f"  {count:,} files passed over: {reason}"
    yield f"memory: {place}"


def report(done: Imported, place: str) -> Iterator[str]:
    """The summary of an import, line by line."""
    yield f"read {done.lines:,} lines" + (
        f" (and passed over {done.skipped:,} taken in before)" if done.skipped else ""
    )
    taken = done.taken
    yield (
        f"  {taken.spooled:,} events taken in, {taken.repeated:,} known already, "
        f"{taken.irrelevant:,} with nothing to remember, {done.rejected:,} rejected"
    )
    yield f"  {done.memory.records:,} records in {done.memory.commits:,} commits"
    yield f"memory: {place}"
