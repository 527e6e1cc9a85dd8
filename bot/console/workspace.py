"""What a workspace of Slack holds: people, channels, messages, files, views. No network, no app.

Ids and instants are the same for the same acts: ids count, and the clock is a parameter. Whoever
changes something calls `changed`, which wakes who waits for news.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["public", "private", "im"]


@dataclass(slots=True, kw_only=True)
class User:
    """Somebody, or a bot. `team` is another one's for somebody of another organisation."""

    id: str
    name: str
    real_name: str
    team: str
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Message:
    """One message of a channel.

    ts            "1763900000.000001", unique in the workspace; `thread_ts` is its parent's
    only_for      the one who sees an ephemeral message; None for everybody
    reactions     names in the order of the first use -> users in order
    edited        (user, ts) of the last edit
    app           the app that posted it; `metadata` what it attached for itself and other apps
    """

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    thread_ts: str | None = None
    bot: str | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: tuple[str, str] | None = None
    only_for: str | None = None
    subtype: str | None = None
    app: str | None = None
    metadata: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Channel:
    """A conversation. `messages` holds what everybody there sees, by ts, oldest first."""

    id: str
    name: str
    kind: Kind
    members: set[str] = field(default_factory=set)
    archived: bool = False
    shared: bool = False
    topic: str = ""
    messages: dict[str, Message] = field(default_factory=dict)
    ephemerals: dict[str, Message] = field(default_factory=dict)

    def thread(self, parent: str) -> list[Message]:
        """The parent and its replies, oldest first; empty if there is no such parent."""
        top = self.messages.get(parent)
        if top is None:
            return []
        return [top, *(one for one in self.messages.values() if one.thread_ts == parent)]

    def top(self) -> list[Message]:
        """Messages that are no replies, oldest first."""
        return [one for one in self.messages.values() if one.thread_ts in (None, one.ts)]


@dataclass(slots=True, kw_only=True)
class File:
    """An upload.

    content   None until it has come; `complete` once it was shared or kept
    ready_at  the second at which Slack has looked into it
    """

    id: str
    name: str
    length: int
    user: str
    title: str = ""
    alt_text: str = ""
    content: bytes | None = None
    complete: bool = False
    ready_at: float = 0.0
    channels: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a home.

    previous  the view below it
    errors    what was wrong with the last submission, by block id
    """

    id: str
    user: str
    body: dict[str, Any]
    hash: str
    root: str
    previous: str | None = None
    errors: dict[str, str] = field(default_factory=dict)


class Workspace:
    """One workspace. `now` gives seconds since 1970-01-01 UTC; ids are counted from `first` on."""

    def __init__(
        self,
        now: Callable[[], float],
        *,
        team: str = "T00000001",
        domain: str,
        first: int = 1,
    ) -> None:
        self.now = now
        self.team = team
        self.domain = domain
        self._first = first
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, tuple[str, list[str]]] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, View] = {}
        self.modals: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.revision = 0
        self._counted: dict[str, int] = {}
        self._last_micro = 0
        self._news = asyncio.Condition()

    # --- ids and instants ---------------------------------------------------------------------

    def next_id(self, letter: str) -> str:
        """The next one of a kind: C00000001, C00000002."""
        number = self._counted[letter] = self._counted.get(letter, self._first - 1) + 1
        return f"{letter}{number:08d}"

    def next_ts(self) -> str:
        """An instant as Slack names messages, later than every one before."""
        micro = max(round(self.now() * 1_000_000), self._last_micro + 1)
        self._last_micro = micro
        return f"{micro // 1_000_000}.{micro % 1_000_000:06d}"

    # --- what there is ------------------------------------------------------------------------

    def add_user(self, name: str, real_name: str = "", **more: Any) -> User:
        """Somebody new; `more` are members of User."""
        more.setdefault("team", self.team)
        user = User(id=self.next_id("U"), name=name, real_name=real_name or name, **more)
        self.users[user.id] = user
        self.changed()
        return user

    def add_channel(self, name: str, kind: Kind = "public", **more: Any) -> Channel:
        """A new conversation; `more` are members of Channel."""
        letter = {"public": "C", "private": "C", "im": "D"}[kind]
        channel = Channel(id=self.next_id(letter), name=name, kind=kind, **more)
        self.channels[channel.id] = channel
        self.changed()
        return channel

    def direct(self, one: str, other: str) -> Channel:
        """The direct messages of two, made if there are none yet."""
        both = {one, other}
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == both:
                return channel
        return self.add_channel("", "im", members=both)

    def put(self, message: Message) -> None:
        """A new message, or a new version of it."""
        channel = self.channels[message.channel]
        shelf = channel.messages if message.only_for is None else channel.ephemerals
        shelf[message.ts] = message
        self.changed()

    def find(self, channel: str, ts: str) -> Message | None:
        """A message that everybody sees, or an ephemeral one."""
        place = self.channels.get(channel)
        if place is None:
            return None
        return place.messages.get(ts) or place.ephemerals.get(ts)

    def remove(self, message: Message) -> None:
        """Nobody sees it any more."""
        channel = self.channels[message.channel]
        channel.messages.pop(message.ts, None)
        channel.ephemerals.pop(message.ts, None)
        self.changed()

    def stack(self, user: str) -> list[View]:
        """The modals somebody has open, the top one last."""
        return [self.views[one] for one in self.modals.get(user, ())]

    def seen_by(self, user: str) -> Iterator[Channel]:
        """The channels somebody can open."""
        for channel in self.channels.values():
            if user in channel.members or (channel.kind == "public" and not channel.shared):
                yield channel

    # --- news ---------------------------------------------------------------------------------

    def changed(self) -> None:
        """Something is different now."""
        self.revision += 1
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._waking = loop.create_task(self._wake())

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def later_than(self, revision: int) -> int:
        """Wait until something changed after this revision; the revision now."""
        async with self._news:
            await self._news.wait_for(lambda: self.revision > revision)
        return self.revision


def letters(kind: Kind) -> str:
    """How Slack calls this kind of conversation in the names of scopes and events."""
    return {"public": "channels", "private": "groups", "im": "im"}[kind]
