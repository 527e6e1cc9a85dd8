"""`status`: what the memory holds, and what it heard."""

from __future__ import annotations

from collections.abc import Iterator

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.options import Asked, question_options
from kubectl_smart.bot.cli.printing import print_json, print_lines
from kubectl_smart.memory.opening import Memory


@click.command(name="status")
@question_options("table", "json", window=False)
def command(*, asked: Asked) -> int:
    """How much the memory holds, where, and what was heard from when to when."""
    from kubectl_smart.bot.render import documents, text
    from kubectl_smart.memory.questions.grounds import basis

    with asked.open() as memory:
        ground = basis(memory.store, memory.index, None, None)
        if asked.output == "json":
            print_json(documents.status(memory.index.counts()._asdict(), ground))
        else:
            zone = asked.settings.zone
            print_lines([*_counts(memory), *text.footer(ground, zone, explain=asked.explain)])
    return exit_codes.OK


def _counts(memory: Memory) -> Iterator[str]:
    yield f"memory  {memory.path}"
    yield f"index   {memory.index.where}"
    for name, count in memory.index.counts()._asdict().items():
        yield f"  {count:>9,} {name}"
