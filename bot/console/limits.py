"""What Slack accepts in a message or a view: pure functions over JSON as it comes off the wire."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from kubectl_smart.bot.console.block_shapes import BLOCK, BLOCKS, SURFACES, text
from kubectl_smart.bot.console.faulted import Fault
from kubectl_smart.bot.console.rules import Field, boolean, members, one_of, string

Surface = Literal["message", "modal", "home"]
MOST_BLOCKS: Mapping[str, int] = {"message": 50, "modal": 100, "home": 100}
LONGEST_POSTED = 40_000
LONGEST_UPDATED = 4_000
LONGEST_MARKDOWN = 12_000
LARGEST_BLOCKS = 13_000
"""Characters over all blocks of one message; measured by others at 13,172 and 13,297, documented
nowhere."""
MOST_ATTACHMENTS = 100
_PING = re.compile(r"<!(?:channel|here|everyone|subteam\^[^>]*)(?:\|[^>]*)?>|<@[UW][^>]*>")


def blocks_faults(blocks: object, surface: Surface, *, pointer: str = "/blocks") -> list[Fault]:
    """What is wrong with a list of blocks on this surface; empty if Slack takes it."""
    if not isinstance(blocks, list | tuple):
        return [Fault("must provide an array", pointer, "wrong_type")]
    faults = []
    if len(blocks) > MOST_BLOCKS[surface]:
        most = MOST_BLOCKS[surface]
        faults.append(Fault(f"no more than {most} items allowed", pointer, "too_many_blocks"))
    for number, block in enumerate(blocks):
        here = f"{pointer}/{number}"
        faults += BLOCK(block, here)
        faults += _on_surface(block, surface, here)
        faults += _empty_section(block, here)
        faults += _twice(block, here)
    names = Counter(_named(blocks, "block_id"))
    faults += [
        Fault(f"block_id {name} already exists", pointer, "duplicate_block_id")
        for name, count in names.items()
        if count > 1
    ]
    markdown = [one for one in blocks if isinstance(one, Mapping) and one.get("type") == "markdown"]
    if len(markdown) > 1 and sum(map(_size, markdown)) > LONGEST_MARKDOWN:
        words = f"markdown blocks must be less than {LONGEST_MARKDOWN + 1} characters together"
        faults.append(Fault(words, pointer, "too_long"))
    if sum(isinstance(one, Mapping) and one.get("type") == "table" for one in blocks) > 1:
        faults.append(Fault("only one table allowed", pointer, "too_many_tables"))
    return faults


def message_faults(arguments: Mapping[str, object], *, update: bool) -> tuple[str, list[Fault]]:
    """("", []) if chat.postMessage (or chat.update) takes these, else Slack's error and why."""
    words, blocks = arguments.get("text"), arguments.get("blocks")
    if words is not None and not isinstance(words, str):
        return "invalid_arguments", [Fault("must provide a string", "/text", "wrong_type")]
    if arguments.get("markdown_text") and (words or blocks):
        return "markdown_text_conflict", []
    if len(str(arguments.get("markdown_text") or "")) > LONGEST_MARKDOWN:
        return "msg_too_long", []
    if metadata_error(arguments.get("metadata")):
        return "invalid_metadata_format", []
    if blocks not in (None, [], ()):
        faults = blocks_faults(blocks, "message")
        if faults:
            return "invalid_blocks", faults
        if _size(blocks) > LARGEST_BLOCKS:
            return "msg_blocks_too_long", []
    elif not words and not arguments.get("attachments") and not arguments.get("markdown_text"):
        return "no_text", []
    if len(words or "") > (LONGEST_UPDATED if update else LONGEST_POSTED):
        return "msg_too_long", []
    return _attachments_faults(arguments.get("attachments") or ())


def _attachments_faults(attachments: object) -> tuple[str, list[Fault]]:
    """An attachment may hold blocks of its own; their rules are the same."""
    if not isinstance(attachments, list | tuple):
        return "invalid_attachments", []
    if len(attachments) > MOST_ATTACHMENTS:
        return "too_many_attachments", []
    faults = []
    for number, one in enumerate(attachments):
        if not isinstance(one, Mapping):
            return "invalid_attachments", []
        if one.get("blocks") is not None:
            place = f"/attachments/{number}/blocks"
            faults += blocks_faults(one["blocks"], "message", pointer=place)
    return ("invalid_blocks", faults) if faults else ("", [])


def metadata_error(metadata: object) -> str:
    """Slack's error for metadata of a message, "" for none; an empty object takes it away."""
    if metadata in (None, {}):
        return ""
    if not isinstance(metadata, Mapping) or not isinstance(metadata.get("event_type"), str):
        return "invalid_metadata_format"
    return "" if isinstance(metadata.get("event_payload"), Mapping) else "invalid_metadata_format"


def _checked_apart(_value: object, _pointer: str) -> list[Fault]:
    """Blocks have rules of their own."""
    return []


_TITLE = text(24, "plain_text")
_VIEW = members(
    {
        "type": Field(one_of("modal", "home"), True),
        "blocks": Field(_checked_apart, True),
        "title": Field(_TITLE),
        "submit": Field(_TITLE),
        "close": Field(_TITLE),
        "private_metadata": Field(string(3_000, least=0)),
        "callback_id": Field(string(255, least=0)),
        "external_id": Field(string(255, least=0)),
        "clear_on_close": Field(boolean),
        "notify_on_close": Field(boolean),
        "submit_disabled": Field(boolean),
    }
)


def view_faults(view: object, *, surface: Literal["modal", "home"]) -> list[Fault]:
    """What is wrong with a view; empty if Slack shows it."""
    faults = _VIEW(view, "/view")
    if not isinstance(view, Mapping):
        return faults
    if view.get("type") != surface:
        place = "/view/type" if "type" in view else "/view"
        faults.append(Fault(f"must be a {surface}", place, "wrong_surface"))
    if surface == "modal" and view.get("title") is None:
        faults.append(Fault("missing required field: title", "/view", "missing_field"))
    blocks = view.get("blocks")
    if blocks is not None:
        faults += blocks_faults(blocks, surface, pointer="/view/blocks")
    asks = isinstance(blocks, list | tuple) and any(
        isinstance(one, Mapping) and one.get("type") == "input" for one in blocks
    )
    if surface == "modal" and asks and view.get("submit") is None:
        words = "missing required field: submit, for there is an input block"
        faults.append(Fault(words, "/view", "missing_submit"))
    return faults


def error_body(error: str, faults: Sequence[Fault]) -> dict[str, object]:
    """A refusal as Slack writes it."""
    body: dict[str, object] = {"ok": False, "error": error}
    if faults:
        body["errors"] = [str(one) for one in faults]
        body["response_metadata"] = {"messages": [f"[ERROR] {one}" for one in faults]}
    return body


def pings(words: str) -> list[str]:
    """The tokens in mrkdwn that notify somebody or everybody."""
    return _PING.findall(words)


def every_text(payload: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(pointer, text) of everything in a payload that Slack reads as mrkdwn."""
    if isinstance(payload, Mapping):
        for name, value in payload.items():
            plain = payload.get("type") in ("plain_text", "raw_text")
            if name in ("text", "markdown_text") and isinstance(value, str) and not plain:
                yield f"{pointer}/{name}", value
            yield from every_text(value, f"{pointer}/{name}")
    elif isinstance(payload, list | tuple):
        for number, value in enumerate(payload):
            yield from every_text(value, f"{pointer}/{number}")


def _on_surface(block: object, surface: str, pointer: str) -> list[Fault]:
    kind = block.get("type") if isinstance(block, Mapping) else None
    if isinstance(kind, str) and kind in BLOCKS and kind not in SURFACES[surface]:
        words = f"block type not supported on this surface: {kind}"
        return [Fault(words, f"{pointer}/type", "wrong_surface")]
    return []


def _empty_section(block: object, pointer: str) -> list[Fault]:
    if not isinstance(block, Mapping) or block.get("type") != "section":
        return []
    if block.get("text") is None and block.get("fields") is None:
        return [Fault("must provide one of text and fields", pointer, "missing_field")]
    return []


def _twice(block: object, pointer: str) -> list[Fault]:
    """Two elements of one block with the same action id."""
    if not isinstance(block, Mapping):
        return []
    names = Counter(_named(block.get("elements"), "action_id"))
    return [
        Fault(f"action_id {name} already exists", f"{pointer}/elements", "duplicate_action_id")
        for name, count in names.items()
        if count > 1
    ]


def _named(listed: object, name: str) -> list[str]:
    """The values of this member, where there is one."""
    found = [
        one.get(name)
        for one in (listed if isinstance(listed, list | tuple) else ())
        if isinstance(one, Mapping)
    ]
    return [one for one in found if isinstance(one, str)]


def _size(node: object) -> int:
    """Characters of all texts."""
    if isinstance(node, Mapping):
        return sum(
            len(value) if isinstance(value, str) and name in ("text", "alt_text") else _size(value)
            for name, value in node.items()
        )
    if isinstance(node, list | tuple):
        return sum(_size(one) for one in node)
    return 0
