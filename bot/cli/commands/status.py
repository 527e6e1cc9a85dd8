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
    """How much the memory holds, and of each source when it was heard, how much, and why not.

    Why a source is not heard just now is told by the process that listens, in a file beside the
    memory; without such a process nothing is heard now.
    """
    from kubectl_smart.bot.render import documents, status, text
    from kubectl_smart.bot.serve.hearing_file import hearing_file, read_hearing
    from kubectl_smart.memory.questions.grounds import basis
    from kubectl_smart.memory.questions.heard_sources import heard_sources

    now = asked.settings.now
    with asked.open() as memory:
        ground = basis(memory.store, memory.index, None, None)
        sources = heard_sources(memory.index.coverage(), now)
        told = read_hearing(hearing_file(memory.path), now)
        if asked.output == "json":
            print_json(
                {
                    **documents.status(memory.index.counts()._asdict(), ground),
                    "sources": status.source_documents(sources, told),
                    "process": status.process_document(told),
                }
            )
        else:
            zone = asked.settings.zone
            print_lines(
                [
                    *_counts(memory),
                    "",
                    *status.source_lines(sources, told, now, zone),
                    *text.footer(ground, zone, explain=asked.explain),
                ]
            )
    return exit_codes.OK


def _counts(memory: Memory) -> Iterator[str]:
    yield f"memory  {memory.path}"
    yield f"index   {memory.index.where}"
    for name, count in memory.index.counts()._asdict().items():
        yield f"  {count:>9,} {name}"
