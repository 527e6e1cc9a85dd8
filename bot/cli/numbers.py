"""Numbers as options: a wrong one is answered with the number as it was typed, and what may be."""

from __future__ import annotations

from typing import Any

import click


class Whole(click.ParamType):  # type: ignore[type-arg]
    """A whole number. least, most: both may be given; None: without a bound."""

    name = "number"

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; click's own error for one that is none, or out of bounds."""
        said = str(value)
        if said.startswith("now-"):
            said = said[3:]  # `main` takes -1 for a time, and writes it so
        try:
            number = int(said)
        except ValueError:
            number = None
        if (
            number is None
            or (self._least is not None and number < self._least)
            or (self._most is not None and number > self._most)
        ):
            self.fail(f"{said} is no whole number{self._bounds()}", param, ctx)
        return number

    def _bounds(self) -> str:
        if self._least is None:
            return "" if self._most is None else f" up to {self._most:,}"
        return f" from {self._least:,} {'on' if self._most is None else f'to {self._most:,}'}"
