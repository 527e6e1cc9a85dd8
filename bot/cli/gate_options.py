"""`--fail-on`: what of an answer a script does not let pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from kubectl_smart.bot.cli import exit_codes
from kubectl_smart.simulate.answers.gates import GATES


def gate_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Hands over `gates`: the names of those that were given."""
    option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
        "--fail-on",
        "gates",
        multiple=True,
        callback=_gates,
        metavar="GATE",
        help=f"{', '.join(GATES)}; repeat, or put commas between.",
    )
    return option(function)


def ended(held: str) -> int:
    """The exit code, after one sentence about what closes a gate; "" if nothing does."""
    if not held:
        return exit_codes.OK
    click.echo(f"--fail-on: {held}", err=True)
    return exit_codes.GATE


def _gates(_ctx: click.Context, _option: click.Parameter, given: Sequence[str]) -> frozenset[str]:
    """The gates named, each time it is given one or several with commas between."""
    found = frozenset(name.strip() for one in given for name in one.split(","))
    unknown = sorted(found - GATES.keys())
    if unknown:
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(GATES)}")
    return found
