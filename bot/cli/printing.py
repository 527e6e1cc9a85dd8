"""Prints answers in the form asked for. The only place that knows the terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any, NamedTuple

import click
import orjson

from kubectl_smart.bot.render.text import HEADING
from kubectl_smart.bot.settings import process_environment
from kubectl_smart.memory.formats.manifests import to_yaml


class Forms(NamedTuple):
    """How one answer is written in each form; each is made only if it is asked for."""

    lines: Callable[[tzinfo, bool, bool], list[str]]
    """(zone, explain, wide) -> lines for a terminal"""
    document: Callable[[], Any]
    markdown: Callable[[tzinfo], list[str]]
    names: Callable[[], Iterable[str]]


def print_answer(forms: Forms, output: str, zone: tzinfo, *, explain: bool) -> None:
    """Print the answer on stdout."""
    if output == "json":
        print_json(forms.document())
    elif output == "yaml":
        click.echo(to_yaml(forms.document()), nl=False)
    elif output == "md":
        click.echo("\n".join(forms.markdown(zone)))
    elif output == "name":
        click.echo("".join(f"{name}\n" for name in forms.names()), nl=False)
    else:
        print_lines(forms.lines(zone, explain, output == "wide"))


def print_json(document: Any) -> None:
    """A document with sorted keys and two blanks of indent."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    click.echo(orjson.dumps(document, option=options), nl=False)


def print_lines(lines: Iterable[str]) -> None:
    """Lines for people; headings in bold on a terminal, unless NO_COLOR is set."""
    plain = bool(process_environment().get("NO_COLOR"))
    text = [
        click.style(line[1:], bold=True) if line.startswith(HEADING) and not plain
        else line.removeprefix(HEADING)
        for line in lines
    ]  # fmt: skip
    click.echo("\n".join(text))
