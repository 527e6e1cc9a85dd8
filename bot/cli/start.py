"""How a process begins and ends whose answer somebody waits for.

Of a cold question a fifth went into looking for cyclic garbage: while modules are loaded, which
makes none, and once more over everything when the interpreter ends. So a question looks seldom,
and no process does at its end. Nothing may be imported here that `main` can import.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

QUESTIONS = frozenset(
    {
        "why",
        "at",
        "dependencies",
        "links",
        "log",
        "show",
        "simulate",
        "replay",
        "status",
        "trace",
        "rules",
        "export",
        "patterns",
    }
)
"""Commands that only read. One that finds its index behind may work for minutes: it still looks."""
_SELDOM = 500_000
"""Containers made and not yet freed before a question looks for garbage; 700 otherwise."""


@contextmanager
def brief(words: Sequence[str]) -> Iterator[None]:
    """Around all of one run of the program. Not for a process that goes on afterwards.

    words  of the command line, without the program's name
    """
    if QUESTIONS.intersection(words[:1]):
        gc.set_threshold(_SELDOM)
    try:
        yield
    finally:
        gc.freeze()


def main() -> None:
    """The console script `kubectl-smart`."""
    with brief(sys.argv[1:]):
        from kubectl_smart.bot.cli.main import main as run

        run()


def complete() -> None:
    """The console script `kubectl_complete-smart`; see `main.complete`."""
    with brief(["status"]):  # as short as that
        from kubectl_smart.bot.cli.main import complete as run

        run()
