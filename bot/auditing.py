"""Who asked what, as data: what the bot's trail is made of, and how a deed can have ended.

What was typed is not among it, and neither are the words of an answer: only the verb, and one of a
few endings. So nothing that somebody pasted by mistake is kept.
"""

from __future__ import annotations

from typing import NamedTuple

from kubectl_smart.bot.authorisation import Refused
from kubectl_smart.memory.records.errors import (
    BadInput,
    NotCovered,
    NothingKnown,
    SmartError,
    Stopped,
)

ANSWERED = "answered"
_ENDINGS: tuple[tuple[type[Exception], str], ...] = (
    (Refused, "refused"),
    (NothingKnown, "nothing known"),
    (NotCovered, "not covered"),
    (BadInput, "not understood"),
    (Stopped, "given up"),
    (SmartError, "not answered"),
)
"""The first that fits is meant; an error that is none of these is a failure."""


class Deed(NamedTuple):
    """Something somebody did at one of the bot's doors.

    at       seconds since 1970-01-01 UTC
    verb     of the grammar ("why", "because" …)
    refusal  the sentence with which the gate refused it; "" if it let them in
    ending   ANSWERED, or another of `ending_of`; "" while it goes on, for marks and windows (what
             came of those is in the memory), and for what an older bot wrote down
    """

    at: float
    team: str
    user: str
    channel: str
    verb: str
    refusal: str
    ending: str


class Page(NamedTuple):
    """Some deeds, newest first, and how many there are in all."""

    deeds: tuple[Deed, ...]
    total: int


def ending_of(problem: BaseException | None) -> str:
    """How something ended, in a word or two; None for no problem."""
    if problem is None:
        return ANSWERED
    return next((word for kind, word in _ENDINGS if isinstance(problem, kind)), "failed")


def outcome(deed: Deed) -> str:
    """How a deed ended, for people: the refusal in full, else its ending, else that it began."""
    return f"refused: {deed.refusal}" if deed.refusal else deed.ending or "let in"
