"""`patterns`: the rhythms, habits and links in the history."""

from __future__ import annotations

from pathlib import Path

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.grammar.requests import PARTS, PatternsRequest, parts_of
from kubectl_smart.bot.grammar.times import calendar_named, zone_named

_HELP = """The rhythms, habits and links in the history, each with its figures.

\b
  kubectl smart patterns --operational
  kubectl smart patterns --temporal -n billing --zone Europe/Berlin
  kubectl smart patterns --systematic --since=-90d --explain -o json
  kubectl smart patterns --zone Europe/Berlin --zone 2025-09-01=America/New_York

--temporal: what comes at the same hours and days again and again, and what metrics do after
deploys; --human: what people do first, always, and in which order; --systematic: what trouble
follows what, and what is edited together; --operational, or none of them: all three.

Told is only what held at least five times, and so much oftener than by chance that at most one in
fifty of all that is told is chance, however much was tested. People are told by role: names stand
in no answer unless the file of --config says so (`patterns.names`). The calendar is that of --zone,
else of that file's zone, else UTC; never that of this machine. Where the team moved, its rhythms go
on by the clock of the new place from the day that is told.
"""


@click.command(name="patterns", help=_HELP)
@click.option("--temporal", is_flag=True, help="Rhythms.")
@click.option("--human", is_flag=True, help="Habits.")
@click.option("--systematic", is_flag=True, help="Links.")
@click.option("--operational", is_flag=True, help="All three, as without any of them.")
@click.option(
    "--zone",
    metavar="NAME",
    multiple=True,
    help="Whose calendar: Europe/Berlin; else UTC. Once more where the team moved: "
    "2025-09-01=America/New_York.",
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file that `serve` is started with: its zone, and what may be told of people.",
)
@question_options()
def command(
    *,
    temporal: bool,
    human: bool,
    systematic: bool,
    operational: bool,
    zone: tuple[str, ...],
    config: Path | None,
    asked: Asked,
) -> int:
    """See _HELP."""
    from kubectl_smart.bot.render import patterns as written

    privacy, calendar = None, calendar_named(zone)
    if config is not None:
        from kubectl_smart.bot.configuring import read
        from kubectl_smart.bot.serve.settings import ServeModel

        model = read(config, ServeModel)
        privacy = model.patterns.privacy()
        if not zone:
            calendar = model.patterns.calendar(zone_named(model.zone))
    wanted = parts_of(dict(zip(PARTS, (temporal, human, systematic), strict=True)), operational)
    request = PatternsRequest(wanted, calendar, asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now, privacy=privacy)
    forms = Forms(
        lambda _, explain, wide: written.as_text(answer, calendar, explain=explain, wide=wide),
        lambda: written.as_document(answer),
        lambda _: written.as_markdown(answer, calendar),
        lambda: (one.statement for one in answer.patterns),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK
