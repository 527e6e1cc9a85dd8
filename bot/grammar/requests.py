"""What can be asked, as data: the same whether it was typed in a terminal or in a channel.

A face parses what its users write into one of these (click on the command line, `chat` in Slack);
`asking` answers it. Instants are microseconds since 1970-01-01 UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

from kubectl_smart.bot.grammar.objects import Named
from kubectl_smart.memory.records.errors import BadInput

SHOWN = 50
"""Decisions of a long history that `why` shows, the newest, unless it is asked for more."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where and when to look.

    namespace   None: not said
    everywhere  -A was given
    since       None: not said; the same for until
    """

    namespace: str | None = None
    everywhere: bool = False
    since: int | None = None
    until: int | None = None

    def __post_init__(self) -> None:
        if self.everywhere and self.namespace is not None:
            raise BadInput("-n and -A exclude each other", "give one of them")
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise BadInput("--until is not after --since", "turn them round")


@dataclass(frozen=True, slots=True)
class WhyRequest:
    """`why TYPE/NAME [--FIELD[=VALUE]]`; field "" for the whole object; limit as `why` takes it."""

    named: Named
    field: str
    value: str | None
    scope: Scope
    limit: int | None


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """`replay [WORDS]`: around a moment, or between two instants, or the last hour known.

    at     the moment of interest; None if none was named
    width  of the window around it, microseconds; None if not said
    """

    words: str
    at: int | None
    width: int | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class StateRequest:
    """`at TIME get TYPE [NAME]`, or `at TIME dump` where nothing is named."""

    at: int
    named: Named | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class DifferenceRequest:
    """`at TIME diff [TIME]`; derived: also what controllers made."""

    at: int
    until: int
    derived: bool
    scope: Scope

    def __post_init__(self) -> None:
        if self.until <= self.at:
            raise BadInput("the second time is not after the first", "turn them round")


@dataclass(frozen=True, slots=True)
class LogRequest:
    """`log [TYPE/NAME]`: changes, newest first; actor "" for everybody's."""

    named: Named | None
    actor: str
    derived: bool
    limit: int
    scope: Scope


@dataclass(frozen=True, slots=True)
class ShowRequest:
    """`show ID`: one change by the beginning of its id or of its commit's."""

    change: str


Request = WhyRequest | ReplayRequest | StateRequest | DifferenceRequest | LogRequest | ShowRequest
