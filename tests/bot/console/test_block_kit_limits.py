"""Each limit of Slack's Block Kit reference: the last that passes, the first that does not."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.slack_payloads import at

from kubectl_smart.bot.console.limits import (
    LARGEST_BLOCKS,
    blocks_faults,
    error_body,
    message_faults,
    view_faults,
)


def plain(text: str) -> dict[str, str]:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def x(count: int) -> str:
    """So many characters."""
    return "x" * count


def section(text: str = "words", **more: Any) -> dict[str, Any]:
    """A section of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(**more: Any) -> dict[str, Any]:
    """A button."""
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    """A row of elements."""
    return {"type": "actions", "elements": list(elements)}


def options(count: int, **more: Any) -> list[dict[str, Any]]:
    """Choices."""
    return [{"text": plain("a"), "value": str(n), **more} for n in range(count)]


def select(kind: str, count: int, **more: Any) -> dict[str, Any]:
    """An element with so many choices."""
    return actions({"type": kind, "action_id": "s", "options": options(count), **more})


def option(**more: Any) -> dict[str, Any]:
    """A select whose one choice has these members."""
    one = {"text": plain("a"), "value": "v", **more}
    return actions({"type": "static_select", "action_id": "s", "options": [one]})


def confirm(**more: Any) -> dict[str, Any]:
    """A button that asks back."""
    asks = {"title": plain("t"), "text": plain("t"), "confirm": plain("y"), "deny": plain("n")}
    return actions(button(confirm={**asks, **more}))


def image(**more: Any) -> dict[str, Any]:
    """A picture."""
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def table(rows: int, cells: int) -> dict[str, Any]:
    """A table of this size."""
    row = [{"type": "raw_text", "text": "x"} for _ in range(cells)]
    return {"type": "table", "rows": [row for _ in range(rows)]}


def asked(**more: Any) -> dict[str, Any]:
    """An input block."""
    return {
        "type": "input",
        "label": plain("l"),
        "element": {"type": "plain_text_input", "action_id": "a"},
        **more,
    }


def typed(**more: Any) -> dict[str, Any]:
    """An input block with these members of its element."""
    return asked(element={"type": "plain_text_input", "action_id": "a", **more})


BUTTONS = [button(action_id=f"a{n}") for n in range(26)]
URL = "https://example.com/"
LIMITS: dict[str, tuple[Any, int, str]] = {
    "block_id": (lambda n: section(block_id=x(n)), 255, "/block_id"),
    "section text": (lambda n: section(x(n)), 3_000, "/text/text"),
    "fields": (lambda n: {"type": "section", "fields": [plain("x")] * n}, 10, "/fields"),
    "field": (lambda n: {"type": "section", "fields": [plain(x(n))]}, 2_000, "/fields/0/text"),
    "header": (lambda n: {"type": "header", "text": plain(x(n))}, 150, "/text/text"),
    "context": (lambda n: {"type": "context", "elements": [plain("x")] * n}, 10, "/elements"),
    "actions": (lambda n: actions(*BUTTONS[:n]), 25, "/elements"),
    "action_id": (lambda n: actions(button(action_id=x(n))), 255, "/elements/0/action_id"),
    "button": (lambda n: actions(button(text=plain(x(n)))), 75, "/elements/0/text/text"),
    "value": (lambda n: actions(button(value=x(n))), 2_000, "/elements/0/value"),
    "url": (lambda n: actions(button(url=URL + x(n - len(URL)))), 3_000, "/elements/0/url"),
    "label": (
        lambda n: actions(button(accessibility_label=x(n))),
        75,
        "/elements/0/accessibility_label",
    ),
    "image_url": (lambda n: image(image_url=URL + x(n - len(URL))), 3_000, "/image_url"),
    "alt_text": (lambda n: image(alt_text=x(n)), 2_000, "/alt_text"),
    "image title": (lambda n: image(title=plain(x(n))), 2_000, "/title/text"),
    "option": (lambda n: option(text=plain(x(n))), 75, "/elements/0/options/0/text/text"),
    "option value": (lambda n: option(value=x(n)), 150, "/elements/0/options/0/value"),
    "description": (
        lambda n: option(description=plain(x(n))),
        75,
        "/elements/0/options/0/description/text",
    ),
    "options": (lambda n: select("static_select", n), 100, "/elements/0/options"),
    "overflow": (lambda n: select("overflow", n), 5, "/elements/0/options"),
    "checkboxes": (lambda n: select("checkboxes", n), 10, "/elements/0/options"),
    "radio": (lambda n: select("radio_buttons", n), 10, "/elements/0/options"),
    "placeholder": (
        lambda n: select("static_select", 1, placeholder=plain(x(n))),
        150,
        "/elements/0/placeholder/text",
    ),
    "confirm title": (lambda n: confirm(title=plain(x(n))), 100, "/elements/0/confirm/title/text"),
    "confirm text": (lambda n: confirm(text=plain(x(n))), 300, "/elements/0/confirm/text/text"),
    "confirm": (lambda n: confirm(confirm=plain(x(n))), 30, "/elements/0/confirm/confirm/text"),
    "deny": (lambda n: confirm(deny=plain(x(n))), 30, "/elements/0/confirm/deny/text"),
    "markdown": (lambda n: {"type": "markdown", "text": x(n)}, 12_000, "/text"),
    "table rows": (lambda n: table(n, 1), 100, "/rows"),
    "table cells": (lambda n: table(1, n), 20, "/rows/0"),
}
IN_MODALS: dict[str, tuple[Any, int, str]] = {
    "input label": (lambda n: asked(label=plain(x(n))), 2_000, "/label/text"),
    "hint": (lambda n: asked(hint=plain(x(n))), 2_000, "/hint/text"),
    "max_length": (lambda n: typed(max_length=n), 3_000, "/element/max_length"),
    "typed placeholder": (
        lambda n: typed(placeholder=plain(x(n))),
        150,
        "/element/placeholder/text",
    ),
}
OF_VIEWS = {
    "title": (24, True),
    "submit": (24, True),
    "close": (24, True),
    "private_metadata": (3_000, False),
    "callback_id": (255, False),
    "external_id": (255, False),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limits_of_blocks(name: str) -> None:
    """At the limit it passes; one more is a fault, and the pointer leads to it."""
    made, most, place = LIMITS[name]
    assert blocks_faults([made(most)], "message") == []
    (fault,) = blocks_faults([made(most + 1)], "message")
    assert fault.pointer == f"/blocks/0{place}"


@pytest.mark.parametrize("name", IN_MODALS)
def test_limits_of_inputs(name: str) -> None:
    """The same for what only windows show."""
    made, most, place = IN_MODALS[name]
    assert blocks_faults([made(most)], "modal") == []
    (fault,) = blocks_faults([made(most + 1)], "modal")
    assert fault.pointer == f"/blocks/0{place}"


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A window."""
    listed = list(blocks) or [section()]
    return {"type": "modal", "title": plain("t"), "blocks": listed, **more}


@pytest.mark.parametrize("name", OF_VIEWS)
def test_limits_of_views(name: str) -> None:
    """Titles, ids and the metadata that clients carry about."""
    most, words = OF_VIEWS[name]

    def made(count: int) -> dict[str, Any]:
        return modal(**{name: plain(x(count)) if words else x(count)})

    assert view_faults(made(most), surface="modal") == []
    (fault,) = view_faults(made(most + 1), surface="modal")
    assert fault.pointer == f"/view/{name}" + ("/text" if words else "")


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_how_many_blocks_a_surface_has(surface: Any, most: int) -> None:
    """50 in a message, 100 elsewhere."""
    assert blocks_faults([section()] * most, surface) == []
    (fault,) = blocks_faults([section()] * (most + 1), surface)
    assert (fault.message, fault.pointer) == (f"no more than {most} items allowed", "/blocks")


CHOICE = {"text": plain("a"), "value": "elsewhere"}
MARKED = {"type": "mrkdwn", "text": "*a*"}
WRONG: dict[str, tuple[list[Any], str, str]] = {
    "one block_id twice": ([section(block_id="b")] * 2, "/blocks", "duplicate_block_id"),
    "one action_id twice": (
        [actions(button(), button())],
        "/blocks/0/elements",
        "duplicate_action_id",
    ),
    "a section of nothing": ([{"type": "section"}], "/blocks/0", "missing_field"),
    "two tables": ([table(1, 1)] * 2, "/blocks", "too_many_tables"),
    "an input in a message": ([asked()], "/blocks/0/type", "wrong_surface"),
    "a header in mrkdwn": (
        [{"type": "header", "text": MARKED}],
        "/blocks/0/text/type",
        "unknown_text_type",
    ),
    "a button in mrkdwn": (
        [actions(button(text=MARKED))],
        "/blocks/0/elements/0/text/type",
        "unknown_text_type",
    ),
    "a select in mrkdwn": (
        [option(text=MARKED)],
        "/blocks/0/elements/0/options/0/text/type",
        "unknown_text_type",
    ),
    "no alt text": ([{"type": "image", "image_url": URL}], "/blocks/0", "missing_field"),
    "two sources of an image": ([image(slack_file={"id": "F1"})], "/blocks/0", "image_source"),
    "no source": ([{"type": "image", "alt_text": "a"}], "/blocks/0", "image_source"),
    "a choice that is none": (
        [select("static_select", 2, initial_option=CHOICE)],
        "/blocks/0/elements/0/initial_option",
        "not_an_option",
    ),
    "options and groups": (
        [select("static_select", 1, option_groups=[{"label": plain("g"), "options": options(1)}])],
        "/blocks/0/elements/0",
        "options",
    ),
    "a link that is none": (
        [actions(button(url="javascript:alert(1)"))],
        "/blocks/0/elements/0/url",
        "wrong_format",
    ),
    "a date that is none": (
        [actions({"type": "datepicker", "action_id": "d", "initial_date": "2026-13-01"})],
        "/blocks/0/elements/0/initial_date",
        "wrong_format",
    ),
    "markdown together": (
        [{"type": "markdown", "text": x(7_000)}] * 2,
        "/blocks",
        "too_long",
    ),
    "text input among actions": (
        [actions({"type": "plain_text_input", "action_id": "a"})],
        "/blocks/0/elements/0/type",
        "unknown_element_type",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_rules_beside_the_limits(name: str) -> None:
    """What must differ, what must be there, what goes where."""
    blocks, place, code = WRONG[name]
    (fault,) = blocks_faults(blocks, "message")
    assert (fault.pointer, fault.code) == (place, code)


def test_a_modal_with_an_input_has_a_button_to_send_it() -> None:
    """Without `submit` it could never be answered."""
    assert view_faults(modal(asked(), submit=plain("Send")), surface="modal") == []
    (fault,) = view_faults(modal(asked()), surface="modal")
    assert fault.code == "missing_submit"


def test_surfaces_of_views() -> None:
    """A home is no modal, a modal has a title, and neither shows tables or markdown."""
    home = {"type": "home", "blocks": [section()]}
    assert view_faults(home, surface="home") == []
    assert {one.code for one in view_faults(home, surface="modal")} == {
        "wrong_surface",
        "missing_field",
    }
    for block in (table(1, 1), {"type": "markdown", "text": "x"}):
        (fault,) = view_faults(modal(block), surface="modal")
        assert fault.pointer == "/view/blocks/0/type"


ERRORS: dict[str, tuple[dict[str, Any], str, str]] = {
    "text of 40,000": ({"text": x(40_000)}, "", "msg_too_long"),
    "text of 40,001": ({"text": x(40_001)}, "msg_too_long", "msg_too_long"),
    "text of 4,000": ({"text": x(4_000)}, "", ""),
    "text of 4,001": ({"text": x(4_001)}, "", "msg_too_long"),
    "nothing": ({}, "no_text", "no_text"),
    "no words": ({"text": "", "blocks": []}, "no_text", "no_text"),
    "markdown and text": ({"markdown_text": "a", "text": "b"}, *["markdown_text_conflict"] * 2),
    "markdown of 12,000": ({"markdown_text": x(12_000)}, "", ""),
    "markdown of 12,001": ({"markdown_text": x(12_001)}, "msg_too_long", "msg_too_long"),
    "100 attachments": ({"attachments": [{"text": "a"}] * 100}, "", ""),
    "101 attachments": ({"attachments": [{"text": "a"}] * 101}, *["too_many_attachments"] * 2),
    "attachments of words": ({"attachments": ["a"]}, *["invalid_attachments"] * 2),
    "blocks in attachments": (
        {"attachments": [{"blocks": [section(x(3_001))]}]},
        *["invalid_blocks"] * 2,
    ),
    "blocks": ({"blocks": [section(x(3_001))]}, "invalid_blocks", "invalid_blocks"),
    "metadata": ({"text": "a", "metadata": {"event_type": "a"}}, *["invalid_metadata_format"] * 2),
    "all blocks together": ({"blocks": [section(x(2_700))] * 5}, *["msg_blocks_too_long"] * 2),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_of_messages(name: str) -> None:
    """What chat.postMessage and chat.update say."""
    given, posted, updated = ERRORS[name]
    assert message_faults(given, update=False)[0] == posted
    assert message_faults(given, update=True)[0] == updated


def test_the_total_of_blocks() -> None:
    """The last character that passes is the limit itself."""
    blocks = [section(x(2_600)) for _ in range(LARGEST_BLOCKS // 2_600)]
    assert message_faults({"blocks": blocks}, update=False) == ("", [])
    assert message_faults({"blocks": [*blocks, section("x")]}, update=False)[0]


def test_a_refusal_is_written_as_slack_writes_it() -> None:
    """The error, and each fault with its pointer, twice."""
    faults = blocks_faults([section(x(3_001))], "message")
    assert error_body("invalid_blocks", faults) == {
        "ok": False,
        "error": "invalid_blocks",
        "errors": ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
        "response_metadata": {
            "messages": [
                "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
            ]
        },
    }


def test_the_pointer_of_a_fault_leads_to_it() -> None:
    """Also deep in a payload."""
    blocks = [section(), confirm(text=plain(""))]
    (fault,) = blocks_faults(blocks, "message")
    assert at({"blocks": blocks}, fault.pointer) == ""
