"""What Slack would refuse in a message, as far as it is documented or was measured.

Beside slackblocks, which checks each block: totals over a message, ids that must be unique, what
chat.update takes, and what no text of ours may ever hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from slackblocks import (
    ActionsBlock,
    Block,
    Button,
    ContextBlock,
    SectionBlock,
    Text,
    TextType,
)
from slackblocks import Message as CheckedMessage

from kubectl_smart.bot.render.messages import Message

_TOKEN = re.compile(r"<[^>]*>")
_DATE = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time_secs\}\|[^<>|]+>")
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_HIDDEN = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e"
                     "\u2060-\u206f\ufeff\ud800-\udfff]")  # fmt: skip


def units(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def texts(found: Any) -> Iterator[str]:
    """Every text of mrkdwn in a tree of blocks."""
    if isinstance(found, dict):
        if found.get("type") == "mrkdwn":
            yield found["text"]
        for value in found.values():
            yield from texts(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from texts(value)


def check_text(text: str) -> None:
    """No token but dates, no bare entity, nothing hidden, code spans closed on each line."""
    for token in _TOKEN.findall(text):
        assert _DATE.fullmatch(token), token
    bare = _DATE.sub("", text)
    assert "<" not in bare
    assert ">" not in bare
    assert not _ENTITY.search(text)
    assert not _HIDDEN.search(text)
    for line in text.split("\n"):
        assert line.count("`") % 2 == 0, line


def check_message(blocks: Sequence[dict[str, Any]]) -> None:
    """One message's blocks: what slackblocks knows, and totals and ids, which it does not."""
    assert 1 <= len(blocks) <= 50
    assert units(json.dumps(blocks, ensure_ascii=False)) <= 12_000
    for block in blocks:
        for key in ("text",):
            if key in block:
                assert 1 <= units(block[key]["text"]) <= 3_000
        actions = [one["action_id"] for one in block.get("elements", []) if "action_id" in one]
        assert len(actions) == len(set(actions))
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    for text in texts(list(blocks)):
        assert 1 <= units(text) <= 3_000
        check_text(text)
    CheckedMessage(channel="C1", text="text", blocks=[_checked(block) for block in blocks])


def check(message: Message) -> None:
    """A whole answer: the text, the channel's message and each one of the thread."""
    assert 1 <= units(message.text) <= 4_000
    assert "`" not in message.text
    check_text(message.text)
    check_message(message.blocks)
    first = next(texts(list(message.blocks)))
    assert len(first.split("\n")) <= 6
    for one in message.evidence:
        check_message(one)
    message.report.encode()


def _checked(block: dict[str, Any]) -> Block:
    """The block, built anew by slackblocks, which raises on what Slack would refuse."""
    kind = block["type"]
    if kind == "section":
        return SectionBlock(_text(block["text"]))
    if kind == "context":
        return ContextBlock([_text(one) for one in block["elements"]])
    assert kind == "actions", kind
    return ActionsBlock(
        [
            Button(
                text=Text(one["text"]["text"], type_=TextType.PLAINTEXT),
                action_id=one["action_id"],
                value=one["value"],
            )
            for one in block["elements"]
        ]
    )


def _text(found: dict[str, Any]) -> Text:
    return Text(found["text"], type_=TextType.MARKDOWN, verbatim=found["verbatim"])
