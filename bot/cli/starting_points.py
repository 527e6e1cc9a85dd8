"""The options of `simulate` that say which cluster it begins from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from kubectl_smart.bot.grammar.times import parse_moment
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput, NothingKnown

if TYPE_CHECKING:
    from kubectl_smart.bot.simulating import Start
    from kubectl_smart.memory.opening import Memory
    from kubectl_smart.simulate.answers.model import Answer
    from kubectl_smart.simulate.commands import Command


class Started(NamedTuple):
    """Where to begin, as it was asked for.

    at                   an instant of the memory, as a person writes it; None: not said
    kubeconfig, context  of the live cluster; "" for the usual ones
    """

    snapshot: Path | None
    at: str | None
    live: bool
    kubeconfig: str
    context: str

    def simulated(self, settings: Settings, commands: Sequence[Command], *, seed: int) -> Answer:
        """The answer, from there. SmartError in words where there is no such place."""
        from kubectl_smart.bot import simulating

        if self.snapshot is not None:
            return simulating.simulated(self.start(settings), commands, seed=seed)
        if self.live:
            start = simulating.from_live(self.kubeconfig, self.context, commands)
            answer = simulating.simulated(start, commands, seed=seed)
            return self._remembered(settings, answer)
        with memory_of(settings) as memory:
            start = simulating.from_memory(memory, self.moment(settings))
            answer = simulating.simulated(start, commands, seed=seed)
            return simulating.with_past(memory, answer, before=start.ground.at or settings.now)

    def start(self, settings: Settings) -> Start:
        """That place alone. SmartError in words where there is none."""
        from kubectl_smart.bot import simulating

        if self.snapshot is not None:
            return simulating.from_file(self.snapshot)
        if self.live:
            return simulating.from_live(self.kubeconfig, self.context)
        with memory_of(settings) as memory:
            return simulating.from_memory(memory, self.moment(settings))

    def _remembered(self, settings: Settings, answer: Answer) -> Answer:
        """With what the memory of this cluster adds, if there is one."""
        from kubectl_smart.bot import simulating

        try:
            memory = memory_of(settings)
        except NothingKnown:
            return answer
        with memory:
            return simulating.with_past(memory, answer, before=settings.now)

    def moment(self, settings: Settings) -> int | None:
        """The instant meant, microseconds since 1970-01-01 UTC; None: not said."""
        if self.at is None:
            return None
        return parse_moment(self.at, now=settings.now, zone=settings.zone)


def memory_of(settings: Settings) -> Memory:
    """The memory, for a simulation. NothingKnown, with what else there is, if there is none."""
    from kubectl_smart.memory.opening import open_memory

    try:
        return open_memory(settings.memory, index=settings.index)
    except NothingKnown as problem:
        raise NothingKnown(
            problem.message, f"{problem.remedy}, or begin from a --snapshot or the --live cluster"
        ) from None


def start_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands over `started`."""

    def called(*, snapshot: Path | None, at: str | None, live: bool, **rest: Any) -> Any:
        said = [name for name, on in _said(snapshot, at, live) if on]
        if len(said) > 1:
            raise BadInput(f"{' and '.join(said)} exclude each other", "give one of them")
        given = click.get_current_context().params
        place = (given.get("kubeconfig") or "", given.get("context") or "")
        return function(started=Started(snapshot, at, live, *place), **rest)

    called.__doc__ = function.__doc__
    called.__name__ = function.__name__
    called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--live", is_flag=True, help="Ask the cluster itself; it is only listed."),
        click.option("--at", metavar="TIME", help="As the memory knows it at that instant."),
        click.option(
            "--snapshot",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="What `kubectl get … -A -o json` wrote.",
        ),
    ):
        called = option(called)
    return called


def _said(snapshot: Path | None, at: str | None, live: bool) -> tuple[tuple[str, bool], ...]:
    return ("--snapshot", snapshot is not None), ("--at", at is not None), ("--live", live)
