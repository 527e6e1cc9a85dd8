"""`audit [--since TIME] [--user @NAME] [--limit N]`: who asked what, as typed in a channel."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import NamedTuple

from kubectl_smart.bot.grammar.chat import Typed
from kubectl_smart.bot.grammar.times import parse_moment
from kubectl_smart.memory.records.errors import BadInput

MOST = 20
"""Deeds that a channel is shown at most; a terminal shows as many as it is asked for."""
_SHOWN = 10
_OPTIONS = ("--since", "--user", "--limit")
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>|([UW][A-Z0-9]{2,})")


class AuditRequest(NamedTuple):
    """since in microseconds since 1970-01-01 UTC, None for all; user an id, "" for everybody."""

    since: int | None
    user: str
    limit: int


def parse_audit(command: Typed, *, now: int, zone: tzinfo) -> AuditRequest:
    """The request behind the words. BadInput, in words, for what cannot be understood.

    now   microseconds since 1970-01-01 UTC; zone  what times without one are in
    """
    given: dict[str, str] = {}
    words = iter(command.words)
    for word in words:
        head, equals, value = word.partition("=")
        if head not in _OPTIONS:
            raise BadInput(f"audit does not know {head[:40]}", f"it has {', '.join(_OPTIONS)}")
        given[head] = value if equals else next(words, "")
        if not given[head]:
            raise BadInput(f"{head} needs a value", f"write {head} VALUE")
    since = given.get("--since")
    return AuditRequest(
        None if since is None else parse_moment(since, now=now, zone=zone),
        _user(given["--user"]) if "--user" in given else "",
        _limit(given["--limit"]) if "--limit" in given else _SHOWN,
    )


def _user(text: str) -> str:
    found = _MENTION.fullmatch(text)
    if found is None:
        raise BadInput(f"{text[:40]!r} is nobody", "mention them with @, or give the id of a user")
    return found[1] or found[2]


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text[:9]) <= MOST:
        raise BadInput(f"--limit is {text[:40]!r}", f"give a number from 1 to {MOST}")
    return int(text)
