"""A small workspace in memory behind the page's seam, with an app that answers a few things."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kubectl_smart.bot.console.page.seam import (
    ChannelSeen,
    FileSeen,
    MessageSeen,
    PersonSeen,
    Refusal,
)

ADA, TOM, APP = "U0ADA", "U0TOM", "U0APP"
OPS, PRIVATE, DIRECT = "C0OPS", "C0SRE", "D0APP"
START = 1_795_402_000


def button(action: str, label: str, **more: Any) -> dict[str, Any]:
    """A button element."""
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": action, "text": text, "value": "v1", **more}


def record_view() -> dict[str, Any]:
    """A modal with an input that may not be empty."""
    return {
        "id": "V1",
        "type": "modal",
        "callback_id": "record",
        "title": {"type": "plain_text", "text": "Record as rationale"},
        "submit": {"type": "plain_text", "text": "Record"},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": [
            {
                "type": "input",
                "block_id": "why",
                "label": {"type": "plain_text", "text": "Why was it done?"},
                "hint": {"type": "plain_text", "text": "One or two sentences."},
                "element": {
                    "type": "plain_text_input",
                    "action_id": "text",
                    "multiline": True,
                    "placeholder": {"type": "plain_text", "text": "The reason"},
                },
            },
            {
                "type": "input",
                "block_id": "kind",
                "label": {"type": "plain_text", "text": "Kind"},
                "element": {
                    "type": "static_select",
                    "action_id": "kind",
                    "options": [
                        {"text": {"type": "plain_text", "text": name}, "value": name}
                        for name in ("rationale", "knowledge")
                    ],
                },
            },
        ],
    }


def small_png() -> bytes:
    """A grey picture of 320 x 90 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        end = struct.pack(">I", zlib.crc32(kind + body))
        return struct.pack(">I", len(body)) + kind + body + end

    header = struct.pack(">IIBBBBB", 320, 90, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xb0" * 320) * 90)
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    )


class MemoryWorkspace:
    """Everything in lists; each act is also remembered as (name, arguments) in `acts`."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        self.acts: list[tuple[str, tuple[Any, ...]]] = []
        self.written: dict[str, list[MessageSeen]] = {OPS: [], PRIVATE: [], DIRECT: []}
        self.only_for: dict[str, str] = {}
        self.views: dict[str, list[dict[str, Any]]] = {}
        self.homes: dict[str, Mapping[str, Any]] = {}
        self.stored: dict[str, FileSeen] = {}
        self.calls: list[dict[str, Any]] = []
        self._revision = 1
        self._news = asyncio.Condition()
        self._clock = START

    async def touch(self) -> None:
        """Tell whoever waits that something changed."""
        async with self._news:
            self._revision += 1
            self._news.notify_all()

    def add(self, channel: str, user: str, text: str, **more: Any) -> MessageSeen:
        """Put a message there."""
        self._clock += 7
        name = next(one.name for one in self.people() if one.id == user)
        made = MessageSeen(
            ts=f"{self._clock}.000100", user=user, name=name, text=text, is_bot=user == APP, **more
        )
        self.written[channel].append(made)
        return made

    def call(self, what: str, faults: Sequence[str] = (), body: object = None) -> None:
        """Put a call into the journal."""
        self.calls.append(
            {
                "n": len(self.calls) + 1,
                "at": self._clock,
                "direction": "bot → Slack",
                "what": what,
                "ok": not faults,
                "faults": list(faults),
                "body": body,
            }
        )

    def people(self) -> Sequence[PersonSeen]:
        """Two people and the app."""
        return (
            PersonSeen(ADA, "ada"),
            PersonSeen(TOM, "tom", is_guest=True),
            PersonSeen(APP, "smart", is_bot=True),
        )

    def channels(self, user: str) -> Sequence[ChannelSeen]:
        """The guest is in one channel only."""
        ops = ChannelSeen(OPS, "ops")
        if user != ADA:
            return (ops,)
        return (ops, ChannelSeen(PRIVATE, "sre", "private"), ChannelSeen(DIRECT, "smart", "im"))

    def messages(self, channel: str, user: str, thread: str | None) -> Sequence[MessageSeen]:
        """What was written there."""
        found = [one for one in self.written[channel] if self.only_for.get(one.ts, user) == user]
        if thread is not None:
            return [one for one in found if thread in (one.ts, one.thread_ts)]
        return [
            replace(one, reply_count=sum(other.thread_ts == one.ts for other in found))
            for one in found
            if one.thread_ts in ("", one.ts)
        ]

    def home(self, user: str) -> Mapping[str, Any] | None:
        """What was published."""
        return self.homes.get(user)

    def modals(self, user: str) -> Sequence[Mapping[str, Any]]:
        """What is open."""
        return self.views.get(user, [])

    def file(self, file: str) -> FileSeen | None:
        """What was uploaded."""
        return self.stored.get(file)

    def journal(self, after: int) -> Sequence[Mapping[str, Any]]:
        """What was called."""
        return self.calls[after:]

    async def changed(self, since: int) -> int:
        """Wait for a revision above that one."""
        async with self._news:
            await self._news.wait_for(lambda: self._revision > since)
            return self._revision

    def shortcuts(self) -> Sequence[tuple[str, str]]:
        """One shortcut."""
        return (("record", "Record as rationale"),)

    async def post(self, user: str, channel: str, text: str, thread: str | None = None) -> None:
        """Write; a command is answered to the writer alone."""
        self.acts.append(("post", (user, channel, text, thread)))
        if text.startswith("/"):
            if thread is not None:
                raise Refusal("/smart is not supported in threads. Sorry!")
            blocks = [
                {
                    "type": "section",
                    "block_id": "a",
                    "text": {"type": "mrkdwn", "text": f"You asked `{text}`"},
                },
                {
                    "type": "actions",
                    "block_id": "b",
                    "elements": [button("evidence", "Show evidence")],
                },
            ]
            answer = self.add(channel, APP, text, blocks=blocks, ephemeral=True)
            self.only_for[answer.ts] = user
            self.call("slash_commands", body={"command": "/smart", "text": text[7:]})
        else:
            self.add(channel, user, text, thread_ts=thread or "")
        await self.touch()

    async def click(
        self,
        user: str,
        channel: str,
        message_ts: str,
        block_id: str,
        action_id: str,
        value: Mapping[str, Any],
    ) -> None:
        """Remember the click."""
        self.acts.append(("click", (user, channel, message_ts, block_id, action_id, value)))
        self.call("block_actions", body={"action_id": action_id, **value})
        await self.touch()

    async def click_in_view(
        self, user: str, view_id: str, block_id: str, action_id: str, value: Mapping[str, Any]
    ) -> None:
        """Remember the click."""
        self.acts.append(("click_in_view", (user, view_id, block_id, action_id, value)))
        await self.touch()

    async def submit(self, user: str, view_id: str, state: Mapping[str, Any]) -> None:
        """An empty reason is an error beside its input; else the view closes."""
        self.acts.append(("submit", (user, view_id, state)))
        view = self.views[user][-1]
        if state["why"]["text"]["value"]:
            self.views[user].pop()
        else:
            view["errors"] = {"why": "Say why it was done."}
        await self.touch()

    async def close(self, user: str, view_id: str) -> None:
        """Close the view on top."""
        self.acts.append(("close", (user, view_id)))
        self.views[user].pop()
        await self.touch()

    async def react(self, user: str, channel: str, message_ts: str, name: str, add: bool) -> None:
        """Add or remove."""
        self.acts.append(("react", (user, channel, message_ts, name, add)))
        at = self._place(channel, message_ts)
        one = self.written[channel][at]
        who = [other for other in one.reactions.get(name, ()) if other != user]
        reactions = {**one.reactions, name: [*who, user] if add else who}
        self.written[channel][at] = replace(one, reactions=reactions)
        await self.touch()

    async def shortcut(self, user: str, channel: str, message_ts: str, callback_id: str) -> None:
        """Open the modal."""
        self.acts.append(("shortcut", (user, channel, message_ts, callback_id)))
        self.views.setdefault(user, []).append(record_view())
        await self.touch()

    async def open_home(self, user: str) -> None:
        """Publish a Home."""
        self.acts.append(("open_home", (user,)))
        text = {"type": "mrkdwn", "text": "Ask with `/smart why deployment/payment-api`"}
        blocks = [
            {"type": "header", "text": {"type": "plain_text", "text": "What can I ask?"}},
            {"type": "section", "text": text, "accessory": button("help", "Help")},
        ]
        self.homes[user] = {"id": "H1", "type": "home", "blocks": blocks}
        await self.touch()

    async def edit(self, user: str, channel: str, message_ts: str, text: str) -> None:
        """Change the text."""
        self.acts.append(("edit", (user, channel, message_ts, text)))
        at = self._place(channel, message_ts)
        self.written[channel][at] = replace(self.written[channel][at], text=text, edited=True)
        await self.touch()

    async def delete(self, user: str, channel: str, message_ts: str) -> None:
        """Take it away."""
        self.acts.append(("delete", (user, channel, message_ts)))
        del self.written[channel][self._place(channel, message_ts)]
        await self.touch()

    def _place(self, channel: str, ts: str) -> int:
        for at, one in enumerate(self.written[channel]):
            if one.ts == ts:
                return at
        raise Refusal("message_not_found")
