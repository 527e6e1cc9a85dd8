"""Work that nobody waits for any more ends soon.

    with stoppable(gone.is_set):
        ...  # raises Stopped once `gone` is set

Whoever begins the work says when it is to stop; the few places that take long (a statement of the
index, the decoding of its rows, a bunch of objects from git) look at it between two batches. What
lies in between knows nothing of it. It holds for the thread it is said in, and where nobody said
anything nothing ever stops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from kubectl_smart.memory.records.errors import Stopped

BATCH = 1_000
"""Items handled between two looks: a few milliseconds."""
_wanted: ContextVar[Callable[[], bool] | None] = ContextVar("stop wanted", default=None)
_Item = TypeVar("_Item")


@contextmanager
def stoppable(wanted: Callable[[], bool]) -> Iterator[None]:
    """Within the block `look` raises Stopped once `wanted` says so. It is called often."""
    before = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(before)


def stop_wanted() -> Callable[[], bool] | None:
    """What says whether to stop, for a library that calls it by itself; None: nothing stops."""
    return _wanted.get()


def look() -> None:
    """Stopped if the work is to stop."""
    wanted = _wanted.get()
    if wanted is not None and wanted():
        raise Stopped("the question was given up", "ask again")


def in_batches(items: Sequence[_Item]) -> Iterator[_Item]:
    """All items, with a look before each BATCH of them."""
    for at in range(0, len(items), BATCH):
        look()
        yield from items[at : at + BATCH]
