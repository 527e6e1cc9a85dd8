"""Block Kit's interactive elements -> native form fields.

Each carries `data-type`, `data-block-id` and `data-action-id`, and what it brings back as
`data-value` (text) or `data-option` (JSON). `data-act` marks those whose use is an act by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from kubectl_smart.bot.console.page.names import Names
from kubectl_smart.bot.console.page.objects import (
    Thing,
    confirmation,
    maps,
    option_data,
    options,
    picture,
    text,
    words,
)
from kubectl_smart.bot.console.page.rich_text import unknown
from kubectl_smart.bot.console.page.tags import joined, link_target, tag

_INPUTS: Final = {
    "plain_text_input": ("text", "initial_value"),
    "email_text_input": ("email", "initial_value"),
    "url_text_input": ("url", "initial_value"),
    "number_input": ("number", "initial_value"),
    "datepicker": ("date", "initial_date"),
    "timepicker": ("time", "initial_time"),
}
_MENUS: Final = {
    "users_select": ("people", "initial_user"),
    "conversations_select": ("channels", "initial_conversation"),
    "channels_select": ("channels", "initial_channel"),
    "multi_users_select": ("people", "initial_users"),
    "multi_conversations_select": ("channels", "initial_conversations"),
    "multi_channels_select": ("channels", "initial_channels"),
}
_CHOICES: Final = {"checkboxes": "checkbox", "radio_buttons": "radio"}
_STYLES: Final = {"primary": "button primary", "danger": "button danger"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands.

    acts       its use is an act; False in an input block, whose value goes with the submission
    label      said by a label beside it; "" if the element has to say itself what it is
    described  id of the hint or the error beside it, "" if there is none
    """

    block_id: str
    names: Names
    acts: bool = True
    label: str = ""
    described: str = ""


def field_id(element: Thing, place: Place) -> str:
    """The id of an element on the page."""
    parts = (place.names.scope, place.block_id, str(element.get("action_id", "")))
    return ".".join(quote(part, safe="") for part in parts)


def element(found: Thing, place: Place) -> Markup:
    """Any element; a visible placeholder for one that is not known."""
    kind = str(found.get("type"))
    if kind == "button":
        return _button(found, place)
    if kind == "image":
        return picture(found, "thumb")
    if kind == "overflow":
        return _overflow(found, place)
    if kind in _INPUTS:
        return _input(found, kind, place)
    if kind in _CHOICES:
        return _choices(found, _CHOICES[kind], place)
    if kind == "static_select":
        return _select(found, place)
    if kind == "multi_static_select":
        return _choices(found, "checkbox", place)
    if kind in _MENUS:
        return _menu(found, kind, place)
    return unknown("element", kind)


def _data(found: Thing, place: Place) -> dict[str, str | bool | None]:
    """What every element carries."""
    return {
        "data_type": str(found.get("type")),
        "data_block_id": place.block_id,
        "data_action_id": str(found.get("action_id", "")),
        "data_act": place.acts,
        **confirmation(found),
    }


def _named(found: Thing, place: Place) -> dict[str, str | bool | None]:
    """Id, label and description of a field."""
    said = words(found.get("placeholder")) or str(found.get("type"))
    return {
        "id": field_id(found, place),
        "aria_label": None if place.label else said,
        "aria_describedby": place.described or None,
    }


def _button(found: Thing, place: Place) -> Markup:
    label = text(found.get("text"), place.names)
    value = found.get("value")
    return tag(
        "button",
        label,
        type="button",
        id=field_id(found, place),
        class_=_STYLES.get(str(found.get("style")), "button"),
        aria_label=_optional(found.get("accessibility_label")),
        data_value=_optional(value),
        data_text=words(found.get("text")),
        data_url=link_target(found.get("url")),
        **_data(found, place),
    )


def _overflow(found: Thing, place: Place) -> Markup:
    items = joined(
        tag(
            "button",
            text(one.get("text"), place.names),
            type="button",
            data_option=option_data(one),
            **_data(found, place),
        )
        for one in maps(found.get("options"))
    )
    summary = tag("summary", "⋯", aria_label="More options", id=field_id(found, place))
    return tag("details", summary, tag("div", items, class_="menu"), class_="overflow")


def _input(found: Thing, kind: str, place: Place) -> Markup:
    html, initial = _INPUTS[kind]
    shared = {
        **_data(found, place),
        **_named(found, place),
        "placeholder": words(found.get("placeholder")) or None,
        "minlength": _optional(found.get("min_length")),
        "maxlength": _optional(found.get("max_length")),
    }
    value = str(found.get(initial, ""))
    if found.get("multiline") is True:
        # the parser of HTML drops one line break after the tag
        return tag("textarea", f"\n{value}", rows="4", **shared)
    decimal = "any" if found.get("is_decimal_allowed") is True else None
    return tag("input", type=html, value=value, step=decimal, autocomplete="off", **shared)


def _select(found: Thing, place: Place) -> Markup:
    chosen = maps([found.get("initial_option")])
    groups = [
        (label, [_option(one, one in chosen) for one in some]) for label, some in options(found)
    ]
    written = joined(
        tag("optgroup", joined(some), label=label) if label else joined(some)
        for label, some in groups
    )
    return _dropdown(found, written, place)


def _dropdown(found: Thing, written: Markup, place: Place) -> Markup:
    empty = tag("option", words(found.get("placeholder")) or "Choose one", value="")
    return tag("select", empty, written, **_data(found, place), **_named(found, place))


def _option(one: Thing, chosen: bool) -> Markup:
    return tag(
        "option",
        words(one.get("text")),
        value=str(one.get("value", "")),
        selected=chosen,
        data_option=option_data(one),
    )


def _menu(found: Thing, kind: str, place: Place) -> Markup:
    """A choice among the people or the conversations of the workspace."""
    source, initial = _MENUS[kind]
    known = place.names.people if source == "people" else place.names.channels
    mark = "@" if source == "people" else "#"
    given = found.get(initial)
    if kind.startswith("multi_"):
        chosen = given if isinstance(given, (list, tuple)) else ()
        items = [_ticked("checkbox", f"{mark}{n}", i in chosen, place, i) for i, n in known.items()]
        return _fieldset(found, items, place)
    written = joined(
        tag("option", f"{mark}{name}", value=one, selected=one == given)
        for one, name in known.items()
    )
    return _dropdown(found, written, place)


def _choices(found: Thing, kind: str, place: Place) -> Markup:
    """Checkboxes, radio buttons, and several out of many."""
    chosen = [*maps(found.get("initial_options")), *maps([found.get("initial_option")])]
    items = [
        _ticked(
            kind,
            joined([text(one.get("text"), place.names), _description(one, place.names)]),
            one in chosen,
            place,
            str(one.get("value", "")),
            group=field_id(found, place),
            data=option_data(one),
        )
        for _, some in options(found)
        for one in some
    ]
    return _fieldset(found, items, place)


def _ticked(
    kind: str,
    label: str,
    chosen: bool,
    place: Place,
    value: str,
    *,
    group: str = "",
    data: str | None = None,
) -> Markup:
    box = tag(
        "input",
        type=kind,
        name=group or None,
        value=value,
        checked=chosen,
        data_option=data,
        aria_describedby=place.described or None,
    )
    return tag("label", box, tag("span", label), class_="choice")


def _description(one: Thing, names: Names) -> Markup:
    said = text(one.get("description"), names)
    return tag("small", said) if said else said


def _fieldset(found: Thing, items: Iterable[Markup], place: Place) -> Markup:
    said = place.label or words(found.get("placeholder")) or str(found.get("type"))
    legend = tag("legend", said, class_="hidden")
    return tag(
        "fieldset",
        legend,
        *items,
        class_="choices",
        id=field_id(found, place),
        **_data(found, place),
    )


def _optional(found: object) -> str | None:
    return None if found is None else str(found)
