"""A kubectl command line, taken apart; what every verb is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from kubectl_smart.simulate.commands.flags import Flag, is_true, seconds

if TYPE_CHECKING:
    from kubectl_smart.simulate.commands.asking import Asking
    from kubectl_smart.simulate.commands.effects import Effect

Reader = Callable[[str], bytes]
"""The content of a file a command line names; BadInput if it cannot be read."""


class File(NamedTuple):
    """A file the line names, as it was when the line was read."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Command:
    """One command line.

    text       the line as it was given, without spaces around it
    verb       "delete", "set image", "rollout restart"
    arguments  the words that are neither verb nor flag
    values     what flags were given: (name, values in the order written), by name
    files      of -f, -R and --patch-file, in the order written
    """

    text: str
    verb: str
    arguments: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    files: tuple[File, ...] = ()

    @property
    def namespace(self) -> str:
        """Where the command works: "default" where it names none."""
        return self.text_of("namespace") or "default"

    @property
    def everywhere(self) -> bool:
        """Whether it asks for all namespaces."""
        return self.is_set("all-namespaces")

    def given(self, name: str) -> tuple[str, ...]:
        """All values of a flag; () if it was not given."""
        return next((values for flag, values in self.values if flag == name), ())

    def text_of(self, name: str, default: str = "") -> str:
        """The value given last."""
        return (self.given(name) or (default,))[-1]

    def number(self, name: str, default: int) -> int:
        """The value of a flag that is a number."""
        return int(self.text_of(name, str(default)))

    def seconds(self, name: str) -> float:
        """The value of a flag that is a time; 0 if it was not given."""
        return seconds(self.text_of(name, "0"))

    def is_set(self, name: str, default: bool = False) -> bool:
        """The value of a flag that is true or false."""
        given = self.given(name)
        return is_true(given[-1]) if given else default


class Verb(NamedTuple):
    """One verb of kubectl.

    name   as it is written: "rollout undo"
    flags  besides those that every verb has
    check  what can be said without a cluster; BadInput if the line is wrong
    ask    what the command asks of the API
    """

    name: str
    flags: tuple[Flag, ...]
    check: Callable[[Command], None]
    ask: Callable[[Command, Asking], list[Effect]]
