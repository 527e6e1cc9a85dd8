"""`incident open|note|step|link|close|reopen|list|show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import print_json, print_lines
from kubectl_smart.bot.cli.statement_options import Saying, record, statement_options
from kubectl_smart.bot.grammar import statements
from kubectl_smart.memory.records.errors import BadInput

if TYPE_CHECKING:
    from kubectl_smart.memory.opening import Memory
    from kubectl_smart.memory.records.incidents import Incident
    from kubectl_smart.memory.records.notes import Note

_HELP = """Incidents: open one, add to it, close it.

\b
  kubectl smart incident open "payments time out"
  kubectl smart incident note "the cache is full"
  kubectl smart incident link deployment/payment-api
  kubectl smart incident close "rolled back"

An id may stand before the words; without one the only open incident is meant (for reopen, the one
closed last). It is recorded as said by --as NAME, else by the user of this machine."""


@click.group(name="incident", help=_HELP)
def command() -> None:
    """Incidents: open one, add to it, close it."""


def _say(verb: str, words: tuple[str, ...], saying: Saying) -> int:
    request = statements.incident(verb, " ".join(words), saying.namespace)
    if isinstance(request, statements.ListRequest | statements.ReportRequest):
        raise BadInput(f"incident {verb} says nothing", "see `kubectl smart incident --help`")
    return record(saying, request)


@command.command(name="open")
@click.argument("title", nargs=-1, required=True)
@statement_options
def open_(title: tuple[str, ...], *, saying: Saying) -> int:
    """Open an incident; one of that title that is still open stays the only one."""
    return _say("open", title, saying)


@command.command()
@click.argument("words", nargs=-1, required=True, metavar="[INCIDENT] TEXT")
@statement_options
def note(words: tuple[str, ...], *, saying: Saying) -> int:
    """Say something about it."""
    return _say("note", words, saying)


@command.command()
@click.argument("words", nargs=-1, required=True, metavar="[INCIDENT] TEXT")
@statement_options
def step(words: tuple[str, ...], *, saying: Saying) -> int:
    """Say what was done to find out, where the audit log cannot tell."""
    return _say("step", words, saying)


@command.command()
@click.argument("words", nargs=-1, required=True, metavar="[INCIDENT] CHANGE | TYPE/NAME [TEXT]")
@statement_options
def link(words: tuple[str, ...], *, saying: Saying) -> int:
    """Say that a change or an object has to do with it."""
    return _say("link", words, saying)


@command.command()
@click.argument("words", nargs=-1, metavar="[INCIDENT] [TEXT]")
@statement_options
def close(words: tuple[str, ...], *, saying: Saying) -> int:
    """Close it, with last words or without."""
    return _say("close", words, saying)


@command.command()
@click.argument("words", nargs=-1, metavar="[INCIDENT] [TEXT]")
@statement_options
def reopen(words: tuple[str, ...], *, saying: Saying) -> int:
    """Open it again."""
    return _say("reopen", words, saying)


@command.command(name="list")
@question_options("table", "json", "name", window=False)
def list_(*, asked: Asked) -> int:
    """All incidents, the newest first."""
    from kubectl_smart.bot.render import told
    from kubectl_smart.memory.questions.grounds import basis
    from kubectl_smart.memory.records.incidents import Incident

    with asked.open() as memory:
        found = [each.record for each in reversed(memory.index.incidents())]
        known = [one for one in found if isinstance(one, Incident)]
        if asked.output == "json":
            print_json(told.incident_list(known, basis(memory.store, memory.index, None, None)))
        elif asked.output == "name":
            for one in known:
                click.echo(one.id)
        else:
            print_lines(told.incident_table(known, asked.settings.zone))
    return exit_codes.OK


@command.command()
@click.argument("incident", default="")
@question_options("table", "json", "md", window=False)
def show(incident: str, *, asked: Asked) -> int:
    """The incident's file, what was noted, and its root cause; without an id the only open one.

    -o md is the report as it would be written anew.
    """
    from kubectl_smart.bot.render import told
    from kubectl_smart.bot.render.incident import lines_of_markdown
    from kubectl_smart.bot.saying import incident_of
    from kubectl_smart.memory.formats.paths import incident_path
    from kubectl_smart.memory.questions.grounds import basis
    from kubectl_smart.memory.questions.incident import incident as ask_incident
    from kubectl_smart.memory.store.branches import MAIN

    with asked.open() as memory:
        one = incident_of(memory, incident)
        notes = _notes(memory, one)
        answer = ask_incident(memory.store, memory.index, one.id, now=asked.settings.now)
        if asked.output == "md":
            click.echo("\n".join(lines_of_markdown(answer, asked.settings.zone)))
        elif asked.output == "json":
            each = next(v for v in memory.index.incidents() if v.record == one)
            ground = basis(memory.store, memory.index, None, None)
            print_json(told.report_document(one, each, notes, answer.root_causes, ground))
        else:
            file = memory.store.read_path(MAIN, incident_path(one.id)) or b""
            print_lines(told.report(file.decode(), notes, answer.root_causes, asked.settings.zone))
    return exit_codes.OK


def _notes(memory: Memory, incident: Incident) -> list[Note]:
    from kubectl_smart.memory.records.notes import Note

    found = [each.record for each in memory.index.notes()]
    return [one for one in found if isinstance(one, Note) and one.incident == incident.id]
