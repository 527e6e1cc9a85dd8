"""The options every command shares, and how they become settings and an open memory.

kubectl passes no flags to plugins, so its global flags come after the command here:
`kubectl smart why deployment/api -n payments --context prod`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from kubectl_smart.bot.grammar.requests import Scope, scope_of
from kubectl_smart.bot.grammar.times import parse_moment
from kubectl_smart.bot.settings import Settings, process_environment, settings

if TYPE_CHECKING:
    from kubectl_smart.memory.opening import Memory

OUTPUTS = ("table", "wide", "json", "yaml", "md", "name")


@dataclass(frozen=True, slots=True)
class Asked:
    """The shared options of one run.

    output   one of OUTPUTS
    explain  also print what the answer rests on
    """

    settings: Settings
    scope: Scope
    output: str
    explain: bool

    def open(self) -> Memory:
        """The memory, for questions."""
        from kubectl_smart.memory.opening import open_memory  # not for what needs no memory

        return open_memory(self.settings.memory, index=self.settings.index)

    def moment(self, text: str) -> int:
        """An instant as the user wrote it."""
        return parse_moment(text, now=self.settings.now, zone=self.settings.zone)


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _place(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.option("--memory", metavar="PATH", help="Folder of the memory."),
        click.option("--index", metavar="URL", help="Index on PostgreSQL, postgresql://…"),
        click.option("--context", metavar="NAME", help="kubeconfig context: one memory for each."),
        click.option("--kubeconfig", metavar="PATH", help="Where the current context is read."),
        click.option("--utc", is_flag=True, help="Read and write times in UTC."),
    ):
        function = option(function)
    return function


def place_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """For commands that only need to know which memory: hands over `settings`."""

    def called(
        *,
        memory: str | None,
        index: str | None,
        context: str | None,
        kubeconfig: str | None,
        utc: bool,
        **rest: Any,
    ) -> Any:
        found = settings(
            process_environment(),
            memory=memory,
            index=index,
            context=context,
            kubeconfig=kubeconfig,
            utc=utc,
        )
        return function(settings=found, **rest)

    called.__doc__ = function.__doc__
    return _place(_with_params(called, function))


def _with_params(called: Callable[..., Any], function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep what click's decorators put on a function below this one."""
    params = getattr(function, "__click_params__", None)
    if params is not None:
        called.__click_params__ = params  # type: ignore[attr-defined]
    called.__name__ = function.__name__
    return called


def question_options(*outputs: str, window: bool = True) -> _Decorator:
    """For questions: hands over `asked`. `outputs` are the forms of answer it has."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def called(
            *,
            settings: Settings,
            namespace: str | None,
            everywhere: bool,
            output: str,
            explain: bool,
            since: str | None = None,
            until: str | None = None,
            **rest: Any,
        ) -> Any:
            now, zone = settings.now, settings.zone
            scope = scope_of(
                namespace,
                everywhere,
                None if since is None else parse_moment(since, now=now, zone=zone),
                None if until is None else parse_moment(until, now=now, zone=zone),
            )
            return function(asked=Asked(settings, scope, output, explain), **rest)

        called.__doc__ = function.__doc__
        decorated = _with_params(called, function)
        if window:
            for option in (
                click.option("--until", metavar="TIME", help="Only before this instant."),
                click.option("--since", metavar="TIME", help="Only from this instant on."),
            ):
                decorated = option(decorated)
        for option in (
            click.option("--explain", is_flag=True, help="Also print what the answer rests on."),
            click.option(
                "-o",
                "--output",
                type=click.Choice(outputs or OUTPUTS),
                default="table",
                show_default=True,
                help="Form of the answer.",
            ),
            click.option(
                "-A", "--all-namespaces", "everywhere", is_flag=True, help="In all namespaces."
            ),
            click.option("-n", "--namespace", metavar="NAME", help="In this namespace."),
        ):
            decorated = option(decorated)
        return place_options(decorated)

    return decorate
