"""Pages of a list and stretches of a history, as Slack's methods cut them."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from kubectl_smart.bot.console.arguments import is_true
from kubectl_smart.bot.console.refusals import Refusal
from kubectl_smart.bot.console.workspace import Message

_Item = TypeVar("_Item")
_PAGE = 100
_MOST = 1_000
_CURSOR = re.compile(r"next:([1-9][0-9]{0,8})")
_INSTANT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?|now")


def paged(found: Sequence[_Item], given: Mapping[str, Any]) -> tuple[Sequence[_Item], str]:
    """(the page that `cursor` and `limit` ask for, the cursor of the next one or "").

    Refusal for a cursor that was never given out and for a limit that is none.
    """
    limit, start = _limit(given), _start(given)
    if start and start >= len(found):
        raise Refusal("invalid_cursor")
    end = start + limit
    rest = b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""
    return found[start:end], rest


def within(messages: Sequence[Message], given: Mapping[str, Any]) -> list[Message]:
    """Those after `oldest` and before `latest`; on them too if `inclusive`."""
    oldest, latest = _instant(given, "oldest"), _instant(given, "latest")
    both = is_true(given.get("inclusive"))

    def wanted(message: Message) -> bool:
        ts = Decimal(message.ts)
        if ts in (oldest, latest):
            return both
        return (oldest is None or oldest < ts) and (latest is None or ts < latest)

    return [one for one in messages if wanted(one)]


def _limit(given: Mapping[str, Any]) -> int:
    told = str(given.get("limit") or _PAGE)
    if not told.isdecimal() or not 0 < int(told) <= _MOST:
        raise Refusal("invalid_limit")
    return int(told)


def _start(given: Mapping[str, Any]) -> int:
    cursor = str(given.get("cursor") or "")
    if not cursor:
        return 0
    try:
        found = _CURSOR.fullmatch(b64decode(cursor, validate=True).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        raise Refusal("invalid_cursor")
    return int(found[1])


def _instant(given: Mapping[str, Any], name: str) -> Decimal | None:
    told = str(given.get(name) or "")
    if told in ("", "0", "now"):
        return None
    if _INSTANT.fullmatch(told) is None:
        raise Refusal(f"invalid_ts_{name}")
    return Decimal(told)
