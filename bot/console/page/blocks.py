"""Block Kit's blocks -> HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from kubectl_smart.bot.console.page.elements import Place, element, field_id
from kubectl_smart.bot.console.page.markdown import markdown
from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.objects import Thing, mapping, maps, picture, text, words
from kubectl_smart.bot.console.page.rich_text import rich_text, unknown
from kubectl_smart.bot.console.page.tags import joined, tag

_SIDES: Final = {"left": "left", "center": "center", "right": "right"}


def blocks(found: Iterable[Thing], names: Names, errors: Mapping[str, str] | None = None) -> Markup:
    """Blocks in order. `errors`: {block_id: text}, shown beside the inputs they are about."""
    return joined(block(one, names, errors or {}) for one in found)


def block(found: Thing, names: Names, errors: Mapping[str, str]) -> Markup:
    """Any block; a visible placeholder for one that is not known."""
    kind = str(found.get("type"))
    if kind == "input":
        return _input(found, names, errors.get(_id(found), ""))
    make = _BLOCKS.get(kind)
    return make(found, names) if make else unknown("block", kind)


def _id(found: Thing) -> str:
    return str(found.get("block_id", ""))


def _section(found: Thing, names: Names) -> Markup:
    said = text(found.get("text"), names)
    body = [tag("div", said, class_="text")] if said else []
    fields = maps(found.get("fields"))
    if fields:
        shown = (tag("div", text(one, names)) for one in fields)
        body.append(tag("div", *shown, class_="fields"))
    accessory = maps([found.get("accessory")])
    beside = (
        tag("div", element(one, Place(_id(found), names)), class_="accessory") for one in accessory
    )
    return tag("div", tag("div", *body, class_="main"), *beside, class_="block section")


def _header(found: Thing, names: Names) -> Markup:
    return tag("h3", text(found.get("text"), names), class_="block header")


def _divider(_found: Thing, _names: Names) -> Markup:
    return tag("hr", class_="block")


def _context(found: Thing, names: Names) -> Markup:
    shown = (
        picture(one, "tiny") if one.get("type") == "image" else tag("span", text(one, names))
        for one in maps(found.get("elements"))
    )
    return tag("div", *shown, class_="block context")


def _actions(found: Thing, names: Names) -> Markup:
    place = Place(_id(found), names)
    shown = (element(one, place) for one in maps(found.get("elements")))
    return tag("div", *shown, class_="block actions")


def _image(found: Thing, names: Names) -> Markup:
    title = text(found.get("title"), names)
    caption = [tag("figcaption", title)] if title else []
    return tag("figure", *caption, picture(found, "picture"), class_="block")


def _rich_text(found: Thing, names: Names) -> Markup:
    return tag("div", rich_text(found, names), class_="block text")


def _markdown(found: Thing, names: Names) -> Markup:
    return tag("div", markdown(str(found.get("text", "")), names), class_="block text")


def _table(found: Thing, names: Names) -> Markup:
    settings = found.get("column_settings")
    columns = settings if isinstance(settings, (list, tuple)) else ()
    sides = [_SIDES.get(str(mapping(one).get("align")), "left") for one in columns]
    given = found.get("rows")
    rows = [maps(row) for row in given] if isinstance(given, (list, tuple)) else []
    written = (_row(row, "td" if at else "th", sides, names) for at, row in enumerate(rows))
    body = tag("table", tag("tbody", *written))
    return tag("div", body, class_="block table", tabindex="0", role="region", aria_label="Table")


def _row(row: list[Thing], name: str, sides: list[str], names: Names) -> Markup:
    scope = "col" if name == "th" else None
    return tag(
        "tr",
        *(
            tag(
                name,
                _cell(one, names),
                scope=scope,
                class_=sides[at] if at < len(sides) else "left",
            )
            for at, one in enumerate(row)
        ),
    )


def _cell(one: Thing, names: Names) -> Markup:
    kind = one.get("type")
    if kind in {"raw_text", "raw_number"}:
        return Markup("{}").format(str(one.get("text", one.get("value", ""))))
    return rich_text(one, names) if kind == "rich_text" else unknown("cell", kind)


def _input(found: Thing, names: Names, error: str) -> Markup:
    inner = mapping(found.get("element"))
    hint = text(found.get("hint"), names)
    described = f"{names.scope}.{quote(_id(found), safe='')}.said" if error or hint else ""
    label = words(found.get("label"))
    acts = found.get("dispatch_action") is True
    place = Place(_id(found), names, acts=acts, label=label or "input", described=described)
    optional = [tag("small", " (optional)")] if found.get("optional") is True else []
    said = [tag("span", hint, class_="hint", id=None if error else described)] if hint else []
    if error:
        said.append(tag("p", error, class_="error", id=described, role="alert"))
    return tag(
        "div",
        tag("label", text(found.get("label"), names), *optional, for_=field_id(inner, place)),
        element(inner, place),
        *said,
        class_="block input wrong" if error else "block input",
    )


_BLOCKS: Final[Mapping[str, Callable[[Thing, Names], Markup]]] = {
    "section": _section,
    "header": _header,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
}
