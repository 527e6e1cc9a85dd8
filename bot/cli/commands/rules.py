"""`rules`: the rules of the causal graph, with their weights and where they come from."""

from __future__ import annotations

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.printing import Forms, print_answer

_HELP = """The rules by which causes are found: what each links or weighs, how much, and from where.

They are the same for every memory, so none is opened. GROUP is one of the headings.

\b
  kubectl smart rules
  kubectl smart rules effect
  kubectl smart rules -o json
"""


@click.command(name="rules", help=_HELP)
@click.argument("group", default="", metavar="[GROUP]")
@click.option(
    "-o",
    "--output",
    type=click.Choice(("table", "json", "yaml", "md", "name")),
    default="table",
    show_default=True,
    help="The form of the answer.",
)
def command(*, group: str, output: str) -> int:
    """See _HELP."""
    from datetime import UTC

    from kubectl_smart.bot.render import causal_rules as render
    from kubectl_smart.memory.graph.rules import causal_rules
    from kubectl_smart.memory.records.errors import NothingKnown

    every = causal_rules()
    found = [one for one in every if group in ("", one.group)]
    if not found:
        groups = ", ".join(dict.fromkeys(one.group for one in every))
        raise NothingKnown(f"no rule belongs to {group}", f"the groups are {groups}")
    forms = Forms(
        lambda _zone, _explain, _wide: render.text(found),
        lambda: render.document(found),
        lambda _zone: render.markdown(found),
        lambda: (one.name for one in found),
    )
    print_answer(forms, output, UTC, explain=False)
    return exit_codes.OK
