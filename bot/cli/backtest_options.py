"""`simulate --backtest`: how right the simulation would have been about what really was done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.bot.cli.printing import print_json, print_lines
from kubectl_smart.bot.cli.starting_points import memory_of
from kubectl_smart.bot.grammar.times import parse_moment
from kubectl_smart.bot.settings import Settings
from kubectl_smart.memory.records.errors import BadInput


class Backtest(NamedTuple):
    """What to look at, as it was asked for; None: everywhere, from the beginning."""

    since: str | None
    namespace: str | None

    def run(self, settings: Settings, lines: Sequence[str], *, output: str, seed: int) -> int:
        """Print predicted against actual. BadInput if commands are named as well."""
        from kubectl_smart.bot.backtesting import backtested
        from kubectl_smart.bot.render import backtest_document, backtest_text
        from kubectl_smart.memory.formats.manifests import to_yaml

        if lines:
            raise BadInput(
                "--backtest takes its commands from the memory", "leave out the commands"
            )
        since = None
        if self.since is not None:
            since = parse_moment(self.since, now=settings.now, zone=settings.zone)
        with memory_of(settings) as memory:
            found = backtested(memory, since=since, namespace=self.namespace, seed=seed)
        if output == "json":
            print_json(backtest_document.backtest(found))
        elif output == "yaml":
            click.echo(to_yaml(backtest_document.backtest(found)), nl=False)
        else:
            print_lines(backtest_text.backtest(found, settings.zone, wide=output == "wide"))
        return exit_codes.OK


def backtest_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands over `backtest`: None unless it is asked for."""

    def called(*, backtest: bool, since: str | None, namespace: str | None, **rest: Any) -> Any:
        if not backtest and (since is not None or namespace is not None):
            raise BadInput("--since and -n are for --backtest", "name -n in the kubectl command")
        found = Backtest(since, namespace) if backtest else None
        return function(backtest=found, **rest)

    called.__doc__ = function.__doc__
    called.__name__ = function.__name__
    called.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option(
            "-n", "--namespace", metavar="NAME", help="Backtest: only what was done there."
        ),
        click.option("--since", metavar="TIME", help="Backtest: only from this instant on."),
        click.option(
            "--backtest",
            is_flag=True,
            help="Predict what was really done, from the state just before, and compare.",
        ),
    ):
        called = option(called)
    return called
