"""`at TIME get|dump|diff`: the state of the past."""

from __future__ import annotations

from collections.abc import Iterable

import click

from kubectl_smart.bot.asking import ask
from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer, print_json
from kubectl_smart.bot.grammar.objects import Named, split_name
from kubectl_smart.bot.grammar.requests import DifferenceRequest, StateRequest
from kubectl_smart.memory.answers.past_state import StateAnswer
from kubectl_smart.memory.questions.past_state import state_file
from kubectl_smart.memory.records.objects import ObjectRef

_HELP = """The state of the past.

TIME is RFC 3339, '2024-01-15 14:30', 14:30, -2h or now:

\b
  kubectl smart at "2024-01-15 14:30" get pods -A
  kubectl smart at -2h get deployment payment-api -o yaml
  kubectl smart at 14:30 dump -A -o json
  kubectl smart at -2h diff now
"""


@click.group(name="at", help=_HELP)
@click.argument("time", metavar="TIME")
@click.pass_context
def command(ctx: click.Context, time: str) -> None:
    """See _HELP."""
    ctx.obj = time


@command.command()
@click.argument("words", nargs=-1, required=True, metavar="TYPE [NAME]")
@question_options(window=False)
@click.pass_obj
def get(time: str, words: tuple[str, ...], *, asked: Asked) -> int:
    """Objects as they were: `get pods`, `get deployment payment-api`, `get deploy/payment-api`.

    With one name, -o yaml prints the very file that stood in the memory: what `kubectl apply -f`
    takes to restore it.
    """
    named = _named(words)
    with asked.open() as memory:
        request = StateRequest(asked.moment(time), named, asked.scope)
        answer = ask(memory, request, now=asked.settings.now)
        place = answer.objects[0].place if named.name else None
        if asked.output == "yaml" and place is not None:
            click.echo(state_file(memory.store, place), nl=False)
            return exit_codes.OK
    print_state(answer, asked, one=bool(named.name))
    return exit_codes.OK


def _named(words: tuple[str, ...]) -> Named:
    if len(words) == 1 and "/" not in words[0]:
        return Named(words[0], "")
    return split_name(words)


@command.command()
@question_options(window=False)
@click.pass_obj
def dump(time: str, *, asked: Asked) -> int:
    """Every object alive then, declared and derived; -o json is a List that kubectl reads."""
    request = StateRequest(asked.moment(time), None, asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now)
    print_state(answer, asked, one=False)
    return exit_codes.OK


@command.command()
@click.argument("other", required=False, default="now", metavar="[TIME]")
@click.option("--derived", is_flag=True, help="Also what controllers made.")
@question_options(window=False)
@click.pass_obj
def diff(time: str, other: str, *, derived: bool, asked: Asked) -> int:
    """What differs between TIME and another time (now, if it is not said)."""
    from kubectl_smart.bot.render import documents, markdown, text

    request = DifferenceRequest(asked.moment(time), asked.moment(other), derived, asked.scope)
    with asked.open() as memory:
        answer = ask(memory, request, now=asked.settings.now)
    forms = Forms(
        lambda zone, explain, _: text.difference(answer, zone, explain=explain),
        lambda: documents.difference(answer),
        lambda zone: markdown.difference(answer, zone),
        lambda: _names(one.ref for one in answer.objects),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)
    return exit_codes.OK


def print_state(answer: StateAnswer, asked: Asked, *, one: bool) -> None:
    """A state in the form asked for; a single object is not wrapped in a List."""
    from kubectl_smart.bot.render import documents, markdown, text

    everywhere = (
        asked.scope.everywhere or len({found.ref.namespace for found in answer.objects}) > 1
    )
    if one and asked.output == "json":
        print_json(documents.past_object(answer.objects[0]))
        return
    forms = Forms(
        lambda zone, explain, wide: text.state(
            answer, zone, everywhere=everywhere, wide=wide, explain=explain
        ),
        lambda: documents.past_object(answer.objects[0]) if one else documents.state_list(answer),
        lambda zone: markdown.state(answer, zone),
        lambda: _names(found.ref for found in answer.objects),
    )
    print_answer(forms, asked.output, asked.settings.zone, explain=asked.explain)


def _names(refs: Iterable[ObjectRef]) -> Iterable[str]:
    """As `kubectl get -o name` writes them: `deployment.apps/payment-api`."""
    return (f"{ref.kind.lower()}{f'.{ref.group}' if ref.group else ''}/{ref.name}" for ref in refs)
