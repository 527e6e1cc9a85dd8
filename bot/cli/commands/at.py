"""`at TIME get|dump|diff`: the state of the past."""

from __future__ import annotations

from collections.abc import Iterable

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import Forms, print_answer, print_json
from kubectl_smart.bot.grammar.objects import Named, kinds_for, nothing_known, split_name
from kubectl_smart.memory.answers.past_state import PastObject, StateAnswer
from kubectl_smart.memory.index.lookups import Index
from kubectl_smart.memory.questions.past_state import difference, past_state, state_file
from kubectl_smart.memory.records.errors import BadInput, NothingKnown
from kubectl_smart.memory.records.objects import ObjectRef

_DEFAULT = "default"
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
    with asked.open() as memory:
        named = _named(words)
        kinds = kinds_for(memory.index, named.word) if named.word != "all" else None
        answer = past_state(
            memory.store,
            memory.index,
            asked.moment(time),
            namespace=_namespace(kinds, asked, named.name),
            kinds=kinds,
            name=named.name or None,
        )
        if named.name:
            one = _the_one(memory.index, answer, named, kinds or [], asked)
            answer = StateAnswer(basis=answer.basis, at=answer.at, objects=(one,))
            if asked.output == "yaml" and one.place is not None:
                click.echo(state_file(memory.store, one.place), nl=False)
                return exit_codes.OK
        print_state(answer, asked, one=bool(named.name))
        return exit_codes.OK


def _named(words: tuple[str, ...]) -> Named:
    if len(words) == 1 and "/" not in words[0]:
        return Named(words[0], "")
    return split_name(words)


def _namespace(kinds: list[tuple[str, str]] | None, asked: Asked, name: str) -> str | None:
    """The namespace to look in: what -n says; all with -A, for a name and for what has none."""
    if asked.everywhere or name:
        return asked.namespace
    if asked.namespace is not None:
        return asked.namespace
    from kubectl_smart.memory.records.kinds import builtin

    scoped = {(info.group, info.kind) for info in builtin() if not info.namespaced}
    cluster_wide = kinds is not None and all(kind in scoped for kind in kinds)
    return None if cluster_wide else _DEFAULT


def _the_one(
    index: Index, answer: StateAnswer, named: Named, kinds: list[tuple[str, str]], asked: Asked
) -> PastObject:
    found = list(answer.objects)
    found = [one for one in found if (one.ref.group, one.ref.kind) == kinds[0]] or found
    if len(found) > 1 and asked.namespace is None:
        found = [one for one in found if one.ref.namespace == _DEFAULT] or found
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(one.ref.namespace or "cluster scope" for one in found)
        raise BadInput(
            f"{named.word}/{named.name} existed then in several namespaces: {places}",
            "say which with -n NAMESPACE",
        )
    rows = index.find_objects(kinds, named.name, asked.namespace)
    if rows:
        raise NothingKnown(
            f"{rows[0].ref.title} did not exist at that time",
            f"see `kubectl smart why {named.word}/{named.name}` for when it did",
        )
    raise nothing_known(index, kinds, named, asked.namespace)


@command.command()
@question_options(window=False)
@click.pass_obj
def dump(time: str, *, asked: Asked) -> int:
    """Every object alive then, declared and derived; -o json is a List that kubectl reads."""
    with asked.open() as memory:
        namespace = _namespace(None, asked, "")
        answer = past_state(memory.store, memory.index, asked.moment(time), namespace=namespace)
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

    begin, end = asked.moment(time), asked.moment(other)
    if end <= begin:
        raise BadInput("the second time is not after the first", "turn them round")
    with asked.open() as memory:
        answer = difference(
            memory.store, memory.index, begin, end, namespace=asked.namespace, derived=derived
        )
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

    everywhere = asked.everywhere or len({found.ref.namespace for found in answer.objects}) > 1
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
