"""HTML from names, attributes and children: the only place where tags are written.

Everything that is not Markup is escaped, in text and in attributes.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

_EMPTY = frozenset({"br", "hr", "img", "input"})
NOTHING = Markup()


def tag(name: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """An element. `class_` is `class`, `data_ts` is `data-ts`; None and False are left out."""
    written = NOTHING.join(
        Markup(" {}").format(_name(key)) if value is True else _pair(_name(key), value)
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY:
        return Markup("<{}{}>").format(name, written)
    return Markup("<{}{}>{}</{}>").format(name, written, NOTHING.join(children), name)


def joined(parts: Iterable[str], between: str = "") -> Markup:
    """The parts after each other, escaped where they are not Markup."""
    return Markup("{}").format(between).join(parts)


def link_target(url: object) -> str | None:
    """The address if a link may lead there (http, https, mailto), else None."""
    if not isinstance(url, str):
        return None
    if url.lower().startswith(("http://", "https://", "mailto:")) and url.isprintable():
        return url
    return None


def link(url: object, label: str) -> Markup:
    """A link that opens elsewhere and tells nothing; just the label if it may not be one."""
    href = link_target(url)
    if href is None:
        return Markup("{}").format(label)
    return tag("a", label, href=href, target="_blank", rel="noopener noreferrer")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _pair(name: str, value: str | bool) -> Markup:
    return Markup(' {}="{}"').format(name, value)
