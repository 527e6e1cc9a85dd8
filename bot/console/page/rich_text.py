"""rich_text blocks -> HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from kubectl_smart.bot.console.page.emoji import emoji
from kubectl_smart.bot.console.page.mrkdwn import date
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.tags import joined, link, tag

_STYLES = {"bold": "strong", "italic": "em", "strike": "s", "code": "code"}


def rich_text(block: Mapping[str, Any], names: Names) -> Markup:
    """A block of type rich_text, or a table's cell of that type."""
    return joined(_part(part, names) for part in _maps(block.get("elements")))


def _part(part: Mapping[str, Any], names: Names) -> Markup:
    kind = part.get("type")
    elements = _maps(part.get("elements"))
    if kind == "rich_text_section":
        return tag("div", _inline(elements, names), class_="rich")
    if kind == "rich_text_preformatted":
        return tag("pre", _inline(elements, names))
    if kind == "rich_text_quote":
        return tag("blockquote", _inline(elements, names))
    if kind == "rich_text_list":
        items = joined(tag("li", _part(one, names)) for one in elements)
        depth = part.get("indent", 0)
        deep = f"indent-{min(depth, 4)}" if isinstance(depth, int) and depth > 0 else None
        return tag("ol" if part.get("style") == "ordered" else "ul", items, class_=deep)
    return unknown("rich text", kind)


def unknown(what: str, kind: object) -> Markup:
    """A placeholder for what the page cannot show; never nothing."""
    return tag("div", f"This page does not know the {what} “{kind}”", class_="unknown", role="note")


def _inline(elements: Iterable[Mapping[str, Any]], names: Names) -> Markup:
    return joined(_styled(one, names) for one in elements)


def _styled(one: Mapping[str, Any], names: Names) -> Markup:
    made = _element(one, names)
    style = one.get("style")
    if isinstance(style, Mapping):
        for name, element in _STYLES.items():
            if style.get(name) is True:
                made = tag(element, made)
    return made


def _element(one: Mapping[str, Any], names: Names) -> Markup:
    kind = one.get("type")
    text = str(one.get("text", ""))
    if kind == "text":
        return joined(text.split("\n"), tag("br"))
    if kind == "link":
        return link(one.get("url"), text or str(one.get("url", "")))
    if kind == "user":
        return names.person(str(one.get("user_id", "")))
    if kind == "channel":
        return names.channel(str(one.get("channel_id", "")))
    if kind == "broadcast":
        return tag("span", f"@{one.get('range', '')}", class_="chip broadcast")
    if kind == "usergroup":
        return tag("span", f"@{one.get('usergroup_id', '')}", class_="chip broadcast")
    if kind == "emoji":
        return emoji(str(one.get("name", "")))
    if kind == "date":
        fallback = str(one.get("fallback", ""))
        return date(str(one.get("timestamp", "")), str(one.get("format", "")), fallback)
    return unknown("rich text element", kind)


def _maps(found: object) -> list[Mapping[str, Any]]:
    if not isinstance(found, (list, tuple)):
        return []
    return [one for one in found if isinstance(one, Mapping)]
