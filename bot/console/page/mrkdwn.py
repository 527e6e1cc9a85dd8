"""Slack's mrkdwn -> HTML; nothing of the text is ever taken for HTML.

Read first are code and `<…>`, in which nothing else is read; then quotes by line; then bold,
italic, strike, emoji and the three entities.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from markupsafe import Markup

from kubectl_smart.bot.console.page.emoji import emoji
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.tags import NOTHING, joined, link, tag

_HELD = "\0"
_FENCE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_ATOM = re.compile(r"`([^`\n]+)`|<([^<>\n]+)>")
_SPAN = re.compile(
    r"(?<![\w*])\*(?=\S)(?P<strong>[^*\n]*[^\s*])\*(?![\w*])"
    r"|(?<!\w)_(?=\S)(?P<em>[^_\n]*[^\s_])_(?!\w)"
    r"|(?<![\w~])~(?=\S)(?P<s>[^~\n]*[^\s~])~(?![\w~])"
    r"|(?<![\w:]):(?P<emoji>[a-z0-9_+'-]{1,50}):(?!:)"
    rf"|(?P<held>{_HELD})|(?P<newline>\n)"
)
_QUOTE = re.compile(r"(?:&gt;|>) ?")
_BROADCASTS = frozenset({"here", "channel", "everyone"})


def mrkdwn(text: str, names: Names) -> Markup:
    """The text as HTML."""
    parts = _FENCE.split(text.replace(_HELD, "\N{REPLACEMENT CHARACTER}"))
    return joined(
        tag("pre", unescaped(part)) if at % 2 else _lines(part, names)
        for at, part in enumerate(parts)
        if part
    )


def unescaped(text: str) -> str:
    """The text with Slack's three entities as the characters they stand for."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def date(epoch: str, form: str, fallback: str) -> Markup:
    """A time that the script writes in the reader's own zone."""
    try:
        at = datetime.fromtimestamp(int(epoch), UTC)
    except (ValueError, OverflowError, OSError):
        return Markup("{}").format(fallback)
    return tag("time", fallback, datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}", data_form=form)


def _lines(text: str, names: Names) -> Markup:
    """Lines in order; those that begin with `>` together in quotes."""
    out: list[Markup] = []
    plain: list[str] = []
    quoted: list[str] = []

    def flush() -> None:
        if plain:
            out.append(_inline("\n".join(plain), names))
            plain.clear()
        if quoted:
            out.append(tag("blockquote", _inline("\n".join(quoted), names)))
            quoted.clear()

    for line in text.split("\n"):
        quote = _QUOTE.match(line)
        if bool(quote) != bool(quoted):
            flush()
        (quoted if quote else plain).append(line[quote.end() :] if quote else line)
    flush()
    return joined(out)


def _inline(text: str, names: Names) -> Markup:
    atoms = [
        tag("code", unescaped(code)) if code else token(inside, names)
        for code, inside in _ATOM.findall(text)
    ]
    return _spans(_ATOM.sub(_HELD, text), iter(atoms))


def _spans(text: str, atoms: Iterator[Markup]) -> Markup:
    """Formats, from left to right; each held place takes the next atom."""
    out: list[str] = []
    end = 0
    for found in _SPAN.finditer(text):
        out.append(unescaped(text[end : found.start()]))
        end = found.end()
        kind = found.lastgroup
        if kind == "held":
            out.append(next(atoms))
        elif kind == "newline":
            out.append(tag("br"))
        elif kind == "emoji":
            out.append(emoji(found["emoji"]))
        elif kind is not None:
            out.append(tag(kind, _spans(found[kind], atoms)))
    out.append(unescaped(text[end:]))
    return joined(out)


def token(inside: str, names: Names) -> Markup:
    """What stands between `<` and `>`: a mention, a date or a link."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return names.person(target[1:])
    if target.startswith("#"):
        return names.channel(target[1:])
    if target.startswith("!date^"):
        return _date_token(target, label)
    if target.startswith("!"):
        return _special(target[1:], unescaped(label))
    url = unescaped(target)
    shown = unescaped(label) or url.removeprefix("mailto:")
    made = link(url, shown)
    return made if "<a " in made else Markup("{}").format(f"<{unescaped(inside)}>")


def _date_token(target: str, label: str) -> Markup:
    """`!date^epoch^format^link`, of which the link may be missing."""
    _, epoch, *rest = target.split("^", 3)
    form = rest[0] if rest else ""
    made = date(epoch, unescaped(form), unescaped(label))
    return link(unescaped(rest[1]), made) if len(rest) > 1 else made


def _special(name: str, label: str) -> Markup:
    if name in _BROADCASTS:
        return tag("span", f"@{name}", class_="chip broadcast")
    if name.startswith("subteam^"):
        return tag("span", label or f"@{name[8:]}", class_="chip broadcast")
    return tag("span", label or f"<!{name}>", class_="chip unknown") if name else NOTHING
