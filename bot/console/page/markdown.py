"""A subset of Markdown -> HTML, for `markdown` blocks; Slack's `<…>` tokens work there too.

Headings, lists of one level, quotes, fenced code, paragraphs; inside: code, bold, italic, strike,
links. What is not known stays as it was written.
"""

from __future__ import annotations

import re
from itertools import groupby

from markupsafe import Markup

from kubectl_smart.bot.console.page.mrkdwn import token, unescaped
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.tags import joined, link, tag

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)
_LINE = re.compile(
    r"(?P<heading>#{1,6}) +|(?P<ul>[-*+] +)|(?P<ol>\d{1,9}[.)] +)|(?P<blockquote>> ?)"
)
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\*\*(?=\S)(?P<strong>[^*\n]*[^\s*])\*\*"
    r"|\*(?=\S)(?P<em>[^*\n]*[^\s*])\*"
    r"|~~(?=\S)(?P<s>[^~\n]*[^\s~])~~"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>[^()\s]+)\)"
    r"|<(?P<token>[^<>\n]+)>"
)


def markdown(text: str, names: Names) -> Markup:
    """The text as HTML."""
    return joined(
        tag("pre", part) if at % 2 else _paragraphs(part, names)
        for at, part in enumerate(_FENCE.split(text))
        if part.strip()
    )


def _paragraphs(text: str, names: Names) -> Markup:
    groups = groupby(text.split("\n"), key=_kind)
    return joined(_group(kind, list(lines), names) for kind, lines in groups)


def _kind(line: str) -> str:
    found = _LINE.match(line)
    if found is not None and found.lastgroup is not None:
        return found.lastgroup
    return "p" if line.strip() else ""


def _group(kind: str, lines: list[str], names: Names) -> Markup:
    if not kind:
        return Markup()
    if kind == "p":
        return tag("p", _broken(lines, names))
    bare = [_LINE.sub("", line, count=1) for line in lines]
    if kind == "blockquote":
        return tag("blockquote", _broken(bare, names))
    if kind == "heading":
        return joined(tag("h4", _inline(line, names)) for line in bare)
    return tag(kind, joined(tag("li", _inline(line, names)) for line in bare))


def _broken(lines: list[str], names: Names) -> Markup:
    return joined((_inline(line, names) for line in lines), tag("br"))


def _inline(text: str, names: Names) -> Markup:
    out: list[str] = []
    end = 0
    for found in _INLINE.finditer(text):
        out.append(unescaped(text[end : found.start()]))
        end = found.end()
        kind = found.lastgroup
        if kind == "code":
            out.append(tag("code", unescaped(found["code"])))
        elif kind == "url":
            out.append(link(unescaped(found["url"]), unescaped(found["label"])))
        elif kind == "token":
            out.append(token(found["token"], names))
        elif kind is not None:
            out.append(tag(kind, _inline(found[kind], names)))
    out.append(unescaped(text[end:]))
    return joined(out)
