"""How checks are run: areas at once, the checks of an area in order, each with its time-out.

A check that fails by an error of ours is a finding with that error's own remedy; one that gets no
answer is a finding that says so. Nothing that hangs holds up the others, or the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from kubectl_smart.bot.doctor.findings import Finding, Outcome, State, failed
from kubectl_smart.memory.records.errors import SmartError

_Made = TypeVar("_Made")
_ON = frozenset({State.OK, State.WARNING})


class Check(NamedTuple):
    """One thing to look at.

    look    gives what it came to; SmartError or OSError where that is a failure
    late    what to do where no answer comes in time
    needed  whether the rest of the area makes no sense where it does not work
    """

    name: str
    look: Callable[[], Awaitable[Sequence[Outcome]]]
    late: str
    needed: bool = False


class Area(NamedTuple):
    """Checks that belong together, in the order in which they are made."""

    name: str
    checks: Sequence[Check]


async def examined(areas: Sequence[Area], within: float) -> list[Finding]:
    """Every area's findings, in the order of the areas.

    within  seconds for one check
    """
    found = await asyncio.gather(*(_area(one, within) for one in areas))
    return [finding for findings in found for finding in findings]


async def _area(area: Area, within: float) -> list[Finding]:
    found: list[Finding] = []
    for check in area.checks:
        outcomes = await _outcomes(check, within)
        found += [Finding(area.name, check.name, one) for one in outcomes]
        if check.needed and not all(one.state in _ON for one in outcomes):
            break
    return found


async def _outcomes(check: Check, within: float) -> Sequence[Outcome]:
    try:
        return await asyncio.wait_for(check.look(), within)
    except TimeoutError:
        return [failed(f"no answer within {within:g} s", check.late)]
    except SmartError as problem:
        return [failed(problem.message, problem.remedy or check.late)]
    except OSError as problem:
        return [failed(str(problem), check.late)]


async def aside(work: Callable[[], _Made]) -> _Made:
    """What `work` gives, from a thread that nobody waits for in the end.

    A disk, a log-in helper or a database that hangs cannot be interrupted, only left behind.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Made] = loop.create_future()

    def tell(made: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if done.done() else made())

    def run() -> None:
        try:
            found = work()
        except BaseException as problem:  # noqa: BLE001 - handed to whoever waits
            told = problem
            tell(lambda: done.set_exception(told))
        else:
            tell(lambda: done.set_result(found))

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await done


def unreached(problem: Exception) -> str:
    """Why nothing was reached, in few words: `Connection refused`."""
    cause = getattr(problem, "os_error", problem)
    number = getattr(cause, "errno", None)
    return os.strerror(number) if number else str(problem) or type(problem).__name__
