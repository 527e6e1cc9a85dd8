"""Slack's mrkdwn, for text that is not ours: no mention, link or format can come of it.

Slack reads `<…>` as mentions, links and dates; `&`, `<` and `>` as entities stop that. `*`, `_`,
`~` and the backtick have no escape: where they would format something, a character that looks
like them stands instead. Text objects are to be sent with `verbatim`, so that Slack makes no
links of bare addresses, and messages without `link_names` and without unfurling.
"""

from __future__ import annotations

import re
from datetime import tzinfo

from kubectl_smart.bot.render import words
from kubectl_smart.bot.render.printable import ELLIPSIS, fitted, one_line, visible_char

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ALIKE = {"*": "\u2217", "_": "\u02cd", "~": "\u223c", "`": "\u02cb"}
_BESIDE_A_WORD = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])")
_DATE = "{date_short_pretty} {time_secs}"
_PERMALINK = re.compile(r"archives/[A-Z0-9]+/p\d{16}(\?thread_ts=\d+\.\d{6}(&cid=[A-Z0-9]+)?)?")

LONGEST = 3_000
"""Units of a section's text, as Slack takes them."""


def escape(text: str, most: int = LONGEST) -> str:
    """The text as Slack shows it literally, but for `*`, `_` and `~`; at most so many units."""
    return fitted(text, most, _escaped)


def code(text: str, most: int = LONGEST) -> str:
    """A code span of text from a machine, at most so many units; none of it can end the span."""
    inner = fitted(text.strip(), most - 2, _escaped).strip()
    return f"`{inner}`" if inner else "(empty)"


def prose(text: str, most: int = LONGEST) -> str:
    """What a person wrote, on one line, with no format of its own; at most so many units."""
    said = text if len(text) <= 4 * most else text[: 4 * most] + ELLIPSIS
    return fitted(_unformatted(one_line(said)), most, _escaped)


def date(at: int, zone: tzinfo) -> str:
    """An instant in the reader's own zone; where Slack cannot show that, in `zone`.

    at  microseconds since 1970-01-01 UTC; before that Slack knows no dates
    """
    fallback = escape(f"{words.instant(at, zone)} {words.zone_name(at, zone)}")
    return f"<!date^{at // 1_000_000}^{_DATE}|{fallback}>" if at >= 0 else fallback


def link(url: str, label: str, workspace: str) -> str:
    """A link to a message of the workspace itself; of any other address just the label.

    workspace  its address as `auth.test` gives it: "https://acme.slack.com/"
    """
    shown = prose(label).replace("|", "\u01c0")
    path = url.removeprefix(workspace)
    ours = bool(workspace) and url.startswith(workspace) and _PERMALINK.fullmatch(path)
    return f"<{url.replace('&', '&amp;')}|{shown}>" if ours else shown


def _escaped(char: str) -> str:
    if char == "`":
        return _ALIKE["`"]
    return _ENTITIES.get(char) or visible_char(char)


def _unformatted(text: str) -> str:
    """Without what opens or closes bold, italic or struck text; CACHE_SIZE stays as it is."""
    return _BESIDE_A_WORD.sub(lambda found: _ALIKE[found.group()], text)
