"""The windows of the bot: what is asked in them, and what was filled in. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kubectl_smart.bot.render.printable import fitted, visible_char

REASON = "smart_reason"
"""callback_id of the window that records a reason."""
_TEXT, _CHANGE = "reason", "change"
_LONGEST = 2_900
_OPTION = 75
_MOST_CHANGES = 25


class Choice(NamedTuple):
    """A change that can be chosen: its id, and it in one line."""

    change: str
    title: str


class Origin(NamedTuple):
    """Where the words come from: a message, or nobody yet ("" for both).

    channel, ts  of the message that was marked
    thread       ts of the thread that is told of it; "" for none
    """

    team: str
    channel: str
    ts: str
    thread: str
    author: str


class Filled(NamedTuple):
    """What was filled in."""

    change: str
    text: str
    origin: Origin


def reason(choices: Sequence[Choice], origin: Origin, text: str = "") -> dict[str, Any]:
    """The window that asks which change a text explains. ValueError without any choice."""
    if not choices:
        raise ValueError("there is no change to choose")
    options = [_option(one) for one in choices[:_MOST_CHANGES]]
    words: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": _TEXT,
        "multiline": True,
        "max_length": _LONGEST,
        "placeholder": {"type": "plain_text", "text": "Why was this changed?"},
    }
    if text:
        words["initial_value"] = fitted(text, _LONGEST, _typed)
    return {
        "type": "modal",
        "callback_id": REASON,
        "private_metadata": json.dumps(list(origin)),
        "title": {"type": "plain_text", "text": "Record as rationale"},
        "submit": {"type": "plain_text", "text": "Record"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "input",
                "block_id": _CHANGE,
                "label": {"type": "plain_text", "text": "The change it explains"},
                "element": {
                    "type": "static_select",
                    "action_id": _CHANGE,
                    "options": options,
                    "initial_option": options[0],
                },
            },
            {
                "type": "input",
                "block_id": _TEXT,
                "label": {"type": "plain_text", "text": "The reason"},
                "element": words,
                "hint": {
                    "type": "plain_text",
                    "text": "It is kept with the change, under its author's name.",
                },
            },
        ],
    }


def sentence(title: str, text: str) -> dict[str, Any]:
    """A window that only says something."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": title[:24]},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [{"type": "section", "text": {"type": "plain_text", "text": text[:2_900]}}],
    }


def too_old() -> dict[str, Any]:
    """What stands in the place of a window that cannot be read any more."""
    return sentence("Record as rationale", "This window is too old; close it and open it anew.")


def filled(view: Mapping[str, Any]) -> Filled:
    """What came back. KeyError, TypeError, ValueError or AttributeError if it is none of ours."""
    values = view["state"]["values"]
    return Filled(
        change=str(values[_CHANGE][_CHANGE]["selected_option"]["value"]),
        text=str(values[_TEXT][_TEXT].get("value") or ""),
        origin=Origin(*json.loads(view["private_metadata"])),
    )


def wrong(field: str, sentence: str) -> dict[str, str]:
    """What is wrong with a field, for the window itself."""
    return {_TEXT if field == "text" else _CHANGE: sentence[:150]}


def _typed(char: str) -> str:
    """What can be seen stays as it was typed, line by line; nothing is hidden from who sends it."""
    return char if char == "\n" else visible_char(char)


def _option(choice: Choice) -> dict[str, Any]:
    title = fitted(choice.title, _OPTION)
    return {"text": {"type": "plain_text", "text": title or choice.change}, "value": choice.change}
