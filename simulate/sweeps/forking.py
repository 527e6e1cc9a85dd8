"""Many losses of one large cluster: each in a process of its own, that begins with a copy for free.

A cluster of 150,000 pods takes seconds to load and to make ready, and a lost node changes little of
it. So it is made ready once; each loss runs in a fork, which shares all that it does not change and
is gone afterwards. Only where the system can fork: Linux.
"""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection, get_context
from typing import TYPE_CHECKING, Any, TypeVar

from kubectl_smart.memory.records.errors import SmartError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Case = TypeVar("Case")
Loss = TypeVar("Loss")


def forked(one: Callable[[Case], Loss], found: Sequence[Case], processes: int) -> Iterator[Loss]:
    """What `one` says of each case, in the order of the cases; it may use up whatever it knows.

    SmartError if a process ended without an answer.
    """
    fork = get_context("fork")
    gc.collect()
    gc.freeze()  # whoever looks for garbage writes to every object, and would copy them all
    pipes: list[Connection] = []
    workers = []
    try:
        for _ in range(processes):
            ours, theirs = fork.Pipe()
            pipes.append(ours)
            worker = fork.Process(target=_serve, args=(theirs, tuple(pipes), one, found))
            worker.start()
            theirs.close()
            workers.append(worker)
        yield from _in_order(pipes, len(found))
    finally:
        for pipe in pipes:
            pipe.close()  # which ends them
        for worker in workers:
            worker.join()
        gc.unfreeze()


def _in_order(pipes: Sequence[Connection], number: int) -> Iterator[Any]:
    waiting = iter(range(number))
    busy: list[Connection] = []
    for pipe, place in zip(pipes, waiting, strict=False):
        pipe.send(place)
        busy.append(pipe)
    known: dict[int, Any] = {}
    for place in range(number):
        while place not in known:
            for pipe in [one for one in busy if one in connection.wait(busy)]:
                done, loss = _heard(pipe)
                known[done] = loss
                after = next(waiting, None)
                if after is None:
                    busy.remove(pipe)
                else:
                    pipe.send(after)
        yield known.pop(place)


def _heard(pipe: Connection) -> tuple[int, Any]:
    try:
        found: tuple[int, Any] = pipe.recv()
    except EOFError:
        raise SmartError(
            "a process of the sweep ended without an answer",
            "see whether memory ran out, and try fewer --processes",
        ) from None
    return found


# --- in a process of its own --------------------------------------------------------------


def _serve(
    pipe: Connection,
    others: Sequence[Connection],
    one: Callable[[Case], Loss],
    found: Sequence[Case],
) -> None:
    """Fork for each case that is asked for; ends when nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began the sweep ends it
    for other in others:
        other.close()
    place = _next(pipe)
    while place is not None:
        child = get_context("fork").Process(target=_tell, args=(pipe, one, found[place], place))
        child.start()
        ready = connection.wait([child.sentinel, pipe])
        place = _next(pipe) if pipe in ready else None  # the next, where the answer is out already
        if place is None and pipe in ready:
            child.kill()  # nobody is left who asked
        child.join()
        if child.exitcode:
            return
        if pipe not in ready:
            place = _next(pipe)


def _next(pipe: Connection) -> int | None:
    try:
        found: int | None = pipe.recv()
    except EOFError:
        return None
    return found


def _tell(pipe: Connection, one: Callable[[Case], Loss], case: Case, place: int) -> None:
    pipe.send((place, one(case)))
