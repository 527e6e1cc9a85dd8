"""What stands in a journal of the stand-in, for checks over everything a bot ever sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from kubectl_smart.bot.console.journal import Entry, Journal
from kubectl_smart.bot.console.limits import every_text, pings

_TOKEN = re.compile(r"<[^>]*>")
_DATE = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[^<>|]+>")


def sent(journal: Journal) -> list[Entry]:
    """What the bot sent, to whatever address."""
    return [one for one in journal.entries if one.direction in ("call", "response", "upload")]


def strings(node: Any) -> Iterator[str]:
    """Every string of a payload."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from strings(value)


def faults(journal: Journal) -> list[str]:
    """What in the bot's requests pings, links, breaks a format or cannot be seen."""
    found = list(journal.complaints)
    for entry in sent(journal):
        for pointer, text in every_text(entry.body):
            found += [f"{entry.what} {pointer} pings: {one}" for one in pings(text)]
            tokens = _TOKEN.findall(_DATE.sub("", text))
            found += [f"{entry.what} {pointer} has a token: {one}" for one in tokens]
            found += [
                f"{entry.what} {pointer} opens a code span: {line}"
                for line in text.split("\n")
                if line.count("`") % 2
            ]
        for text in strings(entry.body):
            hidden = [
                one for one in text if unicodedata.category(one) in ("Cc", "Cf") and one != "\n"
            ]
            found += [f"{entry.what} holds {hidden[:5]!r}: {text[:80]!r}"] if hidden else []
    return found


def everything(journal: Journal) -> str:
    """All the bot sent, as one text."""
    return "\n".join(text for entry in sent(journal) for text in strings(entry.body))
