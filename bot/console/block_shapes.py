"""Block Kit: which blocks and elements there are, and what may be in them.

Lengths and counts are those of Slack's Block Kit reference (docs.slack.dev).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kubectl_smart.bot.console.faulted import Fault
from kubectl_smart.bot.console.rules import (
    Field,
    Rule,
    Shape,
    boolean,
    each,
    integer,
    kinds,
    many,
    members,
    one_of,
    string,
    written,
)

_ID = string(255)
_URL = each([string(3_000), written(r"(https?|mailto|slack):\S+", "a valid URL")])
_DATE = written(r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])", "a date, YYYY-MM-DD")
_TIME = written(r"([01][0-9]|2[0-3]):[0-5][0-9]", "a time, HH:mm")


def text(most: int, *allowed: str) -> Rule:
    """A text object; both kinds unless only one is named."""
    shapes: Mapping[str, Shape] = {
        "plain_text": {"text": Field(string(most), True), "emoji": Field(boolean)},
        "mrkdwn": {"text": Field(string(most), True), "verbatim": Field(boolean)},
    }
    return kinds({one: shapes[one] for one in allowed or shapes}, "text_type")


def _plain(most: int) -> Rule:
    return text(most, "plain_text")


def _option(*, link: bool = False, marked: bool = False) -> Rule:
    """One choice; only checkboxes and radio buttons may be `marked` up."""
    words = text(75) if marked else _plain(75)
    shape = {
        "text": Field(words, True),
        "value": Field(string(150), True),
        "description": Field(words),
    }
    return members(shape | ({"url": Field(_URL)} if link else {}))


_CONFIRM = members(
    {
        "title": Field(_plain(100), True),
        "text": Field(text(300), True),
        "confirm": Field(_plain(30), True),
        "deny": Field(_plain(30), True),
        "style": Field(one_of("primary", "danger")),
    }
)
_GROUP = members({"label": Field(_plain(75), True), "options": Field(many(_option(), 100), True)})
_USED: Shape = {"action_id": Field(_ID), "confirm": Field(_CONFIRM)}
_TYPED: Shape = {
    "action_id": Field(_ID),
    "placeholder": Field(_plain(150)),
    "focus_on_load": Field(boolean),
}
_SELECT: Shape = {**_TYPED, **_USED}
_STATIC: Shape = {
    "options": Field(many(_option(), 100)),
    "option_groups": Field(many(_GROUP, 100)),
}
_MULTI: Shape = {**_SELECT, "max_selected_items": Field(integer(1, 100))}
_FILTER = members(
    {
        "include": Field(many(one_of("im", "mpim", "private", "public"), 4)),
        "exclude_external_shared_channels": Field(boolean),
        "exclude_bot_users": Field(boolean),
    }
)
_CONVERSATION: Shape = {
    "default_to_current_conversation": Field(boolean),
    "filter": Field(_FILTER),
}
_FILE = members({"id": Field(_ID), "url": Field(string(3_000))})
IMAGE: Shape = {
    "image_url": Field(string(3_000)),
    "slack_file": Field(_FILE),
    "alt_text": Field(string(2_000), True),
}
_BUTTON: Shape = {
    **_USED,
    "text": Field(_plain(75), True),
    "value": Field(string(2_000)),
    "url": Field(_URL),
    "style": Field(one_of("primary", "danger")),
    "accessibility_label": Field(string(75)),
}
_PICKER: Shape = {**_SELECT}
_CHECKS: Shape = {
    **_USED,
    "focus_on_load": Field(boolean),
    "options": Field(many(_option(marked=True), 10), True),
}
ELEMENTS: Mapping[str, Shape] = MappingProxyType(
    {
        "button": _BUTTON,
        "overflow": {**_USED, "options": Field(many(_option(link=True), 5), True)},
        "static_select": {**_SELECT, **_STATIC, "initial_option": Field(_option())},
        "multi_static_select": {
            **_MULTI,
            **_STATIC,
            "initial_options": Field(many(_option(), 100)),
        },
        "users_select": {**_SELECT, "initial_user": Field(_ID)},
        "multi_users_select": {**_MULTI, "initial_users": Field(many(_ID, 100))},
        "channels_select": {
            **_SELECT,
            "initial_channel": Field(_ID),
            "response_url_enabled": Field(boolean),
        },
        "conversations_select": {
            **_SELECT,
            **_CONVERSATION,
            "initial_conversation": Field(_ID),
            "response_url_enabled": Field(boolean),
        },
        "multi_conversations_select": {
            **_MULTI,
            **_CONVERSATION,
            "initial_conversations": Field(many(_ID, 100)),
        },
        "checkboxes": {**_CHECKS, "initial_options": Field(many(_option(marked=True), 10))},
        "radio_buttons": {**_CHECKS, "initial_option": Field(_option(marked=True))},
        "datepicker": {**_PICKER, "initial_date": Field(_DATE)},
        "timepicker": {
            **_PICKER,
            "initial_time": Field(_TIME),
            "timezone": Field(string(100)),
        },
        "datetimepicker": {
            **_USED,
            "focus_on_load": Field(boolean),
            "initial_date_time": Field(integer(0, 10**10)),
        },
        "plain_text_input": {
            **_TYPED,
            "initial_value": Field(string(3_000)),
            "multiline": Field(boolean),
            "min_length": Field(integer(0, 3_000)),
            "max_length": Field(integer(1, 3_000)),
            "dispatch_action_config": Field(
                members(
                    {
                        "trigger_actions_on": Field(
                            many(one_of("on_enter_pressed", "on_character_entered"), 2), True
                        )
                    }
                )
            ),
        },
        "image": IMAGE,
    }
)
_ACTIONS = frozenset(ELEMENTS) - {"plain_text_input", "image"}
_INPUTS = frozenset(ELEMENTS) - {"button", "overflow", "image"}
_ACCESSORIES = frozenset(ELEMENTS) - {"plain_text_input"}


def _element(allowed: frozenset[str]) -> Rule:
    shapes = {name: shape for name, shape in ELEMENTS.items() if name in allowed}
    return each([kinds(shapes, "element_type"), one_image, _one_list, _initial, _lengths])


def one_image(value: object, pointer: str) -> list[Fault]:
    """An image comes from an address or from a file, not from both or neither."""
    if not isinstance(value, Mapping) or value.get("type") != "image":
        return []
    sources = [name for name in ("image_url", "slack_file") if value.get(name) is not None]
    if len(sources) == 1:
        return []
    return [Fault("must provide one of image_url and slack_file", pointer, "image_source")]


def _one_list(value: object, pointer: str) -> list[Fault]:
    """A static select has options or groups of them."""
    if not isinstance(value, Mapping) or not str(value.get("type")).endswith("static_select"):
        return []
    lists = [name for name in ("options", "option_groups") if value.get(name) is not None]
    if len(lists) == 1:
        return []
    return [Fault("must provide one of options and option_groups", pointer, "options")]


def _initial(value: object, pointer: str) -> list[Fault]:
    """What is chosen at first is one of the choices."""
    if not isinstance(value, Mapping):
        return []
    groups = value.get("option_groups")
    lists = [value.get("options")]
    if isinstance(groups, list | tuple):
        lists += [one.get("options") for one in groups if isinstance(one, Mapping)]
    choices = [one for found in lists if isinstance(found, list | tuple) for one in found]
    faults = []
    if value.get("initial_option") is not None and value["initial_option"] not in choices:
        faults.append(Fault(_NO_CHOICE, f"{pointer}/initial_option", "not_an_option"))
    several = value.get("initial_options")
    for number, one in enumerate(several if isinstance(several, list | tuple) else ()):
        if one not in choices:
            place = f"{pointer}/initial_options/{number}"
            faults.append(Fault(_NO_CHOICE, place, "not_an_option"))
    return faults


_NO_CHOICE = "must be one of the options"


def _lengths(value: object, pointer: str) -> list[Fault]:
    """The least length is not above the greatest."""
    if not isinstance(value, Mapping):
        return []
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        return [Fault("must not exceed max_length", f"{pointer}/min_length", "out_of_range")]
    return []


_STYLE = members(
    {name: Field(boolean) for name in ("bold", "italic", "strike", "code", "underline")}
)
_INLINE = kinds(
    {
        "text": {"text": Field(string(12_000), True), "style": Field(_STYLE)},
        "link": {
            "url": Field(string(3_000), True),
            "text": Field(string(12_000)),
            "unsafe": Field(boolean),
            "style": Field(_STYLE),
        },
        "emoji": {"name": Field(string(100), True), "unicode": Field(string(100))},
        "user": {"user_id": Field(_ID, True), "style": Field(_STYLE)},
        "channel": {"channel_id": Field(_ID, True), "style": Field(_STYLE)},
        "usergroup": {"usergroup_id": Field(_ID, True)},
        "broadcast": {"range": Field(one_of("here", "channel", "everyone"), True)},
        "date": {
            "timestamp": Field(integer(0, 10**10), True),
            "format": Field(string(255), True),
            "url": Field(string(3_000)),
            "fallback": Field(string(255)),
        },
        "color": {"value": Field(string(20), True)},
    },
    "rich_text_element",
)
_INLINES = Field(many(_INLINE, 1_000, least=0), True)
_BORDER = Field(integer(0, 1))
_RICH_SECTION: Shape = {"elements": _INLINES}
_RICH = kinds(
    {
        "rich_text_section": _RICH_SECTION,
        "rich_text_preformatted": {"elements": _INLINES, "border": _BORDER},
        "rich_text_quote": {"elements": _INLINES, "border": _BORDER},
        "rich_text_list": {
            "elements": Field(
                many(kinds({"rich_text_section": _RICH_SECTION}, "rich_text_element"), 1_000),
                True,
            ),
            "style": Field(one_of("bullet", "ordered"), True),
            "indent": Field(integer(0, 8)),
            "offset": Field(integer(0, 10_000)),
            "border": _BORDER,
        },
    },
    "rich_text_element",
)
_RICH_TEXT: Shape = {"elements": Field(many(_RICH, 1_000), True)}
_CELL = kinds({"raw_text": {"text": Field(string(3_000), True)}, "rich_text": _RICH_TEXT}, "cell")
_NAMED: Shape = {"block_id": Field(_ID)}
_CONTEXT = kinds(
    {
        "image": IMAGE,
        "plain_text": {"text": Field(string(3_000), True), "emoji": Field(boolean)},
        "mrkdwn": {"text": Field(string(3_000), True), "verbatim": Field(boolean)},
    },
    "element_type",
)
BLOCKS: Mapping[str, Shape] = MappingProxyType(
    {
        "section": {
            **_NAMED,
            "text": Field(text(3_000)),
            "fields": Field(many(text(2_000), 10)),
            "accessory": Field(_element(_ACCESSORIES)),
            "expand": Field(boolean),
        },
        "header": {**_NAMED, "text": Field(_plain(150), True)},
        "divider": _NAMED,
        "context": {**_NAMED, "elements": Field(many(each([_CONTEXT, one_image]), 10), True)},
        "actions": {**_NAMED, "elements": Field(many(_element(_ACTIONS), 25), True)},
        "image": {**_NAMED, **IMAGE, "title": Field(_plain(2_000))},
        "input": {
            **_NAMED,
            "label": Field(_plain(2_000), True),
            "element": Field(_element(_INPUTS), True),
            "hint": Field(_plain(2_000)),
            "optional": Field(boolean),
            "dispatch_action": Field(boolean),
        },
        "rich_text": {**_NAMED, **_RICH_TEXT},
        "markdown": {**_NAMED, "text": Field(string(12_000), True)},
        "table": {
            **_NAMED,
            "rows": Field(many(many(_CELL, 20), 100), True),
            "column_settings": Field(
                many(
                    members(
                        {
                            "align": Field(one_of("left", "center", "right")),
                            "is_wrapped": Field(boolean),
                        }
                    ),
                    20,
                )
            ),
        },
    }
)
BLOCK = each([kinds(BLOCKS, "block_type"), one_image])
SURFACES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "message": frozenset(BLOCKS) - {"input"},
        "modal": frozenset(BLOCKS) - {"markdown", "table"},
        "home": frozenset(BLOCKS) - {"markdown", "table"},
    }
)
"""Which blocks each surface shows. Inputs in messages are newer than most clients: refused."""
