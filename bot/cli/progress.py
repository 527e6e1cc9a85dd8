"""A progress bar for what takes long, where somebody looks at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress(
    total: int, what: str, *, by_thread: bool = True
) -> Iterator[Callable[[int], None] | None]:
    """A progress bar on stderr if that is a terminal; hands over what to tell it.

    by_thread  drawn by a thread of its own, now and then; else whenever it is told something, for
               a process that forks meanwhile
    """
    if not sys.stderr.isatty() or not total:
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, auto_refresh=by_thread) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done, refresh=not by_thread)
