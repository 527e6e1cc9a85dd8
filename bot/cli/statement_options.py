"""What the commands have in common that say something: their options, and how it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import place_options
from kubectl_smart.bot.cli.printing import print_json, print_lines
from kubectl_smart.bot.settings import Settings, os_user, process_environment, recording_clock
from kubectl_smart.memory.opening import open_for_writing

if TYPE_CHECKING:
    from kubectl_smart.bot.grammar.statements import StatementRequest
    from kubectl_smart.bot.telling import Told
    from kubectl_smart.memory.opening import Memory

OUTPUTS = ("table", "json", "yaml", "name")


@dataclass(frozen=True, slots=True)
class Saying:
    """The shared options of one run.

    author  the name it is said under
    output  one of OUTPUTS
    """

    settings: Settings
    namespace: str | None
    author: str
    output: str


def statement_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands over `saying`."""

    def called(
        *, settings: Settings, namespace: str | None, author: str | None, output: str, **rest: Any
    ) -> Any:
        saying = Saying(settings, namespace, (author or "").strip() or os_user(), output)
        return function(saying=saying, **rest)

    called.__doc__ = function.__doc__
    called.__name__ = function.__name__
    called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    decorated: Callable[..., Any] = called
    for option in (
        click.option(
            "-o",
            "--output",
            type=click.Choice(OUTPUTS),
            default="table",
            show_default=True,
            help="Form of the answer; name prints the id.",
        ),
        click.option(
            "--as", "author", metavar="NAME", help="Who says it; else the user of this machine."
        ),
        click.option("-n", "--namespace", metavar="NAME", help="The object is in this namespace."),
    ):
        decorated = option(decorated)
    return place_options(decorated)


def record(saying: Saying, request: StatementRequest) -> int:
    """Record what was said, and print what stands in the memory now."""
    from kubectl_smart.bot.reporting import keep_report
    from kubectl_smart.bot.saying import Speaker, said
    from kubectl_smart.bot.telling import Teller
    from kubectl_smart.memory.records.actors import Actor, ActorKind

    now = recording_clock(process_environment())
    speaker = Speaker(Actor(saying.author, ActorKind.HUMAN), now, surface="cli")
    settings = saying.settings
    with open_for_writing(settings.memory, index=settings.index) as memory:
        with Teller.into(memory) as teller:
            done = [teller.tell(one, now=now) for one in said(memory, request, speaker)]
        for incident in sorted({one.incident.id for one in done if one.incident is not None}):
            keep_report(memory, incident, now=now)
        for told in done if saying.output == "table" else done[-1:]:
            _print(saying, memory, told)
    return exit_codes.OK


def _print(saying: Saying, memory: Memory, told: Told) -> None:
    from kubectl_smart.bot.render import told as rendering
    from kubectl_smart.memory.formats.manifests import to_yaml
    from kubectl_smart.memory.questions.grounds import basis
    from kubectl_smart.memory.records.changes import Change

    if saying.output == "name":
        record_id = told.note.id if told.note is not None else ""
        click.echo(record_id or (told.incident.id if told.incident is not None else ""))
        return
    if saying.output == "table":
        explains = told.note.explains if told.note is not None else ""
        found = [each.record for each in memory.index.change(explains)] if explains else []
        change = found[0] if found and isinstance(found[0], Change) else None
        print_lines(rendering.lines(told, change))
        return
    document = rendering.document(told, basis(memory.store, memory.index, None, None))
    if saying.output == "json":
        print_json(document)
    else:
        click.echo(to_yaml(document), nl=False)
