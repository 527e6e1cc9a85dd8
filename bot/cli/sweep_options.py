"""`simulate --sweep`: which single loss hurts most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import click

from kubectl_smart.bot.cli.gate_options import ended
from kubectl_smart.bot.cli.numbers import Whole
from kubectl_smart.bot.cli.printing import Forms, print_answer
from kubectl_smart.bot.cli.progress import progress
from kubectl_smart.bot.cli.starting_points import Started
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput
from kubectl_smart.simulate.sweeps import WHAT


class Sweep(NamedTuple):
    """What is lost, as it was asked for; processes None: as many as there are processors."""

    what: str
    top: int
    processes: int | None

    def run(
        self,
        settings: Settings,
        started: Started,
        lines: Sequence[str],
        *,
        gates: frozenset[str],
        output: str,
        seed: int,
    ) -> int:
        """Print every single loss, the worst first. BadInput if commands are named as well."""
        from kubectl_smart.bot.render import sweep_document, sweep_markdown, sweep_text
        from kubectl_smart.bot.simulating import swept
        from kubectl_smart.simulate.answers.gates import closed

        if lines:
            raise BadInput("a sweep takes no commands", "leave out the commands, or --sweep")
        start = started.start(settings)
        with progress(100, f"losing {self.what}", by_thread=False) as on_progress:
            tell = on_progress or (lambda _: None)
            answer = swept(
                start,
                self.what,
                seed=seed,
                processes=self.processes,
                told=lambda done, every: tell(100 * done // every),
            )
        forms = Forms(
            lambda _zone, _explain, wide: sweep_text.sweep(
                answer, None if wide else self.top, wide=wide
            ),
            lambda: sweep_document.sweep(answer),
            lambda _zone: sweep_markdown.sweep(answer, self.top),
            lambda: (),
        )
        print_answer(forms, output, settings.zone, explain=False)
        held = [(one.case.name, said) for one in answer.losses if (said := closed(one.toll, gates))]
        if not held:
            return ended("")
        name, said = held[0]
        more = f"; {len(held) - 1:,} more of {len(answer.losses):,} {self.what} too"
        return ended(f"without {name}: {'; '.join(said)}{more if held[1:] else ''}")


def sweep_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands over `sweep`: None unless it is asked for."""

    def called(*, what: str | None, top: int | None, processes: int | None, **rest: Any) -> Any:
        if what is None and (top is not None or processes is not None):
            raise BadInput("--top and --processes are for --sweep", "leave them out")
        found = None if what is None else Sweep(what, top or _TOP, processes)
        return function(sweep=found, **rest)

    called.__doc__ = function.__doc__
    called.__name__ = function.__name__
    called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option(
            "--processes",
            type=Whole(1, 256),
            metavar="N",
            help="Sweep: else as many as there are processors. The answer is the same.",
        ),
        click.option(
            "--top",
            type=Whole(1),
            metavar="N",
            help=f"Sweep: losses listed, else {_TOP}; -o wide, json and yaml have all.",
        ),
        click.option(
            "--sweep", "what", type=click.Choice(WHAT), help="Which single loss hurts most."
        ),
    ):
        called = option(called)
    return called


_TOP = 10
